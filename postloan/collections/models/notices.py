"""Maturities: a notice per item, maturity and step; the plan that answers it; what was seen when following it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.collections.querysets_work import OfItemQuerySet
from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.loans.models import Loan, OffBalanceItem

ONE_ITEM = Q(loan__isnull=False, item=None) | Q(loan=None, item__isnull=False)


class WithdrawReason(models.TextChoices):
    MATURITY_MOVED = "maturity_moved", _("the maturity date was changed")
    SETTLED = "settled", _("settled")
    NOT_WORKED_ON = "not_worked_on", _("in quarantine or withdrawn by a correction")
    CORRECTED = "corrected", _("a corrected extract no longer supports it")


class OfItem(models.Model):
    """Belongs to a loan or to an off-balance item, never to both, and to its customer."""

    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("loan")
    )
    item = models.ForeignKey(
        OffBalanceItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("off-balance item"),
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="%(class)ss", verbose_name=_("customer"))
    matures_on = models.DateField(_("matures on"))

    objects = OfItemQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def subject(self) -> Loan | OffBalanceItem:
        return self.loan or self.item  # type: ignore[return-value]

    @property
    def subject_no(self) -> str:
        return self.loan.loan_no if self.loan else self.item.item_no if self.item else ""


class MaturityNotice(OfItem):
    """A maturity comes within a step. Raised by the night, received with a click, withdrawn when it no longer holds.

    `is_tightest` marks the one of several raised at once that made the todo and the message.
    """

    step_days = models.PositiveIntegerField(_("days before maturity"))
    raised_on = models.DateField(_("raised on"))
    run_id = models.BigIntegerField(_("run"))
    is_tightest = models.BooleanField(_("tightest of its night"))
    due_on = models.DateField(_("to be answered by"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("received by")
    )
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdraw_reason = models.CharField(
        _("reason of withdrawal"), max_length=20, choices=WithdrawReason.choices, blank=True, default=""
    )

    class Meta:
        verbose_name = _("maturity notice")
        verbose_name_plural = _("maturity notices")
        ordering = ["matures_on", "step_days", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "matures_on", "step_days"],
                condition=Q(withdrawn_on=None, loan__isnull=False),
                name="maturity_notice_once_a_loan",
            ),
            models.UniqueConstraint(
                fields=["item", "matures_on", "step_days"],
                condition=Q(withdrawn_on=None, item__isnull=False),
                name="maturity_notice_once_an_item",
            ),
            models.CheckConstraint(condition=ONE_ITEM, name="maturity_notice_of_one_item"),
            models.CheckConstraint(
                condition=Q(received_by=None, received_at=None)
                | Q(received_by__isnull=False, received_at__isnull=False),
                name="maturity_notice_received_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdraw_reason="")
                | (Q(withdrawn_on__isnull=False) & ~Q(withdraw_reason="")),
                name="maturity_notice_withdrawn_with_reason",
            ),
            models.CheckConstraint(condition=Q(raised_on__lte=F("matures_on")), name="maturity_notice_before_maturity"),
        ]
        indexes = [
            models.Index(fields=["matures_on"], condition=Q(withdrawn_on=None), name="maturity_notice_open"),
            models.Index(fields=["raised_on"], name="maturity_notice_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_no} {self.matures_on} −{self.step_days}"


class PlanKind(models.TextChoices):
    REPAY = "repay", _("repay")
    REPAY_PART = "repay_part", _("repay in part and renew")
    EXTEND = "extend", _("extend")
    RENEW = "renew", _("renew without repayment")
    REFINANCE = "refinance", _("refinance with a new loan")
    RECOVER = "recover", _("recover")


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CONFIRMED = "confirmed", _("confirmed")
    RETURNED = "returned", _("sent back")
    WITHDRAWN = "withdrawn", _("withdrawn")


class NoOpinion(models.TextChoices):
    """Why a plan was confirmed without the opinion of the stand-in (B)."""

    NOT_ANSWERED = "not_answered", _("asked, no answer yet")
    ABSENT = "absent", _("the stand-in is absent")
    URGENT = "urgent", _("the maturity is too near to wait")
    NOBODY = "nobody", _("nobody is named as stand-in")


class MaturityPlan(OfItem):
    """How a maturity will be met: made by the manager, commented by the stand-in, confirmed by the head."""

    kind = models.CharField(_("arrangement"), max_length=12, choices=PlanKind.choices)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    due_amount = AmountField(_("due at maturity"))
    repay_amount = AmountField(_("to be repaid"))
    renew_amount = AmountField(_("to be renewed or extended"))
    extend_until = models.DateField(_("extended until"), null=True, blank=True)
    source = models.CharField(_("source of repayment"), max_length=400)
    opinion = models.TextField(_("opinion of the manager"))
    second_opinion = models.TextField(_("opinion of the stand-in (B)"), blank=True, default="")
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("stand-in who gave it"),
    )
    no_opinion = models.CharField(
        _("confirmed without it because"), max_length=14, choices=NoOpinion.choices, blank=True, default=""
    )
    state = models.CharField(_("state"), max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_on = models.DateField(_("made on"))
    version = models.PositiveIntegerField(_("version"), default=1)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_comment = models.TextField(_("remark of the head"), blank=True, default="")
    content_hash = models.CharField(_("hash of what was confirmed"), max_length=64, blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("maturity plan")
        verbose_name_plural = _("maturity plans")
        ordering = ["matures_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "matures_on"],
                condition=~Q(state="withdrawn") & Q(loan__isnull=False),
                name="maturity_plan_one_a_loan",
            ),
            models.UniqueConstraint(
                fields=["item", "matures_on"],
                condition=~Q(state="withdrawn") & Q(item__isnull=False),
                name="maturity_plan_one_an_item",
            ),
            models.CheckConstraint(condition=ONE_ITEM, name="maturity_plan_of_one_item"),
            models.CheckConstraint(
                condition=Q(repay_amount__gte=0, renew_amount__gte=0, due_amount__gte=0),
                name="maturity_plan_amounts_min_0",
            ),
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="maturity_plan_known_state"),
            models.CheckConstraint(condition=Q(kind__in=PlanKind.values), name="maturity_plan_known_kind"),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(content_hash="")),
                name="maturity_plan_confirmed_with_hash",
            ),
            models.CheckConstraint(
                condition=Q(no_opinion="") | Q(no_opinion__in=NoOpinion.values, second_opinion=""),
                name="maturity_plan_opinion_or_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | (Q(decided_by__isnull=False) & ~Q(decision_comment="")),
                name="maturity_plan_returned_with_remark",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by=F("made_by")), name="maturity_plan_not_by_its_maker"
            ),
            models.CheckConstraint(
                condition=~Q(kind="extend") | Q(extend_until__gt=F("matures_on")), name="maturity_plan_extends_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_no} {self.matures_on} {self.kind}"


class PlanFollowUp(models.Model):
    """What was found when the maturity was 7 or 1 days away: is the money there?"""

    notice = models.ForeignKey(
        MaturityNotice, models.PROTECT, related_name="follow_ups", verbose_name=_("maturity notice")
    )
    plan = models.ForeignKey(
        MaturityPlan, models.PROTECT, null=True, blank=True, related_name="follow_ups", verbose_name=_("maturity plan")
    )
    followed_on = models.DateField(_("followed on"))
    is_on_track = models.BooleanField(_("on track"))
    funds_ready = AmountField(_("funds seen"), null=True, blank=True)
    remark = models.TextField(_("what was found"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("follow-up of a plan")
        verbose_name_plural = _("follow-ups of plans")
        ordering = ["-recorded_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(remark=""), name="plan_follow_up_has_remark"),
            models.CheckConstraint(condition=Q(funds_ready=None) | Q(funds_ready__gte=0), name="plan_follow_up_funds"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.followed_on}"
