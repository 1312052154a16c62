"""What a retail centre runs: some lines of the branches around it, which lie beside it in the tree and not below.

The todos of these lines wait in the queue of the centre's head where nobody is responsible, so the centre sees the
customers they are about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters
from postloan.organization.models import Branch, BranchKind

LINES = parameters.define(
    "todos.retail_centre_lines",
    _("Lines run from a retail centre where there is one"),
    ["personal"],
    source=_("the bank's rule"),
)


def lines_run(*, on: date) -> frozenset[str]:
    return frozenset(parameters.value(LINES, on=on))


@dataclass(frozen=True)
class Place:
    pk: int
    path: str
    above: str
    is_centre: bool


def places() -> list[Place]:
    """The branches as this rule needs them, in one query. A centre no longer delivered runs nothing."""
    rows = Branch.objects.order_by().values_list("pk", "path", "parent__path", "kind", "missing_since")
    return [
        Place(pk, path, above or "", kind == BranchKind.RETAIL_CENTRE and gone is None and bool(above))
        for pk, path, above, kind, gone in rows
    ]


def run_from(centre_id: int, found: Iterable[Place]) -> frozenset[int]:
    """The branches whose retail lines a centre runs: those below its parent that have no nearer centre.

    The same rule as `todos/sql/assign_to_post.sql`; a test holds the two together.
    """
    known = list(found)
    centres = sorted((place for place in known if place.is_centre), key=lambda place: (-len(place.above), place.pk))
    return frozenset(place.pk for place in known if _serves(centre_id, place, centres))


def _serves(centre_id: int, branch: Place, nearest_first: list[Place]) -> bool:
    centre = next((one for one in nearest_first if branch.path.startswith(one.above)), None)
    return centre is not None and centre.pk == centre_id
