"""Financial statements that balance, and credit reports that follow the customer's story."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .accounts import has_begun, level_on
from .dates import add_months, month_end
from .model import Bank, Customer
from .money import ZERO, cents

REPORTING_KINDS = ("corporate", "small_business", "platform", "cooperative", "guarantee_company", "public_institution")
# Share of total assets, in thousandths; the last one takes what is left.
ASSET_SHARES = (
    ("cash", 80), ("notes_receivable", 20), ("accounts_receivable", 190), ("other_receivables", 40),
    ("prepayments", 40),
    ("inventory", 180), ("long_term_investments", 50), ("construction_in_progress", 30), ("intangible_assets", 50),
)  # fmt: skip
CURRENT_ASSETS = ("cash", "notes_receivable", "accounts_receivable", "other_receivables", "prepayments", "inventory")
LIABILITY_SHARES = (
    ("short_term_loans", 420), ("notes_payable", 70), ("accounts_payable", 220), ("advances_received", 40),
    ("wages_payable", 20), ("taxes_payable", 20), ("other_payables", 50),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    customer_no: str
    period_end: date
    period_kind: str
    scope: str
    audited: bool
    known_on: date
    items: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class CreditReport:
    report_no: str
    customer_no: str
    reported_on: date
    authorisation_no: str
    worst_class: str
    debt: Decimal
    debt_over_90: Decimal
    guarantees: Decimal
    lenders: int
    inquiries: int


def build_statements(bank: Bank) -> list[Statement]:
    """Two years back, and each quarter since; sorted by the day they come to the bank."""
    found: list[Statement] = []
    for customer in bank.customers:
        if customer.kind not in REPORTING_KINDS:
            continue
        rng = Random(f"{bank.seed}:statements:{customer.customer_no}")
        late = rng.random() < 0.12
        for end, kind in _periods(bank):
            known_on = end + timedelta(days=rng.randrange(90, 120) if kind == "year" else rng.randrange(18, 40))
            if late and (bank.until - end).days < 150:
                continue
            if known_on <= bank.until:
                found.append(_statement(customer, end, kind, known_on, rng))
    return sorted(found, key=lambda one: (one.known_on, one.customer_no, one.period_end, one.period_kind))


def _periods(bank: Bank) -> list[tuple[date, str]]:
    periods: list[tuple[date, str]] = [(date(bank.first.year - back, 12, 31), "year") for back in (3, 2, 1)]
    end = month_end(date(bank.first.year - 1, 3, 1))
    while end < bank.until:
        kind = {3: "quarter", 6: "half", 9: "quarter", 12: "year"}[end.month]
        if (end, kind) not in periods:
            periods.append((end, kind))
        end = month_end(add_months(end, 3, 1))
    return sorted(periods)


def _part(whole: Decimal, thousandths: int, rng: Random, spread: int = 15) -> Decimal:
    return cents(whole * thousandths * rng.randrange(100 - spread, 101 + spread) / 100_000)


def _statement(customer: Customer, end: date, kind: str, known_on: date, rng: Random) -> Statement:
    months = {"year": 12, "half": 6}.get(kind, end.month)
    level = Decimal(int(level_on(customer, end) * 1000)) / 1000
    month_ends = [month_end(end.replace(month=month, day=1)) for month in range(end.month - months + 1, end.month + 1)]
    average = Decimal(sum(int(level_on(customer, day) * 1000) for day in month_ends)) / (1000 * months)
    dearer = Decimal(sum(has_begun(customer, "price_shock", day) for day in month_ends)) / months
    # What goes through the account here is a part of all sales.
    year_turnover = cents(customer.monthly_turnover * 12 * 100 / customer.sales_pct)
    revenue = cents(year_turnover * months / 12 * max(average, Decimal("0.2")) * rng.randrange(92, 108) / 100)
    items = dict(_balance_sheet(year_turnover, level, rng))
    if has_begun(customer, "over_expansion", end):
        _build_a_plant(customer, end, items)
    items.update(_income(revenue, items["short_term_loans"] + items["long_term_loans"], months, dearer, rng))
    items.update(_operations(customer, revenue, items["net_profit"], level, rng))
    if kind == "year":
        items["audit_opinion"] = cents(3 if level < Decimal("0.5") and rng.random() < 0.5 else 1)
    audited = kind == "year" and customer.kind in ("corporate", "platform")
    scope = "consolidated" if customer.key and kind == "year" else "single"
    return Statement(customer.customer_no, end, kind, scope, audited, known_on, tuple(items.items()))


def _balance_sheet(turnover: Decimal, level: Decimal, rng: Random) -> list[tuple[str, Decimal]]:
    weak = level < Decimal("0.8")
    assets = cents(turnover * rng.randrange(70, 110) / 100)
    items: list[tuple[str, Decimal]] = []
    for name, thousandths in ASSET_SHARES:
        heavier = weak and name in ("accounts_receivable", "inventory", "other_receivables")
        items.append((name, _part(assets, thousandths * 14 // 10 if heavier else thousandths, rng)))
    known = dict(items)
    items.append(("current_assets", sum((known[name] for name in CURRENT_ASSETS), ZERO)))
    items.append(("fixed_assets", assets - sum(known.values(), ZERO)))
    items.append(("total_assets", assets))
    liabilities = cents(assets * rng.randrange(72, 88) / 100) if weak else cents(assets * rng.randrange(38, 66) / 100)
    parts = [(name, _part(liabilities, thousandths, rng)) for name, thousandths in LIABILITY_SHARES]
    current = sum((value for _, value in parts), ZERO)
    items += parts
    items.append(("current_liabilities", current))
    items.append(("long_term_loans", max(ZERO, liabilities - current)))
    items.append(("total_liabilities", max(liabilities, current)))
    equity = assets - max(liabilities, current)
    capital = cents(equity * 6 / 10)
    items += [("paid_in_capital", capital), ("retained_earnings", equity - capital), ("total_equity", equity)]
    return items


def _build_a_plant(customer: Customer, end: date, items: dict[str, Decimal]) -> None:
    """What is built within a year costs half of all there was, and is paid with borrowed money, half of it short."""
    assert customer.story.starts_on is not None
    built = min(Decimal((end - customer.story.starts_on).days) / 365, Decimal(1))
    cost = cents(items["total_assets"] / 2 * built)
    short, ready = cents(cost / 2), cents(cost / 4)
    for name, amount in (
        ("fixed_assets", ready), ("construction_in_progress", cost - ready), ("total_assets", cost),
        ("short_term_loans", short), ("current_liabilities", short), ("long_term_loans", cost - short),
        ("total_liabilities", cost),
    ):  # fmt: skip
        items[name] += amount


def _income(revenue: Decimal, loans: Decimal, months: int, dearer: Decimal, rng: Random) -> list[tuple[str, Decimal]]:
    """`dearer`: in what part of the period the goods cost a fifth more than could be passed on."""
    cost = cents(revenue * rng.randrange(74, 88) / 100 * (1 + dearer / 5))
    selling, administration = _part(revenue, 30, rng), _part(revenue, 40, rng)
    interest = cents(loans * 48 * months / 12_000)
    operating = revenue - cost - selling - administration - interest
    tax = cents(operating / 4) if operating > 0 else ZERO
    cash_in = cents(revenue * rng.randrange(96, 112) / 100)
    cash_out = cents((cost + selling + administration) * rng.randrange(98, 110) / 100)
    return [
        ("revenue", revenue), ("cost_of_sales", cost), ("selling_expenses", selling),
        ("administrative_expenses", administration), ("finance_expenses", interest), ("interest_expense", interest),
        ("depreciation_amortisation", _part(revenue, 35, rng)), ("operating_profit", operating),
        ("total_profit", operating), ("income_tax", tax), ("net_profit", operating - tax),
        ("operating_cash_in", cash_in), ("operating_cash_out", cash_out), ("operating_cash_flow", cash_in - cash_out),
        ("investing_cash_flow", -_part(revenue, 25, rng)), ("financing_cash_flow", -_part(revenue, 15, rng)),
    ]  # fmt: skip


def _operations(
    customer: Customer, revenue: Decimal, profit: Decimal, level: Decimal, rng: Random
) -> list[tuple[str, Decimal]]:
    items = [
        ("employees", cents(int(customer.monthly_turnover // 60_000) + rng.randrange(5, 12))),
        ("vat_sales", cents(revenue * rng.randrange(95, 104) / 100)),
        ("tax_paid", _part(revenue, 30, rng)),
    ]
    if customer.industry.code.startswith("C"):
        items.append(("electricity_kwh", cents(revenue * rng.randrange(60, 72) / 1000)))
        items.append(("water_m3", cents(revenue * rng.randrange(60, 80) / 20_000)))
        items.append(("capacity_utilisation_pct", cents(min(Decimal(98), 82 * level * rng.randrange(92, 108) / 100))))
        items.append(("orders_on_hand", cents(customer.monthly_turnover * 2 * level)))
    return items


def build_credit_reports(bank: Bank) -> list[CreditReport]:
    """One when the customer was last granted something, then one every half year or so."""
    found: list[CreditReport] = []
    for customer in bank.customers:
        if not customer.loans:
            continue
        rng = Random(f"{bank.seed}:reports:{customer.customer_no}")
        debt = cents(customer.monthly_turnover * rng.randrange(0, 300) / 100)
        lenders, on = rng.randrange(1, 5), bank.first - timedelta(days=rng.randrange(20, 200))
        while on <= bank.until:
            found.append(_report(bank, customer, on, debt, lenders, rng))
            on += timedelta(days=rng.randrange(80, 200))
    return sorted(found, key=lambda one: (one.reported_on, one.report_no))


def _report(bank: Bank, customer: Customer, on: date, debt: Decimal, lenders: int, rng: Random) -> CreditReport:
    worst, inquiries, over = "normal", rng.randrange(0, 3), ZERO
    for start, step in customer.report_steps:
        if start > on:
            continue
        if step == "inquiries":
            inquiries = rng.randrange(6, 14)
        elif step == "debt":
            debt, lenders = cents(debt * 16 / 10), lenders + 3
        else:
            worst = step
            over = cents(debt * 3 / 10) if step == "substandard" else ZERO
    guarantees = cents(customer.monthly_turnover * rng.choice((0, 0, 1, 3)))
    serial = bank.next("report")
    return CreditReport(
        f"ZX{serial:08d}",
        customer.customer_no,
        on,
        f"SQ{serial:08d}",
        worst,
        debt,
        over,
        guarantees,
        lenders,
        inquiries,
    )
