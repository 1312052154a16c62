"""Acceptances, letters and commitments with their margins; one acceptance ends in an advance."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from .bank import PRODUCTS
from .identifiers import account_number
from .lending import lend
from .model import Account, Bank, Customer, Loan, OffBalanceItem, Phase
from .money import between, cents
from .offers import ADVANCE_OFFER
from .schedule import build_rows

KINDS = ("acceptance", "acceptance", "acceptance", "guarantee_letter", "letter_of_credit", "commitment", "non_standard")
# In percent of the amount; what is covered whole never ends in an advance.
MARGINS = (30, 40, 50, 100)


def build_off_balance(bank: Bank, rng: Random) -> None:
    firms = [one for one in bank.customers if one.kind in ("corporate", "small_business", "platform")]
    chosen = rng.sample(firms, max(1, len(firms) // 5))
    failing = next(
        (one for one in firms if one.story.kind in ("lost_key_customer", "price_shock", "over_expansion")), None
    )
    for customer in chosen:
        for _ in range(rng.choice((1, 1, 2, 3))):
            item = _item(bank, customer, rng.choice(KINDS), rng)
            bank.off_balance.append(item)
    if failing:
        item = _item(bank, failing, "acceptance", rng, MARGINS[:-1])
        item.matures_on = bank.until - timedelta(days=min(24, (bank.until - bank.first).days or 1))
        item.issued_on = item.matures_on - timedelta(days=180)
        item.advance = _advance(bank, item, rng)
        bank.off_balance.append(item)


def _item(bank: Bank, customer: Customer, kind: str, rng: Random, margins: tuple[int, ...] = MARGINS) -> OffBalanceItem:
    serial = bank.next("off_balance")
    amount = between(rng, 300_000, 4_000_000, 50_000)
    percent = rng.choice(margins) if kind != "commitment" else 0
    issued = bank.until - timedelta(days=rng.randrange(10, 330))
    margin = None
    if percent:
        margin = Account(account_number(serial, "3"), "margin")
        margin.balance = margin.average = cents(amount * percent / 100)
    contract_no = customer.loans[0].contract_no if customer.loans else ""
    return OffBalanceItem(
        f"BW{serial:07d}", kind, customer, contract_no, amount, margin, percent, issued, issued + timedelta(days=180)
    )


def _advance(bank: Bank, item: OffBalanceItem, rng: Random) -> Loan:
    """What the bank paid for the customer is a loan overdue from the next day on."""
    exposure = item.amount - cents(item.amount * item.margin_pct / 100)
    loan = lend(bank, item.customer, ADVANCE_OFFER, item.matures_on, 1, rng, amount=exposure)
    loan.product, loan.status, loan.has_rows = PRODUCTS["AC01"], "advance", True
    loan.rows = build_rows("bullet", exposure, Decimal("18.00"), item.matures_on, 1)
    loan.rows[0].due_on = loan.matures_on = item.matures_on
    loan.rows[0].interest_due = Decimal("0.00")
    loan.phases = [Phase(item.matures_on, "stopped")]
    for payment in loan.payouts:
        payment.purpose, payment.payee_name = f"承兑汇票{item.item_no}到期垫付", item.customer.suppliers[0]
    return loan
