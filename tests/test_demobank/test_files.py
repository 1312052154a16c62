import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from postloan import demobank
from postloan.demobank.dates import business_dates
from postloan.demobank.generator import Settings, build_bank, make_demo_bank
from postloan.nightly.management.commands.demo_up import BANK

CONTRACT_FILES = [
    "branches",
    "staff",
    "products",
    "customers",
    "groups",
    "related_parties",
    "credit_reports",
    "facilities",
    "approval_conditions",
    "contracts",
    "loans",
    "instalments",
    "repayments",
    "payments_out",
    "deductions",
    "off_balance",
    "accounts",
    "account_entries",
    "collateral",
    "collateral_links",
    "guarantees",
    "financial_statements",
    "external_events",
    "gl_balances",
]
KEYS = {
    "branches": ("branch_code",), "staff": ("staff_no",), "products": ("product_code",), "groups": ("group_no",),
    "customers": ("customer_no",), "related_parties": ("customer_no", "relation", "party_no"),
    "credit_reports": ("report_no",), "facilities": ("facility_no",), "approval_conditions": ("condition_no",),
    "contracts": ("contract_no",), "loans": ("loan_no",), "instalments": ("loan_no", "number"),
    "off_balance": ("item_no",), "accounts": ("account_no",), "collateral": ("collateral_no",),
    "collateral_links": ("collateral_no", "contract_no"), "guarantees": ("guarantee_no",),
    "external_events": ("event_no",), "gl_balances": ("subject_code", "branch_code"),
    "repayments": ("receipt_no",), "payments_out": ("payment_no",), "deductions": ("deduction_no",),
    "account_entries": ("entry_no",),
    "financial_statements": ("customer_no", "period_end", "period_kind", "scope", "item"),
}  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_file_of_the_contract_is_delivered_on_every_date(extracts):
    for on in extracts.dates:
        names = {path.name for path in (extracts.folder / on.isoformat()).iterdir()}
        assert names == {f"{name}.csv" for name in CONTRACT_FILES} | {"manifest.json"}


def test_every_file_has_rows_somewhere(extracts):
    assert [name for name in CONTRACT_FILES if not extracts.everything(name)] == []


def test_the_manifest_agrees_with_the_bytes(extracts):
    for on in extracts.dates:
        manifest = extracts.manifest(on)
        assert manifest["business_date"] == on.isoformat()
        assert manifest["format"] == "postloan-extract/1"
        assert (manifest["institution"], manifest["currency"]) == ("LZB", "CNY")
        for name, entry in manifest["files"].items():
            path = extracts.folder_of(on) / name
            assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
            rows = extracts.rows(on, path.stem)
            assert entry["rows"] == len(rows)
            for column, total in entry["totals"].items():
                assert Decimal(total) == sum((Decimal(row[column]) for row in rows), Decimal(0)), (on, name, column)


def test_amounts_are_plain_decimals(extracts):
    plain = re.compile(r"-?\d+(\.\d+)?")
    for name, columns in {
        "loans": ("amount", "principal_balance", "interest_receivable", "penalty_interest", "provision", "annual_rate"),
        "account_entries": ("amount", "balance_after"),
        "financial_statements": ("value",),
        "collateral": ("appraised_value",),
    }.items():
        for row in extracts.everything(name):
            for column in columns:
                assert plain.fullmatch(row[column]), (name, column, row[column])


@pytest.mark.parametrize("name", CONTRACT_FILES)
def test_keys_are_unique(extracts, name):
    whole = [extracts.everything(name)] if name in CHANGES else [extracts.rows(on, name) for on in extracts.dates]
    for rows in whole:
        counted = Counter(tuple(row[column] for column in KEYS[name]) for row in rows)
        assert [key for key, count in counted.items() if count > 1] == []


CHANGES = ("repayments", "payments_out", "deductions", "account_entries", "financial_statements")


