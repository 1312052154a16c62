"""The countdown pages: each figure is the rows behind it, and nothing lies beyond the reader's scope."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.classification.models import Countdown
from postloan.loans.models import LoanState
from postloan.reporting.queries import countdown
from postloan.reporting.queries.countdown import Tally
from tests.factories import LoanFactory, LoanStateFactory, ParameterFactory, ProductFactory, StaffFactory
from tests.factories.collecting import ActionRecordFactory, OverdueCaseFactory, PromiseFactory
from tests.factories.days import DELIVERED_ON
from tests.test_reporting.conftest import LANGUAGES, state_of

DAY = DELIVERED_ON


def count_down(state: LoanState, next_floor: str = "", left: int = 0, **columns: object) -> Countdown:
    """The loan's next floor begins in so many days; without one it is not overdue and falls due in `left` days."""
    days = {"special_mention": 1, "substandard": 91, "doubtful": 271, "loss": 361}.get(next_floor, 0)
    begins = DAY + timedelta(days=left) if next_floor else None
    columns.setdefault("stop_principal", Decimal("100.00"))
    columns.setdefault("stop_interest", Decimal("1.50"))
    return Countdown.objects.create(
        loan=state.loan,
        worked_out_on=DAY,
        class_method="debtor",
        next_floor=next_floor,
        next_floor_on=begins,
        overdue_from=begins - timedelta(days=days) if begins else None,
        **columns,
    )


@pytest.fixture
def counting(bank):
    """Every way a loan can stand on the last day of June; the coming month-end is the last of July."""
    count_down(bank.current, "special_mention", 5)
    count_down(bank.overdue, "substandard", 45)
    count_down(bank.non_performing, "doubtful", 150)
    count_down(bank.elsewhere, "substandard", 45)
    soon = state_of(
        bank.here,
        overdue=True,
        overdue_since=date(2026, 4, 8),
        band="days_61_90",
        bucket="M3",
        principal_balance=Decimal("50.05"),
    )
    count_down(soon, "substandard", 8, stop_interest=None)
    bank.soon = soon
    return bank


def shown(client, address: str) -> list[int]:
    return [row["state"].pk for row in client.get(address).context["rows"]]


def test_overdue_loans_stand_in_the_order_of_their_dates(counting, reader):
    client = reader(counting.head)

    assert shown(client, "/countdown") == [counting.soon.pk, counting.overdue.pk, counting.non_performing.pk]
    assert shown(client, "/countdown?start=coming") == [counting.current.pk]
    assert shown(client, "/countdown?start=any&by=2026-07-08") == [counting.current.pk, counting.soon.pk]
    assert shown(client, "/countdown?next=doubtful") == [counting.non_performing.pk]
    assert shown(client, f"/countdown?customer={counting.soon.customer_id}") == [counting.soon.pk]


def test_a_row_says_how_many_days_are_left_and_what_stops_it(counting, reader):
    [first, second, _third] = reader(counting.head).get("/countdown").context["rows"]

    assert (first["left"], first["days"], first["stop"]) == (8, 83, Decimal("100.00"))
    assert first["countdown"].stop_interest is None
    assert (second["left"], second["stop"]) == (45, Decimal("101.50"))


def tallies(context) -> Iterator[Tally]:
    for shown_one in context["outlooks"]:
        one = shown_one["one"]
        yield from (one.into_npl, one.coming)
        yield from (tally for _days, tally in one.soon)
        for row in one.rows:
            yield from (row.today, row.late, row.everybody)


def test_each_figure_is_a_link_to_exactly_the_loans_it_counts(counting, reader):
    count_down(state_of(counting.here, currency="USD", principal_balance=Decimal("9.00")), "special_mention", 3)
    client = reader(counting.head)
    page = client.get("/countdown")
    content = page.content.decode()
    checked = 0
    for tally in tallies(page.context):
        behind = client.get(tally.href).context
        assert behind["page"].paginator.count == tally.loans, tally.href
        assert sum(row["state"].principal_balance for row in behind["rows"]) == tally.balance
        assert tally.href.replace("&", "&amp;") in content
        checked += 1
    assert checked == 2 * (4 + 3 * 5)


