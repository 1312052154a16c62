"""What a night did: its runs, their steps with counts, and the totals it was held against."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("completed")
    FAILED = "failed", _("failed")


class NightRun(models.Model):
    """One try at the night of a business date. A failed one has changed nothing else; the date stays open.

    `thresholds` are the values the floors were made with: when they change, every overdue loan is looked at.
    `failures` is a list of {"check", "rows": [{"loan_no", "text", …}], "more"}.
    """

    business_date = models.DateField(_("business date"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    attempt = models.PositiveIntegerField(_("try"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    thresholds = models.JSONField(_("thresholds"), default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(_("error"), blank=True, default="")
    failures = models.JSONField(_("failures"), default=list, encoder=DjangoJSONEncoder)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )

    class Meta:
        verbose_name = _("run of the night")
        verbose_name_plural = _("runs of the night")
        ordering = ["-business_date", "-revision", "-attempt"]
        constraints = [
            models.UniqueConstraint(fields=["business_date", "revision", "attempt"], name="night_run_once"),
            models.UniqueConstraint(models.Value(1), condition=Q(state=RunState.RUNNING), name="night_run_one_running"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="night_run_known_state"),
            models.CheckConstraint(
                condition=Q(state=RunState.RUNNING, finished_at=None)
                | (~Q(state=RunState.RUNNING) & Q(finished_at__isnull=False)),
                name="night_run_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="night_run_finished_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.FAILED) | ~Q(error=""), name="night_run_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.revision}.{self.attempt}"

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class NightStep(models.Model):
    """One step of a run, in order, with what it counted. A run that failed names the step it failed in."""

    run = models.ForeignKey(NightRun, models.CASCADE, related_name="steps", verbose_name=_("run"))
    order = models.PositiveIntegerField(_("order"))
    code = models.CharField(_("step"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices)
    counts = models.JSONField(_("counts"), default=dict, encoder=DjangoJSONEncoder)
    seconds = models.DecimalField(_("seconds"), max_digits=10, decimal_places=3)

    class Meta:
        verbose_name = _("step of the night")
        verbose_name_plural = _("steps of the night")
        ordering = ["run", "order"]
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="night_step_once"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="night_step_known_state"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="night_step_seconds_min_0"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.code}"


class ControlTotal(models.Model):
    """A figure reached on two ways, from different tables; a difference fails the night unless `is_shown_only`."""

    run = models.ForeignKey(NightRun, models.CASCADE, related_name="totals", verbose_name=_("run"))
    check_code = models.CharField(_("check"), max_length=40)
    dimension = models.CharField(_("by"), max_length=20, blank=True, default="")
    key = models.CharField(_("key"), max_length=60, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    left = models.DecimalField(_("one way"), max_digits=24, decimal_places=2)
    right = models.DecimalField(_("other way"), max_digits=24, decimal_places=2)
    difference = models.DecimalField(_("difference"), max_digits=24, decimal_places=2)
    is_shown_only = models.BooleanField(_("shown apart"), default=False)

    class Meta:
        verbose_name = _("control total")
        verbose_name_plural = _("control totals")
        ordering = ["run", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "check_code", "dimension", "key", "currency"], name="control_total_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.check_code} {self.key}".strip()
