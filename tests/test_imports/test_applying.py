"""What applying does to the book: new, changed, unchanged, missing, superseded, held and corrected rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from postloan.core.models import BusinessDate, FactRevision, Finding, Institution, SourceDate
from postloan.customers.models import Customer, Responsibility
from postloan.imports.models import DeliveredBalance, QuarantinedRow
from postloan.imports.refusals import ExtractRefused
from postloan.imports.services import import_folder
from postloan.loans.models import Instalment, Loan, LoanWatch, Repayment
from postloan.organization.models import Branch, Post, Staff
from tests.test_imports.conftest import close_night, contents
from tests.test_imports.extracts import DAY, ROWS, Small


def counts(extract, name):
    file = extract.files.get(name=name)
    return file.accepted_new, file.accepted_changed, file.unchanged, file.rejected, file.quarantined


def test_everything_of_the_small_extract_is_taken_in(on_bank):
    for name, rows in ROWS.items():
        assert counts(on_bank, name) == (len(rows), 0, 0, 0, 0), name
    assert not any(line.difference for line in on_bank.reconciliations.all())
    assert Institution.objects.get().code == "testbank"
    assert BusinessDate.objects.get().date == date(2026, 3, 31)


def test_what_was_delivered_stands_as_it_was_delivered():
    loan = Loan.objects.select_related("customer", "contract", "product").get(loan_no="000001")
    assert (loan.customer.customer_no, loan.contract.contract_no, loan.product.line) == ("C1", "K1", "corporate")
    assert (loan.principal_balance, loan.annual_rate) == (Decimal("990000.00"), Decimal("4.35"))
    assert loan.secured_by == "guarantee;mortgage"
    customer = Customer.objects.get(customer_no="C2")
    assert (customer.id_number, customer.phone, customer.main_line) == ("11010519491231002X", "13800138000", "personal")


def test_personal_data_is_never_plain_in_a_table(on_bank):
    text = repr(contents())
    for secret in ("11010519491231002X", "13800138000", "枋湖路"):
        assert secret not in text


def test_branches_staff_posts_and_responsibilities_are_seeded():
    assert Branch.objects.get(branch_code="B1").path == "HO/B1/"
    assert set(Post.objects.filter(staff__staff_no="S2").values_list("code", "lines")) == {
        ("account_manager", "corporate"),
        ("branch_head", "corporate"),
    }
    assert not Staff.objects.get(staff_no="S1").has_usable_password()
    held = Responsibility.objects.filter(customer__customer_no="C1").values_list("line", "role", "staff__staff_no")
    assert set(held) == {("corporate", "A", "S1"), ("corporate", "B", "S2")}


def test_the_same_extract_again_changes_nothing(on_bank, folder):
    before = contents()
    again = import_folder(Small().write(folder))
    assert again.pk == on_bank.pk
    assert contents() == before


def test_unchanged_rows_are_not_written(second_day, folder):
    kept = ("loans_", "customers_", "collateral_", "organization_", "core_factrevision", "imports_deliveredbalance")
    before = contents()
    extract = import_folder(second_day.write(folder))
    assert all(counts(extract, name)[:2] == (0, 0) for name in ROWS)
    after = contents()
    assert [name for name in before if name.startswith(kept) and after[name] != before[name]] == []


def test_only_what_differs_is_changed_and_the_loan_is_touched(second_day, folder):
    second_day.set("loans", 1, principal_balance="1000.00", five_level_class="special_mention")
    second_day.set("instalments", 1, principal_paid="500.00", settled_on="2026-04-10")
    second_day.rows["repayments"] = [dict(ROWS["repayments"][1], receipt_no="T3", paid_on="2026-04-10")]
    extract = import_folder(second_day.write(folder))
    assert counts(extract, "loans") == (0, 1, 3, 0, 0)
    assert counts(extract, "instalments") == (0, 1, 3, 0, 0)
    assert set(Loan.objects.filter(changed_on="2026-04-30").values_list("loan_no", flat=True)) == {"000002"}
    touched = LoanWatch.objects.filter(touched_on="2026-04-30").values_list("loan__loan_no", flat=True)
    assert set(touched) == {"000002"}
    kept = FactRevision.objects.get(subject_table="loans_loan")
    assert (kept.column, kept.old_value, kept.new_value) == ("five_level_class", "normal", "special_mention")
    assert extract.reconciliations.get(kind="movement", dimension="").difference == 0


def test_a_restated_amount_keeps_both_decimals_of_its_former_value(second_day, folder):
    second_day.rows["financial_statements"] = [dict(ROWS["financial_statements"][0], value="-26000.50")]
    import_folder(second_day.write(folder))
    kept = FactRevision.objects.get(column="value")
    assert (kept.old_value, kept.new_value) == ("-25000.00", "-26000.50")


def test_a_row_missing_from_a_full_file_is_flagged_and_kept(second_day, folder):
    second_day.rows["loans"] = [row for row in second_day.rows["loans"] if row["loan_no"] not in ("000003", "000004")]
    extract = import_folder(second_day.write(folder))
    assert extract.files.get(name="loans").missing == 1
    assert Loan.objects.get(loan_no="000003").missing_since == date(2026, 4, 30)
    assert Loan.objects.get(loan_no="000004").missing_since is None
    assert Finding.objects.filter(kind="imports.missing", subject_key="000003", gone_on=None).exists()
    close_night()
    third = Small(day="2026-05-31")
    import_folder(third.write(folder))
    assert Loan.objects.get(loan_no="000003").missing_since is None
    assert not Finding.objects.filter(kind="imports.missing", subject_key="000003", gone_on=None).exists()


def test_a_rejected_row_is_not_missing(second_day, folder):
    second_day.set("loans", 2, amount="much")
    import_folder(second_day.write(folder))
    assert Loan.objects.get(loan_no="000003").missing_since is None
    assert DeliveredBalance.objects.get(loan_no="000003").state == "rejected"


def test_an_instalment_gone_from_its_schedule_is_superseded_and_comes_back(second_day, folder):
    second_day.rows["instalments"].pop(1)
    extract = import_folder(second_day.write(folder))
    gone = Instalment.objects.get(loan__loan_no="000002", number=2)
    assert (gone.superseded_on, gone.missing_since) == (date(2026, 4, 30), None)
    assert extract.files.get(name="instalments").superseded == 1
    close_night()
    import_folder(Small(day="2026-05-31").write(folder))
    gone.refresh_from_db()
    assert gone.superseded_on is None


def test_a_loan_under_an_unknown_customer_is_held_until_the_customer_comes(second_day, folder):
    new = dict(
        ROWS["loans"][1], loan_no="000009", customer_no="C9", principal_balance="100.00", disbursed_on="2026-04-02"
    )
    second_day.rows["loans"].append(new)
    second_day.rows["instalments"].append(dict(ROWS["instalments"][1], loan_no="000009"))
    second_day.rows["repayments"] = [dict(ROWS["repayments"][0], receipt_no="T9", loan_no="000009")]
    extract = import_folder(second_day.write(folder))
    assert counts(extract, "loans") == (0, 0, 4, 1, 1)
    assert counts(extract, "instalments")[3:] == (1, 1)
    assert counts(extract, "repayments") == (0, 0, 0, 1, 1)
    assert set(QuarantinedRow.objects.filter(released_on=None).values_list("file", "key")) == {
        ("loans", "000009"),
        ("instalments", "000009|2"),
        ("repayments", "T9"),
    }
    assert DeliveredBalance.objects.get(loan_no="000009").state == "quarantined"
    close_night()
    third = Small(day="2026-05-31").only(["branches", "customers"])
    third.rows["customers"].append(dict(ROWS["customers"][1], customer_no="C9"))
    released = import_folder(third.write(folder))
    assert released.files.get(name="loans").released == 1
    assert Loan.objects.get(loan_no="000009").customer.customer_no == "C9"
    assert Repayment.objects.filter(receipt_no="T9").exists()
    assert Instalment.objects.filter(loan__loan_no="000009").count() == 1
    assert not QuarantinedRow.objects.filter(released_on=None).exists()
    assert DeliveredBalance.objects.get(loan_no="000009").state == "applied"


def test_too_much_in_quarantine_refuses_the_whole_extract(second_day, folder):
    new = dict(ROWS["loans"][1], loan_no="000009", customer_no="C9", principal_balance="99000.00")
    second_day.rows["loans"].append(new)
    before = contents()
    with pytest.raises(ExtractRefused) as refused:
        import_folder(second_day.write(folder))
    assert refused.value.code == "quarantine_too_large"
    assert contents() == before


def test_a_reference_that_comes_later_is_filled(second_day, folder):
    second_day.set("loans", 1, contract_no="K2")
    import_folder(second_day.write(folder))
    loan = Loan.objects.get(loan_no="000002")
    assert loan.contract is None
    assert Finding.objects.filter(kind="imports.unknown_reference", subject_key="K2", gone_on=None).exists()
    close_night()
    third = Small(day="2026-05-31").only(["contracts"])
    third.rows["contracts"].append(dict(ROWS["contracts"][0], contract_no="K2", customer_no="C2"))
    import_folder(third.write(folder))
    loan.refresh_from_db()
    assert loan.contract.contract_no == "K2"
    assert not Finding.objects.filter(kind="imports.unknown_reference", subject_key="K2", gone_on=None).exists()


def test_a_source_not_delivered_keeps_its_data_date(second_day, folder):
    extract = import_folder(second_day.only(["branches", "customers", "loans"]).write(folder))
    assert not extract.files.get(name="staff").is_delivered
    assert SourceDate.objects.get(file="staff").business_date == date(2026, 3, 31)
    assert SourceDate.objects.get(file="loans").business_date == date(2026, 4, 30)
    assert extract.reconciliations.get(kind="movement").difference is None


def test_check_digits_unknown_codes_and_other_managers_are_findings(second_day, folder):
    second_day.set("customers", 1, id_number="110105194912310021", manager_no="S2").set("loans", 0, status="frozen")
    second_day.set("branches", 1, name="城东第一支行")
    import_folder(second_day.write(folder))
    kinds = set(Finding.objects.filter(gone_on=None).values_list("kind", "subject_key"))
    assert ("imports.identifier", "C2") in kinds
    assert ("imports.manager_differs", "C2") in kinds
    assert ("imports.unknown_code", "loans.status") in kinds
    assert ("imports.branch_differs", "B1") in kinds
    assert Branch.objects.get(branch_code="B1").name == "城东支行"
    held = Responsibility.objects.get(customer__customer_no="C2", line="personal", role="A")
    assert held.staff.staff_no == "S1"


def correction(**manifest):
    return Small(manifest={"corrects": True, "revision": 2, **manifest})


def test_a_correction_replaces_the_last_date(folder, on_bank):
    small = correction().set("loans", 1, principal_balance="1400.00")
    small.rows["repayments"].pop()
    small.rows["customers"].pop()
    small.rows["loans"].pop()
    extract = import_folder(small.write(folder))
    on_bank.refresh_from_db()
    assert on_bank.replaced_by_id == extract.pk
    assert Loan.objects.get(loan_no="000002").principal_balance == Decimal("1400.00")
    assert Loan.objects.get(loan_no="000004").superseded_on == date(2026, 3, 31)
    assert Customer.objects.get(customer_no="C4").superseded_on == date(2026, 3, 31)
    assert Repayment.objects.get(receipt_no="T2").superseded_on == date(2026, 3, 31)
    assert DeliveredBalance.objects.get(loan_no="000004").state == "withdrawn"
    opened = BusinessDate.objects.get()
    assert (opened.revision, opened.closed_at) == (2, None)


def test_a_correction_must_name_what_the_replaced_one_changed(second_day, folder, tmp_path):
    second_day.rows["repayments"] = [dict(ROWS["repayments"][1], interest="11.00")]
    import_folder(second_day.write(folder))
    again = Small(day="2026-04-30", manifest={"corrects": True, "revision": 2})
    again.rows["repayments"] = []
    again.rows["financial_statements"] = []
    with pytest.raises(ExtractRefused) as refused:
        import_folder(again.write(tmp_path / "again"))
    assert (refused.value.code, refused.value.arguments["key"]) == ("correction_leaves_out", "T2")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_say_the_same(second_day, folder, encoding):
    second_day.encoding = encoding
    extract = import_folder(second_day.write(folder))
    assert all(counts(extract, name)[:2] == (0, 0) for name in ROWS)


@pytest.mark.django_db
def test_there_is_nothing_to_correct_on_an_empty_database(folder):
    with pytest.raises(ExtractRefused) as refused:
        import_folder(correction().write(folder))
    assert refused.value.code == "nothing_to_correct"


def test_the_date_is_that_of_the_extract():
    assert set(Loan.objects.values_list("first_delivered_on", flat=True)) == {date.fromisoformat(DAY)}
