"""One page of every kind that people reach by following links: whole at three sizes, quiet, in Chinese, and for axe."""

from __future__ import annotations

import re
from collections import deque

from django.urls import resolve

from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import DESK, PHONE, Person
from tests.journeys.test_walk import HEIGHTS, LAPTOP, resize

# The roles that together reach every page, the one with most pages first.
ROLES = (
    "branch_head",
    "account_manager",
    "risk_officer",
    "data_officer",
    "security_administrator",
    "system_administrator",
    "audit_administrator",
)
# No page: files, what another system reads, what a part of a page asks for, and how one leaves.
NO_PAGE = re.compile(r"\.(csv|pdf|docx|xlsx)$|^/api/|/progress$|^/logout|^/photos/|^/static/")
FEWEST_KINDS = 35
LINKS = """
() => [...document.querySelectorAll('a[href^="/"]')].filter(link => !link.target && !link.download)
  .map(link => link.getAttribute('href').split('#')[0])
"""


def kind_of(path: str) -> str:
    """Pages that differ by what they are about or by conditions are of one kind."""
    return resolve(path.partition("?")[0]).route


def look(person: Person, path: str) -> list[str]:
    answer = person.open(path)
    found = [] if answer.ok else [f"status {answer.status}"]
    for width in (LAPTOP, PHONE, DESK):
        resize(person, width)
        found += [f"{width}: {problem}" for problem in wrong_on(person.page, language="zh")]
    found += [*severe(person.page), *person.watch.heard]
    person.watch.heard.clear()
    return [f"{path} {problem}" for problem in dict.fromkeys(found)]


def test_one_page_of_every_kind_is_whole_quiet_and_accessible(enter):
    seen: set[str] = set()
    found: list[str] = []
    for role in ROLES:
        person = enter(role)
        person.page.set_viewport_size({"width": DESK, "height": HEIGHTS[DESK]})
        waiting = deque(person.page.evaluate(LINKS))
        while waiting:
            path = waiting.popleft()
            if NO_PAGE.search(path.partition("?")[0]) or kind_of(path) in seen:
                continue
            seen.add(kind_of(path))
            found += [f"{role} {problem}" for problem in look(person, path)]
            waiting += person.page.evaluate(LINKS)
    assert not found, "\n".join(found)
    assert len(seen) >= FEWEST_KINDS, sorted(seen)
