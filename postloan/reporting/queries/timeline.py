"""The timeline of a customer or a loan: what people and nights did, and what core banking told, newest first.

Each source is read up to the length of a page and merged, so that a page costs the same however long the story is.
The next page begins before the last moment of this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from postloan.collections.models import BucketMove
from postloan.core import formatting, timeline
from postloan.core.models import Event
from postloan.core.templatetags.postloan import band_label
from postloan.customers.models import Customer, ExternalEvent
from postloan.loans.models import Band, Bucket, Loan, PaymentOut, Repayment
from postloan.loans.scope import events_visible_to
from postloan.reporting.labels import label
from postloan.reporting.labels_statements import EVENT_KINDS
from postloan.reporting.queries import timeline_facts
from postloan.reporting.queries.timeline_items import DONE, NIGHT, TOLD, Item, Source

PAGE = 50
WORK = "work"


@dataclass(frozen=True)
class Story:
    """A page of a timeline; `before` continues it, None at its beginning."""

    items: list[Item]
    before: date | None


def of_customer(one: Customer, *, user: Any, before: date | None = None, only: str = "", most: int = PAGE) -> Story:
    """Everything about a customer and its loans."""
    loans = Loan.objects.filter(customer=one).values("pk")
    events = events_visible_to(user).filter(Q(customer_id=one.pk) | Q(loan_id__in=loans))
    sources = [_events(events, only)]
    if only != WORK:
        sources += [
            Source(Repayment.objects.filter(loan__customer=one), "paid_on", _repaid),
            Source(PaymentOut.objects.filter(loan__customer=one), "paid_on", _paid_out),
            Source(BucketMove.objects.counted().filter(loan__customer=one), "business_date", _moved),
            Source(ExternalEvent.objects.filter(customer=one), "occurred_on", _told),
            *timeline_facts.of_customer(one),
        ]
    return _merged(sources, before=before, most=most)


def of_loan(one: Loan, *, user: Any, before: date | None = None, only: str = "", most: int = PAGE) -> Story:
    """Everything about one loan."""
    sources = [_events(events_visible_to(user).filter(loan_id=one.pk), only)]
    if only != WORK:
        sources += [
            Source(Repayment.objects.filter(loan=one), "paid_on", _repaid),
            Source(PaymentOut.objects.filter(loan=one), "paid_on", _paid_out),
            Source(BucketMove.objects.counted().filter(loan=one), "business_date", _moved),
            *timeline_facts.of_loan(one),
        ]
    return _merged(sources, before=before, most=most)


def _events(found: QuerySet[Event], only: str) -> Source:
    found = found.filter(business_date__isnull=False).select_related("actor")
    if only == WORK:
        found = found.filter(actor__isnull=False)
    return Source(found, "business_date", _happened)


def _merged(sources: list[Source], *, before: date | None, most: int) -> Story:
    items = [item for source in sources for item in source.read(before=before, most=most + 1)]
    items.sort(key=lambda item: (item.day, item.place), reverse=True)
    if len(items) <= most:
        return Story(items, None)
    last = items[most - 1].day
    shown = [item for item in items if item.day > last]
    if not shown:
        # One day fills the page: it is shown whole, so that the next page can begin before it.
        shown = [item for source in sources for item in source.read(on=last)]
        shown.sort(key=lambda item: item.place, reverse=True)
    return Story(shown, shown[-1].day)


_TONES = {"todo_head_told": "warn", "todo_supervisor_told": "bad", "todo_done": "ok", "overdue": "warn"}


def _happened(row: Event) -> Item:
    action = row.code.partition(".")[0]
    return Item(
        row.business_date,  # type: ignore[arg-type]
        timeline.describe(row),
        who=row.actor.name if row.actor else _("the night"),
        tone=_TONES.get(action, ""),
        loan_id=row.loan_id,
        place=(DONE if row.actor else NIGHT, row.pk),
    )


def _repaid(row: Repayment) -> Item:
    parts = {"principal": formatting.amount(row.principal), "interest": formatting.amount(row.interest)}
    text = _("Principal %(principal)s, interest %(interest)s") % parts
    title = _("Repayment reversed") if row.reverses_receipt_no else _("Repayment")
    tone = "bad" if row.reverses_receipt_no else "ok"
    return Item(row.paid_on, title, text, _("core banking"), tone, row.loan_id, (TOLD, row.pk))


def _paid_out(row: PaymentOut) -> Item:
    text = " ".join(filter(None, [formatting.amount(row.amount), row.payee_name]))
    return Item(row.paid_on, _("Paid out"), text, _("core banking"), "", row.loan_id, (TOLD, row.pk))


def _moved(row: BucketMove) -> Item:
    codes = Band.values if row.to_code in Band.values else Bucket.values
    is_worse = bool(row.to_code) and codes.index(row.to_code) > codes.index(row.from_code or codes[0])
    before, after = (_step(code) for code in (row.from_code, row.to_code))
    title = _("Overdue got worse") if is_worse else _("Overdue got better")
    text = f"{before} → {after}" if before else after
    tone = ("bad" if row.days_overdue > 90 else "warn") if is_worse else "ok"
    return Item(row.business_date, title, text, _("the night"), tone, row.loan_id, (NIGHT, row.pk))


def _step(code: str) -> str:
    return band_label(Band.values.index(code)) if code in Band.values else code


def _told(row: ExternalEvent) -> Item:
    title = str(label(EVENT_KINDS, row.kind))
    return Item(row.occurred_on, title, row.summary, row.source, "warn", None, (TOLD, row.pk))
