"""On the spot: the visit begins and ends, the borrower confirms it by hand or by a code, or refuses.

Nothing is confirmed before the visit has begun: the moment of the visit stands in the row, and a constraint compares.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, outbox, parameters, timeline
from postloan.core.identifiers import mask_name
from postloan.core.messages import RecipientKind
from postloan.inspections import limits_form
from postloan.inspections.models import BorrowerConfirmation, ConfirmationWay, Report, Visit
from postloan.inspections.services import shared_visits
from postloan.inspections.services.changes import bump
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import locked

LEAST_POINTS = 12
MOST_POINTS = 6000
LEAST_REASON = 5

STARTED = timeline.define("inspections.visit_started", _("Inspection {task}: visit begun"))
ENDED = timeline.define("inspections.visit_ended", _("Inspection {task}: visit ended"))
CODE_SENT = timeline.define("inspections.code_sent", _("Inspection {task}: code sent to the borrower"))
CONFIRMED = timeline.define("inspections.borrower_confirmed", _("Inspection {task}: {name} confirmed the visit"))
REFUSED = timeline.define("inspections.borrower_refused", _("Inspection {task}: {name} refused to confirm, {reason}"))
CODE = outbox.define(
    "inspection_code",
    _("Code for the visit of your bank"),
    _(
        "{name}: to confirm the visit of {inspector} on {day}, tell the code {code}. It is valid for {minutes} minutes."
        " If nobody of the bank is with you, do not tell it and call the bank."
    ),
)


@dataclass(frozen=True)
class Spot:
    """Where the phone says it is; nothing where it does not say."""

    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True)
class Signer:
    name: str
    post: str = ""


# ── the visit ─────────────────────────────────────────────────────────────────────────────────────────────


def _visit(report: Report, acting_user: Any) -> Visit:
    if report.task.visit_id is not None:
        return Visit.objects.select_for_update().get(pk=report.task.visit_id)
    day = business_date.current()
    visit = Visit(customer_id=report.task.customer_id, planned_for=day, opened_by=acting_user, opened_on=day)
    visit.save()
    report.task.visit = visit
    report.task.save(update_fields=["visit"])
    return visit


@transaction.atomic
def start_visit(report: Report, *, spot: Spot, place: str = "", acting_user: Any) -> Visit:
    """Stamps the visit's start once; a visit that serves several reports begins for all of them."""
    shared_visits.lock_all(report)
    report = locked(report, acting_user)
    visit = _visit(report, acting_user)
    if visit.started_at is None:
        visit.started_at = timezone.now()
        visit.latitude, visit.longitude = spot.latitude, spot.longitude
        visit.place = place.strip()[:200] or visit.place
        visit.save()
        _tell(STARTED, report, acting_user)
    shared_visits.share(visit, acting_user=acting_user)
    return visit


@transaction.atomic
def end_visit(report: Report, *, acting_user: Any) -> Visit:
    """Told to every report of the visit still being written. Raises Refused("not_started")."""
    shared_visits.lock_all(report)
    report = locked(report, acting_user)
    visit = _visit(report, acting_user)
    if visit.started_at is None:
        raise Refused("not_started")
    if visit.ended_at is None:
        visit.ended_at = timezone.now()
        visit.save()
        shared_visits.share(visit, acting_user=acting_user)
        _tell(ENDED, report, acting_user)
    return visit


# ── the borrower ──────────────────────────────────────────────────────────────────────────────────────────


def _begun(report: Report, signer: Signer, spot: Spot, acting_user: Any, **values: Any) -> BorrowerConfirmation:
    """A confirmation of the visit that has begun. Raises Refused: `not_started`, `name`."""
    visit = report.task.visit
    if visit is None or visit.started_at is None:
        raise Refused("not_started")
    if not signer.name.strip():
        raise Refused("name")
    return BorrowerConfirmation(
        report=report,
        name=signer.name.strip()[:100],
        post=signer.post.strip()[:100],
        visit_started_at=visit.started_at,
        latitude=spot.latitude,
        longitude=spot.longitude,
        taken_by=acting_user,
        **values,
    )


def _replace(report: Report) -> None:
    """A new confirmation voids the former one; it stays to be seen."""
    report.borrower_confirmations.filter(voided_at=None).update(voided_at=timezone.now())


def checked_strokes(strokes: Any) -> list[list[list[int]]]:
    """Lines of points on a field of 600 by 200. Raises Refused: `strokes` for no drawing, `short` for a dot."""
    try:
        lines = [[[int(x), int(y)] for x, y in line] for line in strokes]
    except (TypeError, ValueError) as error:
        raise Refused("strokes") from error
    points = [point for line in lines for point in line]
    if len(points) > MOST_POINTS or any(not (0 <= x <= 600 and 0 <= y <= 200) for x, y in points):
        raise Refused("strokes")
    if len(points) < LEAST_POINTS:
        raise Refused("short")
    return lines


