"""Templates: shipped, drafted, submitted by one person, decided by another, in force from a day on."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, timeline
from postloan.inspections import prefill, questions, shipped
from postloan.inspections.models import ApprovalState, InspectionTask, ReportTemplate, TemplateVersion
from postloan.inspections.services.refusals import Refused

SHIPPED_FROM = date(2000, 1, 1)
EDITABLE = frozenset({ApprovalState.DRAFT})

DRAFTED = timeline.define("inspections.template_drafted", _("Template {template}: version {version} begun"))
SUBMITTED = timeline.define("inspections.template_submitted", _("Template {template}: version {version} handed in"))
WITHDRAWN = timeline.define("inspections.template_withdrawn", _("Template {template}: version {version} withdrawn"))
APPROVED = timeline.define(
    "inspections.template_approved", _("Template {template}: version {version} approved, valid from {valid_from}")
)
REFUSED = timeline.define(
    "inspections.template_refused", _("Template {template}: version {version} refused: {comment}")
)


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 over the document with sorted names: the same content has the same hash."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def faults(content: Any) -> list[questions.Fault]:
    return questions.faults(content, facts=set(prefill.CONDITION_FACTS), prefills=set(prefill.names()))


# ── shipped ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ship_templates() -> int:
    """Brings the shipped templates in, and a newer text of one that the bank has not changed. Returns new versions."""
    new = 0
    for document in shipped.documents():
        template, _created = ReportTemplate.objects.get_or_create(
            code=document["code"],
            defaults={name: document[name] for name in ("name_zh", "name_en", "fits", "position")},
        )
        newest = template.versions.order_by("-version").first()
        digest = content_hash(document["content"])
        if newest is not None and (newest.made_by_id is not None or newest.content_hash == digest):
            continue
        TemplateVersion.objects.create(
            template=template,
            version=newest.version + 1 if newest else 1,
            valid_from=(newest and business_date.latest()) or SHIPPED_FROM,
            state=ApprovalState.APPROVED,
            content=document["content"],
            content_hash=digest,
        )
        new += 1
    return new


# ── which one ─────────────────────────────────────────────────────────────────────────────────────────────


def version_in_force(template: ReportTemplate, day: date) -> TemplateVersion | None:
    found = template.versions.filter(state=ApprovalState.APPROVED, valid_from__lte=day)
    return found.order_by("-valid_from", "-version").first()


def fits(template: ReportTemplate, task: InspectionTask) -> bool:
    """Whether a template is for such a task; a list that is not there means any."""
    wanted = {"kinds": task.kind, "lines": task.line, "customer_kinds": task.customer.kind}
    return all(value in template.fits[name] for name, value in wanted.items() if template.fits.get(name))


def version_for(task: InspectionTask, day: date) -> TemplateVersion:
    """The version in force of the first template that fits. Raises Refused("no_template")."""
    for template in ReportTemplate.objects.all():
        if fits(template, task):
            version = version_in_force(template, day)
            if version is not None:
                return version
    raise Refused("no_template")


# ── drafting ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start_version(template: ReportTemplate, *, acting_user: Any) -> TemplateVersion:
    """A draft that begins as the newest approved version. Raises Refused("open") where one is being worked on."""
    template = ReportTemplate.objects.select_for_update().get(pk=template.pk)
    if template.versions.filter(state__in=[ApprovalState.DRAFT, ApprovalState.SUBMITTED]).exists():
        raise Refused("open")
    former = template.versions.filter(state=ApprovalState.APPROVED).order_by("-version").first()
    highest = template.versions.aggregate(highest=Max("version"))["highest"] or 0
    version = TemplateVersion.objects.create(
        template=template,
        version=highest + 1,
        content=former.content if former else {"schema": questions.SCHEMA, "sections": []},
        made_by=acting_user,
    )
    _tell(DRAFTED, version, acting_user)
    return version


def _locked(version: TemplateVersion) -> TemplateVersion:
    return TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)


@transaction.atomic
def edit_version(
    version: TemplateVersion, content: dict[str, Any], *, seen_edit: int, acting_user: Any
) -> TemplateVersion:
    """Saves a draft, faulty or not. Raises Refused: `state`, or `edit` where somebody has saved meanwhile."""
    version = _locked(version)
    if version.state not in EDITABLE:
        raise Refused("state")
    if version.edit_no != seen_edit:
        raise Refused("edit")
    version.content, version.made_by, version.edit_no = content, acting_user, version.edit_no + 1
    version._change_reason = "edited"  # type: ignore[attr-defined]
    version.save()
    return version


@transaction.atomic
def submit_version(version: TemplateVersion, *, valid_from: date, acting_user: Any) -> TemplateVersion:
    """Hands a draft in. Raises Refused: `state`, `faults`, `past` for a day that is already worked on."""
    version = _locked(version)
    if version.state != ApprovalState.DRAFT:
        raise Refused("state")
    if faults(version.content):
        raise Refused("faults")
    _check_day(valid_from)
    version.state, version.made_by, version.valid_from = ApprovalState.SUBMITTED, acting_user, valid_from
    version.content_hash = content_hash(version.content)
    version.save()
    _tell(SUBMITTED, version, acting_user)
    return version


def _check_day(valid_from: date) -> None:
    last = business_date.latest()
    if last is not None and valid_from <= last:
        raise Refused("past")


@transaction.atomic
def withdraw_version(version: TemplateVersion, *, acting_user: Any) -> TemplateVersion:
    """Puts a draft or a submitted version away. Raises Refused("state")."""
    version = _locked(version)
    if version.state not in {ApprovalState.DRAFT, ApprovalState.SUBMITTED}:
        raise Refused("state")
    version.state = ApprovalState.WITHDRAWN
    version.save()
    _tell(WITHDRAWN, version, acting_user)
    return version


def authors(version: TemplateVersion) -> set[int]:
    """Everybody who ever saved this version."""
    return set(version.history.exclude(made_by=None).values_list("made_by_id", flat=True))


@transaction.atomic
def decide_version(
    version: TemplateVersion, *, approve: bool, comment: str, seen_hash: str, acting_user: Any
) -> TemplateVersion:
    """Approves or refuses what was seen.

    Raises Refused: `state`, `maker` for whoever wrote any of it, `changed`, `comment` where a refusal says no reason,
    `past` where the day from which it is to be valid has come meanwhile.
    """
    version = _locked(version)
    if version.state != ApprovalState.SUBMITTED:
        raise Refused("state")
    if acting_user.pk in authors(version):
        raise Refused("maker")
    if version.content_hash != seen_hash or content_hash(version.content) != seen_hash:
        raise Refused("changed")
    if not approve and not comment.strip():
        raise Refused("comment")
    if approve:
        _check_day(version.valid_from or SHIPPED_FROM)
    version.state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    version.decided_by, version.decided_at, version.decision_comment = acting_user, timezone.now(), comment
    version.save()
    _tell(APPROVED if approve else REFUSED, version, acting_user, comment=comment)
    return version


def _tell(code: str, version: TemplateVersion, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="report_template",
        subject_key=version.template.code,
        template=version.template.code,
        version=version.version,
        valid_from=version.valid_from.isoformat() if version.valid_from else "",
        **arguments,
    )
