"""Where the money went: the agreed cases, edges of windows and limits, honest look-alikes."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.inspections.rules_funds import (
    Entry,
    Payment,
    counts_as_sale,
    deposits_to_loans,
    entrusted_payment_required,
    excluded_payees,
    round_trips,
    sales_return,
    splits,
)

DAY = date(2026, 6, 1)
LIMIT = Decimal(10_000_000)
LIMITS = {
    "fixed_asset": LIMIT,
    "working_capital": LIMIT,
    "personal_consumption": Decimal(300_000),
    "personal_business": Decimal(500_000),
}
WORDS = {"securities": ["证券", "期货"], "real_estate": ["房地产"], "lender": ["小额贷款"]}


def pay(key, days, amount, payee="澜州鼎盛钢材贸易有限公司", mode="own", group=""):
    return Payment(key, payee, DAY + timedelta(days=days), Decimal(amount), mode, group)


def entry(key, days, amount, name="澜州鼎盛钢材贸易有限公司", **fields):
    return Entry(key, DAY + timedelta(days=days), Decimal(amount), name, **fields)


def agreed(shared, rule):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    found = [case for case in cases if case["rule"] == rule]
    assert found
    return found


@pytest.mark.shared_data
def test_the_agreed_cases_of_entrusted_payment(shared):
    families = {"personal_consumer": "personal_consumption"}
    for case in agreed(shared, "entrusted_payment_required"):
        given = case["input"]
        amount = Decimal(given.get("single_payment", given.get("single_draw")))
        family = families.get(given["product"], given["product"])
        required = entrusted_payment_required(family, amount, LIMITS, payee_known=given["payee_known"])
        assert required is case["expect"]["required"], case["id"]


@pytest.mark.shared_data
def test_the_agreed_case_of_splitting(shared):
    for case in agreed(shared, "payment_splitting_suspect"):
        given = case["input"]
        payments = [
            Payment(str(n), row["payee"], date.fromisoformat(row["date"]), Decimal(row["amount"]))
            for n, row in enumerate(given["payments"])
        ]
        found = splits(payments, limit=Decimal(given["threshold"]), window_days=given["window_days"])
        assert bool(found) is case["expect"]["flag"], case["id"]
        assert found[0].amount == case["expect"]["sum"]


@pytest.mark.shared_data
def test_the_agreed_cases_of_sales_return(shared):
    for case in agreed(shared, "cash_return_rate"):
        given = {name: Decimal(value) for name, value in case["input"].items()}
        found = sales_return(
            credits=given["credits_to_own_bank_accounts"],
            sales=given["sales_revenue_same_period"],
            own_loans=given["own_loans"],
            all_loans=given["all_bank_loans"],
        )
        expected = case["expect"]
        assert (float(found.rate), float(found.compared_with), found.is_ok) == (
            expected["rate"],
            expected["loan_share"],
            expected["ok"],
        )
    for case in agreed(shared, "cash_return_rate_deposit_variant"):
        given = case["input"]
        rate = deposits_to_loans(deposits=Decimal(given["deposit_daily_avg"]), loans=Decimal(given["loan_daily_avg"]))
        assert float(rate) == case["expect"]["rate_pct"]


# ── splitting ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_window_takes_in_its_tenth_day_and_not_the_eleventh():
    assert splits([pay("a", 0, 6_000_000), pay("b", 10, 5_000_000)], limit=LIMIT, window_days=10)
    assert not splits([pay("a", 0, 6_000_000), pay("b", 11, 5_000_000)], limit=LIMIT, window_days=10)


def test_exactly_the_limit_together_is_none_and_a_cent_more_is_one():
    assert not splits([pay("a", 0, 5_000_000), pay("b", 1, 5_000_000)], limit=LIMIT, window_days=10)
    assert splits([pay("a", 0, 5_000_000), pay("b", 1, "5000000.01")], limit=LIMIT, window_days=10)


def test_one_large_payment_is_no_split_however_it_was_paid():
    assert not splits([pay("a", 0, 12_000_000)], limit=LIMIT, window_days=10)


def test_parts_that_the_bank_paid_itself_do_not_count():
    parts = [pay("a", 0, 6_000_000, mode="entrusted"), pay("b", 1, 6_000_000, mode="entrusted")]
    assert not splits(parts, limit=LIMIT, window_days=10)


def test_payees_of_one_group_count_together_and_strangers_do_not():
    apart = [pay("a", 0, 6_000_000, "甲公司"), pay("b", 1, 6_000_000, "乙公司")]
    assert not splits(apart, limit=LIMIT, window_days=10)
    (found,) = splits(
        [pay("a", 0, 6_000_000, "甲公司", group="G1"), pay("b", 1, 6_000_000, "乙公司", group="G1")],
        limit=LIMIT,
        window_days=10,
    )
    assert (found.keys, found.payees) == (("a", "b"), ("乙公司", "甲公司"))


def test_windows_that_overlap_are_one_finding_and_those_that_do_not_are_two():
    near = [pay(str(n), n * 6, 6_000_000) for n in range(3)]
    assert [found.keys for found in splits(near, limit=LIMIT, window_days=10)] == [("0", "1", "2")]
    far = [pay("a", 0, 6_000_000), pay("b", 1, 6_000_000), pay("c", 60, 6_000_000), pay("d", 61, 6_000_000)]
    assert [found.keys for found in splits(far, limit=LIMIT, window_days=10)] == [("a", "b"), ("c", "d")]


def test_a_family_without_limit_knows_no_split():
    assert splits([pay("a", 0, 6_000_000), pay("b", 1, 6_000_000)], limit=None, window_days=10) == []


# ── round trips ───────────────────────────────────────────────────────────────────────────────────────────


def trips(entries, payments=None):
    outs = payments or [pay("out", 0, 1_000_000, mode="entrusted")]
    return round_trips(outs, entries, window_days=30, least_share=Decimal(10))


def test_money_that_comes_back_is_found_whole_and_says_to_whom():
    (found,) = trips([entry("x", 4, 500_000), entry("y", 30, 300_000, holder="group")])
    assert (found.keys, found.amount, found.detail) == (("x", "y"), Decimal(800_000), "borrower,group")


@pytest.mark.parametrize(
    "back",
    [
        entry("before", -3, 500_000),
        entry("late", 31, 500_000),
        entry("small", 5, 99_999),
        entry("stranger", 5, 500_000, "澜州别家公司"),
    ],
    ids=lambda one: one.key,
)
def test_what_only_looks_like_it_is_none(back):
    assert trips([back]) == []


def test_brackets_and_blanks_do_not_hide_a_name():
    outs = [pay("out", 0, 1_000_000, "鼎盛（澜州）钢材 有限公司", mode="entrusted")]
    assert trips([entry("x", 4, 500_000, "鼎盛(澜州)钢材有限公司")], outs)


# ── excluded payees ───────────────────────────────────────────────────────────────────────────────────────


def excluded(payments, debits=()):
    return excluded_payees(payments, debits, words=WORDS, window_days=30, least_share=Decimal(10))


def test_excluded_payees_are_found_among_payments_and_on_the_account():
    (straight,) = excluded([pay("a", 0, 100, "澜江瑞和房地产开发有限公司")])
    assert (straight.detail, straight.keys) == ("real_estate", ("a",))
    (through,) = excluded([pay("a", 0, 1_000_000, "本人")], [entry("d", 3, 1_000_000, "澜江证券澜州营业部")])
    assert (through.detail, through.keys) == ("securities", ("d",))


def test_small_or_late_entries_to_a_broker_are_savings():
    outs = [pay("a", 0, 1_000_000, "本人")]
    assert excluded(outs, [entry("d", 3, 99_999, "澜江证券"), entry("e", 31, 900_000, "澜江证券")]) == []


# ── sales return ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_figure_is_no_data_and_never_ok():
    found = sales_return(credits=Decimal(1), sales=None, own_loans=Decimal(1), all_loans=Decimal(2))
    assert (found.rate, found.compared_with, found.is_ok) == (None, Decimal("0.5000"), None)
    assert deposits_to_loans(deposits=Decimal(0), loans=Decimal(5)) == 0
    assert deposits_to_loans(deposits=Decimal(5), loans=Decimal(0)) == 100
    assert deposits_to_loans(deposits=None, loans=Decimal(5)) is None


@pytest.mark.parametrize(
    ("name", "summary", "is_sale"),
    [
        ("澜州汽车零部件有限公司", "货款", True),
        ("本公司", "货款", False),
        ("付过款的供应商", "货款", False),
        ("澜州汽车零部件有限公司", "部分退货款", False),
        ("澜州汽车零部件有限公司", "理财赎回", False),
    ],
)
def test_what_counts_as_a_sale(name, summary, is_sale):
    found = counts_as_sale(
        entry("x", 0, 1, name, summary=summary),
        close=lambda one: one == "本公司",
        own_payees=frozenset({"付过款的供应商"}),
        words=["退货", "赎回", "放款"],
    )
    assert found is is_sale
