"""Movement and ledger that do not agree, check digits of every number, and what a product changes in its loans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from postloan.core import findings
from postloan.core.models import BusinessDate, Finding
from postloan.imports.services import import_folder
from postloan.loans.models import LoanState
from postloan.nightly.services import run_night
from tests.test_imports.conftest import close_night
from tests.test_imports.extracts import ROWS, Small


def texts(kind: str) -> list[str]:
    return [findings.describe(one) for one in findings.open_of(kind).order_by("subject_key", "aspect")]


def test_a_movement_that_does_not_give_the_balance_is_found_to_the_cent(second_day, folder):
    second_day.set("loans", 0, principal_balance="1234567.50")
    extract = import_folder(second_day.write(folder))
    line = extract.reconciliations.get(kind="movement", dimension="loan")
    assert (line.key, line.expected, line.actual) == ("000001", Decimal("990000.00"), Decimal("1234567.50"))
    assert extract.reconciliations.get(kind="movement", dimension="").difference == Decimal("244567.50")
    branch = extract.reconciliations.get(kind="movement", dimension="branch", key="B1")
    assert branch.difference == Decimal("244567.50")
    (text,) = texts("imports.movement_difference")
    assert "990,000.00" in text
    assert "1,234,567.50" in text
    close_night()
    third = Small(day="2026-05-31")
    third.rows["repayments"] = []
    third.set("loans", 0, principal_balance="1234567.50")
    import_folder(third.write(folder))
    assert texts("imports.movement_difference") == []


def test_a_ledger_that_differs_from_the_book_is_found_to_the_cent(second_day, folder):
    second_day.set("gl_balances", 1, balance="4000.5")
    extract = import_folder(second_day.write(folder))
    line = extract.reconciliations.get(kind="ledger", key="B2")
    assert (line.expected, line.actual, line.difference) == (Decimal("4000.50"), Decimal(3000), Decimal("-1000.50"))
    (text,) = texts("imports.ledger_difference")
    assert "4,000.50 CNY" in text
    assert "3,000.00" in text


def test_a_loan_written_off_shows_what_the_movements_leave_as_written_off(second_day, folder):
    second_day.set("loans", 2, status="written_off", principal_balance="0.00")
    extract = import_folder(second_day.write(folder))
    whole = extract.reconciliations.get(kind="movement", dimension="")
    assert (whole.parts["written_off"], whole.difference) == ("3000", Decimal(0))


def test_numbers_with_wrong_check_digits_are_findings_and_are_taken_in(second_day, folder):
    second_day.set("customers", 0, id_number="91350211M000100Y44")
    second_day.set("customers", 1, phone="123")
    second_day.rows["customers"].append(
        dict(ROWS["customers"][0], customer_no="C9", id_number="111111111", group_no="")
    )
    second_day.set("related_parties", 0, id_number="110105194912310021")
    second_day.set("accounts", 0, account_no="6222020000000000002")
    extract = import_folder(second_day.write(folder))
    assert not extract.files.filter(rejected__gt=0).exists()
    found = Finding.objects.filter(kind="imports.identifier", gone_on=None)
    assert set(found.values_list("subject_kind", "subject_key", "aspect")) == {
        ("customer", "C1", "id_number"),
        ("customer", "C2", "phone"),
        ("customer", "C9", "id_number"),
        ("related_party", "C1/controller/R1", "id_number"),
        ("account", "6222020000000000002", "account_no"),
    }
    assert "check_digit" not in " ".join(texts("imports.identifier"))


@pytest.mark.django_db
def test_another_method_of_a_product_moves_the_floors_of_its_loans(second_day, folder):
    def floor() -> str:
        return LoanState.objects.now().get(loan__loan_no="000003").class_floor

    import_folder(Small().write(folder))
    assert run_night().state == "done"
    second_day.day = "2026-07-20"
    import_folder(second_day.write(folder))
    assert run_night().state == "done"
    assert floor() == "substandard", "131 days by days past due"
    third = Small(day="2026-07-21").only(["products"])
    third.set("products", 1, class_method="credit_card")
    import_folder(third.write(folder))
    assert run_night().state == "done"
    assert floor() == "doubtful", "132 days by the rules on cards"


def test_a_product_that_comes_after_its_loans_sets_their_floors(second_day, folder):
    BusinessDate.objects.update(closed_at=None)
    assert run_night().state == "done"
    second_day.day = "2026-07-20"
    second_day.set("loans", 2, product_code="P9")
    import_folder(second_day.write(folder))
    assert run_night().state == "done"
    third = Small(day="2026-07-21").only(["products"])
    third.rows["products"].append(dict(ROWS["products"][1], product_code="P9", class_method="credit_card"))
    import_folder(third.write(folder))
    assert run_night().state == "done"
    assert LoanState.objects.now().get(loan__loan_no="000003").class_floor == "doubtful"


def test_a_loan_withdrawn_by_a_correction_that_comes_back_later_begins_anew(second_day, folder):
    second_day.rows["loans"].append(dict(ROWS["loans"][0], loan_no="000009", contract_no=""))
    second_day.rows["gl_balances"] = []
    import_folder(second_day.write(folder))
    run = run_night()
    assert run.state == "done", run.error
    corrected = Small(day="2026-04-30", manifest={"revision": 2, "corrects": True})
    for name in ("repayments", "payments_out", "deductions", "account_entries", "financial_statements"):
        corrected.rows[name] = []
    import_folder(corrected.write(folder / "corrected"))
    assert run_night().state == "done"
    third = Small(day="2026-05-31")
    third.rows["repayments"] = []
    third.rows["loans"].append(dict(ROWS["loans"][0], loan_no="000009", contract_no=""))
    import_folder(third.write(folder))
    run = run_night()
    assert run.state == "done", run.error
    assert LoanState.objects.now().get(loan__loan_no="000009").valid_from == date(2026, 5, 31)


@pytest.mark.parametrize("cut", ["东方机".encode("gb18030")[:-1]])
def test_a_character_cut_in_two_is_rejected_by_row_in_gb18030_too(second_day, folder, cut):
    second_day.encoding = "gb18030"
    second_day.manifest = {"encoding": "gb18030"}
    whole = second_day.content("customers")
    second_day.raw["customers"] = whole.replace("东方机械有限公司".encode("gb18030"), cut)
    extract = import_folder(second_day.write(folder))
    file = extract.files.get(name="customers")
    assert (file.rejected, file.rejects.get().reason) == (1, "encoding")
