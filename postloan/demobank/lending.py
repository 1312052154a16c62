"""What is granted and lent: facilities, contracts, loans in chains, and where the money is paid to."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .accounts import account_of
from .bank import PRODUCTS, managers_of
from .dates import add_months
from .identifiers import account_number
from .model import Bank, Condition, Contract, Customer, Facility, Loan, Payout
from .money import ZERO, between, cents, total
from .names import OTHER_BANKS
from .offers import DEVELOPER_OFFER, OFFERS, Offer
from .payees import payees_of
from .population import LINE_OF_KIND
from .schedule import build_rows

CONDITION_TEXTS = (
    ("before_payout", "落实抵（质）押登记后放款"), ("before_payout", "资本金到位不低于项目总投资的25%"),
    ("covenant", "资产负债率不高于70%"), ("covenant", "未经我行书面同意不得新增对外担保"),
    ("covenant", "销售回笼通过我行账户的比例不低于贷款占比"), ("post_loan", "每季度提供财务报表及纳税申报表"),
    ("post_loan", "放款后15日内提供用款凭证"), ("post_loan", "抵押物保险第一受益人变更为我行"),
    ("before_payout", "实际控制人夫妇签署连带责任保证合同"), ("before_payout", "提供与用途相符的购销合同及发票"),
    ("covenant", "流动比率不低于1.0，连续两个季度不达标须追加担保"), ("covenant", "单一股东借款余额不得减少"),
    ("covenant", "年度利润分配不超过当年净利润的30%"), ("covenant", "主要存货不得向第三方抵押或质押"),
    ("post_loan", "每半年现场核查存货及应收账款"), ("post_loan", "每年四月底前提供经审计的年度报表"),
)  # fmt: skip


LARGE_SUMS_IN = ("split_payments", "honest_payments")
# Which offer, and between what sums: enough that somebody might want to hide to whom it is paid.
LARGE_SUMS = {
    "corporate": (0, 10_600_000, 19_000_000, 100_000), "self_employed": (0, 550_000, 880_000, 10_000),
    "individual": (2, 320_000, 480_000, 10_000),
}  # fmt: skip


def lend_to_all(bank: Bank, rng: Random) -> None:
    for customer in bank.customers:
        if customer.kind == "guarantee_company":
            continue
        if customer.kind in ("corporate", "small_business", "platform", "cooperative"):
            _grant_facility(bank, customer, rng)
        _lend(bank, customer, rng)
        if customer.facility:
            _size_facility(customer.facility)


def _size_facility(facility: Facility) -> None:
    """A facility covers what is lent under it, with some room left."""
    largest: dict[str, Decimal] = {}
    for loan in facility.customer.loans:
        largest[loan.contract_no] = max(largest.get(loan.contract_no, ZERO), loan.amount)
    needed = total(largest.values()) * Decimal("1.15")
    facility.total = max(facility.total, (needed // 1_000_000 + 1) * 1_000_000).quantize(Decimal("0.01"))


def _lend(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    if story.kind == "developer":
        _lend_to_fail(bank, customer, DEVELOPER_OFFER, rng)
        return
    offers = OFFERS[customer.kind]
    if story.fails:
        _lend_to_fail(bank, customer, _failing_offer(customer, offers, rng), rng)
        if customer.kind == "corporate" and rng.random() < 0.5:
            _lend_to_fail(bank, customer, offers[1], rng)
        if story.kind == "round_trip":
            lend_lately(bank, customer, rng)
        return
    count = rng.choice((1, 1, 2, 3)) if customer.kind == "corporate" else rng.choice((1, 1, 1, 2))
    for index in range(count):
        offer = _offer_for(customer, offers, rng, index)
        months = rng.choice(offer.months)
        start = _start_for_story(bank, customer, months, rng) if index == 0 else None
        lend_chain(bank, customer, offer, start or _plain_start(bank, months, rng), months, rng)
    if story.kind in ("split_payments", "honest_payments", "round_trip"):
        lend_lately(bank, customer, rng)


def lend_lately(bank: Bank, customer: Customer, rng: Random) -> Loan:
    """A loan paid out within the dates delivered, so that where its money goes can be seen."""
    last = (customer.story.fails_on or bank.until) - timedelta(days=22)
    earliest = bank.first + timedelta(days=2)
    reach = rng.choice((40, 40, max(40, (last - earliest).days)))
    start = max(earliest, last - timedelta(days=rng.randrange(5, reach)))
    offer, amount = OFFERS[customer.kind][0], None
    if customer.story.kind in LARGE_SUMS_IN:
        place, low, high, step = LARGE_SUMS[customer.kind]
        offer, amount = OFFERS[customer.kind][place], between(rng, low, high, step)
    return lend(bank, customer, offer, _plain_day(start), 12, rng, amount=amount)


def _plain_start(bank: Bank, months: int, rng: Random) -> date:
    """Most loans began some time ago; one in eight begins within the dates delivered."""
    if rng.random() < 0.12:
        start = bank.first + timedelta(days=rng.randrange(1, max(2, (bank.until - bank.first).days - 3)))
    else:
        start = bank.first - timedelta(days=rng.randrange(8, max(20, int(min(months, 90) * 30.4 * 0.97))))
    return _plain_day(start)


def _start_for_story(bank: Bank, customer: Customer, months: int, rng: Random) -> date | None:
    kind = customer.story.kind
    if kind in ("extension", "renewal_without_repayment"):
        span = max(2, (bank.until - bank.first).days - 8)
        return add_months(_plain_day(bank.first + timedelta(days=rng.randrange(1, span))), -months)
    if kind == "technical_overdue":
        return add_months(_plain_day(bank.until - timedelta(days=rng.choice((3, 8, 9, 12, 16)))), -rng.randrange(5, 12))
    return None


def _offer_for(customer: Customer, offers: tuple[Offer, ...], rng: Random, index: int) -> Offer:
    kind = customer.story.kind
    if index == 0 and kind in ("extension", "renewal_without_repayment"):
        return offers[0]
    if (
        index == 0
        and kind in ("technical_overdue", "cured", "rolling")
        and customer.kind in ("small_business", "self_employed", "farmer")
    ):
        return offers[1]
    if kind in ("technical_overdue", "cured", "rolling") and customer.kind == "individual":
        return offers[rng.choice((0, 2, 2, 3, 4))]
    if customer.kind == "individual":
        return offers[rng.choices(range(len(offers)), (30, 12, 28, 12, 12, 6))[0]]
    return rng.choice(offers)


def _failing_offer(customer: Customer, offers: tuple[Offer, ...], rng: Random) -> Offer:
    kind = customer.story.kind
    if kind in ("developer_batch", "double_mortgage"):
        return offers[0]
    if kind in ("written_off", "transferred", "restructuring", "misused_funds"):
        return offers[1] if customer.kind != "individual" else offers[2]
    if kind == "first_payment_default":
        return offers[2]
    if kind == "income_lost":
        return offers[rng.choice((0, 2, 2, 3, 4))]
    return rng.choice(offers[:2])


def _lend_to_fail(bank: Bank, customer: Customer, offer: Offer, rng: Random) -> Loan:
    """Lent so that something falls due on the day after the customer stops paying."""
    assert customer.story.fails_on is not None
    missing_on = customer.story.fails_on + timedelta(days=1)
    months = rng.choice(offer.months)
    if customer.story.kind == "first_payment_default":
        back = 1
    elif customer.story.kind in ("written_off", "transferred", "restructuring"):
        months = max(months, 24)
        back = offer.step * max(1, rng.randrange(5, 11) // offer.step)
    elif customer.story.kind == "misused_funds":
        back = min(months, 4)
    elif months <= 12 and not offer.product.startswith("PC"):
        back = months
        if "interest_monthly" in offer.methods and rng.random() < 0.5:
            # Interest is missing long before the principal falls due.
            offer, back = replace(offer, methods=("interest_monthly",)), months // 2
    else:
        back = offer.step * rng.randrange(2, max(3, min(months, 48) // offer.step))
    loan = lend(bank, customer, offer, add_months(missing_on, -back), months, rng)
    if loan.product.code == "PC02" or customer.story.kind in ("written_off", "transferred", "restructuring"):
        loan.has_rows = True
    return loan


def lend_chain(bank: Bank, customer: Customer, offer: Offer, start: date, months: int, rng: Random) -> None:
    """A loan and those that follow it: working capital is lent again, year after year."""
    loan = lend(bank, customer, offer, start, months, rng)
    wanted = customer.story.kind == "renewal_without_repayment"
    while months <= 12 and loan.matures_on < bank.until - timedelta(days=4) and customer.kind != "individual":
        chance = rng.random()
        if customer.story.kind == "extension" or (chance < 0.2 and not wanted):
            return
        without = wanted and loan.product.line == "inclusive" and loan.matures_on >= bank.first
        gap = 0 if without else rng.randrange(1, 7)
        again = _plain_day(loan.matures_on + timedelta(days=gap)) if gap else loan.matures_on
        if again > bank.until:
            return
        following = lend(bank, customer, offer, again, months, rng, amount=loan.amount, contract_no=loan.contract_no)
        following.refinances = loan.loan_no
        following.renewal_kind = "renewal_without_repayment" if without else "repaid_and_relent"
        if without:
            loan.plan.append((loan.matures_on, "cure", "new_loan"))
            _pay_to_old_loan(following, loan)
        loan = following


def _pay_to_old_loan(new: Loan, old: Loan) -> None:
    first = new.payouts[0]
    new.payment_mode = "own"
    new.payouts = [replace(first, amount=new.amount, mode="own", payee_name=old.customer.name,
                           payee_account=old.account_no,
                           payee_bank="", purpose=f"归还借据{old.loan_no}")]  # fmt: skip


def _plain_day(day: date) -> date:
    return day.replace(day=28) if day.day > 28 else day


def lend(bank: Bank, customer: Customer, offer: Offer, start: date, months: int, rng: Random, *,
         amount: Decimal | None = None, contract_no: str = "") -> Loan:  # fmt: skip
    product = PRODUCTS[offer.product]
    if amount is None:
        amount = between(rng, offer.low, offer.high, max(1000, 10 ** (len(str(offer.low)) - 2)))
    method = rng.choice(offer.methods)
    rate = Decimal(rng.randrange(*offer.rate)) / 100
    assert customer.account is not None
    loan = Loan(
        loan_no=f"{customer.branch_code}{start:%y%m}{bank.next('loan'):07d}", contract_no="", customer=customer,
        product=product, amount=amount, disbursed_on=start, matures_on=add_months(start, months), rate=rate,
        method=method, account_no=customer.account.account_no,
        purpose=offer.purpose.format(goods=customer.industry.goods),
        secured_by=rng.choice(offer.secured),
    )  # fmt: skip
    loan.rows = build_rows(method, amount, rate, start, months, offer.step)
    loan.has_rows = rng.random() < offer.rows
    loan.says_overdue = rng.random() < (0.9 if loan.has_rows else 0.95)
    loan.contract_no = contract_no or _sign(bank, loan, months, rng).contract_no
    managers = managers_of(bank, customer.branch_code, LINE_OF_KIND[customer.kind])
    loan.originator_no = rng.choice(managers).staff_no
    loan.approver_no = rng.choice([one.staff_no for one in bank.staff if "risk_officer" in one.posts])
    _pay_out(bank, loan, rng)
    customer.loans.append(loan)
    return loan


def _sign(bank: Bank, loan: Loan, months: int, rng: Random) -> Contract:
    customer = loan.customer
    facility_no = customer.facility.facility_no if customer.facility else ""
    kind = "single" if months > 12 else "maximum" if facility_no else "revolving"
    ends_on = loan.matures_on if kind == "single" else add_months(loan.disbursed_on, 36)
    number = f"HT{loan.disbursed_on:%Y}{bank.next('contract'):07d}"
    contract = Contract(number, customer.customer_no, facility_no, kind,
                        loan.disbursed_on - timedelta(days=rng.randrange(1, 6)),
                        ends_on, loan.amount, loan.account_no, rng.choice(("litigation", "litigation", "arbitration")),
                        rng.random() < 0.15)  # fmt: skip
    bank.contracts.append(contract)
    return contract


def _pay_out(bank: Bank, loan: Loan, rng: Random) -> None:
    """Large sums go straight to the counterparty; the parts always add up to what was lent."""
    customer = loan.customer
    entrusted = loan.amount >= (3_000_000 if customer.kind == "corporate" else 300_000)
    loan.payment_mode = "entrusted" if entrusted else "own"
    parts = rng.choice((1, 2, 3)) if loan.amount > 1_000_000 else 1
    amounts = [cents(loan.amount / parts).quantize(Decimal(1)).quantize(Decimal("0.01"))] * (parts - 1)
    amounts.append(loan.amount - total(amounts))
    for payee, amount in zip(payees_of(loan, parts, rng), amounts, strict=True):
        loan.payouts.append(payout(bank, loan, loan.disbursed_on, amount, loan.payment_mode, payee, loan.purpose))


def payout(bank: Bank, loan: Loan, on: date, amount: Decimal, mode: str, payee: str, purpose: str) -> Payout:
    """A payment out of a loan; whoever is paid more than once has the same account each time."""
    if payee in loan.customer.counterparties:
        account, bank_name = account_of(loan.customer, payee)
    else:
        serial = bank.payees.setdefault(payee, len(bank.payees) + 1)
        account, bank_name = account_number(serial, "7"), OTHER_BANKS[serial % len(OTHER_BANKS)]
    return Payout(f"ZF{bank.next('payout'):09d}", loan.loan_no, on, amount, mode, payee, account, bank_name, purpose)


def _grant_facility(bank: Bank, customer: Customer, rng: Random) -> None:
    low, high = {"corporate": (40, 90), "platform": (250, 400)}.get(customer.kind, (4, 9))
    approved = bank.first - timedelta(days=rng.randrange(20, 420))
    expires = add_months(approved, 12 if rng.random() < 0.3 else 24)
    facility = Facility(
        f"SX{bank.next('facility'):07d}", customer, approved, between(rng, low, high) * 1_000_000, expires
    )
    for kind, text in rng.sample(CONDITION_TEXTS, rng.randrange(1, 4)):
        number = f"TJ{bank.next('condition'):07d}"
        due = None if kind == "covenant" else approved + timedelta(days=rng.choice((15, 30, 90)))
        done = due - timedelta(days=rng.randrange(1, 12)) if due and rng.random() < 0.85 else None
        facility.conditions.append(Condition(number, kind, text, due, done))
    customer.facility = facility
