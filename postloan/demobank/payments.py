"""Where borrowed money goes: purchases cut in parts, round trips, payees no loan may reach, and what only looks so.

Each arrangement is noted under its kind in `Bank.told` with its loan, payees, dates and amounts, and written to the
truth. The limits below are the law's (loan rules of 2024: 10 million to one counterparty for working capital; 500,000
for a person's business, 300,000 for consumption), stated here once for the story and nowhere read by the product.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .accounts import account_of
from .lending import payout
from .model import Bank, Customer, Flow, Loan, Payout, RelatedParty
from .money import between, share
from .names import BANK, CITY, PROVINCE, Namer

PAID_TO_COUNTERPARTY_ABOVE = {
    "working_capital": Decimal(10_000_000), "personal_business": Decimal(500_000),
    "personal_consumption": Decimal(300_000),
}  # fmt: skip
SECURITIES = ("澜江证券澜州营业部", "澜海期货有限责任公司")
SECURITIES_SUMMARY = "银证转账"


def paid(bank: Bank, loan: Loan, on: date, amount: Decimal, mode: str, payee: str) -> Payout:
    one = payout(bank, loan, on, amount, mode, payee, loan.purpose)
    loan.payouts.append(one)
    return one


def sellers(bank: Bank, loan: Loan) -> list[str]:
    """Three firms the borrower buys from; a household buys from others than those it pays each month."""
    if loan.product.line != "personal":
        return loan.customer.suppliers
    namer = Namer(Random(f"{bank.seed}:sellers:{loan.loan_no}"))
    return [f"{CITY[:2]}{namer.brand()}{word}" for word in ("装饰工程有限公司", "家具商场", "家用电器商场")]


def _cut(amount: Decimal, parts: int, rng: Random) -> list[Decimal]:
    """Parts of nearly the same size, round to a thousandth of the whole."""
    step = amount // 1000
    sizes = [amount // parts // step * step + rng.randrange(-12, 13) * step for _ in range(parts - 1)]
    return [one.quantize(Decimal("0.01")) for one in [*sizes, amount - sum(sizes, Decimal(0))]]


def _tell(bank: Bank, chapter: str, loan: Loan, /, **facts: object) -> dict[str, object]:
    told = {"loan": loan.loan_no, "customer": loan.customer.customer_no, **facts}
    bank.told.setdefault(chapter, []).append(told)
    return told


def _as_told(payments: list[Payout]) -> list[dict[str, object]]:
    return [
        {"payment": one.payment_no, "payee": one.payee_name, "on": one.paid_on, "amount": one.amount, "mode": one.mode}
        for one in payments
    ]


def _limit(loan: Loan) -> Decimal:
    return PAID_TO_COUNTERPARTY_ABOVE[loan.product.family]


def _parts(loan: Loan) -> int:
    """The least number of parts of which none is above the limit, with room for parts of different size."""
    return int(loan.amount * 106 / 100 // _limit(loan)) + 1


# Purchases cut in parts


def split(bank: Bank, customer: Customer, rng: Random) -> None:
    """One purchase paid in parts, none above the sum from which the bank pays the counterparty itself."""
    loan = customer.loans[-1]
    customer.story.note = "化整为零规避受托支付"
    loan.payment_mode, loan.payouts = "own", []
    group = _group_elsewhere(bank, customer) if loan.product.family == "working_capital" else []
    by_group = len(group) > 1 and bank.next("split_in_group") % 2 == 0
    payees = [one.name for one in group] if by_group else [sellers(bank, loan)[0]]
    for place, amount in enumerate(_cut(loan.amount, max(_parts(loan), len(payees) if by_group else 1), rng)):
        on = loan.disbursed_on + timedelta(days=rng.randrange(0, 3) if place == 0 else rng.randrange(3, 9))
        paid(bank, loan, on, amount, "own", payees[place % len(payees)])
    by, number = ("group", group[0].group_no) if by_group else ("payee", "")
    _tell(bank, "split_payments", loan, by=by, group=number,
          payees=sorted({one.payee_name for one in loan.payouts}), payments=_as_told(loan.payouts),
          total=loan.amount)  # fmt: skip


def _group_elsewhere(bank: Bank, customer: Customer) -> list[Customer]:
    """Two firms of one group that the borrower does not belong to."""
    for number, *_ in bank.groups:
        if number != customer.group_no:
            return [one for one in bank.customers if one.group_no == number][:2]
    return []


# Honest payments that look like something else


def _spread(bank: Bank, loan: Loan, rng: Random) -> None:
    """Three deliveries from one supplier, each paid when it came, weeks apart."""
    loan.payment_mode = "own"
    for place, amount in enumerate(_cut(loan.amount, max(3, _parts(loan)), rng)):
        on = loan.disbursed_on + timedelta(days=place * rng.randrange(16, 21))
        paid(bank, loan, on, amount, "own", sellers(bank, loan)[0])


def _entrusted(bank: Bank, loan: Loan, rng: Random) -> None:
    """Above the limit, and therefore paid by the bank; what is left goes to somebody else."""
    large = share(_limit(loan), rng.randrange(102, 105))
    paid(bank, loan, loan.disbursed_on, large, "entrusted", sellers(bank, loan)[0])
    paid(bank, loan, loan.disbursed_on, loan.amount - large, "own", sellers(bank, loan)[1])


def _entrusted_in_parts(bank: Bank, loan: Loan, rng: Random) -> None:
    """Cut in parts, but each of them paid by the bank against the contract."""
    for place, amount in enumerate(_cut(loan.amount, _parts(loan), rng)):
        on = loan.disbursed_on + timedelta(days=3 * place)
        paid(bank, loan, on, amount, "entrusted", sellers(bank, loan)[0])


def _many_payees(bank: Bank, loan: Loan, rng: Random) -> None:
    """One sum, several suppliers who have nothing to do with each other."""
    loan.payment_mode = "own"
    for place, amount in enumerate(_cut(loan.amount, 3, rng)):
        payee = sellers(bank, loan)[place]
        paid(bank, loan, loan.disbursed_on + timedelta(days=place), amount, "own", payee)


def _small_sums(bank: Bank, loan: Loan, rng: Random) -> None:
    """Several payments to one supplier within days, together far below the limit; the rest is paid by the bank."""
    small = share(_limit(loan), 12)
    for place in range(3):
        on = loan.disbursed_on + timedelta(days=2 * place)
        paid(bank, loan, on, small, "own", sellers(bank, loan)[0])
    paid(bank, loan, loan.disbursed_on, loan.amount - 3 * small, "entrusted", sellers(bank, loan)[1])


def _back(loan: Loan, days: int, percent: float, payee: str, summary: str) -> Flow:
    account, bank_name = account_of(loan.customer, payee)
    on = loan.disbursed_on + timedelta(days=days)
    return Flow(on, "credit", share(loan.amount, percent), payee, summary, account, bank_name)


def _one_entrusted(bank: Bank, loan: Loan) -> str:
    payee = sellers(bank, loan)[0]
    loan.payment_mode = "entrusted"
    paid(bank, loan, loan.disbursed_on, loan.amount, "entrusted", payee)
    return payee


def _sale_to_a_supplier(bank: Bank, loan: Loan, rng: Random) -> None:
    """The supplier also buys from the borrower: a real sale, small beside the loan."""
    payee = _one_entrusted(bank, loan)
    flow = _back(loan, rng.randrange(4, 28), rng.randrange(30, 90) / 10, payee, "货款")
    loan.customer.extra_flows.append(flow)


def _refund(bank: Bank, loan: Loan, rng: Random) -> None:
    payee = _one_entrusted(bank, loan)
    flow = _back(loan, rng.randrange(4, 28), rng.randrange(10, 60) / 10, payee, "部分退货款")
    loan.customer.extra_flows.append(flow)


def _sold_before(bank: Bank, loan: Loan, rng: Random) -> None:
    """A large payment from the same firm, but before anything was lent."""
    payee = _one_entrusted(bank, loan)
    loan.customer.extra_flows.append(_back(loan, -rng.randrange(5, 20), rng.randrange(50, 80), payee, "货款"))


def _late_return(bank: Bank, loan: Loan, rng: Random) -> None:
    """The purchase was called off months later and the deposit came back."""
    payee = _one_entrusted(bank, loan)
    loan.customer.extra_flows.append(_back(loan, rng.randrange(50, 80), rng.randrange(40, 60), payee, "合同解除退款"))


def _like_sum_from_another(bank: Bank, loan: Loan, rng: Random) -> None:
    """A buyer pays about what was borrowed, and has never been paid anything out of the loan."""
    _one_entrusted(bank, loan)
    flow = _back(loan, rng.randrange(4, 28), rng.randrange(92, 101), loan.customer.buyers[0], "货款")
    loan.customer.extra_flows.append(flow)


HONEST: dict[str, tuple[Callable[[Bank, Loan, Random], None], ...]] = {
    "working_capital": (
        _spread, _sale_to_a_supplier, _entrusted, _refund, _many_payees, _sold_before, _entrusted_in_parts,
        _late_return, _small_sums, _like_sum_from_another,
    ),
    "personal_business": (
        _spread, _sale_to_a_supplier, _many_payees, _refund, _small_sums, _late_return, _entrusted_in_parts,
    ),
    "personal_consumption": (_spread, _entrusted, _many_payees, _small_sums),
}  # fmt: skip


def honest(bank: Bank, customer: Customer, rng: Random) -> None:
    """One of the honest arrangements after the other, so that each occurs in a bank of some size."""
    loan = customer.loans[-1]
    manners = HONEST[loan.product.family]
    manner = manners[(bank.next(f"honest:{loan.product.family}") - 1) % len(manners)]
    loan.payment_mode, loan.payouts = "entrusted", []
    manner(bank, loan, rng)
    customer.story.note = "用款正常，形似异常"
    _tell(bank, "look_alikes", loan, kind=manner.__name__.strip("_"), payments=_as_told(loan.payouts))


# Round trips


def round_trip(bank: Bank, customer: Customer, rng: Random) -> None:
    """Paid to a firm that gives it back a few days later: to the borrower, its group or somebody behind it."""
    loan, payee = customer.loans[-1], customer.suppliers[1]
    customer.story.note = "受托支付资金经交易对手回流"
    loan.payouts, loan.payment_mode = [], "entrusted"
    payment = paid(bank, loan, loan.disbursed_on, loan.amount, "entrusted", payee)
    receiver, way = customer, "to_borrower"
    turn = bank.next("round_trip") % 3
    if turn == 0:
        receiver, way = _core_of_the_group(bank, customer), "to_group"
    elif turn == 2:
        receiver, way = _person_behind(bank, customer, rng), "to_related_party"
    left = share(loan.amount, rng.randrange(82, 97))
    for place, amount in enumerate(_cut(left, rng.choice((1, 1, 2, 3)), rng)):
        on = loan.disbursed_on + timedelta(days=rng.randrange(3, 7) + place * rng.randrange(2, 5))
        flow = Flow(on, "credit", amount, payee, rng.choice(("往来款", "借款", "货款")), *account_of(customer, payee))
        flow.tag = f"round:{loan.loan_no}"
        receiver.extra_flows.append(flow)
    _tell(bank, "round_trips", loan, way=way, receiver=receiver.customer_no, payee=payee, payment=payment.payment_no,
          paid_on=payment.paid_on, amount=payment.amount, tag=f"round:{loan.loan_no}")  # fmt: skip


def _core_of_the_group(bank: Bank, customer: Customer) -> Customer:
    """The firm at the head of the borrower's group, or of one that it is made a member of."""
    cores = {number: core for number, _, core in bank.groups if core != customer.customer_no}
    if customer.group_no not in cores:
        customer.group_no = next(iter(cores))
    return next(one for one in bank.customers if one.customer_no == cores[customer.group_no])


