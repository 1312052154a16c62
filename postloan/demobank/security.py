"""Collateral, its links to contracts, and guarantees by firms, owners and guarantee companies."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .model import Bank, Collateral, Customer, Guarantee, Loan
from .names import Namer
from .shared_stories import guarantee
from .stories import event

KIND_OF_PRODUCT = {
    "HM01": "residential", "HM02": "residential", "CA01": "vehicle", "PD01": "construction_in_progress",
    "TF01": "receivables", "FA01": "industrial_property", "PJ01": "land_use_right",
}  # fmt: skip
OTHER_KINDS = ("industrial_property", "commercial_property", "office", "residential", "machinery", "inventory")
DESCRIPTIONS = {
    "residential": "住宅一套，建筑面积{area}平方米", "vehicle": "小型轿车一辆",
    "construction_in_progress": "在建住宅楼",
    "receivables": "对下游客户应收账款", "industrial_property": "工业厂房，建筑面积{area}平方米",
    "land_use_right": "国有建设用地使用权",
    "commercial_property": "临街商铺，建筑面积{area}平方米", "office": "写字楼一层",
    "machinery": "数控机床及生产线设备",
    "inventory": "原材料及产成品存货", "forest_or_farmland_right": "林地经营权", "deposit": "单位定期存单",
}  # fmt: skip
GIVEN_NAMES = ("建国", "秀兰", "志强", "桂英", "国庆", "丽华", "文斌", "海燕")
# Value of the thing for each hundred lent.
# Yuan a square metre, from and to: how large a thing of that value is.
SQUARE_METRE = {
    "residential": (7_500, 14_000), "commercial_property": (14_000, 26_000), "industrial_property": (2_200, 3_600),
}  # fmt: skip
COVER = {"residential": (140, 190), "vehicle": (125, 170), "receivables": (125, 160), "deposit": (105, 112)}


def secure_all(bank: Bank, rng: Random, namer: Namer) -> None:
    companies = [one for one in bank.customers if one.kind == "guarantee_company"]
    firms = [one for one in bank.customers if one.kind in ("corporate", "small_business") and not one.story.fails]
    done: dict[str, bool] = {}
    for loan in bank.loans:
        if loan.contract_no in done:
            continue
        done[loan.contract_no] = True
        if "mortgage" in loan.secured_by or "pledge" in loan.secured_by:
            _pledge(bank, loan, rng, namer)
        if "guarantee" in loan.secured_by and loan.customer.story.kind != "guarantee_circle":
            _guarantee(bank, loan, companies, firms, rng)


def _pledge(bank: Bank, loan: Loan, rng: Random, namer: Namer) -> None:
    customer = loan.customer
    kind = KIND_OF_PRODUCT.get(loan.product.code) or rng.choice(OTHER_KINDS)
    if customer.kind in ("self_employed", "individual") and kind not in ("residential", "vehicle"):
        kind = "residential"
    cover = rng.randrange(*COVER.get(kind, (150, 230)))
    serial = bank.next("collateral")
    appraised_on = loan.disbursed_on - timedelta(days=rng.randrange(5, 40))
    thing = Collateral(
        collateral_no=f"DY{serial:07d}", kind=kind, owner_no=customer.customer_no, owner_name=customer.name,
        description=DESCRIPTIONS[kind].format(area=_area(kind, loan.amount * cover / 100, rng)),
        register_no=_register_no(kind, serial, customer, rng),
        location=namer.address(customer.county, "individual" if kind == "residential" else "corporate"),
        value=(loan.amount * cover / 100).quantize(Decimal("0.01")),
        appraised_on=appraised_on, insured_until=_insured_until(kind, bank, rng), known_from=loan.disbursed_on,
        pre_registration=loan.product.code == "HM01" and rng.random() < 0.4,
    )  # fmt: skip
    thing.links.append((loan.contract_no, loan.amount, 1, loan.disbursed_on))
    _revalue(bank, thing, customer, rng)
    if customer.story.fails and customer.story.fails_on and rng.random() < 0.25:
        thing.seized_from = customer.story.fails_on + timedelta(days=80)
        event(customer, thing.seized_from, "collateral_seized", f"押品{thing.collateral_no}被其他法院查封")
    bank.collateral.append(thing)


def _area(kind: str, value: Decimal, rng: Random) -> int:
    low, high = SQUARE_METRE.get(kind, (1, 2))
    return max(38, int(value / rng.randrange(low, high)))


def _register_no(kind: str, serial: int, customer: Customer, rng: Random) -> str:
    if kind == "vehicle":
        return "LZB99" + "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(6)) + f"{serial:06d}"
    if kind in ("machinery", "inventory", "receivables"):
        return f"ZD{rng.randrange(10**8):08d}{serial:06d}"
    return (
        f"{customer.region}{rng.randrange(1000):03d}{rng.randrange(1000):03d}GB{serial:05d}F{rng.randrange(10**8):08d}"
    )


def _insured_until(kind: str, bank: Bank, rng: Random) -> date | None:
    if kind in ("receivables", "land_use_right"):
        return None
    return bank.until + timedelta(days=rng.randrange(-60, 700))


def _revalue(bank: Bank, thing: Collateral, customer: Customer, rng: Random) -> None:
    """Valued again each year, a quarter of the time forgotten; the trouble of the owner shows in the value."""
    on, value = thing.appraised_on + timedelta(days=360), thing.value
    while on < bank.until:
        if rng.random() < 0.75:
            fall = (
                rng.randrange(60, 80)
                if customer.story.fails and customer.story.signs and rng.random() < 0.4
                else rng.randrange(93, 103)
            )
            value = (value * fall / 100).quantize(Decimal("0.01"))
            thing.revaluations.append((on, value))
        on += timedelta(days=rng.randrange(350, 380))


def _guarantee(bank: Bank, loan: Loan, companies: list[Customer], firms: list[Customer], rng: Random) -> None:
    customer = loan.customer
    choice = rng.random()
    if companies and choice < 0.4 and loan.amount < 5_000_000:
        guarantor = rng.choice(companies)
    elif firms and choice < 0.75 and not customer.is_person:
        guarantor = rng.choice(firms)
    else:
        _personal_guarantee(bank, loan)
        return
    if guarantor is not customer:
        guarantee(bank, loan.contract_no, guarantor, loan.amount, loan.disbursed_on, loan.matures_on)
    else:
        _personal_guarantee(bank, loan)


def _personal_guarantee(bank: Bank, loan: Loan) -> None:
    """The owner or the spouse, who is no customer of the bank and has a name only."""
    parties = loan.customer.parties
    given = GIVEN_NAMES[bank.next("relative") % len(GIVEN_NAMES)]
    name = parties[0].name if parties else loan.customer.name[0] + given
    number = f"BZ{bank.next('guarantee'):07d}"
    until = loan.matures_on + timedelta(days=2 * 365)
    bank.guarantees.append(Guarantee(number, loan.contract_no, "", name, loan.disbursed_on, loan.amount, until))
