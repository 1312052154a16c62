"""What was arranged with borrowed money stands in the truth, and the files show exactly that."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.demobank.generator import Settings, make_demo_bank
from tests.test_demobank.reading import Extracts

# Above so much to one counterparty the bank pays it itself: the law's limits, by product family.
LIMITS = {"working_capital": 10_000_000, "personal_business": 500_000, "personal_consumption": 300_000}


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Extracts:
    """Large enough that each arrangement occurs."""
    folder = tmp_path_factory.mktemp("payments")
    make_demo_bank(folder / "bank", folder / "truth.json", Settings(400, 4, 5, date(2026, 10, 12)))
    return Extracts(folder / "bank", folder / "truth.json")


@pytest.fixture(scope="module")
def paid(bank) -> dict[str, list[dict[str, str]]]:
    by_loan = defaultdict(list)
    for row in bank.everything("payments_out"):
        by_loan[row["loan_no"]].append(row)
    return by_loan


@pytest.fixture(scope="module")
def families(bank) -> dict[str, str]:
    of_product = {row["product_code"]: row["family"] for row in bank.last("products")}
    return {row["loan_no"]: of_product[row["product_code"]] for row in bank.last("loans")}


def sums_within_ten_days(rows, groups, limit):
    """The largest sum of own payments, none above the limit, to one payee or one group within ten days."""
    by_payee = defaultdict(list)
    for row in rows:
        if row["mode"] == "own" and Decimal(row["amount"]) <= limit:
            by_payee[groups.get(row["payee_name"], row["payee_name"])].append(row)
    largest = Decimal(0)
    for own in by_payee.values():
        for first in own:
            start = date.fromisoformat(first["paid_on"])
            near = [row for row in own if start <= date.fromisoformat(row["paid_on"]) <= start + timedelta(days=10)]
            largest = max(largest, sum((Decimal(row["amount"]) for row in near), Decimal(0)))
    return largest


def test_only_the_planted_loans_pay_more_than_the_limit_in_parts(bank, paid, families):
    groups = {row["name"]: row["group_no"] for row in bank.last("customers") if row["group_no"]}
    found = {
        loan_no
        for loan_no, rows in paid.items()
        if (limit := LIMITS.get(families[loan_no]))
        and sums_within_ten_days([row for row in rows if row["payee_name"]], groups, limit) > limit
    }
    planted = {one["loan"] for one in bank.truth["split_payments"]}
    assert found == planted
    assert len(planted) >= 7
    assert {families[loan_no] for loan_no in planted} == set(LIMITS)


def test_a_planted_split_lists_its_payments_as_delivered(bank, paid):
    for one in bank.truth["split_payments"]:
        delivered = {row["payment_no"]: row for row in paid[one["loan"]]}
        assert len(one["payments"]) >= 2
        for told in one["payments"]:
            row = delivered[told["payment"]]
            assert (row["payee_name"], row["paid_on"], row["amount"], row["mode"]) == (
                told["payee"], told["on"], told["amount"], "own",
            )  # fmt: skip


def test_a_split_may_go_to_two_firms_of_one_group(bank):
    by_group = [one for one in bank.truth["split_payments"] if one["by"] == "group"]
    groups = {row["name"]: row["group_no"] for row in bank.last("customers")}
    assert by_group
    for one in by_group:
        assert len(one["payees"]) == 2
        assert {groups[name] for name in one["payees"]} == {one["group"]}


def test_round_trips_come_back_within_thirty_days_nearly_whole(bank):
    entries = {row["entry_no"]: row for row in bank.everything("account_entries")}
    assert {one["way"] for one in bank.truth["round_trips"]} >= {"to_borrower", "to_group", "to_related_party"}
    for one in bank.truth["round_trips"]:
        back = [entries[told["entry"]] for told in one["entries"]]
        assert back, one
        paid_on = date.fromisoformat(one["paid_on"])
        assert all(0 < (date.fromisoformat(row["booked_on"]) - paid_on).days <= 30 for row in back)
        assert {(row["direction"], row["counterparty_name"]) for row in back} == {("credit", one["payee"])}
        assert {row["customer_no"] for row in back} == {one["receiver"]}
        assert sum(Decimal(row["amount"]) for row in back) >= Decimal(one["amount"]) * 8 / 10


def test_who_receives_a_round_trip_is_the_borrower_or_bound_to_it(bank):
    groups = {row["customer_no"]: row["group_no"] for row in bank.last("customers")}
    behind = {(row["customer_no"], row["party_customer_no"]) for row in bank.last("related_parties")}
    for one in bank.truth["round_trips"]:
        pair = (one["customer"], one["receiver"])
        bound = {
            "to_borrower": pair[0] == pair[1], "to_group": bool(groups[pair[0]]) and groups[pair[0]] == groups[pair[1]],
            "to_related_party": pair in behind,
        }  # fmt: skip
        assert bound[one["way"]], one


def test_nothing_else_of_that_size_comes_back_from_a_payee_within_thirty_days(bank, paid):
    planted = {one["loan"] for one in bank.truth["round_trips"]}
    customer_of = {row["loan_no"]: row["customer_no"] for row in bank.last("loans")}
    credits_of = defaultdict(list)
    for row in bank.everything("account_entries"):
        if row["direction"] == "credit":
            credits_of[row["customer_no"], row["counterparty_name"]].append(row)
    for loan_no, rows in paid.items():
        for row in rows:
            paid_on = date.fromisoformat(row["paid_on"])
            back = sum(
                Decimal(entry["amount"])
                for entry in credits_of[customer_of[loan_no], row["payee_name"]]
                if row["payee_name"] and 0 <= (date.fromisoformat(entry["booked_on"]) - paid_on).days <= 30
            )
            own = row["payee_account"].startswith("09911")
            assert own or loan_no in planted or back < Decimal(row["amount"]) / 5, (loan_no, row)


def test_every_honest_look_alike_occurs_and_is_delivered(bank, paid):
    kinds = {one["kind"] for one in bank.truth["look_alikes"]}
    assert kinds >= {"spread", "entrusted", "many_payees", "small_sums", "sale_to_a_supplier", "refund",
                     "savings_in_securities"}  # fmt: skip
    for one in bank.truth["look_alikes"]:
        delivered = {row["payment_no"] for row in paid[one["loan"]]}
        due = {told["payment"] for told in one.get("payments", ()) if told["on"] <= bank.dates[-1].isoformat()}
        assert due <= delivered


def test_misused_money_is_seen_where_the_truth_says(bank, paid):
    entries = {row["entry_no"]: row for row in bank.everything("account_entries")}
    assert {one["kind"] for one in bank.truth["excluded_payees"]} == {"securities", "real_estate", "lender"}
    for one in bank.truth["excluded_payees"]:
        if one["where"] == "payments_out":
            assert one["payee"] in {row["payee_name"] for row in paid[one["loan"]]}
        else:
            assert {entries[told["entry"]]["counterparty_name"] for told in one["entries"]} == {one["payee"]}


def test_payments_out_leave_the_account_they_were_lent_to(bank, paid):
    """What a loan is paid to somebody for is debited the same day, in full, to the same payee."""
    first = min(date.fromisoformat(row["booked_on"]) for row in bank.everything("account_entries"))
    debits = {
        (row["customer_no"], row["counterparty_account"], row["booked_on"], row["amount"])
        for row in bank.everything("account_entries")
        if row["direction"] == "debit"
    }
    for loan in bank.last("loans"):
        for row in paid[loan["loan_no"]]:
            own = row["payee_account"] == loan["account_no"]
            if date.fromisoformat(loan["disbursed_on"]) > first + timedelta(days=1) and not own:
                assert (loan["customer_no"], row["payee_account"], row["paid_on"], row["amount"]) in debits, row
