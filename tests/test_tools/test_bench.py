"""What the bench opens and how it judges; what it measures nothing here decides."""

import json
from datetime import date

import pytest
from django.test import Client

from postloan.demobank.loadbank import make_load_bank
from postloan.nightly.replay import replay
from tools import bench_pages, bench_people, bench_profile, bench_report
from tools.bench_report import Measure, Result

FULL, LATER = date(2026, 10, 30), date(2026, 10, 31)


# --- the pages ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def groups(lasting_database, django_db_blocker, tmp_path_factory) -> dict[str, list[dict]]:
    folder = tmp_path_factory.mktemp("load") / "bank"
    make_load_bank(folder, 400, FULL, LATER, 1)
    with django_db_blocker.unblock():
        replay(folder, lambda _text: None)
        return bench_people.groups(2)


def logged_in(person: dict) -> Client:
    client = Client()
    answer = client.post("/login", {"username": person["staff_no"], "password": person["password"]})
    assert answer.status_code == 302
    return client


@pytest.mark.parametrize("group", [bench_people.WHOLE_BANK, bench_people.ONE_BRANCH])
def test_every_address_answers_who_opens_it(db, groups, group):
    person = groups[group][0]
    client = logged_in(person)
    for name, choices in bench_pages.addresses(person).items():
        for address in choices[:2]:
            answer = client.get(address, follow=True)
            assert answer.status_code == 200, address
            assert len(answer.redirect_chain) <= (1 if name.startswith("search") else 0), address


def test_each_person_is_another_one_and_the_groups_see_differently_much(db, groups):
    numbers = [person["staff_no"] for people in groups.values() for person in people]
    assert len(set(numbers)) == len(numbers) == 4
    seen = [logged_in(people[0]).get("/loans").context["page"].paginator.count for people in groups.values()]
    assert seen[0] > 10 * seen[1] > 0


def test_an_address_that_filters_or_sorts_does_so(db, groups):
    person = groups[bench_people.WHOLE_BANK][0]
    client, kinds = logged_in(person), bench_pages.addresses(person)

    def rows(name: str, place: int = 0) -> list:
        context = client.get(kinds[name][place]).context
        assert context["form"].is_valid(), context["form"].errors
        return [row["state"] for row in context["rows"]]

    balances = [row.principal_balance for row in rows("loans, sorted by balance")]
    assert balances == sorted(balances, reverse=True)
    assert len(set(balances)) > 1
    assert {row.band for row in rows("loans, of a band", 1)} == {"days_31_60"}
    filtered = [row.principal_balance for row in rows("loans, of a branch and band, sorted")]
    assert filtered == sorted(filtered, reverse=True)
    assert 0 < len(filtered) < len(balances)
    assert rows("loans, a later page")[0] not in rows("loans")
    assert 0 < len(rows("loans, by a customer's name")) < len(balances)
    assert client.get(kinds["search, part of a number"][0]).context["found"].total > 1
    assert client.get(kinds["search, part of a name"][0]).context["found"].customers
    assert client.get(kinds["search, whole number"][0]).headers["Location"].startswith("/loans/")


# --- the aims -----------------------------------------------------------------------------------


def of(loans: int = 1000, **seconds: float) -> Result:
    named = {"full": bench_report.IMPORT, "full_floor": bench_report.floors.IMPORT, "first": bench_report.FIRST}
    named |= {"written": bench_report.floors.FIRST_NIGHT, "grouped": bench_report.floors.GROUP_BY}
    named |= {"changes": bench_report.CHANGES, "changes_floor": bench_report.floors.CHANGES}
    measures = [Measure(named[key], value, megabytes=100, cpu=1) for key, value in seconds.items()]
    return Result(loans, "PostgreSQL", measures=measures)


def verdicts(result: Result) -> list[bool]:
    return [aim.is_met for aim in bench_report.aims(result)]


