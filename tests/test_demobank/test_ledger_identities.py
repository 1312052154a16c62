"""The books agree to the cent on every date, computed straight from the files."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

ZERO = Decimal(0)
LOAN_SUBJECTS = "1303"


def signed(row: dict[str, str]) -> Decimal:
    """A receipt that takes another back counts against it."""
    return -Decimal(row["principal"]) if row["reverses_receipt_no"] else Decimal(row["principal"])


def test_balance_is_amount_less_what_was_repaid_or_written_off(extracts):
    repaid: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for on in extracts.dates:
        for row in extracts.rows(on, "repayments"):
            repaid[row["loan_no"]] += signed(row)
        for loan in extracts.rows(on, "loans"):
            left = Decimal(loan["amount"]) - repaid[loan["loan_no"]]
            gone = loan["status"] in ("written_off", "transferred")
            assert Decimal(loan["principal_balance"]) == (ZERO if gone else left)


def test_opening_and_lent_less_repaid_written_off_and_sold_is_closing(extracts):
    opening, gone_before, known = ZERO, ZERO, set()
    for on in extracts.dates:
        loans, says = extracts.rows(on, "loans"), extracts.truth["dates"][on.isoformat()]
        lent = sum((Decimal(row["amount"]) for row in loans if row["loan_no"] not in known), ZERO)
        repaid = sum((signed(row) for row in extracts.rows(on, "repayments")), ZERO)
        # What is recovered of a loan written off makes the written-off sum smaller, not the balance.
        gone = Decimal(says["written_off"]) + Decimal(says["transferred"])
        closing = sum((Decimal(row["principal_balance"]) for row in loans), ZERO)
        assert opening + lent - repaid - (gone - gone_before) == closing
        opening, gone_before, known = closing, gone, {row["loan_no"] for row in loans}


def test_payouts_add_up_to_each_loan_once_all_is_paid_out(extracts):
    paid_out: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in extracts.everything("payments_out"):
        paid_out[row["loan_no"]] += Decimal(row["amount"])
    for loan in extracts.last("loans"):
        lately = (extracts.dates[-1] - date.fromisoformat(loan["disbursed_on"])).days < 60
        assert paid_out[loan["loan_no"]] <= Decimal(loan["amount"])
        assert lately or paid_out[loan["loan_no"]] == Decimal(loan["amount"])


def test_instalments_show_what_the_receipts_paid(extracts):
    repaid: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for on in extracts.dates:
        for row in extracts.rows(on, "repayments"):
            sign = -1 if row["reverses_receipt_no"] else 1
            for part in ("principal", "interest", "penalty"):
                repaid[row["loan_no"]][part] += sign * Decimal(row[part])
        shown: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        for row in extracts.rows(on, "instalments"):
            for part in ("principal", "interest", "penalty"):
                shown[row["loan_no"]][part] += Decimal(row[f"{part}_paid"])
                assert Decimal(row[f"{part}_paid"]) <= Decimal(row[f"{part}_due"])
        for loan_no, parts in shown.items():
            for part in ("principal", "interest", "penalty"):
                assert parts[part] == repaid[loan_no][part], (on, loan_no, part)


def test_what_is_due_adds_up_to_the_amount_lent(extracts):
    for on in extracts.dates:
        due: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in extracts.rows(on, "instalments"):
            due[row["loan_no"]] += Decimal(row["principal_due"])
        amounts = {row["loan_no"]: Decimal(row["amount"]) for row in extracts.rows(on, "loans")}
        assert all(amounts[loan_no] == total for loan_no, total in due.items())


def test_account_balances_follow_their_entries_and_never_go_below_zero(extracts):
    balance: dict[str, Decimal] = {}
    for on in extracts.dates:
        for row in extracts.rows(on, "account_entries"):
            amount = Decimal(row["amount"]) * (1 if row["direction"] == "credit" else -1)
            if row["account_no"] in balance:
                assert balance[row["account_no"]] + amount == Decimal(row["balance_after"])
            balance[row["account_no"]] = Decimal(row["balance_after"])
            assert balance[row["account_no"]] >= 0
        for row in extracts.rows(on, "accounts"):
            assert balance.get(row["account_no"], Decimal(row["balance"])) == Decimal(row["balance"])


def test_the_general_ledger_shows_the_loans_of_each_branch(extracts):
    for on in extracts.dates:
        loans: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in extracts.rows(on, "loans"):
            loans[row["branch_code"]] += Decimal(row["principal_balance"])
        ledger: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in extracts.rows(on, "gl_balances"):
            if row["subject_code"].startswith(LOAN_SUBJECTS):
                ledger[row["branch_code"]] += Decimal(row["balance"])
        assert dict(ledger) == dict(loans)


def test_statements_balance(extracts):
    sheets: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    for row in extracts.everything("financial_statements"):
        key = (row["customer_no"], row["period_end"], row["period_kind"], row["scope"])
        sheets[key][row["item"]] = Decimal(row["value"])
    assert len(sheets) > 50
    for sheet in sheets.values():
        assert sheet["total_assets"] == sheet["total_liabilities"] + sheet["total_equity"]


def test_a_facility_is_used_for_what_is_lent_under_it(extracts):
    for row in extracts.last("facilities"):
        assert Decimal(row["used"]) + Decimal(row["available"]) == Decimal(row["total"])


@pytest.mark.parametrize("column", ["disbursed_on", "matures_on"])
def test_nothing_happens_after_its_date(extracts, column):
    for on in extracts.dates:
        for row in extracts.rows(on, "repayments"):
            assert date.fromisoformat(row["paid_on"]) <= on
        for loan in extracts.rows(on, "loans"):
            assert date.fromisoformat(loan["disbursed_on"]) <= on
            assert date.fromisoformat(loan[column]) >= date.fromisoformat(loan["disbursed_on"])