def test_the_month_end_against_today(counting, reader):
    one = reader(counting.head).get("/countdown").context["outlooks"][0]["one"]

    assert one.month_end == date(2026, 7, 31)
    by_code = {row.code: row for row in one.rows}
    assert {code: row.today.loans for code, row in by_code.items()} == {
        "normal": 1, "special_mention": 2, "substandard": 1, "doubtful": 0, "loss": 0,
    }  # fmt: skip
    assert by_code["substandard"].late.balance == Decimal("80.08")
    assert by_code["normal"].late.loans == 1
    assert by_code["normal"].everybody.loans == 0
    assert by_code["special_mention"].everybody.loans == 2
    assert (one.into_npl.loans, one.into_npl.balance) == (1, Decimal("50.05"))


def test_the_sums_of_every_forecast_are_the_book(counting, reader):
    one = reader(counting.head).get("/countdown").context["outlooks"][0]["one"]

    for name in ("today", "late", "everybody"):
        assert sum(getattr(row, name).loans for row in one.rows) == 4
        assert sum(getattr(row, name).balance for row in one.rows) == Decimal("1280.38")


def test_forecasting_only_what_is_overdue_says_the_same_of_it(counting):
    [whole] = countdown.outlooks(user=counting.head, day=DAY)
    [late] = countdown.outlooks(user=counting.head, day=DAY, everybody=False)

    def said(one):
        return [(row.today, row.late) for row in one.rows], one.soon, one.into_npl

    assert said(late) == said(whole)
    assert late.coming is None


def test_by_customer_the_nearest_comes_first_with_what_stops_all(counting, reader):
    also = LoanStateFactory(loan=LoanFactory(customer=counting.soon.customer), overdue=True)
    count_down(also, "substandard", 20)
    client = reader(counting.head)
    rows = client.get("/countdown/customers").context["rows"]

    assert rows[0]["one"].pk == counting.soon.customer_id
    assert (rows[0]["loans"], rows[0]["stop"], rows[0]["unknown"]) == (2, Decimal("201.50"), 1)
    assert len(shown(client, rows[0]["href"])) == 2


def test_by_branch_each_number_is_its_rows_with_those_below(counting, reader):
    client = reader(StaffFactory(branch=counting.root, post="risk_officer"))
    rows = client.get("/countdown/branches").context["rows"]

    assert [(row["branch"].pk, row["loans"]) for row in rows] == [
        (counting.root.pk, 4), (counting.here.pk, 3), (counting.there.pk, 1),
    ]  # fmt: skip
    for row in rows:
        assert len(shown(client, row["href"])) == row["loans"]
        for window in row["windows"]:
            assert len(shown(client, window["href"])) == window["loans"]


def test_a_branch_says_what_changes_first_and_who_acts_and_links_its_amounts(counting, reader):
    manager = StaffFactory(branch=counting.here, post="account_manager")
    nearest = state_of(counting.here, overdue=True, manager=manager)
    count_down(nearest, "substandard", 3)
    nobodys = state_of(counting.here, overdue=True, manager=None)
    count_down(nobodys, "substandard", 40)
    client = reader(StaffFactory(branch=counting.root, post="risk_officer"))
    answer = client.get("/countdown/branches")
    content = answer.content.decode()
    root, here, there = answer.context["rows"]

    for row in (root, here):
        assert (row["state"].pk, row["countdown"].next_floor, row["left"]) == (nearest.pk, "substandard", 3)
        assert shown(client, row["hrefs"]["manager"]) == [nearest.pk]
        behind = shown(client, row["hrefs"]["nobody"])
        assert nobodys.pk in behind
        assert len(behind) == row["nobody"]
    assert (there["state"].pk, there["left"]) == (counting.elsewhere.pk, 45)
    assert manager.name in content
    for row in (root, here, there):
        behind = client.get(row["href"]).context["rows"]
        assert sum(one["state"].principal_balance for one in behind) == row["balance"]
        assert sum(one["stop"] for one in behind) == row["stop"]
        assert row["unknown"] == sum(one["countdown"].stop_interest is None for one in behind)
        # Loans, balance and what stops all of them.
        assert content.count(f'href="{row["href"].replace("&", "&amp;")}"') == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["", "/customers", "/branches"])
