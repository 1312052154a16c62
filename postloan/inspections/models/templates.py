"""What a report asks: templates and their versions. The content is one document, never changed once approved."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.inspections.models.planning import ApprovalState


class ReportTemplate(models.Model):
    """A kind of report. `fits` says for which tasks it is taken: kinds of inspection, lines, kinds of customer."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    fits = models.JSONField(_("taken for"), default=dict, blank=True)
    position = models.PositiveIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class TemplateVersion(models.Model):
    """One state of a template. `content` follows the schema of `postloan.inspections.questions`."""

    template = models.ForeignKey(
        ReportTemplate, models.PROTECT, related_name="versions", verbose_name=_("report template")
    )
    version = models.PositiveIntegerField(_("version"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.DRAFT)
    content = models.JSONField(_("content"), default=dict, encoder=DjangoJSONEncoder)
    edit_no = models.PositiveIntegerField(_("edit"), default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_comment = models.TextField(_("remark on the decision"), blank=True, default="")
    content_hash = models.CharField(_("hash of what was approved"), max_length=64, blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("version of a report template")
        verbose_name_plural = _("versions of report templates")
        ordering = ["template", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["template", "version"], name="template_version_once"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state__in=["draft", "submitted"]), name="template_one_open_version"
            ),
            models.CheckConstraint(condition=Q(state__in=ApprovalState.values), name="template_version_known_state"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(valid_from__isnull=False) & ~Q(content_hash=""),
                name="template_version_approved_with_hash",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(made_by=None) | ~Q(decided_by=F("made_by")),
                name="template_version_not_by_its_maker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.version}"
