"""Every address declares who may open it and how, and stands in `access_table.py`. What is answered: test_access_matrix.

How to add a row for a new page: see the head of `tests/access_table.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from postloan.core.access import declared
from postloan.organization.rights import CAPABILITIES
from postloan.reporting import views
from postloan.reporting.queries import customer_tabs
from tests.access_people import EVERYBODY, OWN, PUBLIC, SEES, SIGNED_IN, Row
from tests.access_table import ROWS
from tests.test_customers.bank import build


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    callback: Any


def walk(resolver: Any = None, names: tuple[str, ...] = (), route: str = "") -> Iterator[Address]:
    """Every pattern of the URL map, with its name as `reverse` takes it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            more = (pattern.namespace,) if pattern.namespace else ()
            yield from walk(pattern, names + more, here)
        elif isinstance(pattern, URLPattern):
            yield Address(":".join((*names, pattern.name or "")), here, pattern.callback)


ADDRESSES = list(walk())


def row_key(row: Row) -> tuple[str, str]:
    """The pattern a row's path leads to; any number stands for its objects here."""
    match = resolve(row.path.format_map(_AnyNumber()))
    return match.view_name, match.route


class _AnyNumber(dict):
    def __missing__(self, key: str) -> str:
        return "1"


def draft(address: Address) -> str:
    access, methods = declared(address.callback), getattr(address.callback, "methods", ((), ()))
    kind = access and (access.capability or access.kind)
    return f'    Row("{address.name}", "/{address.route}", "{kind}", reads={methods[0]}, writes={methods[1]}, may=…),'


# ── the map and the table ─────────────────────────────────────────────────────────────────────────────────


def test_every_address_has_a_row_and_every_row_an_address():
    mapped = Counter((address.name, address.route) for address in ADDRESSES)
    written = Counter(row_key(row) for row in ROWS)
    missing = [draft(address) for address in ADDRESSES if not written[(address.name, address.route)]]
    assert not missing, "these addresses have no row in tests/access_table.py:\n" + "\n".join(missing)
    stale = [key for key in written if not mapped[key]]
    assert not stale, f"these rows lead nowhere: {stale}"
    twice = [key for key, count in (mapped + Counter()).items() if count > 1]
    assert not twice, f"these addresses are mapped twice: {twice}"
    assert len(written) == len(ADDRESSES)


def test_every_part_of_a_page_and_every_word_an_address_allows_has_a_row():
    written = {row.path.format_map(_AnyNumber()).removeprefix("/") for row in ROWS}
    allowed = {path for address in ADDRESSES for path in _spelt_out(address.route)}
    customer_tabs_shown = {"overview", views.TIMELINE, *customer_tabs.BY_SLUG}
    allowed |= {f"customers/1/{tab}" for tab in customer_tabs_shown} | {f"loans/1/{tab}" for tab in views.LOAN_TABS}
    assert not allowed - written, sorted(allowed - written)
    assert len(allowed) > len(customer_tabs_shown) + len(views.LOAN_TABS) + 10


def _spelt_out(route: str) -> list[str]:
    """The addresses of a pattern that names the words it takes."""
    words = re.search(r"\(\?P<\w+>([a-z-]+(?:\|[a-z-]+)+)\)", route)
    if words is None:
        return []
    plain = re.sub(r"\(\?P<\w+>\[0-9\]\+\)", "1", route).strip("^$").replace("\\", "")
    return [plain.replace(words.group(0), word) for word in words.group(1).split("|")]


def test_rows_carry_the_names_of_their_addresses():
    assert [row.name for row in ROWS] == [row_key(row)[0] for row in ROWS]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: f"{address.name}-{address.route}")
def test_every_address_declares_access_and_methods(address):
    access = declared(address.callback)
    assert access is not None, "no @requires, @signed_in or @public"
    assert hasattr(address.callback, "methods"), "no @http_methods"
    if access.capability:
        assert any(access.capability in given for given in CAPABILITIES.values()), "no post gives this capability"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_what_is_declared_is_what_the_table_says(row):
    callback = resolve(row.path.format_map(_AnyNumber())).func
    access = declared(callback)
    assert (access.capability or access.kind) == row.access
    assert tuple(map(set, callback.methods)) == (set(row.reads), set(row.writes))


def test_a_missing_and_a_stale_row_are_noticed(monkeypatch):
    rows, known = ROWS, {row_key(row) for row in ROWS}
    complete = [address for address in ADDRESSES if (address.name, address.route) in known]
    monkeypatch.setitem(globals(), "ADDRESSES", complete)
    test_every_address_has_a_row_and_every_row_an_address()
    monkeypatch.setitem(globals(), "ROWS", ROWS[1:])
    with pytest.raises(AssertionError, match="no row"):
        test_every_address_has_a_row_and_every_row_an_address()
    monkeypatch.setitem(globals(), "ROWS", rows)
    monkeypatch.setitem(globals(), "ADDRESSES", complete[1:])
    with pytest.raises(AssertionError, match="lead nowhere"):
        test_every_address_has_a_row_and_every_row_an_address()


def test_the_table_speaks_of_people_that_exist(db):
    bank = build()
    for row in ROWS:
        assert set(row.may) | set(row.absent) <= EVERYBODY
        assert not set(row.may) & set(row.absent)
        if row.access in {PUBLIC, SIGNED_IN}:
            assert set(row.may) == EVERYBODY
        assert {who for _object, who in row.but} <= EVERYBODY
        assert {name for name, _who in row.but} <= set(SEES)
        assert {name for name, _who in row.refused} <= set(SEES)
        assert {who for _object, who in row.refused} <= set(row.may | row.absent)
        assert not row.refused or row.writes
    assert set(bank.people) >= EVERYBODY
    assert all(seen <= EVERYBODY for seen in SEES.values())
    assert OWN in SEES
