"""A small bank for the night's tests: dates opened and closed, loans delivered, without the importer."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from postloan.core.models import BusinessDate
from postloan.imports.models import DeliveredBalance, Extract
from postloan.loans.models import Instalment, Loan, LoanState, LoanWatch
from postloan.nightly import services
from postloan.nightly.models import NightRun
from tests.factories.customers import CustomerFactory
from tests.factories.loans import InstalmentFactory, LoanFactory

DAY = date(2026, 6, 30)


def open_date(day: date, *, revision: int = 1) -> Extract:
    """A business date as an applied extract opens it; a further revision opens the last one again."""
    now = timezone.now()
    dated, _is_new = BusinessDate.objects.get_or_create(date=day, defaults={"opened_at": now})
    dated.revision, dated.closed_at = revision, None
    dated.save()
    return Extract.objects.create(
        business_date=day, revision=revision, state="applied", folder=day.isoformat(), received_at=now, finished_at=now
    )


def deliver(loan: Loan, day: date = DAY, **changes: Any) -> Loan:
    """The loan as core banking has it on the day: its row, the control copy, and the watch that it was touched."""
    for name, value in changes.items():
        setattr(loan, name, value)
    loan.changed_on = day
    loan.save()
    extract = Extract.objects.filter(business_date=day).order_by("-revision").first()
    DeliveredBalance.objects.update_or_create(
        loan_no=loan.loan_no,
        defaults={
            "loan": loan,
            "extract": extract,
            "currency": loan.currency,
            "principal_balance": loan.principal_balance,
            "state": "applied",
        },
    )
    LoanWatch.objects.update_or_create(loan=loan, defaults={"touched_on": day})
    return loan


def a_loan(day: date = DAY, **facts: Any) -> Loan:
    """A delivered loan; one customer for all unless the test says otherwise."""
    facts.setdefault("matures_on", date(2030, 12, 31))
    customer = facts.pop("customer", None) or CustomerFactory()
    return deliver(LoanFactory(customer=customer, first_delivered_on=day, **facts), day)


def an_instalment(loan: Loan, due_on: date, *, number: int | None = None, **facts: Any) -> Instalment:
    return InstalmentFactory(loan=loan, due_on=due_on, number=number or loan.instalments.count() + 1, **facts)


def a_loan_overdue(days: int, day: date = DAY, **facts: Any) -> Loan:
    """One instalment that fell due so many days before the day, unpaid."""
    loan = a_loan(day, **facts)
    an_instalment(loan, day - timedelta(days=days))
    return loan


def pay(instalment: Instalment, on: date, *, settled: bool = True) -> None:
    instalment.principal_paid, instalment.interest_paid = instalment.principal_due, instalment.interest_due
    instalment.settled_on = on if settled else None
    instalment.changed_on = on
    instalment.save()


def close(day: date | None = None) -> NightRun:
    """Runs the night and insists that it agreed."""
    run = services.run_night(business_date=day)
    assert run.state == "done", run.error
    return run


def state_of(loan: Loan) -> LoanState:
    return LoanState.objects.now().get(loan=loan)


def counts(run: NightRun) -> dict[str, dict[str, int]]:
    return {step.code: step.counts for step in run.steps.all()}


def money(text: str) -> Decimal:
    return Decimal(text)


def moment() -> datetime:
    return timezone.now()
