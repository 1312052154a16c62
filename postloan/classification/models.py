"""The frozen month-ends: the book as it stood after the last night of each calendar month."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.classification.querysets import CountdownQuerySet, MonthEndLoanQuerySet
from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.loans.models import Band, Bucket, FiveLevelClass, Loan
from postloan.organization.models import Branch, Staff


class MonthEndBook(models.Model):
    """A month that is over: frozen by the first night of a later month, when its last date can change no more."""

    business_date = models.DateField(_("business date"), unique=True)
    frozen_on = models.DateField(_("frozen on"))
    run_id = models.BigIntegerField(_("run"))
    loan_count = models.IntegerField(_("number of loans"))

    class Meta:
        verbose_name = _("month-end book")
        verbose_name_plural = _("month-end books")
        ordering = ["-business_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen_on__gt=models.F("business_date")), name="month_end_frozen_after_its_date"
            ),
            models.CheckConstraint(condition=Q(loan_count__gte=0), name="month_end_loan_count_min_0"),
        ]

    def __str__(self) -> str:
        return self.business_date.isoformat()


class MonthEndLoan(models.Model):
    """One loan of a frozen month-end. Days overdue are stored here: they can change no more."""

    book = models.ForeignKey(MonthEndBook, models.PROTECT, related_name="loans", verbose_name=_("month-end book"))
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="month_ends", verbose_name=_("loan"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    manager = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account manager")
    )
    status = models.CharField(_("status"), max_length=20)
    currency = models.CharField(_("currency"), max_length=3)
    principal_balance = AmountField(_("principal balance"))
    matures_on = models.DateField(_("matures on"))
    overdue_since = models.DateField(_("overdue since"), null=True, blank=True)
    principal_overdue_since = models.DateField(_("principal overdue since"), null=True, blank=True)
    interest_overdue_since = models.DateField(_("interest overdue since"), null=True, blank=True)
    days_overdue = models.IntegerField(_("days overdue"))
    overdue_principal = AmountField(_("overdue principal"))
    overdue_interest = AmountField(_("overdue interest"), null=True, blank=True)
    bucket = models.CharField(_("bucket"), max_length=2, choices=Bucket.choices)
    band = models.CharField(_("band"), max_length=12, choices=Band.choices)
    class_floor = models.CharField(_("class floor"), max_length=16, choices=FiveLevelClass.choices)
    five_level_class = models.CharField(_("class in core banking"), max_length=20, blank=True, default="")
    missed_in_a_row = models.IntegerField(_("instalments missed in a row"), null=True, blank=True)
    missed_in_all = models.IntegerField(_("instalments missed in all"), null=True, blank=True)

    objects = MonthEndLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan at a month-end")
        verbose_name_plural = _("loans at month-ends")
        ordering = ["book", "loan"]
        constraints = [
            models.UniqueConstraint(fields=["book", "loan"], name="month_end_loan_once"),
            models.CheckConstraint(condition=Q(days_overdue__gte=0), name="month_end_loan_days_min_0"),
            models.CheckConstraint(condition=Q(bucket__in=Bucket.values), name="month_end_loan_known_bucket"),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="month_end_loan_known_band"),
            models.CheckConstraint(
                condition=Q(class_floor__in=FiveLevelClass.values), name="month_end_loan_known_floor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} {self.loan_id}"


class Countdown(models.Model):
    """When a loan's class floor gets worse if nobody pays, and what stops it. Written by the night, a row a loan.

    `overdue_from` is the oldest due date that is or will be unpaid; days overdue count from it. `next_floor` is empty
    where nothing falls due or there is no worse floor. `stop_interest` NULL means no data. `is_interest_known` is
    false for a loan that pays interest at fixed times without a schedule of them: it may fall overdue earlier.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, related_name="countdown", verbose_name=_("loan"))
    worked_out_on = models.DateField(_("worked out on"))
    class_method = models.CharField(_("classification method"), max_length=20)
    overdue_from = models.DateField(_("overdue from if nobody pays"), null=True, blank=True)
    next_floor = models.CharField(
        _("next class floor"), max_length=16, choices=FiveLevelClass.choices, blank=True, default=""
    )
    next_floor_on = models.DateField(_("next class floor from"), null=True, blank=True)
    is_interest_known = models.BooleanField(_("dates of interest known"), default=True)
    stop_principal = AmountField(_("principal that stops it"))
    stop_interest = AmountField(_("interest that stops it"), null=True, blank=True)

    objects = CountdownQuerySet.as_manager()

    class Meta:
        verbose_name = _("countdown of a loan")
        verbose_name_plural = _("countdowns of loans")
        constraints = [
            models.CheckConstraint(
                condition=Q(next_floor="", next_floor_on=None)
                | (~Q(next_floor="") & Q(next_floor_on__isnull=False, overdue_from__isnull=False)),
                name="countdown_floor_with_its_date",
            ),
            models.CheckConstraint(
                condition=Q(next_floor__in=["", *FiveLevelClass.values[1:]]), name="countdown_known_floor"
            ),
            models.CheckConstraint(condition=Q(stop_principal__gte=0), name="countdown_principal_min_0"),
            models.CheckConstraint(condition=Q(stop_interest__gte=0), name="countdown_interest_min_0"),
        ]
        indexes = [
            models.Index(fields=["next_floor_on"], name="countdown_next"),
            models.Index(fields=["overdue_from"], name="countdown_from"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.next_floor} {self.next_floor_on}".strip()
