"""What a report says to each condition of the approval and each covenant that stands on the facility."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.inspections.models.reports import Report
from postloan.loans.models import ApprovalCondition


class ConditionState(models.TextChoices):
    MET = "met", _("met")
    NOT_MET = "not_met", _("not met")
    NOT_DUE = "not_due", _("not due yet")


class ConditionAnswer(models.Model):
    """`text` and `condition_due_on` keep what the condition said when it was answered: core banking may change it."""

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="condition_answers", verbose_name=_("inspection report")
    )
    condition = models.ForeignKey(
        ApprovalCondition, models.PROTECT, related_name="answers", verbose_name=_("approval condition")
    )
    text = models.TextField(_("text"), blank=True, default="")
    condition_due_on = models.DateField(_("due on"), null=True, blank=True)
    state = models.CharField(
        _("state of the condition"), max_length=10, choices=ConditionState.choices, blank=True, default=""
    )
    evidence = models.TextField(_("what shows it"), blank=True, default="")
    explanation = models.TextField(_("explanation"), blank=True, default="")
    version = models.PositiveIntegerField(_("version"), default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("edited by")
    )
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("answer to a condition")
        verbose_name_plural = _("answers to conditions")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "condition"], name="condition_answer_once"),
            models.CheckConstraint(
                condition=Q(state__in=["", *ConditionState.values]), name="condition_answer_known_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.condition_id}"