def test_an_aim_is_met_by_the_clock_alone():
    assert verdicts(of(full=4.0, full_floor=1.0)) == [True]
    missed = of(full=4.1, full_floor=1.0)
    assert verdicts(missed) == [False]
    assert "4.1 × by the clock, 1.0 × by CPU" in str(bench_report.aims(missed)[0])
    assert verdicts(of(changes=5.0, changes_floor=1.0)) == [False]


def test_the_first_night_is_held_against_both_floors():
    assert verdicts(of(first=3.0, written=1.0, grouped=0.5)) == [True, False]


@pytest.mark.parametrize(
    ("rows", "changed", "is_met"), [({}, [], True), ({"todos_todo": 1}, [], False), ({}, ["todos_todo"], False)]
)
def test_a_repetition_writes_no_row_and_changes_no_table(rows, changed, is_met):
    result = of()
    result.repeated["night again"] = {"rows": rows, "changed": changed, "own": 20, "is_counted": True}

    assert verdicts(result) == [is_met]


def a_load(pace: str, p95: float, refused: tuple[str, ...] = ()) -> dict:
    page = {"page": "loans", "requests": 9, "p50": 20.0, "p95": p95}
    return {"people": "one branch", "pace": pace, "seconds": 1.0, "a_second": 9.0, "refused": list(refused),
            "web_mb": [1], "pages": [page]}  # fmt: skip


def test_pages_are_judged_at_a_page_a_second_and_none_may_be_refused():
    result = of()
    result.pages = [a_load(bench_pages.A_SECOND, 300), a_load(bench_pages.BACK_TO_BACK, 900)]
    assert verdicts(result) == [True]
    result.pages = [a_load(bench_pages.A_SECOND, 301), a_load(bench_pages.A_SECOND, 20, ("/loans answered 404",))]
    assert verdicts(result) == [False, False]


def test_ten_times_the_book_may_take_eleven_times_the_time_in_the_same_memory():
    small, large = of(full=1.0, first=1.0), of(10_000, full=11.0, first=11.1)
    large.of(bench_report.FIRST).megabytes = 117

    found = {aim.what: aim.is_met for aim in bench_report.growth(large, small)}
    assert list(found.values()) == [True, True, False, False]


def test_figures_that_were_kept_are_read_again(tmp_path):
    result = of(full=4.0, full_floor=1.0)
    result.pages = [a_load(bench_pages.A_SECOND, 20)]
    result.nights["first night"] = {"seconds": 2.0, "steps": {"overdue": 1.5}}
    result.write(tmp_path / "figures.json")

    kept = Result.read(tmp_path / "figures.json")
    assert kept == result
    assert bench_report.report(kept, result) == bench_report.report(result, result)


# --- the dearest statements ---------------------------------------------------------------------


def test_statements_that_differ_in_their_values_count_as_one_and_cheap_nodes_are_left_out(tmp_path):
    cheap = {"Node Type": "Index Scan", "Index Name": "few", "Actual Total Time": 0.1, "Actual Loops": 1}
    dear = {"Node Type": "Seq Scan", "Relation Name": "loans_loan", "Actual Total Time": 9.0, "Actual Loops": 1,
            "Actual Rows": 1000, "Plan Rows": 1, "Shared Hit Blocks": 7}  # fmt: skip
    plan = {"Node Type": "Hash Join", "Actual Total Time": 10.0, "Actual Loops": 1, "Plans": [dear, cheap]}
    statements = [(4.0, "SELECT 1 FROM t WHERE d > '2026-10-30'"), (10.0, "SELECT 1\nFROM t WHERE d > '2026-10-31'"),
                  (5.0, "SELECT 2 FROM u")]  # fmt: skip
    rows = [json.dumps({"ms": ms, "Query Text": text, "Plan": plan}) for ms, text in statements]
    (tmp_path / "plans").write_text("\n".join(rows))

    first, second = bench_profile.worst(tmp_path / "plans")
    assert (first["count"], first["seconds"], second["count"]) == (2, 0.014, 1)
    assert first["plan"] == [
        "Hash Join (10 ms; rows=0 planned=0)",
        "  Seq Scan on loans_loan (9 ms; rows=1,000 planned=1; buffers hit=7)",
    ]
