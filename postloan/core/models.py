"""Mechanisms without bank rules: dates, parameters, findings, the timeline, jobs, the record of what was shown."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.core.changes import CalendarYear, Parameter  # noqa: F401  one place to import from
from postloan.core.messages import Delivery, OutboxMessage  # noqa: F401  one place to import from
from postloan.core.working_days import WorkingDay  # noqa: F401  one place to import from


class Institution(models.Model):
    """The one bank of this database, bound by the first extract applied."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    code = models.CharField(_("institution"), max_length=40, unique=True)
    name = models.CharField(_("institution name"), max_length=120, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3)
    bound_on = models.DateField(_("bound on"))

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        constraints = [models.CheckConstraint(condition=Q(singleton=True), name="institution_only_one")]

    def __str__(self) -> str:
        return self.name or self.code


class BusinessDate(models.Model):
    """Opened by applying an extract, closed by its night. One at most is open."""

    date = models.DateField(_("business date"), unique=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("business date")
        verbose_name_plural = _("business dates")
        ordering = ["-date"]
        constraints = [
            models.CheckConstraint(condition=Q(revision__gte=1), name="business_date_revision_from_1"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="business_date_closed_after_open",
            ),
            models.UniqueConstraint(models.Value(1), condition=Q(closed_at=None), name="business_date_one_open"),
        ]

    def __str__(self) -> str:
        return self.date.isoformat()


class Finding(models.Model):
    """Something about the data that is not as it should be. Open until a night no longer sees it.

    `kind` is a code of the app that finds it; its text is made on display. `last_seen_on` is written when the
    finding goes; while it is open, the last night saw it.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject_kind = models.CharField(_("subject"), max_length=40)
    subject_key = models.CharField(_("number"), max_length=120)
    aspect = models.CharField(_("aspect"), max_length=60, blank=True, default="")
    branch_id = models.BigIntegerField(_("branch"), null=True, blank=True)
    customer_id = models.BigIntegerField(_("customer"), null=True, blank=True)
    loan_id = models.BigIntegerField(_("loan"), null=True, blank=True)
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    first_seen_on = models.DateField(_("first seen on"))
    last_seen_on = models.DateField(_("last seen on"), null=True, blank=True)
    gone_on = models.DateField(_("gone on"), null=True, blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["kind", "subject_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_key", "aspect"],
                condition=Q(gone_on=None),
                name="finding_open_once",
            ),
            models.CheckConstraint(
                condition=Q(gone_on=None) | Q(gone_on__gte=F("first_seen_on")), name="finding_gone_after_seen"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_key"], name="finding_subject"),
            models.Index(fields=["loan_id"], condition=Q(loan_id__isnull=False), name="finding_loan"),
            models.Index(fields=["customer_id"], condition=Q(customer_id__isnull=False), name="finding_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_key}"


class FactRevision(models.Model):
    """What a delivered fact said before it was restated, so that what was known on a date can be read back."""

    subject_table = models.CharField(_("table"), max_length=60)
    subject_id = models.BigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=60)
    old_value = models.TextField(_("value before"), null=True)
    new_value = models.TextField(_("value after"), null=True)
    known_until = models.DateField(_("replaced on"))
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta:
        verbose_name = _("restated fact")
        verbose_name_plural = _("restated facts")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "column", "known_until", "revision"],
                name="fact_revision_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_table} {self.subject_id} {self.column}"


class Event(models.Model):
    """The timeline: append only, written by each service in its transaction. The text is made on display."""

    business_date = models.DateField(_("business date"), null=True)
    happened_at = models.DateTimeField(_("moment"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)
    customer_id = models.BigIntegerField(_("customer"), null=True, blank=True)
    loan_id = models.BigIntegerField(_("loan"), null=True, blank=True)
    subject_kind = models.CharField(_("subject"), max_length=40, blank=True, default="")
    subject_key = models.CharField(_("number"), max_length=120, blank=True, default="")
    code = models.CharField(_("event"), max_length=60)
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-happened_at", "-id"]
        indexes = [
            models.Index(fields=["customer_id", "-happened_at"], name="event_customer"),
            models.Index(fields=["loan_id", "-happened_at"], name="event_loan"),
            models.Index(fields=["code", "-happened_at"], name="event_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject_key}"


class PersonalDataAccess(models.Model):
    """Personal data shown in clear: who, whose, which, why, when, from where. Append only."""

    shown_at = models.DateTimeField(_("shown at"))
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("shown to"))
    subject_kind = models.CharField(_("subject"), max_length=40)
    subject_key = models.CharField(_("number"), max_length=120)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    what = models.CharField(_("what was shown"), max_length=120)
    reason = models.CharField(_("reason"), max_length=400)
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta:
        verbose_name = _("personal data shown")
        verbose_name_plural = _("personal data shown")
        ordering = ["-shown_at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="personal_data_access_reason")]

    def __str__(self) -> str:
        return f"{self.subject_key} {self.what}"


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class JobRun(models.Model):
    """A piece of work due, the queue of record. Redis or a person only poke; a poke claims a lease.

    `fence` grows with each claim; whoever writes checks it in the writing transaction, so that a worker that
    wakes after its lease was taken over writes nothing.
    """

    job = models.CharField(_("job"), max_length=60)
    business_date = models.DateField(_("business date"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    shard = models.CharField(_("piece"), max_length=120, blank=True, default="")
    arguments = models.JSONField(_("arguments"), default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    due_at = models.DateTimeField(_("due at"))
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    fence = models.PositiveBigIntegerField(_("fencing number"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True, default="")
    stage = models.CharField(_("stage"), max_length=60, blank=True, default="")
    done_count = models.PositiveBigIntegerField(_("done"), default=0)
    total_count = models.PositiveBigIntegerField(_("total"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(_("error"), blank=True, default="")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "business_date", "revision", "shard"], name="job_run_once"),
            models.UniqueConstraint(
                fields=["job", "revision", "shard"], condition=Q(business_date=None), name="job_run_once_undated"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(state__in=[JobState.DONE, JobState.FAILED]),
                name="job_run_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | Q(lease_until__isnull=False),
                name="job_run_running_has_lease",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "running"]), name="job_run_due")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.job, str(self.business_date or ""), self.shard]))


class SourceDate(models.Model):
    """The last business date on which a file was delivered. A file without a row was never delivered."""

    file = models.CharField(_("file"), max_length=60, unique=True)
    business_date = models.DateField(_("data date"))
    mode = models.CharField(_("mode"), max_length=14)

    class Meta:
        verbose_name = _("data date of a source")
        verbose_name_plural = _("data dates of sources")
        ordering = ["file"]

    def __str__(self) -> str:
        return f"{self.file} {self.business_date}"


class Delivered(models.Model):
    """A fact of core banking. Never edited by hand, never deleted: it goes missing or is superseded."""

    first_delivered_on = models.DateField(_("first delivered on"), editable=False)
    changed_on = models.DateField(_("last changed on"), editable=False)
    missing_since = models.DateField(_("not delivered since"), null=True, blank=True, editable=False)
    superseded_on = models.DateField(_("superseded on"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