def test_rows_of_full_files_never_go_missing(extracts):
    for name in ("customers", "loans", "contracts", "facilities", "collateral", "guarantees", "external_events",
                 "credit_reports", "accounts", "off_balance"):  # fmt: skip
        before: set[str] = set()
        for on in extracts.dates:
            now = {row[KEYS[name][0]] for row in extracts.rows(on, name)}
            assert before <= now, (name, on)
            before = now


def test_references_inside_an_extract_lead_somewhere(extracts):
    for on in extracts.dates:
        customers = {row["customer_no"] for row in extracts.rows(on, "customers")}
        loans = {row["loan_no"] for row in extracts.rows(on, "loans")}
        contracts = {row["contract_no"] for row in extracts.rows(on, "contracts")}
        branches = {row["branch_code"] for row in extracts.rows(on, "branches")}
        facilities = {row["facility_no"] for row in extracts.rows(on, "facilities")} | {""}
        for name in ("loans", "accounts", "facilities", "contracts", "related_parties", "off_balance"):
            assert {row["customer_no"] for row in extracts.rows(on, name)} <= customers
        for name in ("instalments", "repayments", "payments_out", "deductions"):
            assert {row["loan_no"] for row in extracts.rows(on, name)} <= loans
        for name in ("loans", "collateral_links", "guarantees"):
            assert {row["contract_no"] for row in extracts.rows(on, name)} <= contracts
        assert {row["branch_code"] for row in extracts.rows(on, "customers")} <= branches
        assert {row["facility_no"] for row in extracts.rows(on, "contracts")} <= facilities


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 11), ("two", 11), ("three", 12)):
        make_demo_bank(tmp_path / name, tmp_path / f"{name}.json", Settings(60, 2, seed))
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert digests(tmp_path / "one") != digests(tmp_path / "three")


def test_the_bytes_do_not_depend_on_the_process(tmp_path):
    """Two processes that order their sets differently."""
    for seed in ("1", "2"):
        made = [str(tmp_path / seed / "bank"), "--customers", "60", "--months", "1", "--seed", "11"]
        environment = os.environ | {"PYTHONHASHSEED": seed, "POSTLOAN_VAR": str(tmp_path)}
        command = [sys.executable, "manage.py", "make_demo_bank", *made]
        subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True, capture_output=True)
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_nothing_outside_the_generator_names_the_truth_file():
    """`truth` is no word of the product's: whatever reads the file would have to name it."""
    package = Path(demobank.__file__).parent
    named = [
        str(path.relative_to(package.parent))
        for path in sorted(package.parent.rglob("*.py"))
        if package not in path.parents and re.search(r"truth[\w]*\.json|-truth|truth_path", path.read_text("utf-8"))
    ]
    assert named == []


def test_month_ends_come_first_and_then_the_working_days_of_the_last_month():
    dates = business_dates(date(2026, 10, 31), 3)
    assert dates[:3] == [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 8)]
    assert dates[-1] == date(2026, 10, 31)
    assert all(day.weekday() < 5 for day in dates[2:-1])


@pytest.mark.parametrize("customers", [300, BANK["customers"]])
def test_a_bank_of_full_size_has_its_branches_and_its_people(customers):
    bank = build_bank(Settings(customers=customers, months=1))
    levels = Counter((branch.level, branch.kind) for branch in bank.branches)
    assert levels["head_office", "branch"] == 1
    assert levels["tier1_branch", "branch"] == 4
    assert levels["sub_branch", "branch"] == 16
    assert levels["sub_branch", "retail_centre"] == 1
    assert 110 <= len(bank.staff) <= 135
    held = {post for one in bank.staff for post in one.posts.split(";")}
    assert held == {
        "account_manager", "department_head", "branch_head", "vice_president", "risk_officer", "supervisor",
        "classification_officer", "collateral_officer", "archivist", "asset_preservation", "legal_officer",
        "data_officer", "auditor",
    }  # fmt: skip
    kinds = {one.kind for one in bank.customers}
    assert kinds == {
        "corporate", "small_business", "self_employed", "individual", "farmer", "platform", "guarantee_company",
        "public_institution", "cooperative",
    }  # fmt: skip


