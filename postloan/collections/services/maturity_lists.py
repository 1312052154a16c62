"""Every month each branch gets the list of what matures there next month: raised by the night, received by the head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from postloan.collections import letters, limits, wording
from postloan.collections.models import MaturityList
from postloan.core import outbox, parameters, timeline
from postloan.organization.models import PostCode
from postloan.todos.services import holders


@transaction.atomic
def raise_maturity_lists(business_date: date, run_id: int) -> dict[str, int]:
    """A list for each branch where something matures in the month asked for, and a message to its head; once each.

    Source: practice of banks (docs/mechanisms/maturities.md).
    """
    first, last = rules_month(business_date)
    counts = letters.counts_by_branch(first, last, on=business_date)
    there = set(MaturityList.objects.filter(month_from=first).values_list("branch_id", flat=True))
    raised = MaturityList.objects.bulk_create(
        [
            MaturityList(branch_id=branch, month_from=first, item_count=n, raised_on=business_date, run_id=run_id)
            for branch, n in sorted(counts.items())
            if branch not in there
        ],
        batch_size=500,
    )
    ids = [row.pk for row in raised]
    found = list(MaturityList.objects.filter(pk__in=ids).select_related("branch")) if ids else []
    return {"lists": len(found), "lists_told": outbox.put_many(_drafts(found, last), run_id=run_id)}


def rules_month(day: date) -> tuple[date, date]:
    """The month whose list is due: the next one from the day set on, before it the running one, if it was missed."""
    from_day = int(parameters.value(limits.LIST_FROM_DAY, on=day))
    return letters.next_month(day) if day.day >= from_day else letters.month_of(day)


def addressees(lists: Iterable[MaturityList]) -> dict[int, list[int]]:
    """Who a list is for: the head of its branch, else the nearest head above; staff ids by branch."""
    return holders([row.branch_id for row in lists], PostCode.BRANCH_HEAD.value)


def _drafts(found: list[MaturityList], last: date) -> Iterator[outbox.Draft]:
    heads = addressees(found)
    for row in found:
        for staff in heads.get(row.branch_id, []):
            yield outbox.Draft(
                key=f"maturity_list|{row.branch_id}|{row.month_from}|{staff}",
                template=wording.MATURITY_LIST_STAFF,
                to="staff",
                recipient_id=staff,
                arguments={
                    "branch": row.branch.name,
                    "count": row.item_count,
                    "first": row.month_from.isoformat(),
                    "last": last.isoformat(),
                },
            )


def may_receive_list(row: MaturityList, *, user: Any) -> bool:
    return row.received_at is None and user.pk in addressees([row]).get(row.branch_id, [])


@transaction.atomic
def receive_list(row: MaturityList, *, acting_user: Any) -> MaturityList:
    """签收 of the monthly list, by who it is for; a second click changes nothing. Raises PermissionDenied."""
    row = MaturityList.objects.select_for_update().get(pk=row.pk)
    if row.received_at is not None:
        return row
    if not may_receive_list(row, user=acting_user):
        raise PermissionDenied("only the head the list is for")
    row.received_by, row.received_at = acting_user, timezone.now()
    row.save(update_fields=["received_by", "received_at"])
    timeline.record(
        wording.LIST_RECEIVED,
        acting_user=acting_user,
        subject_kind="maturity_list",
        subject_key=str(row.pk),
        branch=row.branch.name,
        month=f"{row.month_from:%Y-%m}",
    )
    return row
