"""One page of every kind the product has: whole at three sizes, quiet, in Chinese, and for axe at the desk and on the phone.

Kinds are reached as people reach them, by following links through the demonstration bank. What a bank of two months has
none of yet is made, and opened by its address. The access table says which kinds there are.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from django.urls import resolve

from postloan.organization.rights import CHANGE_PARAMETERS, RULE_INSPECTIONS
from tests.access_people import AUDIT, AUDITOR, DATA, HEAD, MANAGER, PUBLIC, RISK, SECURITY, SYSTEM, Row
from tests.access_table import ROWS
from tests.journeys.bank import DemoBank
from tests.journeys.checks import severe, wrong_on
from tests.journeys.made import objects_in_the_bank
from tests.journeys.person import DESK, PHONE, Person
from tests.journeys.test_walk import HEIGHTS, LAPTOP, menu, resize

# Of the demonstration's risk officers and supervisors the latter see the whole bank, and so may change its rules.
SUPERVISOR = "supervisor"
# The roles that together reach every page, the one with most pages first, by their names in the access table.
ROLES = {
    HEAD: "branch_head",
    MANAGER: "account_manager",
    RISK: "risk_officer",
    DATA: "data_officer",
    SECURITY: "security_administrator",
    SYSTEM: "system_administrator",
    AUDIT: "audit_administrator",
    AUDITOR: "auditor",
    SUPERVISOR: "supervisor",
}
# No page: files, what another system reads, what a part of a page asks for, and how one leaves.
NO_PAGE = re.compile(
    r"\.(csv|pdf|docx|xlsx)$|^/api/|/progress$|^/logout|^/static/|/file$|^/inspections/reports/[0-9]+/funds$|^/inspections/(evidence|uploads)/"
)
# A page of more elements is looked at by axe at the desk alone: its rows are the same on the phone, hundreds of times.
LONG = 1500
# Kinds no link of the demonstration bank leads to: it has had no report, hand-over, refused row or second person yet.
OPENED_BY_ADDRESS = {
    "^people/(?P<staff_id>[0-9]+)/(?P<change>disable|enable|unlock|reset-password)$ enable",
    "^people/(?P<staff_id>[0-9]+)/(?P<change>disable|enable|unlock|reset-password)$ reset-password",
    "^people/(?P<staff_id>[0-9]+)/(?P<change>disable|enable|unlock|reset-password)$ unlock",
    "customers/<int:customer_id>/<slug:tab> overview",
    "loans/<int:loan_id>/<slug:tab> overview",
    "^people/(?P<staff_id>[0-9]+)/(?P<change>disable|enable|unlock|reset-password)$ disable",
    "api-tokens/<int:token_id>/revoke",
    "coverage/returns",
    "demands/<int:demand_id>",
    "extracts/files/<int:file_id>",
    "extracts/runs/<int:run_id>",
    "handovers/<int:handover_id>",
    "inspections/demands/<int:demand_id>",
    "inspections/measures/<int:measure_id>",
    "inspections/policy/new",
    "inspections/reports/<int:report_id>",
    "inspections/reports/<int:report_id>/print",
    "inspections/reports/<int:report_id>/review",
    "inspections/template-versions/<int:version_id>/questions/<str:code>",
    "inspections/template-versions/<int:version_id>/sections/<str:code>",
    "inspections/vouchers/<int:debt_id>",
    "maturity-plans/<int:plan_id>",
    "nights/runs/<int:job_id>",
    "parameters/<str:key>/propose",
    "records/sessions/<int:log_in_id>/end",
    "stand-ins/<int:stand_in_id>/withdraw",
    "work/queues",
    "work/queues/<slug:post_code>/<int:branch_id>",
    "work/todos/<int:todo_id>/correct-data",
}


class Links(HTMLParser):
    """The addresses of this system a page leads to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        address = named.get("href") or ""
        if tag == "a" and address.startswith("/") and not {"target", "download"} & set(named):
            self.found.append(address.partition("#")[0])


def kind_of(path: str) -> str:
    """Pages that differ by what they are about or by conditions are of one kind; the parts of a page are kinds."""
    match = resolve(path.partition("?")[0])
    return " ".join((match.route, *(match.kwargs[name] for name in ("tab", "change") if name in match.kwargs)))


def look(person: Person, path: str) -> list[str]:
    answer = person.open(path)
    found = [] if answer.ok else [f"status {answer.status}"]
    # What the menu leads to is looked at by axe, at the desk and on the phone, in test_walk.py.
    is_for_axe = path not in menu(person)
    for width in (LAPTOP, PHONE, DESK):
        resize(person, width)
        found += [f"{width}: {problem}" for problem in wrong_on(person.page, language="zh")]
        if is_for_axe and (width == DESK or (width == PHONE and person.count("main *") < LONG)):
            found += [f"{width}: {problem}" for problem in severe(person.page)]
    found += person.watch.heard
    person.watch.heard.clear()
    return [f"{path} {problem}" for problem in dict.fromkeys(found)]


def follow(person: Person, seen: set[str]) -> Iterator[str]:
    """Pages of kinds nobody has seen, by links; what this role's menu leads to is read for its links in any case."""
    first = Links(person.page.content()).found
    waiting, read = deque(first), set()
    while waiting:
        path = waiting.popleft()
        kind = None if NO_PAGE.search(path.partition("?")[0]) else kind_of(path)
        if kind is None or kind in read:
            continue
        read.add(kind)
        if kind not in seen:
            seen.add(kind)
            yield path
            waiting += Links(person.page.content()).found
        elif path in first:
            waiting += Links(person.context.request.get(person.base + path).text()).found


class AnyNumber(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "1"


def pages() -> dict[str, Row]:
    """Every kind of page there is, with its row of the access table."""
    rows = [row for row in ROWS if "GET" in row.reads and row.answers == 200 and row.access != PUBLIC]
    return {kind_of(path): row for row in rows if not NO_PAGE.search(path := row.path.format_map(AnyNumber()))}


def able(row: Row) -> str:
    """Somebody of the roles who may open what the row says."""
    return (
        SUPERVISOR
        if row.access in RULE_INSPECTIONS | CHANGE_PARAMETERS
        else next(who for who in ROLES if who in row.may)
    )


def test_one_page_of_every_kind_is_whole_quiet_and_accessible(enter: Callable[..., Person], bank: DemoBank) -> None:
    seen: set[str] = set()
    found: list[str] = []
    people: dict[str, Person] = {}
    for who, post in ROLES.items():
        person = people[who] = enter(post)
        person.page.set_viewport_size({"width": DESK, "height": HEIGHTS[DESK]})
        for path in follow(person, seen):
            found += [f"{post} {problem}" for problem in look(person, path)]
    every, objects = pages(), objects_in_the_bank(bank)
    unreached = every.keys() - seen
    for kind in sorted(unreached & OPENED_BY_ADDRESS):
        who = able(every[kind])
        found += [f"{who} {problem}" for problem in look(people[who], every[kind].path.format(**objects))]
    assert not found, "\n".join(found)
    assert unreached <= OPENED_BY_ADDRESS, sorted(unreached - OPENED_BY_ADDRESS)
    assert every.keys() >= OPENED_BY_ADDRESS