@transaction.atomic
def confirm_by_hand(
    report: Report, strokes: Any, *, signer: Signer, spot: Spot, acting_user: Any
) -> BorrowerConfirmation:
    """Raises Refused: `not_started`, `name`, `strokes`, `short`."""
    report = locked(report, acting_user)
    lines = checked_strokes(strokes)
    row = _begun(report, signer, spot, acting_user, way=ConfirmationWay.DRAWN, strokes=lines)
    _replace(report)
    row.confirmed_at = timezone.now()
    row.save()
    _confirmed(report, row, acting_user)
    return row


@transaction.atomic
def send_code(report: Report, *, signer: Signer, spot: Spot, acting_user: Any) -> BorrowerConfirmation:
    """Sends six digits to the number core banking has of the borrower, to nobody else.

    Raises Refused: `not_started`, `name`, `no_phone`, `soon` where one was sent within the last minute.
    """
    report = locked(report, acting_user)
    customer = report.task.customer
    if not customer.phone:
        raise Refused("no_phone")
    now = timezone.now()
    if report.borrower_confirmations.filter(code_sent_at__gt=now - timedelta(minutes=1)).exists():
        raise Refused("soon")
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = _begun(report, signer, spot, acting_user, way=ConfirmationWay.CODE)
    row.code_hash, row.code_sent_at = make_password(code), now
    row.save()
    outbox.put(
        outbox.Draft(
            key=f"inspection_code|{row.pk}",
            template=CODE,
            to=RecipientKind.BORROWER,
            recipient_id=customer.pk,
            arguments={
                "name": mask_name(customer.name),
                "inspector": acting_user.name,
                "day": business_date.calendar_today().isoformat(),
                "minutes": parameters.value(limits_form.CODE_MINUTES),
            },
            secrets={"code": code},
            is_urgent=True,
        )
    )
    _tell(CODE_SENT, report, acting_user)
    return row


@transaction.atomic
def confirm_by_code(report: Report, code: str, *, acting_user: Any) -> BorrowerConfirmation | None:
    """The confirmation, or None for a wrong code, which is counted.

    Raises Refused: `no_code`, `expired`, `tries` where a new one is needed.
    """
    report = locked(report, acting_user)
    row = (
        report.borrower_confirmations.select_for_update()
        .filter(way=ConfirmationWay.CODE, confirmed_at=None, voided_at=None)
        .order_by("-id")
        .first()
    )
    if row is None or row.code_sent_at is None:
        raise Refused("no_code")
    if row.code_sent_at < timezone.now() - timedelta(minutes=parameters.value(limits_form.CODE_MINUTES)):
        raise Refused("expired")
    if row.code_tries >= parameters.value(limits_form.CODE_TRIES):
        raise Refused("tries")
    if not check_password(code.strip(), row.code_hash):
        row.code_tries += 1
        row.save(update_fields=["code_tries"])
        return None
    report.borrower_confirmations.filter(voided_at=None).exclude(pk=row.pk).update(voided_at=timezone.now())
    row.confirmed_at = timezone.now()
    row.save(update_fields=["confirmed_at"])
    _confirmed(report, row, acting_user)
    return row


@transaction.atomic
def borrower_refuses(
    report: Report, reason: str, *, signer: Signer, spot: Spot, acting_user: Any
) -> BorrowerConfirmation:
    """The borrower does not want to confirm; that is written down with the reason. Raises Refused: `reason` too."""
    report = locked(report, acting_user)
    if len(reason.strip()) < LEAST_REASON:
        raise Refused("reason")
    row = _begun(report, signer, spot, acting_user, way=ConfirmationWay.REFUSED, reason=reason.strip())
    _replace(report)
    row.confirmed_at = timezone.now()
    row.save()
    bump(report, "borrower refused", acting_user)
    _tell(REFUSED, report, acting_user, name=row.name, reason=row.reason)
    return row


def standing_confirmation(report: Report) -> BorrowerConfirmation | None:
    return report.borrower_confirmations.filter(voided_at=None, confirmed_at__isnull=False).first()


def _confirmed(report: Report, row: BorrowerConfirmation, acting_user: Any) -> None:
    bump(report, "borrower confirmed", acting_user)
    _tell(CONFIRMED, report, acting_user, name=row.name)


def _tell(code: str, report: Report, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=report.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(report.pk),
        task=report.task.task_no,
        **arguments,
    )
