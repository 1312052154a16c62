"""What the night derives: the state of each loan as validity intervals; and loans that name their own manager."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.core.fields import AmountField
from postloan.customers.models import Customer, Role
from postloan.loans.models.book import Loan
from postloan.loans.querysets import LoanManagerQuerySet, LoanStateQuerySet
from postloan.organization.models import Branch, Staff


class Bucket(models.TextChoices):
    M0 = "M0", _("M0")
    M1 = "M1", _("M1")
    M2 = "M2", _("M2")
    M3 = "M3", _("M3")
    M4 = "M4", _("M4")
    M5 = "M5", _("M5")
    M6 = "M6", _("M6")
    M7 = "M7", _("M7")


class Band(models.TextChoices):
    CURRENT = "current", _("not overdue")
    DAYS_1_30 = "days_1_30", _("1–30 days")
    DAYS_31_60 = "days_31_60", _("31–60 days")
    DAYS_61_90 = "days_61_90", _("61–90 days")
    DAYS_91_180 = "days_91_180", _("91–180 days")
    DAYS_181_270 = "days_181_270", _("181–270 days")
    DAYS_271_360 = "days_271_360", _("271–360 days")
    OVER_360 = "over_360", _("over 360 days")


class FiveLevelClass(models.TextChoices):
    NORMAL = "normal", _("normal")
    SPECIAL_MENTION = "special_mention", _("special mention")
    SUBSTANDARD = "substandard", _("substandard")
    DOUBTFUL = "doubtful", _("doubtful")
    LOSS = "loss", _("loss")


CLASS_ORDER = list(FiveLevelClass.values)
NON_PERFORMING = [FiveLevelClass.SUBSTANDARD, FiveLevelClass.DOUBTFUL, FiveLevelClass.LOSS]
OPEN = Q(valid_to=None, superseded_by_run=None)


class LoanState(models.Model):
    """The state of a loan from one business date until another, half-open; `valid_to` NULL while it holds.

    Days overdue are not stored: they are the business date minus `overdue_since`. The only changes ever made to a
    row set `valid_to` once, or `superseded_by_run` once when its date is corrected; a trigger refuses others.
    `overdue_interest` NULL means no data: core banking says nothing of the interest of this loan.
    """

    # No index for each key alone: the partial ones below begin with them, and every index is paid for at each write.
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="states", db_index=False, verbose_name=_("loan"))
    valid_from = models.DateField(_("from business date"))
    valid_to = models.DateField(_("to business date"), null=True, blank=True)
    run_id = models.BigIntegerField(_("run"))
    superseded_by_run = models.BigIntegerField(_("superseded by run"), null=True, blank=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False, verbose_name=_("branch"))
    manager = models.ForeignKey(
        Staff,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("account manager"),
    )
    status = models.CharField(_("status"), max_length=20)
    currency = models.CharField(_("currency"), max_length=3)
    principal_balance = AmountField(_("principal balance"))
    matures_on = models.DateField(_("matures on"))
    overdue_since = models.DateField(_("overdue since"), null=True, blank=True)
    principal_overdue_since = models.DateField(_("principal overdue since"), null=True, blank=True)
    interest_overdue_since = models.DateField(_("interest overdue since"), null=True, blank=True)
    overdue_principal = AmountField(_("overdue principal"))
    overdue_interest = AmountField(_("overdue interest"), null=True, blank=True)
    bucket = models.CharField(_("bucket"), max_length=2, choices=Bucket.choices)
    band = models.CharField(_("band"), max_length=12, choices=Band.choices)
    class_floor = models.CharField(_("class floor"), max_length=16, choices=FiveLevelClass.choices)
    five_level_class = models.CharField(_("class in core banking"), max_length=20, blank=True, default="")
    missed_in_a_row = models.IntegerField(_("instalments missed in a row"), null=True, blank=True)
    missed_in_all = models.IntegerField(_("instalments missed in all"), null=True, blank=True)

    objects = LoanStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("state of a loan")
        verbose_name_plural = _("states of loans")
        ordering = ["loan", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "valid_from"],
                condition=Q(superseded_by_run=None),
                name="loan_state_once_a_date",
            ),
            models.UniqueConstraint(
                fields=["loan"],
                condition=Q(valid_to=None, superseded_by_run=None),
                name="loan_state_one_open",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="loan_state_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(bucket__in=Bucket.values), name="loan_state_known_bucket"),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="loan_state_known_band"),
            models.CheckConstraint(condition=Q(class_floor__in=FiveLevelClass.values), name="loan_state_known_floor"),
            models.CheckConstraint(condition=Q(overdue_principal__gte=0), name="loan_state_principal_min_0"),
            models.CheckConstraint(condition=Q(overdue_interest__gte=0), name="loan_state_interest_min_0"),
            models.CheckConstraint(
                condition=Q(overdue_since=None, bucket=Bucket.M0, band=Band.CURRENT)
                | (Q(overdue_since__isnull=False) & ~Q(bucket=Bucket.M0) & ~Q(band=Band.CURRENT)),
                name="loan_state_bucket_fits_overdue",
            ),
        ]
        # The lists of the book sort by these and stop after a page; the floor's holds only what is worse than normal.
        indexes = [
            models.Index(fields=["overdue_since", "loan"], condition=OPEN, name="loan_state_overdue_now"),
            models.Index(fields=["principal_balance", "loan"], condition=OPEN, name="loan_state_balance_now"),
            models.Index(fields=["matures_on", "loan"], condition=OPEN, name="loan_state_matures_now"),
            models.Index(fields=["currency"], condition=OPEN, name="loan_state_currency_now"),
            models.Index(
                fields=["class_floor"], condition=OPEN & ~Q(class_floor="normal"), name="loan_state_floor_now"
            ),
            models.Index(
                fields=["branch", "band"],
                condition=Q(valid_to=None, superseded_by_run=None),
                name="loan_state_branch_now",
            ),
            models.Index(
                fields=["manager"],
                condition=Q(valid_to=None, superseded_by_run=None),
                name="loan_state_manager_now",
            ),
            models.Index(fields=["valid_from", "valid_to"], name="loan_state_period"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.valid_from}"


class LoanWatch(models.Model):
    """When a loan's state changes next if nothing is delivered: an instalment falls due or a threshold is reached.

    The night looks at loans that were touched by an extract or a person, and at those whose day has come.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, related_name="watch", verbose_name=_("loan"))
    next_change_on = models.DateField(_("next change on"), null=True, blank=True)
    touched_on = models.DateField(_("touched on"), null=True, blank=True)

    class Meta:
        verbose_name = _("watch on a loan")
        verbose_name_plural = _("watches on loans")
        indexes = [
            models.Index(fields=["next_change_on"], name="loan_watch_next"),
            models.Index(fields=["touched_on"], name="loan_watch_touched"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.next_change_on}"


class BookChange(models.Model):
    """A note that a row of a loan was written, by whomever and past whatever: triggers make it, the night takes it.

    Rows of the loan, its instalments, states and managers, its customer's responsibilities and the control copy of
    its balance all leave one. A night controls the loans noted since the last one and deletes their notes in its
    own transaction, so a failed night forgets none. `loan_id` is no foreign key: a note must never fail a write.
    """

    loan_id = models.BigIntegerField(_("loan"))

    class Meta:
        verbose_name = _("note of a change in the book")
        verbose_name_plural = _("notes of changes in the book")

    def __str__(self) -> str:
        return str(self.loan_id)


class LoanManager(models.Model):
    """A loan that names its own manager; others follow their customer's responsibility for the line."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="managers", verbose_name=_("loan"))
    role = models.CharField(_("role"), max_length=1, choices=Role.choices, default=Role.A)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="own_loans", verbose_name=_("staff member"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    history = HistoricalRecords()

    objects = LoanManagerQuerySet.as_manager()

    class Meta:
        verbose_name = _("manager of a loan")
        verbose_name_plural = _("managers of loans")
        ordering = ["loan", "role", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "role"], condition=Q(valid_to=None), name="loan_manager_one_open"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="loan_manager_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="loan_manager_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.role}: {self.staff_id}"
