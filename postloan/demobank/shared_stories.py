"""Stories several customers share: a guarantee circle, a developer and its buyers, one flat pledged twice, a flood."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .dates import add_months
from .model import Bank, Collateral, Customer, Flow, Guarantee
from .stories import event


def tell_shared_stories(bank: Bank, rng: Random) -> None:
    by_number = {one.customer_no: one for one in bank.customers}
    by_story: dict[str, list[Customer]] = {}
    for customer in bank.customers:
        by_story.setdefault(customer.story.kind, []).append(customer)
    _circles(bank, by_story.get("guarantee_circle", []), by_number)
    _developer(bank, by_story.get("developer", []), by_story.get("developer_batch", []), rng)
    _one_flat_twice(bank, by_story.get("double_mortgage", []), by_number)
    _flood(bank, by_story.get("flood", []), rng)


def _circles(bank: Bank, members: list[Customer], by_number: dict[str, Customer]) -> None:
    """Each stands for the next; whoever falls leaves the rest with his debts."""
    for customer in members:
        ring = sorted([customer.customer_no, *customer.story.partners])
        after = by_number[ring[(ring.index(customer.customer_no) + 1) % len(ring)]]
        customer.story.note = f"互保圈：由{after.customer_no}担保"
        for loan in customer.loans:
            loan.secured_by = "guarantee"
            guarantee(bank, loan.contract_no, after, loan.amount, loan.disbursed_on, loan.matures_on)
        for number in customer.story.partners:
            fails_on = by_number[number].story.fails_on
            if fails_on and customer.story.fails_on and fails_on < customer.story.fails_on and customer.story.signs:
                event(
                    customer,
                    fails_on + timedelta(days=35),
                    "lawsuit_defendant",
                    "因对外担保被列为共同被告",
                    Decimal("1500000.00"),
                )


def guarantee(
    bank: Bank, contract_no: str, guarantor: Customer, amount: Decimal, signed_on: date, ends_on: date
) -> None:
    number = f"BZ{bank.next('guarantee'):07d}"
    until = ends_on + timedelta(days=3 * 365)
    bank.guarantees.append(
        Guarantee(number, contract_no, guarantor.customer_no, guarantor.name, signed_on, amount, until)
    )


def _developer(bank: Bank, developers: list[Customer], buyers: list[Customer], rng: Random) -> None:
    """Home loans in a batch, paid by the developer itself until its money runs out."""
    if not developers:
        return
    developer = developers[0]
    things: dict[str, list[Collateral]] = {}
    for thing in bank.collateral:
        things.setdefault(thing.links[0][0], []).append(thing)
    estate = "澜江壹号院二期"
    developer.story.partners = [one.customer_no for one in buyers]
    developer.story.note = f"{estate}批量按揭由开发商代付月供"
    assert developer.story.fails_on
    event(developer, developer.story.fails_on + timedelta(days=10), "production_stopped", f"{estate}工地停工")
    for place, buyer in enumerate(buyers):
        buyer.story.note = f"{estate}按揭，首付及月供由开发商代付"
        buyer.story.partners = [developer.customer_no]
        for loan in buyer.loans:
            loan.purpose = f"购买{estate}{place // 4 + 1}幢{place % 4 + 1}单元住房"
            for payment in loan.payouts:
                payment.payee_name = developer.name
            for thing in things.get(loan.contract_no, []):
                thing.location = f"江东省澜州市{developer.county}{loan.purpose[2:-2]}"
            for row in loan.rows:
                if bank.history_from < row.due_on <= (buyer.story.fails_on or bank.until):
                    amount = row.principal_due + row.interest_due
                    flow = Flow(row.due_on - timedelta(days=1), "credit", amount, developer.name, "代付月供")
                    buyer.extra_flows.append(flow)


def _one_flat_twice(bank: Bank, owners: list[Customer], by_number: dict[str, Customer]) -> None:
    """Two loans, two owners on paper, one property unit."""
    by_contract: dict[str, Collateral] = {}
    for thing in bank.collateral:
        for contract_no, *_ in thing.links:
            by_contract.setdefault(contract_no, thing)
    for owner in owners:
        if not owner.story.partners or not owner.loans:
            continue
        other = by_number[owner.story.partners[0]]
        if owner.customer_no > other.customer_no or not other.loans:
            continue
        first = by_contract.get(owner.loans[0].contract_no)
        second = by_contract.get(other.loans[0].contract_no)
        if first and second:
            second.register_no, second.location = first.register_no, first.location
            owner.story.note = other.story.note = f"同一不动产单元{first.register_no}重复抵押"


def _flood(bank: Bank, farmers: list[Customer], rng: Random) -> None:
    """One event for a county; half of those hit get time, the others simply stop paying."""
    for place, farmer in enumerate(farmers):
        on = farmer.story.starts_on
        assert on
        event(farmer, on, "disaster", f"{farmer.county}持续暴雨，农田受淹")
        farmer.story.note = "洪涝灾害"
        if place % 2:
            farmer.story.fails, farmer.story.fails_on = False, None
            farmer.story.note = "洪涝灾害，展期度过"
            farmer.phases, farmer.report_steps = [], []
            farmer.events = [one for one in farmer.events if one.kind == "disaster"]
            farmer.flow_phases = [(on, 0.1), (on + timedelta(days=120), 0.8)]
            for loan in farmer.loans:
                loan.plan.append((loan.matures_on, "extend", add_months(loan.matures_on, 6)))
