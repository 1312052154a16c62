"""The report on a task: answers, sections, evidence, measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.inspections.models.planning import InspectionTask
from postloan.inspections.models.templates import TemplateVersion
from postloan.inspections.querysets import OfTaskQuerySet


class ReportState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("sent back")
    APPROVED = "approved", _("approved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class RiskConclusion(models.TextChoices):
    NORMAL = "normal", _("no risk found")
    ATTENTION = "attention", _("to be watched")
    RISK = "risk", _("risk found")
    SERIOUS = "serious", _("serious risk found")


class Advice(models.TextChoices):
    MAINTAIN = "maintain", _("maintain")
    REDUCE = "reduce", _("reduce")
    EXIT = "exit", _("exit")


@dataclass(frozen=True)
class VisitSeen:
    """What a report tells of its visit."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    place: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    person_met: str = ""
    person_post: str = ""

    @classmethod
    def of(cls, told: Mapping[str, str]) -> VisitSeen:
        moments = {name: datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at") if name in told}
        spot = {name: Decimal(told[name]) for name in ("latitude", "longitude") if name in told}
        return cls(**{**told, **moments, **spot})  # type: ignore[arg-type]


class Report(models.Model):
    """What was found. `version` counts every change; a writer names the one it has seen.

    The conclusion stands in columns because lists, signals and classification read it; every other answer is a row.
    `step` is the place in the chain of approval, 0 before submission. `hash_version` says what its hash covers: a hash
    of version 1 leaves out times and places of photos, the place of the confirmation and the visit.
    """

    task = models.ForeignKey(InspectionTask, models.PROTECT, related_name="reports", verbose_name=_("inspection task"))
    template_version = models.ForeignKey(
        TemplateVersion, models.PROTECT, related_name="reports", verbose_name=_("version of the template")
    )
    main_inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_led", verbose_name=_("main inspector")
    )
    second_inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports_seconded",
        verbose_name=_("second inspector"),
    )
    state = models.CharField(_("state"), max_length=10, choices=ReportState.choices, default=ReportState.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    facts = models.JSONField(_("facts it was begun with"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    begun_on = models.DateField(_("begun on"))
    begun_at = models.DateTimeField(_("begun at"))
    inspected_on = models.DateField(_("inspected on"), null=True, blank=True)
    risk_conclusion = models.CharField(
        _("risk conclusion"), max_length=10, choices=RiskConclusion.choices, blank=True, default=""
    )
    advice = models.CharField(_("advice"), max_length=10, choices=Advice.choices, blank=True, default="")
    proposed_class = models.CharField(_("proposed class"), max_length=20, blank=True, default="")
    summary = models.TextField(_("main findings"), blank=True, default="")
    next_on = models.DateField(_("next inspection"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(_("step of the approval"), default=0)
    chain = models.JSONField(_("chain of approval"), default=list, blank=True, encoder=DjangoJSONEncoder)
    content_hash = models.CharField(_("hash of the content"), max_length=64, blank=True, default="")
    hash_version = models.PositiveSmallIntegerField(_("version of the hash"), default=2)
    visit_seen = models.JSONField(_("what the visit told"), default=dict, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    history = HistoricalRecords()

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection report")
        verbose_name_plural = _("inspection reports")
        ordering = ["-begun_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["task"], condition=~Q(state="withdrawn"), name="report_one_a_task"),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_known_state"),
            models.CheckConstraint(
                condition=Q(second_inspector=None) | ~Q(second_inspector=F("main_inspector")),
                name="report_two_inspectors",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "approved"])
                | Q(submitted_by__isnull=False, submitted_on__isnull=False) & ~Q(content_hash=""),
                name="report_submitted_with_hash",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_on__isnull=False), name="report_approved_with_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.state}"

    @property
    def visit_shown(self) -> Any:
        """The visit as it was when the content last changed; before that was kept, as it is now."""
        return VisitSeen.of(self.visit_seen) if self.hash_version > 1 else self.task.visit


class Answer(models.Model):
    """The answer to one question. `value` is text, number as text, list or table rows, as the question's type says.

    `source` and `source_on` name where a prefilled fact came from; a changed one has source "".
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="answers", verbose_name=_("inspection report"))
    question = models.CharField(_("question"), max_length=80)
    value = models.JSONField(_("answer"), null=True, blank=True, encoder=DjangoJSONEncoder)
    explanation = models.TextField(_("explanation"), blank=True, default="")
    remark = models.TextField(_("remark"), blank=True, default="")
    source = models.CharField(_("source"), max_length=120, blank=True, default="")
    source_on = models.DateField(_("as of"), null=True, blank=True)
    is_prefilled = models.BooleanField(_("prefilled"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    tab = models.CharField(_("window it was written in"), max_length=40, blank=True, default="")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("edited by")
    )
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["report", "id"]
        constraints = [models.UniqueConstraint(fields=["report", "question"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.question}"


class SectionMark(models.Model):
    """What is known of a section besides its answers: that it does not apply and why, and the approver's remark."""

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="section_marks", verbose_name=_("inspection report")
    )
    section = models.CharField(_("section"), max_length=80)
    does_not_apply_because = models.TextField(_("does not apply because"), blank=True, default="")
    remark = models.TextField(_("remark of the approver"), blank=True, default="")
    remark_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("remark by")
    )
    remark_answered_at = models.DateTimeField(_("remark answered at"), null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("edited by")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("section of a report")
        verbose_name_plural = _("sections of reports")
        ordering = ["report", "id"]
        constraints = [models.UniqueConstraint(fields=["report", "section"], name="section_mark_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.section}"


class StoredFile(models.Model):
    """A file kept once by its content. Written through Django's storage, served only by a view with scope.

    `likeness` is a hash of 64 bits of what a picture shows; two that differ in at most three bits share one of its
    four quarters, by which such pictures are found.
    """

    sha256 = models.CharField(_("hash"), max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    content_type = models.CharField(_("type"), max_length=100)
    width = models.PositiveIntegerField(_("width in pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height in pixels"), null=True, blank=True)
    likeness = models.CharField(_("perceptual hash"), max_length=16, blank=True, default="")
    likeness_1 = models.CharField(max_length=4, blank=True, default="", editable=False)
    likeness_2 = models.CharField(max_length=4, blank=True, default="", editable=False)
    likeness_3 = models.CharField(max_length=4, blank=True, default="", editable=False)
    likeness_4 = models.CharField(max_length=4, blank=True, default="", editable=False)
    stored_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_not_empty")]
        indexes = [
            models.Index(fields=[f"likeness_{n}"], condition=~Q(likeness=""), name=f"stored_file_likeness_{n}")
            for n in range(1, 5)
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Evidence(models.Model):
    """A photo or file of a report: the original by its hash and the stripped, scaled copy that is shown."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="evidence", verbose_name=_("inspection report"))
    question = models.CharField(_("question"), max_length=80)
    row_key = models.CharField(_("row of the table"), max_length=80, blank=True, default="")
    original = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("original"))
    shown = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("copy that is shown")
    )
    name = models.CharField(_("file name"), max_length=200)
    caption = models.CharField(_("caption"), max_length=200, blank=True, default="")
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    met_before = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="met_again", verbose_name=_("met before in")
    )
    met_before_explanation = models.TextField(_("why it was used again"), blank=True, default="")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("removed by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["report", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_by=None, removed_at=None) | Q(removed_by__isnull=False, removed_at__isnull=False),
                name="evidence_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A file on its way in pieces: what came so far lies beside the storage until it is whole, then is checked."""

    key = models.CharField(_("key"), max_length=64, unique=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="uploads", verbose_name=_("inspection report"))
    question = models.CharField(_("question"), max_length=80)
    row_key = models.CharField(_("row of the table"), max_length=80, blank=True, default="")
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    received = models.PositiveBigIntegerField(_("received bytes"), default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    refused_because = models.CharField(_("refused because"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="upload_not_more_than_said"),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """Something to be done that a report decided on. Becomes a todo of its owner when the report is approved."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="measures", verbose_name=_("inspection report"))
    position = models.PositiveIntegerField(_("position"))
    text = models.TextField(_("measure"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="inspection_measures", verbose_name=_("to be done by")
    )
    due_on = models.DateField(_("due on"))
    done_on = models.DateField(_("done on"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering = ["report", "position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="measure_once"),
            models.CheckConstraint(condition=~Q(text=""), name="measure_has_text"),
            models.CheckConstraint(condition=Q(done_on=None) | ~Q(result=""), name="measure_done_with_result"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.position}"