def _person_behind(bank: Bank, customer: Customer, rng: Random) -> Customer:
    """Somebody with an account here holds a share of the firm."""
    faulty = {one["subject"] for one in bank.planted if one["kind"] == "wrong_check_digit"}
    people = [one for one in bank.customers if one.kind == "individual" and one.customer_no not in faulty]
    person = rng.choice([one for one in people if one.story.kind == "plain"] or people)
    party_no = f"P{customer.customer_no[-6:]}3"
    holder = RelatedParty("shareholder", party_no, person.name, person.id_type, person.id_number, "10")
    holder.customer_no = person.customer_no
    customer.parties.append(holder)
    return person


# Payees no loan may reach


def misused(bank: Bank, customer: Customer, rng: Random) -> None:
    """Borrowed for the business, gone within the week to securities, property or those who lend it on."""
    customer.story.note = "贷款资金挪用"
    for loan in customer.loans:
        # What went through the account shows only where the entries reach back so far.
        is_seen = loan.disbursed_on > bank.history_from
        ways = MISUSES if is_seen else MISUSES[1:]
        loan.payouts = []
        ways[(bank.next(f"misuse:{is_seen}") - 1) % len(ways)](bank, loan, rng)


def _to_securities(bank: Bank, loan: Loan, rng: Random) -> None:
    """First to the borrower's own account, from there to a broker."""
    loan.payment_mode = "own"
    own = paid(bank, loan, loan.disbursed_on, loan.amount, "own", loan.customer.name)
    own.payee_account, own.payee_bank = loan.account_no, BANK
    broker = rng.choice(SECURITIES)
    flow = Flow(loan.disbursed_on + timedelta(days=rng.randrange(1, 4)), "debit", loan.amount, broker,
                SECURITIES_SUMMARY, tag=f"misuse:{loan.loan_no}")  # fmt: skip
    loan.customer.extra_flows.append(flow)
    _tell(bank, "excluded_payees", loan, kind="securities", where="account_entries", payee=broker, tag=flow.tag)


