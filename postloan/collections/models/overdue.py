"""Overdue work: a case an episode, its stages, what was done and promised, letters with their receipts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.collateral.models import Guarantee
from postloan.collections.querysets_work import CaseQuerySet, OfCaseQuerySet
from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.loans.models import Loan


class CloseReason(models.TextChoices):
    CURRENT = "current", _("nothing is overdue any more")
    SETTLED = "settled", _("settled")
    WRITTEN_OFF = "written_off", _("written off")
    NOT_WORKED_ON = "not_worked_on", _("in quarantine or transferred")
    CORRECTED = "corrected", _("a corrected extract no longer supports it")


class OverdueCase(models.Model):
    """From the night a loan becomes overdue to the night it no longer is.

    `level` is the step reached on the scale of its line: supervisory bands for corporate lending, buckets for retail,
    1 to 7. `tick` counts periods of thirty days on the last step, and on a lower one the rungs of the ladder within it.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="overdue_cases", verbose_name=_("loan"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="overdue_cases", verbose_name=_("customer"))
    line = models.CharField(_("line"), max_length=20)
    scale = models.CharField(_("scale"), max_length=6)
    opened_on = models.DateField(_("opened on"))
    overdue_since = models.DateField(_("overdue since"))
    level = models.PositiveSmallIntegerField(_("step reached"))
    tick = models.PositiveIntegerField(_("periods on the last step"), default=0)
    next_stage_on = models.DateField(_("next stage at the latest"))
    # What a fall to a lower step replaced, so that a correction of the same date can take it back.
    lowered_on = models.DateField(_("fell on"), null=True, blank=True)
    level_before = models.PositiveSmallIntegerField(_("step before"), default=0)
    tick_before = models.PositiveIntegerField(_("periods before"), default=0)
    run_id = models.BigIntegerField(_("run"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    close_reason = models.CharField(
        _("reason of closing"), max_length=16, choices=CloseReason.choices, blank=True, default=""
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("overdue case")
        verbose_name_plural = _("overdue cases")
        ordering = ["overdue_since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan"], condition=Q(closed_on=None), name="overdue_case_one_open"),
            models.UniqueConstraint(
                fields=["loan", "opened_on"],
                condition=~Q(close_reason="corrected"),
                name="overdue_case_once_a_date",
            ),
            models.CheckConstraint(condition=Q(scale__in=["band", "bucket"]), name="overdue_case_known_scale"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=7), name="overdue_case_level_1_to_7"),
            models.CheckConstraint(
                condition=Q(closed_on=None, close_reason="") | (Q(closed_on__isnull=False) & ~Q(close_reason="")),
                name="overdue_case_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="overdue_case_closed_after_open"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(closed_on=None), name="overdue_case_customer"),
            models.Index(fields=["closed_on"], name="overdue_case_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.opened_on}"


class StageReason(models.TextChoices):
    OPENED = "opened", _("became overdue")
    WORSE = "worse", _("reached a worse band")
    LAST_STEP = "last_step", _("another 30 days on the last step")
    RUNG = "rung", _("reached the next step of the ladder")
    REPEAT = "repeat", _("a month since the last stage")


class OverdueStage(models.Model):
    """A night on which a case asked for work. `expected` is the ladder of its line at this level, as it was then."""

    case = models.ForeignKey(OverdueCase, models.PROTECT, related_name="stages", verbose_name=_("overdue case"))
    raised_on = models.DateField(_("raised on"))
    reason = models.CharField(_("reason"), max_length=10, choices=StageReason.choices)
    level = models.PositiveSmallIntegerField(_("step reached"))
    tick = models.PositiveIntegerField(_("periods on the last step"), default=0)
    overdue_since = models.DateField(_("overdue since"))
    days_overdue = models.PositiveIntegerField(_("days overdue"))
    expected = models.JSONField(_("what is expected"), default=list)
    due_on = models.DateField(_("due on"))
    level_before = models.PositiveSmallIntegerField(_("step before"), default=0)
    tick_before = models.PositiveIntegerField(_("periods before"), default=0)
    run_id = models.BigIntegerField(_("run"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    superseded_on = models.DateField(_("superseded on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage of an overdue case")
        verbose_name_plural = _("stages of overdue cases")
        ordering = ["case", "-raised_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "raised_on"], condition=Q(withdrawn_on=None), name="overdue_stage_once_a_date"
            ),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=7), name="overdue_stage_level_1_to_7"),
            models.CheckConstraint(condition=Q(reason__in=StageReason.values), name="overdue_stage_known_reason"),
            models.CheckConstraint(condition=Q(days_overdue__gte=1), name="overdue_stage_is_overdue"),
        ]
        indexes = [models.Index(fields=["raised_on"], name="overdue_stage_raised")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.raised_on} {self.level}"


class Served(models.TextChoices):
    """How a demand was served on somebody who signs no receipt (诉讼时效规定 art. 8)."""

    NOTARISED = "notarised", _("before a notary")
    EMS = "ems", _("EMS with proof of delivery")
    ANNOUNCEMENT = "announcement", _("public announcement")


class DemandNotice(models.Model):
    """A written demand to the borrower or a guarantor, with its receipt: it interrupts the limit of time.

    Where nobody signs, `served_otherwise` says how it was served and `proof` names the deed, waybill or newspaper.
    """

    case = models.ForeignKey(OverdueCase, models.PROTECT, related_name="demand_notices", verbose_name=_("overdue case"))
    number = models.CharField(_("letter number"), max_length=40, unique=True)
    guarantee = models.ForeignKey(
        Guarantee, models.PROTECT, null=True, blank=True, related_name="demand_notices", verbose_name=_("guarantee")
    )
    addressee = models.CharField(_("addressee"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    pay_until = models.DateField(_("to be paid by"))
    currency = models.CharField(_("currency"), max_length=3)
    principal = AmountField(_("overdue principal"))
    interest = AmountField(_("overdue interest"), null=True, blank=True)
    penalty = AmountField(_("penalty and compound interest"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    received_on = models.DateField(_("receipt dated"), null=True, blank=True)
    received_by_name = models.CharField(_("signed by"), max_length=120, blank=True, default="")
    received_as = models.CharField(_("in which capacity"), max_length=20, blank=True, default="")
    served_otherwise = models.CharField(
        _("served otherwise"), max_length=14, choices=Served.choices, blank=True, default=""
    )
    proof = models.CharField(_("proof of service"), max_length=200, blank=True, default="")
    receipt_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    receipt_recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand notice")
        verbose_name_plural = _("demand notices")
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(principal__gte=0), name="demand_notice_principal_min_0"),
            models.CheckConstraint(
                condition=Q(received_on=None) | Q(received_on__gte=F("issued_on")),
                name="demand_notice_received_after_issue",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None, received_by_name="", served_otherwise="", receipt_recorded_by=None)
                | (
                    Q(received_on__isnull=False, receipt_recorded_by__isnull=False, receipt_recorded_at__isnull=False)
                    & (
                        Q(served_otherwise="") & ~Q(received_by_name="")
                        | Q(served_otherwise__in=Served.values) & ~Q(proof="")
                    )
                ),
                name="demand_notice_receipt_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number