def test_every_sub_branch_has_a_head_and_managers_with_customers():
    bank = build_bank(Settings(customers=300, months=1))
    managed = Counter(one.manager_no for one in bank.customers)
    for branch in bank.branches:
        if (branch.level, branch.kind) == ("sub_branch", "branch"):
            here = [one for one in bank.staff if one.branch_code == branch.code]
            assert sum("branch_head" in one.posts for one in here) == 1
            busy = [one for one in here if one.posts == "account_manager" and managed[one.staff_no]]
            assert len(busy) >= 2, branch


def test_a_small_bank_stays_small():
    bank = build_bank(Settings(customers=120, months=1))
    assert len(bank.staff) < 40
    assert len(bank.branches) < 12


def test_no_name_is_that_of_a_branch_of_two_places():
    bank = build_bank(Settings(customers=800, months=1))
    names = [branch.name for branch in bank.branches]
    assert len(set(names)) == len(names)
    assert len({branch.code for branch in bank.branches}) == len(names)


def test_the_truth_lies_outside_the_extracts(extracts):
    assert extracts.truth_path.parent != extracts.folder
    assert not list(extracts.folder.rglob("*truth*"))


def test_files_read_as_rfc_4180(extracts):
    path = extracts.folder / extracts.dates[0].isoformat() / "loans.csv"
    content = path.read_bytes()
    assert content.endswith(b"\r\n")
    lines = list(csv.reader(content.decode().splitlines()))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert json.loads((path.parent / "manifest.json").read_text())["files"]["loans.csv"]["mode"] == "full"


def test_one_delivery_comes_in_the_other_encoding(extracts):
    encodings = [extracts.manifest(on)["encoding"] for on in extracts.dates]
    assert sorted(set(encodings)) == ["gb18030", "utf-8"]
    assert encodings.count("gb18030") == 1
    on = extracts.dates[encodings.index("gb18030")]
    with pytest.raises(UnicodeDecodeError):
        (extracts.folder_of(on) / "customers.csv").read_bytes().decode("utf-8")


def test_one_date_is_delivered_again_with_the_receipts_that_were_missing(extracts):
    (folder,) = extracts.corrections.iterdir()
    on = date.fromisoformat(folder.name)
    first = extracts.folder / folder.name
    assert {"kind": "corrected_extract", "subject": folder.name} in extracts.truth["planted"]
    assert (extracts.manifest(on)["corrects"], extracts.manifest(on)["revision"]) == (True, 2)
    assert "corrects" not in json.loads((first / "manifest.json").read_text(encoding="utf-8"))
    before = {row["receipt_no"] for row in extracts.rows_in(first, "repayments")}
    after = {row["receipt_no"]: row for row in extracts.rows(on, "repayments")}
    added = after.keys() - before
    assert added
    assert before < after.keys()
    balance = {row["loan_no"]: Decimal(row["principal_balance"]) for row in extracts.rows(on, "loans")}
    for row in extracts.rows_in(first, "loans"):
        missing = [after[number] for number in added if after[number]["loan_no"] == row["loan_no"]]
        principal = sum((Decimal(one["principal"]) for one in missing), Decimal(0))
        assert Decimal(row["principal_balance"]) == balance[row["loan_no"]] + principal


def test_the_delivery_that_was_corrected_agrees_with_its_own_manifest(extracts):
    (folder,) = extracts.corrections.iterdir()
    first = extracts.folder / folder.name
    for name, entry in json.loads((first / "manifest.json").read_text(encoding="utf-8"))["files"].items():
        rows = extracts.rows_in(first, Path(name).stem)
        assert (entry["rows"], entry["sha256"]) == (len(rows), hashlib.sha256((first / name).read_bytes()).hexdigest())
        for column, total in entry["totals"].items():
            assert Decimal(total) == sum((Decimal(row[column]) for row in rows), Decimal(0)), (name, column)
