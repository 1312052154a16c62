"""An extract as it came in: what it said of itself, what became of each file, and why rows were not taken."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.core.encryption import EncryptedTextField


class ExtractState(models.TextChoices):
    RECEIVED = "received", _("received")
    VERIFYING = "verifying", _("verifying")
    STAGING = "staging", _("reading")
    VALIDATING = "validating", _("validating")
    RECONCILING = "reconciling", _("reconciling")
    APPLYING = "applying", _("applying")
    APPLIED = "applied", _("applied")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("interrupted")


UNDERWAY = (
    ExtractState.RECEIVED,
    ExtractState.VERIFYING,
    ExtractState.STAGING,
    ExtractState.VALIDATING,
    ExtractState.RECONCILING,
    ExtractState.APPLYING,
)


class Mode(models.TextChoices):
    FULL = "full", _("full")
    CHANGES = "changes", _("changes")
    NOT_DELIVERED = "not_delivered", _("not delivered")


class Extract(models.Model):
    """One try to take in one extract. It is applied whole or not at all; a refused one says why.

    `refusal` is a code, `refusal_arguments` its facts: the sentence is made in the reader's language.
    """

    business_date = models.DateField(_("business date"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    institution = models.CharField(_("institution"), max_length=40, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    state = models.CharField(
        _("state"), max_length=12, choices=ExtractState.choices, default=ExtractState.RECEIVED, db_index=True
    )
    folder = models.CharField(_("folder"), max_length=400)
    archive = models.CharField(_("archive"), max_length=200, blank=True, default="")
    manifest = models.JSONField(_("manifest"), default=dict, encoder=DjangoJSONEncoder)
    manifest_sha256 = models.CharField(_("checksum of the manifest"), max_length=64, blank=True, default="")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    received_at = models.DateTimeField(_("received at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    refusal = models.CharField(_("reason of refusal"), max_length=60, blank=True, default="")
    refusal_arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )

    class Meta:
        verbose_name = _("extract")
        verbose_name_plural = _("extracts")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["business_date", "revision"], condition=Q(state="applied"), name="extract_applied_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ExtractState.values), name="extract_known_state"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="extract_revision_from_1"),
            models.CheckConstraint(
                condition=~Q(state="applied")
                | (Q(business_date__isnull=False) & Q(finished_at__isnull=False) & Q(refusal="")),
                name="extract_applied_is_complete",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal=""), name="extract_refused_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.business_date or self.folder} / {self.revision}"

    @property
    def is_underway(self) -> bool:
        return self.state in UNDERWAY

    @property
    def sentence(self) -> str:
        """Why it was refused, in the reader's language; empty where it was not."""
        from postloan.imports.refusals import sentence

        return sentence(self.refusal, self.refusal_arguments) if self.refusal else ""


class ExtractFile(models.Model):
    """What became of one file: rows = accepted + unchanged + rejected; quarantined rows are a part of the rejected.

    A file that was not delivered has a row too, in mode `not_delivered`: that is not the same as empty.
    """

    extract = models.ForeignKey(Extract, models.PROTECT, related_name="files", verbose_name=_("extract"))
    name = models.CharField(_("file"), max_length=60)
    mode = models.CharField(_("mode"), max_length=14, choices=Mode.choices)
    row_count = models.PositiveBigIntegerField(_("rows"), default=0)
    sha256 = models.CharField(_("checksum"), max_length=64, blank=True, default="")
    totals = models.JSONField(_("totals"), default=dict, encoder=DjangoJSONEncoder)
    columns = models.JSONField(_("columns"), default=list)
    covers = models.JSONField(_("kinds covered"), null=True, blank=True)
    accepted_new = models.PositiveBigIntegerField(_("new"), default=0)
    accepted_changed = models.PositiveBigIntegerField(_("changed"), default=0)
    unchanged = models.PositiveBigIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    quarantined = models.PositiveBigIntegerField(_("in quarantine"), default=0)
    released = models.PositiveBigIntegerField(_("released from quarantine"), default=0)
    missing = models.PositiveBigIntegerField(_("missing"), default=0)
    superseded = models.PositiveBigIntegerField(_("superseded"), default=0)
    rejects_file = models.CharField(_("file of rejects"), max_length=200, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("file of an extract")
        verbose_name_plural = _("files of extracts")
        ordering = ["extract", "id"]
        constraints = [
            models.UniqueConstraint(fields=["extract", "name"], name="extract_file_once"),
            models.CheckConstraint(
                condition=Q(row_count=F("accepted_new") + F("accepted_changed") + F("unchanged") + F("rejected")),
                name="extract_file_rows_add_up",
            ),
            models.CheckConstraint(
                condition=Q(quarantined__lte=F("rejected")), name="extract_file_quarantined_within_rejected"
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="extract_file_known_mode"),
            models.CheckConstraint(
                condition=~Q(mode="not_delivered") | Q(row_count=0), name="extract_file_not_delivered_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @property
    def accepted(self) -> int:
        return self.accepted_new + self.accepted_changed

    @property
    def is_delivered(self) -> bool:
        return self.mode != Mode.NOT_DELIVERED


class Reject(models.Model):
    """Why a row was not taken: line, column, value and reason. For the page; the complete list is the file."""

    file = models.ForeignKey(ExtractFile, models.PROTECT, related_name="rejects", verbose_name=_("file"))
    line = models.PositiveBigIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True, default="")
    value = EncryptedTextField(_("value"), blank=True, default="")
    reason = models.CharField(_("reason"), max_length=40)
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    is_quarantined = models.BooleanField(_("in quarantine"), default=False)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["file", "line", "id"]
        indexes = [models.Index(fields=["file", "line"], name="reject_file_line")]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="reject_has_reason")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line} {self.column} {self.reason}"


class Reconciliation(models.Model):
    """One comparison: what must be there and what is. `is_known` False where a side was not delivered."""

    extract = models.ForeignKey(Extract, models.PROTECT, related_name="reconciliations", verbose_name=_("extract"))
    kind = models.CharField(_("kind"), max_length=30)
    dimension = models.CharField(_("by"), max_length=30, blank=True, default="")
    key = models.CharField(_("number"), max_length=120, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    expected = models.DecimalField(_("expected"), max_digits=24, decimal_places=6, null=True)
    actual = models.DecimalField(_("actual"), max_digits=24, decimal_places=6, null=True)
    difference = models.DecimalField(_("difference"), max_digits=24, decimal_places=6, null=True)
    parts = models.JSONField(_("parts"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["extract", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["extract", "kind", "dimension", "key", "currency"], name="reconciliation_once"
            ),
            models.CheckConstraint(
                condition=Q(difference=None, expected=None)
                | Q(difference=None, actual=None)
                | Q(expected__isnull=False, actual__isnull=False, difference__isnull=False),
                name="reconciliation_difference_when_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dimension} {self.key}".strip()