def test_full_and_empty_pages_say_what_they_are(counting, reader, language, page):
    client = reader(counting.head, language)

    assert "empty-pl" not in client.get(f"/countdown{page}").content.decode()
    assert "empty-not_found" in client.get(f"/countdown{page}?q=nothing-like-it").content.decode()


def test_another_branchs_loans_do_not_count_down_here(counting, reader):
    client = reader(counting.head)

    for address in ("/countdown?start=any", "/countdown/customers?start=any", "/countdown/branches?start=any"):
        content = client.get(address).content.decode()
        assert counting.elsewhere.customer.name not in content
        assert counting.there.name not in content


def test_what_is_arranged_stands_beside_the_loan(counting, reader):
    client = reader(counting.head)
    content = client.get("/countdown").content.decode()
    assert content.count("nothing arranged") == 3
    PromiseFactory(action=ActionRecordFactory(loan=counting.soon.loan, result="promised"))
    ActionRecordFactory(loan=counting.overdue.loan, next_step="上门核实", next_step_on=date(2026, 7, 3))
    case = OverdueCaseFactory(loan=counting.overdue.loan)

    content = client.get("/countdown").content.decode()
    assert content.count("nothing arranged") == 1
    assert "promised 1,000.00 by 2026-07-05" in content
    assert "上门核实" in content
    assert f"/overdue/{case.pk}" in content


def test_thresholds_approved_for_later_are_told(counting, reader):
    client = reader(counting.head)
    assert client.get("/countdown").context["changes_ahead"] is None
    ParameterFactory(key="classification.substandard_from", value=61, valid_from=date(2026, 8, 1))

    assert client.get("/countdown").context["changes_ahead"] == date(2026, 8, 1)


@pytest.mark.parametrize("page", ["", "/customers", "/branches"])
def test_a_longer_countdown_asks_no_more_questions(counting, reader, page):
    client = reader(counting.head)
    client.get(f"/countdown{page}?start=any")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/countdown{page}?start=any")
    product = ProductFactory(personal=True)
    for left in range(8):
        state = state_of(counting.here, overdue=True)
        state.loan.product = product
        state.loan.save()
        count_down(state, "substandard", 40 + left)
        ActionRecordFactory(loan=state.loan)

    with CaptureQueriesContext(connection) as many:
        client.get(f"/countdown{page}?start=any")
    assert len(many) == len(few)


# ── three in a row, six in all ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def missed(bank):
    counts = {"row": (3, 3), "all": (1, 6), "both": (4, 8), "neither": (2, 5), "unknown": (1, None)}
    return bank, {
        name: state_of(bank.here, overdue=True, missed_in_a_row=in_a_row, missed_in_all=in_all).pk
        for name, (in_a_row, in_all) in counts.items()
    }


def test_the_list_holds_three_in_a_row_and_six_in_all_and_says_what_is_not_known(missed, reader):
    bank, by_name = missed
    client = reader(bank.head)

    assert shown(client, "/missed") == [by_name["both"], by_name["row"], by_name["all"]]
    assert shown(client, "/missed?missed=in_a_row") == [by_name["both"], by_name["row"]]
    assert shown(client, "/missed?missed=in_all") == [by_name["both"], by_name["all"]]
    assert by_name["unknown"] in shown(client, "/missed?missed=unknown")


def test_each_tile_of_the_list_is_its_rows_here_and_in_the_book(missed, reader):
    client = reader(missed[0].head)
    page = client.get("/missed")

    for _label, query, loans in page.context["tiles"]:
        assert len(shown(client, f"/missed?missed={query.missed}")) == loans
        assert len(shown(client, query.href())) == loans


def test_the_banks_parameters_decide_who_is_on_the_list(missed, reader):
    bank, by_name = missed
    ParameterFactory(key="loans.missed_in_a_row", value=2)

    assert by_name["neither"] in shown(reader(bank.head), "/missed")
