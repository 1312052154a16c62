"""What befalls a customer can be read in the delivered files, from the day the truth gives it, and not before."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from postloan.demobank.generator import Settings, make_demo_bank
from tests.test_demobank.reading import Extracts, Row

TRADE = ("货款", "工资")
# Of receipts drawn alike, even the smallest is at least half of the largest.
LEAST_OF_LARGEST = Decimal("0.48")
# Three new ones twice, and the one there is at least.
LENDERS_OF_A_PLANT = 7


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Extracts:
    """Large enough that each story is told by somebody whose accounts reach back before it."""
    folder = tmp_path_factory.mktemp("stories")
    make_demo_bank(folder / "bank", folder / "truth.json", Settings(400, 9, 5, date(2026, 10, 12)))
    return Extracts(folder / "bank", folder / "truth.json")


@pytest.fixture(scope="module")
def stories(bank) -> list[dict[str, Any]]:
    return [
        one | {key: date.fromisoformat(one[key]) for key in ("starts_on", "fails_on") if one[key]}
        for one in bank.truth["stories"]
    ]


@pytest.fixture(scope="module")
def entries(bank) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in bank.everything("account_entries"):
        found[row["customer_no"]].append(row | {"on": date.fromisoformat(row["booked_on"])})
    return found


@pytest.fixture(scope="module")
def statements(bank) -> dict[str, list[dict[str, Any]]]:
    """By customer, oldest first: period, when it came, and its items."""
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
    for on in bank.dates:
        for row in bank.rows(on, "financial_statements"):
            key = row["period_end"], row["period_kind"]
            one = found[row["customer_no"]].setdefault(key, {"end": date.fromisoformat(key[0]), "came_on": on})
            one[row["item"]] = Decimal(row["value"])
    return {number: [ofs[key] for key in sorted(ofs)] for number, ofs in found.items()}


def told(stories, kind, **wanted) -> list[dict[str, Any]]:
    found = [one for one in stories if one["story"] == kind and all(one[key] == wanted[key] for key in wanted)]
    assert found, kind
    return found


def receipts(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["direction"] == "credit" and row["summary"] in TRADE]


def whole_months(rows: list[Row], last: date) -> dict[date, Decimal]:
    """Receipts by month, without the first month and the last, which are delivered in part."""
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for row in receipts(rows):
        sums[row["on"].replace(day=1)] += Decimal(row["amount"])
    return {month: amount for month, amount in sums.items() if min(sums) < month < last.replace(day=1)}


def test_every_story_has_a_date(stories):
    assert [one["story"] for one in stories if one["story"] != "plain" and not one["starts_on"]] == []
    assert all(one["fails_on"] and one["starts_on"] <= one["fails_on"] for one in stories if one["fails"])


def test_a_lost_key_customer_pays_no_more(stories, entries):
    for one in told(stories, "lost_key_customer"):
        mine = receipts(entries[one["customer_no"]])
        before = Counter(row["counterparty_name"] for row in mine if row["on"] < one["starts_on"])
        lost = before.most_common(1)[0][0]
        assert lost in one["note"]
        after = {row["counterparty_name"] for row in mine if row["on"] >= one["starts_on"]}
        assert after
        assert lost not in after


def test_a_price_shock_eats_the_margin(stories, statements):
    def margin(one: dict[str, Any]) -> Decimal:
        return 1 - one["cost_of_sales"] / one["revenue"]

    fell = []
    for one in told(stories, "price_shock"):
        mine = statements.get(one["customer_no"], [])
        before = [margin(each) for each in mine if each["end"] < one["starts_on"]]
        hit = [margin(each) for each in mine if each["end"] > one["starts_on"] + timedelta(days=60)]
        if before and hit:
            fell.append(min(hit) < min(before))
    assert fell
    assert all(fell)


def test_over_expansion_builds_with_borrowed_money(bank, stories, statements):
    seen = 0
    for one in told(stories, "over_expansion"):
        mine = statements[one["customer_no"]]
        before = [each for each in mine if each["end"] < one["starts_on"]][-1]
        after = [each for each in mine if each["end"] > one["starts_on"] + timedelta(days=90)][-1]

        def share(item: str, each: dict[str, Decimal]) -> Decimal:
            return each[item] / each["total_assets"]

        assert share("construction_in_progress", after) > share("construction_in_progress", before) * 2
        debt = [sum(each[item] for item in ("short_term_loans", "long_term_loans")) for each in (before, after)]
        assert debt[1] / after["total_assets"] > debt[0] / before["total_assets"]
        assert after["total_assets"] == after["total_liabilities"] + after["total_equity"]
        shown = (one["starts_on"] + timedelta(days=110)).isoformat()
        for row in bank.last("credit_reports"):
            if row["customer_no"] == one["customer_no"] and row["reported_on"] > shown:
                seen += 1
                assert int(row["lenders"]) >= LENDERS_OF_A_PLANT
    assert seen


def test_a_guarantee_circle_falls_one_after_the_other(bank, stories):
    members = told(stories, "guarantee_circle")
    falls = sorted((one["fails_on"], one["customer_no"]) for one in members[:4])
    assert {number for _, number in falls} == {members[0]["customer_no"], *members[0]["partners"]}
    assert all((later[0] - former[0]).days > 30 for former, later in pairwise(falls))
    stands_for: dict[str, set[str]] = defaultdict(set)
    borrower = {row["contract_no"]: row["customer_no"] for row in bank.last("loans")}
    for row in bank.last("guarantees"):
        stands_for[row["guarantor_no"]].add(borrower[row["contract_no"]])
    for (_, former), (_, later) in pairwise(falls):
        assert former in stands_for[later]
    fell: dict[str, date] = {}
    for on in bank.dates:
        for one in members[:4]:
            if bank.truth["book"][on.isoformat()].keys() & set(one["loans"]):
                fell.setdefault(one["customer_no"], on)
    assert sorted(fell, key=lambda number: fell[number]) == [number for _, number in falls]


def test_a_gambler_takes_cash_out_week_by_week(stories, entries):
    for one in told(stories, "gambling_controller", signs_before=True):
        mine = [row["on"] for row in entries[one["customer_no"]] if row["summary"] == "现金支取"]
        assert len(mine) >= 4
        assert one["starts_on"] <= min(mine) < max(mine) <= one["starts_on"] + timedelta(days=42) <= one["fails_on"]


def test_a_developer_pays_its_buyers_instalments_until_it_cannot(bank, stories, entries):
    (developer,) = told(stories, "developer")
    name = next(row["name"] for row in bank.last("customers") if row["customer_no"] == developer["customer_no"])
    assert "房地产开发" in name
    for buyer in told(stories, "developer_batch"):
        both = [row for row in entries[buyer["customer_no"]] if row["counterparty_name"] == name]
        paid = [row for row in both if row["direction"] == "credit"]
        assert len(paid) >= 3
        assert {row["summary"] for row in paid} == {"代付月供"}
        assert buyer["fails_on"] - timedelta(days=31) <= max(row["on"] for row in paid) <= buyer["fails_on"]


def test_a_flood_strikes_one_county_on_one_day(bank, stories, entries):
    farmers = told(stories, "flood")
    branches = {row["customer_no"]: row["region"] for row in bank.last("customers")}
    assert len({branches[one["customer_no"]] for one in farmers}) == 1
    struck = {
        (row["customer_no"], row["occurred_on"]) for row in bank.last("external_events") if row["kind"] == "disaster"
    }
    assert struck == {(one["customer_no"], one["starts_on"].isoformat()) for one in farmers}
    assert len({one["starts_on"] for one in farmers}) == 1
    for one in farmers:
        mine = receipts(entries[one["customer_no"]])
        dry = [Decimal(row["amount"]) for row in mine if row["on"] < one["starts_on"]]
        wet = [Decimal(row["amount"]) for row in mine if 0 <= (row["on"] - one["starts_on"]).days < 60]
        assert max(wet) < min(dry)


def paid_after(bank: Extracts, loans: list[str]) -> list[int]:
    """How many days after it fell due each instalment was settled, where it was."""
    rows = [row for row in bank.last("instalments") if row["loan_no"] in loans and row["settled_on"]]
    return [(date.fromisoformat(row["settled_on"]) - date.fromisoformat(row["due_on"])).days for row in rows]


def test_a_technical_arrear_is_paid_within_days(bank, stories):
    cured = 0
    for one in told(stories, "technical_overdue"):
        late = [days for days in paid_after(bank, one["loans"]) if days > 0]
        assert len(late) <= 1
        assert all(days <= 7 for days in late)
        cured += len(late)
        overdue = [bank.truth["book"][on.isoformat()].keys() & set(one["loans"]) for on in bank.dates]
        assert sum(map(bool, overdue)) <= 7
    assert cured


def test_who_rolls_pays_each_instalment_late_and_pays_it(bank, stories):
    counts = []
    for one in told(stories, "rolling"):
        first = min(bank.dates).isoformat()
        rows = [
            row
            for row in bank.last("instalments")
            if row["loan_no"] in one["loans"] and row["settled_on"] and row["due_on"] > first
        ]
        late = [(date.fromisoformat(row["settled_on"]) - date.fromisoformat(row["due_on"])).days for row in rows]
        assert late
        assert all(15 <= days <= 45 for days in late)
        assert len(set(late)) == 1
        counts.append(len(late))
    assert median(counts) >= 3


def test_the_seasonal_sell_in_their_months(bank, stories, entries):
    for one in told(stories, "seasonal"):
        peaks = {int(month) for month in one["note"].partition("为")[2].rstrip("月").split("、")}
        assert one["starts_on"].month in peaks
        sums = whole_months(entries[one["customer_no"]], bank.dates[-1])
        high = [amount for month, amount in sums.items() if month.month in peaks]
        low = [amount for month, amount in sums.items() if month.month not in peaks]
        assert low
        assert not high or median(high) > 3 * median(low), one


def test_who_grows_sells_more_and_more(bank, stories, entries):
    growth = []
    for one in told(stories, "growth"):
        sums = whole_months(entries[one["customer_no"]], bank.dates[-1])
        before = [amount for month, amount in sums.items() if month < one["starts_on"].replace(day=1)]
        growth.append(sum(list(sums.values())[-3:]) / 3 / median(before))
    assert median(growth) > Decimal("1.4")


def test_the_accounts_of_the_silent_show_nothing_before_they_fail(bank, stories, entries):
    """No receipt is smaller than chance makes it; of those who give signs some are."""
    seasons = {row["customer_no"] for row in bank.last("customers") if row["industry_code"] in SEASONAL_CODES}

    def smallest(one: dict[str, Any]) -> Decimal | None:
        mine = [Decimal(row["amount"]) for row in receipts(entries[one["customer_no"]]) if row["on"] <= one["fails_on"]]
        return min(mine) / max(mine) if len(mine) > 3 and one["customer_no"] not in seasons else None

    failing = [one for one in stories if one["fails"]]
    silent = [share for one in failing if not one["signs_before"] if (share := smallest(one))]
    telling = [share for one in failing if one["signs_before"] if (share := smallest(one))]
    assert len(silent) >= 5
    assert min(silent) >= LEAST_OF_LARGEST
    assert min(telling) < LEAST_OF_LARGEST


SEASONAL_CODES = {
    "C1711", "C1411", "C1361", "F5111", "F5132", "F5212", "H6210", "F5232", "F5123", "A0111", "A0412", "A0153",
}  # fmt: skip


def test_the_statements_of_the_silent_show_nothing_before_they_fail(stories, statements):
    seen = 0
    for one in stories:
        if not one["fails"] or one["signs_before"]:
            continue
        mine = [each for each in statements.get(one["customer_no"], []) if each["came_on"] <= one["fails_on"]]
        for each in mine:
            assert each["cost_of_sales"] / each["revenue"] <= Decimal("0.88")
            assert each["total_liabilities"] / each["total_assets"] <= Decimal("0.75")
            for former in mine:
                if (former["end"].year, former["end"].month) != (each["end"].year - 1, each["end"].month):
                    continue
                seen += 1
                assert each["revenue"] / former["revenue"] > Decimal("0.8")
    assert seen
