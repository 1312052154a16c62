"""What people keep about the lists, and the trace of what they take out of the system."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postloan.core import timeline
from postloan.core.timeline import define
from postloan.organization.models import Staff
from postloan.reporting.models import ListLayout, SavedFilter

MOST_SAVED = 30
# These say where somebody stood in a list, not which rows it has.
NO_CONDITIONS = {"page", "saved", "all", "totals"}
EXPORTED = define("reporting.exported", gettext_lazy("{rows} rows of {list} taken out as {format}: {query}"))


class Refused(Exception):
    """Why something was not done, as a sentence for the person who asked."""


def conditions_of(query: str) -> str:
    """The part of an address that says which rows are meant and how they are sorted, in one way of writing."""
    given = QueryDict(query, mutable=True)
    for name in NO_CONDITIONS:
        given.pop(name, None)
    for name in [name for name, values in given.lists() if not any(values)]:
        del given[name]
    return given.urlencode()


@transaction.atomic
def save_filter(*, list_name: str, name: str, query: str, is_default: bool, acting_user: Staff) -> SavedFilter:
    """Under a name that is there already the filter is replaced. Raises Refused where there is nothing to save."""
    conditions = conditions_of(query)
    if not conditions:
        raise Refused(_("Set a condition or an order first; then there is something to save."))
    if len(conditions) > (SavedFilter._meta.get_field("query").max_length or 0):
        raise Refused(_("These conditions are too long to be saved."))
    mine = SavedFilter.objects.visible_to(acting_user).of(list_name)
    if not mine.filter(name=name).exists() and mine.count() >= MOST_SAVED:
        raise Refused(_("%(most)s filters are saved already; delete one first.") % {"most": MOST_SAVED})
    if is_default:
        mine.update(is_default=False)
    saved, _created = SavedFilter.objects.update_or_create(
        staff=acting_user,
        list_name=list_name,
        name=name,
        defaults={"query": conditions, "is_default": is_default, "saved_at": timezone.now()},
    )
    return saved


@transaction.atomic
def choose_default(saved: SavedFilter, *, acting_user: Staff) -> None:
    """Applied when the list is opened from the menu; choosing it once more ends that."""
    mine = SavedFilter.objects.visible_to(acting_user).of(saved.list_name)
    was_default = saved.is_default
    mine.update(is_default=False)
    mine.filter(pk=saved.pk).update(is_default=not was_default)


@transaction.atomic
def delete_filter(saved: SavedFilter, *, acting_user: Staff) -> None:
    """One's own only."""
    SavedFilter.objects.visible_to(acting_user).filter(pk=saved.pk).delete()


@transaction.atomic
def keep_layout(*, list_name: str, columns: Iterable[str], density: str, acting_user: Staff) -> None:
    """Which columns of a list the person sees from now on, and how dense its rows are."""
    ListLayout.objects.update_or_create(
        staff=acting_user, list_name=list_name, defaults={"columns": list(columns), "density": density}
    )


@transaction.atomic
def forget_layout(*, list_name: str, acting_user: Staff) -> None:
    """The list is shown as it comes."""
    ListLayout.objects.visible_to(acting_user).of(list_name).delete()


@transaction.atomic
def record_export(
    *, list_name: str, format: str, rows: int, query: str, columns: list[str], acting_user: Staff
) -> None:
    """The trace of a file that was taken out: what of which list by whom. Read at Records."""
    timeline.record(
        EXPORTED,
        acting_user=acting_user,
        subject_kind="list",
        subject_key=acting_user.staff_no,
        list=list_name,
        format=format,
        rows=rows,
        query=conditions_of(query),
        columns=columns,
    )
