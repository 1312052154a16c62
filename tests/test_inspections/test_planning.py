"""The night plans what is due and not yet planned."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.inspections.models import InspectionTask, Report, TaskState, TemplateVersion
from postloan.inspections.services import requests
from postloan.inspections.services.planning import plan_inspections
from postloan.todos.models import Todo
from tests.factories import (
    AccountFactory,
    BusinessDateFactory,
    CollateralFactory,
    CollateralLinkFactory,
    CustomerFactory,
    InspectionTaskFactory,
    LoanFactory,
    LoanStateFactory,
    OffBalanceItemFactory,
    PaymentOutFactory,
    ProductFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.days import MOMENT

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 1)
RUN = 7


@pytest.fixture
def start():
    """The system begins on this date; nights before it do not exist."""
    return BusinessDateFactory(date=DAY)


def night(day=DAY, *, since=None, **how):
    return plan_inspections(day, RUN, since=since, **how)


def state(loan, day=DAY, **fields):
    """What the night of the day says of a loan; the state before ends."""
    from postloan.loans.models import LoanState

    LoanState.objects.filter(loan=loan, valid_to=None, superseded_by_run=None).update(valid_to=day)
    given = {"principal_balance": loan.principal_balance, "matures_on": loan.matures_on, **fields}
    return LoanStateFactory(loan=loan, valid_from=day, customer=loan.customer, branch=loan.branch, **given)


def loan_with_state(day=DAY, *, state_fields=None, **fields):
    loan = LoanFactory(**{"amount": Decimal("500000.00"), "principal_balance": Decimal("500000.00"), **fields})
    state(loan, day, **(state_fields or {}))
    return loan


def tasks(kind):
    return list(InspectionTask.objects.filter(kind=kind).order_by("id"))


# ── first inspections ─────────────────────────────────────────────────────────────────────────────────────


def test_a_payout_is_inspected_within_the_days_of_its_rule(start):
    loan = loan_with_state(disbursed_on=DAY - timedelta(days=3))
    counts = night()
    (task,) = tasks("first")
    assert counts["first"] == 1
    assert task.due_on == task.first_due_on == DAY + timedelta(days=12)
    assert (task.place, task.people, task.state) == ("on_site", 2, TaskState.PLANNED)
    assert [one.loan_id for one in task.task_loans.all()] == [loan.pk]
    assert task.task_no == "JC2026-0601-00001"


def test_what_was_due_before_the_system_began_is_not_planned(start):
    loan_with_state(disbursed_on=DAY - timedelta(days=16))
    night()
    assert tasks("first") == []


def test_payouts_under_one_contract_within_a_month_share_one_inspection(start):
    customer = CustomerFactory()
    for number in (1, 9, 29):
        loan_with_state(customer=customer, contract_no="HT1", disbursed_on=date(2026, 6, number))
    loan_with_state(customer=customer, contract_no="HT2", disbursed_on=date(2026, 6, 9))
    loan_with_state(customer=customer, contract_no="HT1", disbursed_on=date(2026, 7, 1))
    night(date(2026, 7, 2))
    found = {task.occurrence: (task.due_on, task.task_loans.count()) for task in tasks("first")}
    assert found == {
        "HT1:2026-06": (date(2026, 6, 16), 3),
        "HT2:2026-06": (date(2026, 6, 24), 1),
        "HT1:2026-07": (date(2026, 7, 16), 1),
    }


def test_a_later_payout_joins_the_inspection_nobody_handed_in_and_never_moves_its_date(start):
    customer = CustomerFactory()
    loan_with_state(customer=customer, contract_no="HT1", disbursed_on=DAY)
    night()
    later = loan_with_state(
        DAY + timedelta(days=9), customer=customer, contract_no="HT1", disbursed_on=date(2026, 6, 9)
    )
    night(DAY + timedelta(days=9), since=DAY)
    (task,) = tasks("first")
    assert task.due_on == date(2026, 6, 16)
    assert later.pk in task.task_loans.values_list("loan_id", flat=True)


def test_a_payout_after_the_report_of_its_month_gets_an_inspection_of_its_own(start):
    customer = CustomerFactory()
    loan_with_state(customer=customer, contract_no="HT1", disbursed_on=DAY)
    night()
    InspectionTask.objects.update(state="submitted", submitted_on=DAY)
    loan_with_state(DAY + timedelta(days=9), customer=customer, contract_no="HT1", disbursed_on=date(2026, 6, 9))
    night(DAY + timedelta(days=9), since=DAY)
    assert [task.occurrence for task in tasks("first")] == ["HT1:2026-06", "HT1:2026-06/2"]


def test_payments_out_say_when_money_left_where_they_are_delivered(start):
    loan = loan_with_state(disbursed_on=date(2026, 3, 1))
    PaymentOutFactory(loan=loan, paid_on=date(2026, 5, 28))
    PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 1))
    night()
    assert [task.due_on for task in tasks("first")] == [date(2026, 6, 12), date(2026, 6, 16)]


def test_a_payment_out_delivered_later_is_seen_although_the_loan_did_not_change(start):
    loan = loan_with_state(disbursed_on=date(2026, 3, 1))
    night()
    assert tasks("first") == []
    PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 2), changed_on=date(2026, 6, 3))
    night(date(2026, 6, 3), since=DAY)
    assert [task.due_on for task in tasks("first")] == [date(2026, 6, 17)]


# ── periodic inspections ──────────────────────────────────────────────────────────────────────────────────


def old_loan(**fields):
    return loan_with_state(**{"disbursed_on": date(2025, 1, 5), **fields})


def test_a_cycle_begins_with_the_system_and_its_task_comes_a_month_before_it_is_due(start):
    old_loan()
    night()
    assert tasks("periodic") == []
    before = DAY + timedelta(days=59)
    night(before, since=DAY)
    assert tasks("periodic") == []
    night(before + timedelta(days=1), since=before)
    (task,) = tasks("periodic")
    assert task.due_on == DAY + timedelta(days=90)
    assert task.occurrence == DAY.isoformat()


def test_the_next_cycle_begins_with_the_last_inspection_handed_in(start):
    loan = old_loan()
    InspectionTaskFactory(
        customer=loan.customer, line="corporate", kind="periodic", state="submitted", submitted_on=date(2026, 6, 20)
    )
    night(date(2026, 6, 22), since=DAY, everything=True)
    cycle = loan.customer.inspection_cycles.get()
    assert (cycle.base_on, cycle.due_on) == (date(2026, 6, 20), date(2026, 9, 18))


def test_one_ended_without_inspection_begins_a_new_cycle_too(start):
    loan = old_loan()
    InspectionTaskFactory(
        customer=loan.customer,
        line="corporate",
        kind="periodic",
        occurrence=DAY.isoformat(),
        state="ended",
        done_on=date(2026, 6, 20),
    )
    night(date(2026, 6, 22), since=DAY, everything=True)
    assert loan.customer.inspection_cycles.get().base_on == date(2026, 6, 20)


def test_one_handed_in_on_the_day_its_cycle_began_is_followed_by_another(start):
    old_loan(state_fields={"five_level_class": "special_mention", "class_floor": "special_mention"})
    night()
    InspectionTask.objects.update(state="approved", submitted_on=DAY, done_on=DAY)
    night(DAY + timedelta(days=1), since=DAY)
    night(DAY + timedelta(days=2), since=DAY + timedelta(days=1))
    first, again = tasks("periodic")
    assert (first.occurrence, again.occurrence) == (f"{DAY}", f"{DAY}/2")
    assert first.due_on == again.due_on == DAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("kind", "named", "days"),
    [
        ("periodic", date(2026, 7, 20), 30),
        ("special", date(2026, 7, 20), 30),
        ("periodic", date(2026, 12, 1), 90),
        ("periodic", None, 90),
        ("periodic", date(2026, 6, 20), 90),
    ],
)
def test_an_earlier_day_that_a_report_names_shortens_the_cycle_and_a_later_one_changes_nothing(
    start, kind, named, days
):
    loan = old_loan()
    for one in {"periodic", kind}:
        task = InspectionTaskFactory(
            customer=loan.customer,
            kind=one,
            state="approved",
            submitted_on=date(2026, 6, 20),
            done_on=date(2026, 6, 20),
        )
        if one == kind:
            report_naming(task, named)
    night(date(2026, 6, 22), since=DAY, everything=True)
    cycle = loan.customer.inspection_cycles.get()
    assert (cycle.base_on, cycle.every_days) == (date(2026, 6, 20), days)
    assert cycle.due_on == date(2026, 6, 20) + timedelta(days=days)


def test_a_day_that_a_report_names_is_planned_where_no_rule_asks_for_it(start):
    mortgage = ProductFactory(line="personal", family="home_mortgage")
    loan = old_loan(product=mortgage, product_code=mortgage.product_code)
    task = InspectionTaskFactory(
        customer=loan.customer, line="personal", kind="special", state="submitted", submitted_on=DAY
    )
    report_naming(task, DAY + timedelta(days=20))
    night(DAY + timedelta(days=1), since=DAY)
    (planned,) = tasks("periodic")
    assert (planned.due_on, planned.reason_code) == (DAY + timedelta(days=20), "inspection_named")


def report_naming(task, next_on):
    return Report.objects.create(
        task=task,
        template_version=TemplateVersion.objects.first(),
        main_inspector=StaffFactory(),
        state="approved",
        begun_on=DAY,
        begun_at=MOMENT,
        submitted_by=StaffFactory(),
        submitted_on=task.submitted_on,
        content_hash="a" * 64,
        approved_on=task.submitted_on,
        next_on=next_on,
    )


def test_a_loan_that_was_gone_for_a_night_only_is_inspected_again(start):
    loan = old_loan()
    nights = [DAY + timedelta(days=n) for n in (61, 62, 63)]
    for day, status in zip(nights, ("active", "settled", "active"), strict=True):
        loan.status = status
        loan.save()
        state(loan, day, status=status)
        night(day, since=day - timedelta(days=1))
    assert [task.state for task in tasks("periodic")] == ["withdrawn", "planned"]


def test_worse_facts_bring_a_date_forward_and_better_ones_never_put_it_off(start):
    loan = old_loan()
    later = DAY + timedelta(days=61)
    night(later, since=DAY, everything=True)
    (task,) = tasks("periodic")
    assert task.due_on == DAY + timedelta(days=90)

    worse = later + timedelta(days=1)
    state(loan, worse, five_level_class="special_mention", class_floor="special_mention")
    night(worse, since=later)
    task.refresh_from_db()
    assert task.due_on == worse + timedelta(days=5)
    assert task.first_due_on == DAY + timedelta(days=90)
    assert [todo.due_on for todo in Todo.objects.open().filter(kind="inspection", subject_id=task.pk)] == [task.due_on]

    better = worse + timedelta(days=1)
    state(loan, better)
    night(better, since=worse)
    task.refresh_from_db()
    assert task.due_on == worse + timedelta(days=5)


def granted(task, until):
    asked = requests.ask(task, "delay", reason="客户停产检修", new_due_on=until, acting_user=StaffFactory())
    requests.decide(asked, grant=True, comment="", acting_user=StaffFactory())


def test_a_later_date_granted_stays_until_facts_get_worse_than_they_were_then(start):
    loan = old_loan()
    planned = DAY + timedelta(days=61)
    night(planned, since=DAY, everything=True)
    (task,) = tasks("periodic")
    BusinessDateFactory(date=planned)
    until = task.due_on + timedelta(days=20)
    granted(task, until)

    next_day = planned + timedelta(days=1)
    night(next_day, since=planned, everything=True)
    task.refresh_from_db()
    assert (task.due_on, task.first_due_on) == (until, DAY + timedelta(days=90))

    worse = next_day + timedelta(days=1)
    state(loan, worse, five_level_class="special_mention", class_floor="special_mention")
    night(worse, since=next_day)
    task.refresh_from_db()
    assert task.due_on == worse + timedelta(days=5)

    BusinessDateFactory(date=worse)
    granted(task, until)
    after = worse + timedelta(days=1)
    night(after, since=worse, everything=True)
    task.refresh_from_db()
    assert task.due_on == until, "the class was known when the second one was granted"


def test_a_correction_leaves_what_somebody_was_granted(start):
    loan = loan_with_state(disbursed_on=DAY)
    night()
    (task,) = tasks("first")
    until = task.due_on + timedelta(days=20)
    granted(task, until)
    loan.disbursed_on = DAY - timedelta(days=1)
    loan.save()
    plan_inspections(DAY, RUN + 1, since=None, is_correction=True)
    task.refresh_from_db()
    assert (task.state, task.due_on) == ("planned", until)


def test_a_cycle_that_got_shorter_before_its_task_was_planned_leaves_days_too(start):
    loan = old_loan()
    worse = DAY + timedelta(days=45)
    state(loan, worse, five_level_class="special_mention", class_floor="special_mention")
    night(worse, since=worse - timedelta(days=1))
    (task,) = tasks("periodic")
    assert (task.due_on, task.first_due_on) == (worse + timedelta(days=5),) * 2


def test_a_late_night_gives_a_periodic_one_the_date_it_should_have_had(start):
    old_loan()
    night()
    night(DAY + timedelta(days=100), since=DAY)
    assert [task.due_on for task in tasks("periodic")] == [DAY + timedelta(days=90)]


def test_worse_facts_bring_a_date_forward_also_when_the_loan_it_was_counted_from_is_paid_back(start):
    old = old_loan()
    later = loan_with_state(customer=old.customer, disbursed_on=DAY + timedelta(days=20))
    planned = DAY + timedelta(days=61)
    night(planned, since=DAY, everything=True)
    (task,) = tasks("periodic")
    assert task.due_on == DAY + timedelta(days=90)
    gone = planned + timedelta(days=1)
    old.status = "settled"
    old.save()
    state(old, gone, status="settled", principal_balance=0)
    state(later, gone, five_level_class="special_mention", class_floor="special_mention")
    night(gone, since=planned)
    task.refresh_from_db()
    assert task.due_on == gone + timedelta(days=5)


def test_full_cover_by_deposits_makes_the_cycle_long_and_a_short_cover_does_not(start):
    for number, secured in (("HT1", "500000.00"), ("HT2", "499999.99")):
        customer = CustomerFactory(customer_no=number)
        old_loan(contract_no=number, customer=customer)
        CollateralLinkFactory(
            collateral=CollateralFactory(kind="deposit"), contract_no=number, secured_amount=Decimal(secured)
        )
    night()
    from postloan.inspections.models import InspectionCycle

    found = dict(InspectionCycle.objects.values_list("customer__customer_no", "every_days"))
    assert found == {"HT1": 180, "HT2": 90}


def test_free_margin_that_covers_all_loans_makes_the_cycle_long(start):
    """Margin an acceptance still holds, or that is frozen, covers nothing else; nor does too little."""
    wanted = {"free": 180, "held": 90, "settled": 180, "frozen": 90, "short": 90}
    for name in wanted:
        customer = CustomerFactory(customer_no=name)
        old_loan(customer=customer, contract_no="")
        balance = Decimal("499999.99" if name == "short" else "500000.00")
        account = AccountFactory(customer=customer, kind="margin", balance=balance, frozen=name == "frozen")
        if name in {"held", "settled"}:
            OffBalanceItemFactory(
                customer=customer,
                margin_account_no=account.account_no,
                status="active" if name == "held" else "settled",
            )
    night()
    from postloan.inspections.models import InspectionCycle

    assert dict(InspectionCycle.objects.values_list("customer__customer_no", "every_days")) == wanted


def test_a_customer_without_live_loans_owes_nothing(start):
    loan = old_loan()
    night(DAY + timedelta(days=61), since=DAY, everything=True)
    (task,) = tasks("periodic")
    loan.status = "settled"
    loan.save()
    gone = DAY + timedelta(days=62)
    state(loan, gone, status="settled", principal_balance=0)
    counts = night(gone, since=gone - timedelta(days=1))
    task.refresh_from_db()
    assert (task.state, task.withdraw_reason) == ("withdrawn", "settled")
    assert counts["withdrawn"] == 1
    assert not Todo.objects.open().filter(kind="inspection").exists()
    assert loan.customer.inspection_cycles.get().due_on is None


# ── special inspections ───────────────────────────────────────────────────────────────────────────────────


def test_a_worse_class_orders_a_special_one_and_a_bad_one_from_the_beginning_does_not(start):
    loan = old_loan()
    old_loan(state_fields={"class_floor": "substandard"})
    night()
    assert tasks("special") == []
    next_day = DAY + timedelta(days=1)
    state(loan, next_day, class_floor="special_mention")
    night(next_day, since=DAY)
    (task,) = tasks("special")
    assert task.customer == loan.customer
    assert task.arguments == {"five_level_class": "special_mention"}
    assert task.due_on == date(2026, 6, 16)  # the tenth working day
    assert night(next_day, since=DAY)["special"] == 0
    assert tasks("special") == [task]


def test_a_special_one_is_done_where_and_by_whom_the_policy_says(start):
    mortgage = ProductFactory(line="personal", family="home_mortgage")
    worse = old_loan(product=mortgage, product_code=mortgage.product_code)
    unpaid = DAY - timedelta(days=60)
    late = old_loan(
        product=mortgage,
        product_code=mortgage.product_code,
        state_fields={
            "overdue_since": unpaid,
            "interest_overdue_since": unpaid,
            "overdue_interest": Decimal("10.00"),
            "bucket": "M2",
            "band": "days_31_60",
            "class_floor": "special_mention",
        },
    )
    night()
    next_day = DAY + timedelta(days=1)
    state(worse, next_day, class_floor="special_mention")
    night(next_day, since=DAY)
    found = {task.task_loans.get().loan_id: (task.reason_code, task.place, task.people) for task in tasks("special")}
    assert found == {
        worse.pk: ("inspection_class_worse", "off_site", 1),
        late.pk: ("inspection_interest_arrears", "off_site", 1),
    }


def test_interest_unpaid_for_more_than_sixty_days_orders_one_and_only_one(start):
    since = DAY - timedelta(days=60)
    fields = {
        "overdue_since": since,
        "interest_overdue_since": since,
        "overdue_interest": Decimal("10.00"),
        "bucket": "M2",
        "band": "days_31_60",
        "class_floor": "special_mention",
    }
    loan = old_loan(state_fields=fields)
    night()
    assert tasks("special") == []
    for day in (1, 2, 3):
        night(DAY + timedelta(days=day), since=DAY + timedelta(days=day - 1))
    (task,) = tasks("special")
    assert task.planned_on == DAY + timedelta(days=1)
    assert task.arguments["since"] == since.isoformat()
    assert task.task_loans.get().loan == loan


# ── the night itself ──────────────────────────────────────────────────────────────────────────────────────


def test_a_second_run_writes_nothing(start):
    old_loan(disbursed_on=DAY)
    old_loan(state_fields={"class_floor": "special_mention"})
    night()
    first = list(InspectionTask.objects.order_by("id").values())
    todos = Todo.objects.count()
    night()
    assert list(InspectionTask.objects.order_by("id").values()) == first
    assert Todo.objects.count() == todos > 0


def test_the_todo_goes_to_the_manager_responsible(start):
    loan = old_loan(disbursed_on=DAY)
    manager = StaffFactory(post="account_manager", branch=loan.branch)
    ResponsibilityFactory(customer=loan.customer, staff=manager)
    night()
    todo = Todo.objects.get(kind="inspection")
    assert (todo.assignee, todo.due_on) == (manager, DAY + timedelta(days=15))


def test_a_correction_takes_back_what_it_no_longer_supports_and_keeps_the_rest(start):
    wrong = loan_with_state(disbursed_on=DAY)
    right = loan_with_state(disbursed_on=DAY)
    night()
    numbers = {task.task_loans.get().loan_id: task.task_no for task in tasks("first")}
    wrong.disbursed_on = date(2025, 1, 1)
    wrong.save()
    plan_inspections(DAY, RUN + 1, since=None, is_correction=True)
    found = {task.task_loans.get().loan_id: (task.task_no, task.state) for task in tasks("first")}
    assert found == {wrong.pk: (numbers[wrong.pk], "withdrawn"), right.pk: (numbers[right.pk], "planned")}
    assert Todo.objects.open().filter(kind="inspection").count() == 1


def test_what_a_correction_took_back_is_planned_when_it_is_due_after_all(start):
    """The wrong extract said a worse class, so that the cycle was over; the right one leaves it as long as it was."""
    loan = old_loan()
    wrong = DAY + timedelta(days=20)
    state(loan, wrong, five_level_class="special_mention", class_floor="special_mention")
    night(wrong, since=DAY)
    (task,) = tasks("periodic")
    correction = RUN + 1
    loan.states.filter(valid_to=None).update(superseded_by_run=correction)
    state(loan, wrong, run_id=correction)
    plan_inspections(wrong, correction, since=DAY, is_correction=True)
    task.refresh_from_db()
    assert (task.state, task.withdraw_reason) == ("withdrawn", "corrected")
    later = DAY + timedelta(days=62)
    counts = plan_inspections(later, RUN + 2, since=DAY + timedelta(days=59), everything=True)
    (again,) = tasks("periodic")
    assert counts["periodic"] == 1
    assert (again.pk, again.state, again.planned_on) == (task.pk, "planned", later)
    assert again.first_due_on == again.due_on == DAY + timedelta(days=90)
    assert Todo.objects.open().get(kind="inspection", subject_id=task.pk).due_on == again.due_on


def test_a_late_night_plans_what_fell_due_in_between(start):
    loan_with_state(disbursed_on=DAY)
    night(DAY + timedelta(days=40), since=None)
    (task,) = tasks("first")
    assert task.due_on == DAY + timedelta(days=15)


def test_quarantined_and_written_off_loans_are_left_alone(start):
    loan_with_state(disbursed_on=DAY, quarantined_since=DAY)
    loan_with_state(disbursed_on=DAY, status="written_off")
    night()
    assert InspectionTask.objects.count() == 0


def test_a_line_of_the_table_with_no_days_plans_nothing(start):
    home = ProductFactory(product_code="HOME", family="home_mortgage", line="personal")
    old_loan(product=home, product_code="HOME")
    night()
    from postloan.inspections.models import InspectionCycle

    assert InspectionCycle.objects.get().every_days is None