def _straight(bank: Bank, loan: Loan, kind: str, payee: str, rng: Random) -> None:
    loan.payment_mode = "own"
    payment = paid(bank, loan, loan.disbursed_on + timedelta(days=rng.randrange(0, 4)), loan.amount, "own", payee)
    _tell(bank, "excluded_payees", loan, kind=kind, where="payments_out", payee=payee, payment=payment.payment_no,
          on=payment.paid_on, amount=payment.amount)  # fmt: skip


def _to_property(bank: Bank, loan: Loan, rng: Random) -> None:
    _straight(bank, loan, "real_estate", f"{CITY[:2]}{Namer(rng).brand()}房地产开发有限公司", rng)


def _to_lenders(bank: Bank, loan: Loan, rng: Random) -> None:
    _straight(bank, loan, "lender", f"{PROVINCE[:2]}{Namer(rng).brand()}小额贷款有限公司", rng)


MISUSES = (_to_securities, _to_property, _to_lenders)


def savers(bank: Bank, rng: Random) -> None:
    """People who buy securities from their wages, long after whatever they borrowed: nothing is wrong with that."""
    people = [one for one in bank.customers if one.kind == "individual" and one.story.kind == "plain" and one.loans]
    calm = [one for one in people if one.loans[-1].disbursed_on < bank.first - timedelta(days=60)]
    for person in calm[:: max(1, len(calm) // max(2, len(calm) // 25))]:
        amount = between(rng, 500, 3_000, 100)
        on = bank.first + timedelta(days=rng.randrange(3, max(4, (bank.until - bank.first).days - 3)))
        tag = f"saver:{person.customer_no}"
        person.extra_flows.append(Flow(on, "debit", amount, SECURITIES[0], SECURITIES_SUMMARY, tag=tag))
        _tell(bank, "look_alikes", person.loans[-1], kind="savings_in_securities", payee=SECURITIES[0], tag=tag)
