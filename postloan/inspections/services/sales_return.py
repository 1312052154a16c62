"""The sales return of a borrower as a report keeps it: figures of the day it was begun, month by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from postloan.core import parameters
from postloan.customers.models import (
    Account,
    AccountEntry,
    CreditReport,
    Customer,
    FinancialStatementItem,
    RelatedParty,
)
from postloan.inspections import limits, limits_sales, rules_sales
from postloan.inspections.models import InspectionKind, InspectionTask
from postloan.inspections.rules_funds import Entry, counts_as_sale, plain_name
from postloan.inspections.rules_sales import Month, Steps
from postloan.inspections.services.funds import people_close
from postloan.loans.models import Facility, LoanState, PaymentOut
from postloan.organization.models import Line

# The key among the facts of a report.
FACT = "sales_return"
MONTHS = 12
LINES = frozenset({Line.CORPORATE, Line.INCLUSIVE})


def is_asked(task: InspectionTask) -> bool:
    """Periodic inspections of firms: corporate regular and small business."""
    return task.kind == InspectionKind.PERIODIC and task.line in LINES


def facts_of(task: InspectionTask, *, currency: str, day: date) -> dict[str, Any]:
    """What is fixed in a report when it is begun; nothing where it is not asked or the bank knows nothing."""
    if not is_asked(task):
        return {}
    found = figures_of(task.customer, currency=currency, day=day)
    return {FACT: found} if found else {}


def figures_of(customer: Customer, *, currency: str, day: date) -> dict[str, Any] | None:
    """Rates by month and in all, against the bank's share of the debt; deposits against the facility.

    None where no account and no statement of the customer is known. Amounts and shares are texts.
    """
    accounts = list(Account.objects.filter(customer=customer, superseded_on=None).order_by("account_no"))
    asked = parameters.values(
        limits.RETURN_FORMULA,
        limits_sales.SALES_ITEM,
        limits_sales.SINCE_JANUARY,
        limits_sales.ALARM_PERCENT,
        on=day,
    )
    months = _months(customer, accounts, asked, currency, day)
    if not accounts and all(month.sales is None for month in months):
        return None
    formula = asked[limits.RETURN_FORMULA]
    formula = formula if formula in rules_sales.FORMULAS else rules_sales.SALES
    rate, share = rules_sales.whole_of(months, formula)
    deposits = sum((one.balance for one in accounts), Decimal(0)) if accounts else None
    facility = _facility(customer, day)
    return {
        "formula": formula,
        "day": day.isoformat(),
        "currency": currency,
        "rate": _text(rate),
        "share": _text(share),
        "verdict": rules_sales.verdict(rate, share, alarm_percent=Decimal(str(asked[limits_sales.ALARM_PERCENT]))),
        "months": [_kept(month, formula) for month in months],
        "deposits": _text(deposits),
        "facility": _text(facility),
        "statements_until": _iso(_last_statement(customer, day)),
        "debt_elsewhere_on": _iso(_last_report(customer, day)),
    }


def _kept(month: Month, formula: str) -> dict[str, Any]:
    return {
        "month": month.first.isoformat(),
        "is_whole": month.is_whole,
        "credits": _text(month.credits),
        "all_credits": _text(month.all_credits),
        "sales": _text(month.sales),
        "rate": _text(rules_sales.rate_of(month, formula)),
        "share": _text(month.share),
        "deposits": _text(month.deposits),
        "average_deposits": _text(month.average_deposits),
        "average_loans": _text(month.average_loans),
        "cash": _text(month.cash),
    }


def _months(
    customer: Customer, accounts: list[Account], asked: dict[str, Any], currency: str, day: date
) -> list[Month]:
    days = rules_sales.last_months(day, MONTHS)
    entries = _entries(customer, days[0][0], day)
    sales = rules_sales.monthly_sales(
        _stated(customer, asked[limits_sales.SALES_ITEM], day),
        [first for first, _until in days],
        since_january=bool(asked[limits_sales.SINCE_JANUARY]),
    )
    is_sale = _sales_of(customer, days[0][0], day)
    begin = _first_entry(customer)
    held, lent = _deposits(customer, accounts, day), _loans(customer, currency)
    reports = _reports(customer, day)
    cash = _stated(customer, "cash", day)
    found = []
    for first, until in days:
        booked = [one for one in entries if first <= one.booked_on <= until and one.direction == "credit"]
        known = begin is not None and begin <= until
        found.append(
            Month(
                first,
                until,
                credits=sum((one.amount for one in booked if is_sale(one)), Decimal(0)) if known else None,
                all_credits=sum((one.amount for one in booked), Decimal(0)) if known else None,
                sales=sales.get(first),
                deposits=rules_sales.at_end_of(held, until),
                average_deposits=rules_sales.average(held, first, until),
                average_loans=rules_sales.average(lent, first, until),
                own_loans=rules_sales.at_end_of(lent, until),
                elsewhere=rules_sales.at_end_of(reports, until),
                cash=cash.get(until),
                # The month of the first entry may have begun before entries were delivered.
                is_whole=_is_last_day(until) and (begin is None or begin <= first),
            )
        )
    return found


def _is_last_day(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────


def _entries(customer: Customer, first: date, until: date) -> list[AccountEntry]:
    rows = AccountEntry.objects.filter(customer=customer, superseded_on=None, booked_on__range=(first, until))
    return list(rows.order_by("booked_on", "entry_no"))


def _first_entry(customer: Customer) -> date | None:
    rows = AccountEntry.objects.filter(customer=customer, superseded_on=None).order_by("booked_on")
    return rows.values_list("booked_on", flat=True).first()


def _sales_of(customer: Customer, first: date, until: date) -> Callable[[AccountEntry], bool]:
    """Whether an entry is a sale: not between own accounts, from nobody close, no payout, no refund of a payee."""
    window = timedelta(days=int(parameters.value(limits.RETURN_WINDOW, on=until)))
    words = list(parameters.value(limits.NO_SALE_WORDS, on=until))
    close = _names_close(customer)
    own = set(Account.objects.filter(customer=customer).values_list("account_no", flat=True))
    paid = [
        (paid_on, plain_name(name))
        for paid_on, name in PaymentOut.objects.filter(
            loan__customer=customer, superseded_on=None, paid_on__range=(first - window, until)
        ).values_list("paid_on", "payee_name")
    ]

    def is_sale(row: AccountEntry) -> bool:
        if row.counterparty_account and row.counterparty_account in own:
            return False
        lately = frozenset(name for on, name in paid if timedelta(0) <= row.booked_on - on <= window)
        entry = Entry(row.entry_no, row.booked_on, row.amount, row.counterparty_name, summary=row.summary)
        return counts_as_sale(entry, close=close.__contains__, own_payees=lately, words=words)

    return is_sale


def _names_close(customer: Customer) -> set[str]:
    """The borrower, its group and those tied to it, as names are compared."""
    names = set(Customer.objects.filter(pk__in=list(people_close(customer))).values_list("name", flat=True))
    parties = RelatedParty.objects.filter(customer=customer, superseded_on=None)
    return {plain_name(name) for name in [customer.name, *names, *parties.values_list("name", flat=True)] if name}


def _stated(customer: Customer, item: str, day: date) -> dict[date, Decimal]:
    rows = FinancialStatementItem.objects.filter(
        customer=customer, scope="single", item=item, superseded_on=None, period_end__lte=day
    )
    return dict(rows.order_by("period_end").values_list("period_end", "value"))


def _last_statement(customer: Customer, day: date) -> date | None:
    return max(_stated(customer, parameters.value(limits_sales.SALES_ITEM, on=day), day), default=None)


def _reports(customer: Customer, day: date) -> Steps:
    """The debt elsewhere by credit reports; the first one known is taken for the months before it too."""
    rows = CreditReport.objects.filter(
        customer=customer, superseded_on=None, reported_on__lte=day, debt_elsewhere__isnull=False
    )
    found = list(rows.order_by("reported_on", "report_no").values_list("reported_on", "debt_elsewhere"))
    return [(date.min, found[0][1]), *found] if found else []


def _last_report(customer: Customer, day: date) -> date | None:
    found = _reports(customer, day)
    return found[-1][0] if found else None


def _deposits(customer: Customer, accounts: list[Account], day: date) -> Steps:
    """The balance of all accounts after each booking; an account that says none is known today only."""
    rows: dict[int, list[tuple[date, Decimal]]] = {one.pk: [] for one in accounts}
    booked = AccountEntry.objects.filter(
        customer=customer, superseded_on=None, balance_after__isnull=False, booked_on__lte=day, account__in=list(rows)
    )
    for account, on, balance in booked.order_by("booked_on", "entry_no").values_list(
        "account_id", "booked_on", "balance_after"
    ):
        rows[account].append((on, balance))
    for one in accounts:
        rows[one.pk].append((day, one.balance))
    return rules_sales.added(rows.values())


def _loans(customer: Customer, currency: str) -> Steps:
    """What the customer owes in the currency, after each night that changed it."""
    states = LoanState.objects.filter(customer=customer, currency=currency, superseded_by_run=None)
    changes: dict[date, Decimal] = {}
    for begin, end, balance in states.values_list("valid_from", "valid_to", "principal_balance"):
        changes[begin] = changes.get(begin, Decimal(0)) + balance
        if end is not None:
            changes[end] = changes.get(end, Decimal(0)) - balance
    found, total = [], Decimal(0)
    for on in sorted(changes):
        total += changes[on]
        found.append((on, total))
    return found


def _facility(customer: Customer, day: date) -> Decimal | None:
    """What is granted in all today."""
    rows = Facility.objects.filter(customer=customer, superseded_on=None, expires_on__gte=day)
    totals = list(rows.values_list("total", flat=True))
    return sum(totals, Decimal(0)) if totals else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
