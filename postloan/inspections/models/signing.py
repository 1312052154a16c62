"""Who stands behind a report: signatures, the borrower's confirmation, decisions, and refused ways around them."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.inspections.models.reports import Report


class SignatureRole(models.TextChoices):
    MAIN = "main", _("main inspector")
    SECOND = "second", _("second inspector")


class Signature(models.Model):
    """Given by an inspector from an own log-in, on a content. What changes afterwards voids it."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="signatures", verbose_name=_("inspection report"))
    role = models.CharField(_("role"), max_length=10, choices=SignatureRole.choices)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed at"))
    signed_on = models.DateField(_("signed on"))
    content_hash = models.CharField(_("hash of the content"), max_length=64)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    voided_because = models.CharField(_("voided because"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "role"], condition=Q(voided_at=None), name="signature_one_in_force_a_role"
            ),
            models.UniqueConstraint(
                fields=["report", "signed_by"], condition=Q(voided_at=None), name="signature_one_in_force_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.role}"


class ConfirmationWay(models.TextChoices):
    DRAWN = "drawn", _("drawn signature")
    CODE = "code", _("code by message")
    REFUSED = "refused", _("refused to confirm")


class BorrowerConfirmation(models.Model):
    """The borrower confirms the visit on the spot: who, how, when and where; never before the visit began."""

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="borrower_confirmations", verbose_name=_("inspection report")
    )
    way = models.CharField(_("way"), max_length=10, choices=ConfirmationWay.choices)
    name = models.CharField(_("name"), max_length=100)
    post = models.CharField(_("post"), max_length=100, blank=True, default="")
    strokes = models.JSONField(_("drawn signature"), null=True, blank=True)
    code_hash = models.CharField(_("hash of the code"), max_length=128, blank=True, default="")
    code_sent_at = models.DateTimeField(_("code sent at"), null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    reason = models.TextField(_("reason of the refusal"), blank=True, default="")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    visit_started_at = models.DateTimeField(_("start of the visit"))
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken by"))
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("confirmation of the borrower")
        verbose_name_plural = _("confirmations of borrowers")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(voided_at=None, confirmed_at__isnull=False),
                name="borrower_confirmation_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("visit_started_at")),
                name="borrower_confirmation_not_before_visit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.way}"


class DecisionKind(models.TextChoices):
    APPROVE = "approve", _("approve")
    SEND_BACK = "send_back", _("send back")
    PASS_UP = "pass_up", _("pass up")
    WITHDRAW = "withdraw", _("withdraw")


class ReturnReason(models.TextChoices):
    """Why a report went back, for counting; the opinion says it in words."""

    INCOMPLETE = "incomplete", _("facts or figures missing")
    EVIDENCE = "evidence", _("evidence missing or not convincing")
    WRONG = "wrong", _("wrong or contradictory")
    COPIED = "copied", _("copied from last time")
    UNSUPPORTED = "unsupported", _("conclusion not supported by the facts")
    MEASURES = "measures", _("measures missing or too weak")
    OTHER = "other", _("something else")


class Decision(models.Model):
    """What somebody decided on a submitted report, on which content and at which step. Never changed."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="decisions", verbose_name=_("inspection report"))
    submission = models.PositiveIntegerField(_("submission"))
    step = models.PositiveSmallIntegerField(_("step of the approval"))
    kind = models.CharField(_("decision"), max_length=10, choices=DecisionKind.choices)
    comment = models.TextField(_("opinion"), blank=True, default="")
    return_reason = models.CharField(
        _("reason of the return"), max_length=12, choices=ReturnReason.choices, blank=True, default=""
    )
    section_remarks = models.JSONField(_("remarks on sections"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_on = models.DateField(_("decided on"))
    decided_at = models.DateTimeField(_("decided at"))
    content_hash = models.CharField(_("hash of the content"), max_length=64)
    in_bulk = models.BooleanField(_("in bulk"), default=False)

    class Meta:
        verbose_name = _("decision on a report")
        verbose_name_plural = _("decisions on reports")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "submission", "step"], name="decision_once_a_step"),
            models.CheckConstraint(
                condition=~Q(kind="send_back") | ~Q(comment=""), name="decision_send_back_with_remark"
            ),
            models.CheckConstraint(
                condition=Q(return_reason="") | Q(kind="send_back", return_reason__in=ReturnReason.values),
                name="decision_reason_of_a_return",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"
