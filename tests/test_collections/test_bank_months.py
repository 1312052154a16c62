"""Whole months of a bank replayed: every notice, stage, reminder, todo and message is what the oracle says, no more.

The oracle reads the extract files itself (bank_facts.py, bank_oracle.py). Late nights: dates are left out, so that
several days, a week or a month fall due at once.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from postloan.collections.models import (
    ExpectedDeduction,
    InstalmentReminder,
    MaturityList,
    MaturityNotice,
    OverdueCase,
    OverdueStage,
)
from postloan.core import jobs
from postloan.core.models import BusinessDate, Delivery, OutboxMessage
from postloan.customers.models import Customer
from postloan.demobank.generator import Settings, make_demo_bank
from postloan.imports.services import import_folder
from postloan.loans.models import Loan
from postloan.nightly.services import run_night
from postloan.organization.models import Branch, Staff
from postloan.todos.models import Todo
from tests.test_collections.bank_facts import Facts
from tests.test_collections.bank_oracle import BankOracle, Message

# Every date commits, as in the bank: dozens of imports in one transaction would be more locks than PostgreSQL holds.
pytestmark = pytest.mark.django_db(transaction=True)

KINDS = [
    "maturity_notice", "maturity_plan", "plan_to_confirm", "maturity_follow_up", "overdue_contact", "overdue_cause",
    "overdue_visit", "overdue_notice", "overdue_letter", "overdue_lawyer_letter", "overdue_guarantor_claim",
    "overdue_suit", "second_opinion", "deduction_shortfall", "deduction_failed", "promise_due", "next_step",
    "data_correction",
]  # fmt: skip


@pytest.fixture(scope="module")
def months(tmp_path_factory: Any) -> list[Path]:
    """A small demonstration bank: three month-ends, then the working days after the National Day holidays."""
    folder = tmp_path_factory.mktemp("months")
    size = Settings(customers=70, months=4, seed=5, until=date(2026, 10, 16))
    make_demo_bank(folder / "bank", folder / "truth.json", size)
    return sorted((folder / "bank").iterdir())


def close(folders: list[Path]) -> BankOracle:
    """Applies and closes these dates in the product, and tells the oracle of each."""
    oracle = BankOracle()
    for folder in folders:
        import_folder(folder)
        run = run_night()
        assert run.state == "done", run.error
        oracle.night(folder)
    return oracle


# ── what the product holds, in the oracle's words ───────────────────────────────────────────────────────────


def todo_row(todo: Todo) -> tuple:
    loan_no = todo.loan.loan_no if todo.loan else ""
    about = {
        "loan": lambda: f"loan {loan_no}",
        "off_balance_item": lambda: f"item {MaturityNotice.objects.filter(item=todo.subject_id)[0].subject_no}",
        "overdue_case": lambda: f"case {loan_no} {OverdueCase.objects.get(pk=todo.subject_id).opened_on}",
        "expected_deduction": lambda: f"deduction {loan_no} {ExpectedDeduction.objects.get(pk=todo.subject_id).due_on}",
        "failed_deduction": lambda: f"failed {loan_no}",
    }[todo.subject_kind]()
    who = todo.assignee.staff_no if todo.assignee else f"{todo.post_code}@{todo.post_branch.branch_code}"
    return (
        todo.kind, todo.customer.customer_no, loan_no, about, todo.occurrence, who, todo.due_on, todo.opened_on,
        todo.state, todo.closed_on, todo.close_reason, todo.reminded_on, todo.head_told_on, todo.supervisor_told_on,
    )  # fmt: skip


def todos() -> Counter:
    found = Todo.objects.filter(kind__in=KINDS).select_related("customer", "loan", "assignee", "post_branch")
    return Counter(todo_row(todo) for todo in found)


def about(notice: MaturityNotice) -> str:
    return f"{'loan' if notice.loan_id else 'item'} {notice.subject_no}"


def messages() -> Counter:
    staff = dict(Staff.objects.values_list("pk", "staff_no"))
    customers = dict(Customer.objects.values_list("pk", "customer_no"))
    branches = dict(Branch.objects.values_list("name", "branch_code"))
    loans = dict(Loan.objects.values_list("pk", "loan_no"))
    found = []
    for message in OutboxMessage.objects.exclude(template__startswith="todos_"):
        given = message.arguments
        on = next(
            date.fromisoformat(given[name]) for name in ("due_on", "matures_on", "first", "since") if name in given
        )
        if message.template == "instalment_due":
            amounts = (given["amount"], given["principal"], given["interest"], message.key.split("|")[3])
            found.append(Message(message.template, customers[message.customer_id], loans[message.loan_id], on, amounts))
        elif message.template.startswith("overdue_borrower"):
            amounts = tuple(given[name] for name in ("amount", "principal", "interest", "on") if name in given)
            found.append(Message(message.template, customers[message.customer_id], loans[message.loan_id], on, amounts))
        elif message.template == "maturity_list_staff":
            found.append(
                Message(
                    message.template, staff[message.staff_id], branches[given["branch"]], on, (str(given["count"]),)
                )
            )
        elif message.template == "maturity_staff":
            found.append(Message(message.template, staff[message.staff_id], given["loan"], on, (str(given["days"]),)))
        else:
            amounts = tuple(given[name] for name in ("principal", "interest", "uncovered") if name in given)
            amounts = (*amounts, message.key.split("|")[4])
            found.append(Message(message.template, customers[message.customer_id], given["loan"], on, amounts))
    return Counter(found)


def assert_agrees(oracle: BankOracle) -> None:
    """Both ways: nothing the oracle does not know, nothing it knows is missing."""
    assert todos() == Counter(work.row() for work in oracle.works)
    assert {
        (about(n), n.matures_on, n.step_days, n.raised_on, n.due_on, n.is_tightest, n.withdrawn_on, n.withdraw_reason)
        for n in MaturityNotice.objects.select_related("loan", "item")
    } == {
        (n.about, n.matures_on, n.step, n.raised_on, n.due_on, n.is_tightest, n.withdrawn_on, n.why)
        for n in oracle.notices
    }
    assert set(
        OverdueCase.objects.values_list("loan__loan_no", "scale", "line", "opened_on", "closed_on", "close_reason")
    ) == {(c.loan, c.scale, c.line, c.opened_on, c.closed_on, c.why) for c in oracle.cases}
    assert set(OverdueStage.objects.values_list("case__loan__loan_no", "raised_on", "reason", "level")) == oracle.stages
    rows = InstalmentReminder.objects.values_list(
        "loan__loan_no", "instalment__number", "due_on", "step_days", "raised_on", "principal", "interest"
    )
    assert {(*row[:5], row[5] + row[6]) for row in rows} == oracle.reminders
    assert {
        (d.loan.loan_no, d.due_on): {
            "listed_on": d.listed_on, "principal": d.principal, "interest": d.interest, "balance": d.balance,
            "short": d.shortfall, "ended_on": d.ended_on,
        }
        for d in ExpectedDeduction.objects.select_related("loan")
    } == oracle.listed  # fmt: skip
    assert (
        set(MaturityList.objects.values_list("branch__branch_code", "month_from", "item_count", "raised_on"))
        == oracle.lists
    )
    assert messages() == Counter(oracle.messages)
    assert_told(oracle.facts)
    assert_masked()


def assert_told(facts: Facts) -> None:
    """Who was told of how many late todos on which night; all kinds, from the dates noted at each todo."""
    expected: dict[tuple[str, str, date], list[date]] = {}
    for todo in Todo.objects.select_related("customer", "loan", "assignee", "post_branch"):
        loan = facts.loans[todo.loan.loan_no] if todo.loan else None
        led_at = facts.led_at(todo.customer.customer_no, loan, todo.line)
        if todo.assignee:
            responsible, template = [todo.assignee.staff_no], "todos_due"
        else:
            branch = todo.post_branch.branch_code if todo.post_branch else ""
            responsible, template = facts.holders(todo.post_code, branch, todo.line), "todos_due_in_queue"
        steps = (
            (template, responsible, todo.reminded_on),
            ("todos_late_head", facts.above("branch_head", led_at, todo.line, responsible), todo.head_told_on),
            (
                "todos_late_supervisor",
                facts.above("supervisor", led_at, todo.line, responsible),
                todo.supervisor_told_on,
            ),
        )
        for name, people, day in steps:
            for person in people if day else []:
                expected.setdefault((name, person, day), []).append(todo.due_on)
    found: dict[tuple[str, str, date], tuple[int, str]] = {}
    for message in OutboxMessage.objects.filter(template__startswith="todos_").select_related("staff"):
        key = (message.template, message.staff.staff_no, message.business_date)
        n, since = found.get(key, (0, "9999"))
        found[key] = (n + message.arguments["count"], min(since, message.arguments["since"]))
    assert found == {key: (len(dues), min(dues).isoformat()) for key, dues in expected.items()}


def assert_masked() -> None:
    names = dict(Customer.objects.values_list("pk", "name"))
    for message in OutboxMessage.objects.filter(recipient_kind="borrower"):
        assert "*" in message.arguments["name"]
        assert message.arguments["name"] != names[message.customer_id]
    assert not OutboxMessage.objects.exclude(recipient_kind__in=["borrower", "staff"]).exists()


# ── the tests ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_demonstration_s_months_ask_for_exactly_what_the_oracle_says(
    months: list[Path], settings: Any, tmp_path: Path, at_any_hour: None
) -> None:
    """All extracts lie in the inbox when the line first looks; they are taken in and closed one after the other."""
    settings.INBOX_DIR, settings.VAR_DIR = tmp_path / "inbox", tmp_path
    settings.INBOX_DIR.mkdir()
    for folder in months:
        shutil.copytree(folder, settings.INBOX_DIR / folder.name)
    while jobs.run_due():
        pass
    assert list(BusinessDate.objects.exclude(closed_at=None).order_by("date").values_list("date", flat=True)) == [
        date.fromisoformat(folder.name) for folder in months
    ]
    oracle = BankOracle()
    for folder in months:
        oracle.night(folder)
    assert_agrees(oracle)
    assert_delivered_once(tmp_path / "outbox" / "messages.jsonl")
    assert len({work.kind for work in oracle.works}) >= 7
    ends = {(work.state, work.why) for work in oracle.works}
    assert ends >= {("superseded", "worse_stage"), ("withdrawn", "current_again"), ("withdrawn", "due_date_passed")}
    assert any("@" in work.who for work in oracle.works), "some customers have nobody responsible"
    assert any(work.told.get("supervisor") for work in oracle.works)


def assert_delivered_once(sent: Path) -> None:
    keys = Counter(json.loads(line)["key"] for line in sent.read_text(encoding="utf-8").splitlines())
    assert set(keys.values()) == {1}
    known = dict(Delivery.objects.values_list("message__key", "state"))
    assert {key for key, state in known.items() if state == "sent"} == set(keys)
    dunning = {key for key in known if key.startswith("overdue|")}
    assert {state for key, state in known.items() if key not in dunning} <= {"sent", "withdrawn", "dead"}
    assert {known[key] for key in dunning} <= {"sent", "withdrawn", "dead", "waiting"}, "in the quiet hours they wait"
    for delivery in Delivery.objects.filter(state="dead").select_related("message"):
        assert (delivery.error, delivery.message.address) == ("no address is known", "")


def test_nights_that_come_late_ask_for_the_same_things_once(months: list[Path]) -> None:
    """A month-end left out, then days, then a week: everything in between falls due at once."""
    oracle = close([months[0], months[2], months[5], months[-1]])
    assert_agrees(oracle)
    assert any(not notice.is_tightest for notice in oracle.notices), "several steps of one maturity fell at once"


@pytest.mark.shared_data
def test_the_thirty_two_month_ends_of_kiva(shared_data: Path) -> None:
    folders = [folder for folder in sorted((shared_data / "extracts" / "kiva").iterdir()) if folder.is_dir()]
    assert len(folders) == 32
    oracle = close(folders)
    assert_agrees(oracle)
    assert len(oracle.cases) > 50
    assert not oracle.notices, "every loan of kiva comes back in parts"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param([0, 2, 3, 7, 8, 12], id="months left out"),
        pytest.param([5, 20], id="more than a year at once"),
    ],
)
def test_kiva_with_nights_that_come_late(shared_data: Path, chosen: list[int]) -> None:
    folders = sorted(folder for folder in (shared_data / "extracts" / "kiva").iterdir() if folder.is_dir())
    assert_agrees(close([folders[n] for n in chosen]))


@pytest.mark.shared_data
def test_kiva_with_several_extracts_at_once(shared_data: Path, settings: Any, tmp_path: Path) -> None:
    """Four extracts wait in the inbox, copied there out of order; the line takes them in by their dates."""
    folders = sorted(folder for folder in (shared_data / "extracts" / "kiva").iterdir() if folder.is_dir())[6:10]
    settings.INBOX_DIR, settings.VAR_DIR = tmp_path / "inbox", tmp_path
    settings.INBOX_DIR.mkdir()
    for folder in (folders[2], folders[0], folders[3], folders[1]):
        shutil.copytree(folder, settings.INBOX_DIR / folder.name)
    while jobs.run_due():
        pass
    oracle = BankOracle()
    for folder in folders:
        oracle.night(folder)
    assert_agrees(oracle)
