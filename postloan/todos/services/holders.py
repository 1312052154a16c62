"""Who holds a post at a branch, or at the nearest branch above; passing over whoever it may not be."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from postloan.core import business_date as business_dates
from postloan.organization.models import Branch, Post, Scope, StandIn

Held = dict[str, list[Post]]


def holders(branches: Iterable[int], code: str) -> dict[int, list[int]]:
    """Who holds a post at each branch, else at the nearest branch above; with whoever stands in for them today."""
    paths = dict(Branch.objects.filter(pk__in=set(branches)).values_list("pk", "path"))
    posts = posts_above(paths.values(), code)
    found = {}
    for branch, path in paths.items():
        people = nearest(posts, path, "")
        found[branch] = [*people, *stand_ins(people)]
    return found


def posts_above(paths: Iterable[str], code: str) -> Held:
    """The posts of a kind held today at these branches and all above them, by path."""
    above = {path[:end] for path in paths for end in _ends(path)}
    held = Post.objects.on(business_dates.calendar_today()).filter(
        code=code, branch__path__in=above, staff__is_active=True
    )
    posts: Held = {}
    for post in held.exclude(scope=Scope.NONE).select_related("branch").order_by("staff"):
        posts.setdefault(post.branch.path, []).append(post)
    return posts


def _ends(path: str) -> list[int]:
    """Where the paths of a branch and of all above it end, the branch itself first."""
    return [place + 1 for place in range(len(path) - 1, -1, -1) if path[place] == "/"]


def _at(posts: Held, path: str, line: str) -> list[Post]:
    return [post for post in posts.get(path, []) if not post.line_list or not line or line in post.line_list]


def nearest(posts: Held, path: str, line: str, *, without: Collection[int] = ()) -> list[int]:
    """The people at the nearest branch where somebody holds the post for the line and is none of `without`."""
    for end in _ends(path):
        people = [post.staff_id for post in _at(posts, path[:end], line) if post.staff_id not in without]
        if people:
            return list(dict.fromkeys(people))
    return []


def branch_past(posts: Held, path: str, line: str, *, without: Collection[int]) -> int | None:
    """Where a queue goes whose holders may all not do it: the nearest branch above with somebody else.

    None where it stays: nobody holds the post there, somebody else does, or there is nobody above.
    """
    here = _at(posts, path, line)
    if not here or any(post.staff_id not in without for post in here):
        return None
    for end in _ends(path)[1:]:
        for post in _at(posts, path[:end], line):
            if post.staff_id not in without:
                return post.branch_id
    return None


def stand_ins(people: list[int]) -> list[int]:
    """Whoever stands in today for one of these people is told as well."""
    today = business_dates.calendar_today()
    found = StandIn.objects.filter(
        absent__in=people, starts_on__lte=today, ends_on__gte=today, withdrawn_at=None, stand_in__is_active=True
    )
    return [staff for staff in found.order_by("stand_in").values_list("stand_in", flat=True) if staff not in people]
