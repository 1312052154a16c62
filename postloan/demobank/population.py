"""Customers of every kind, their groups and the people behind them."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from . import names
from .bank import RETAIL_CENTRE, managers_of
from .identifiers import account_number, credit_code, mobile, resident_id, with_wrong_check_digit
from .model import Account, Bank, Branch, Customer, RelatedParty
from .money import between
from .names import Industry, Namer

# Shares of a hundred customers; what is left are individuals.
KIND_SHARES = (
    ("corporate", 13.0), ("small_business", 20.0), ("self_employed", 14.0), ("farmer", 14.0), ("platform", 0.8),
    ("guarantee_company", 0.7), ("public_institution", 0.6), ("cooperative", 1.0),
)  # fmt: skip
LINE_OF_KIND = {
    "corporate": "corporate", "platform": "corporate", "public_institution": "corporate",
    "guarantee_company": "corporate", "small_business": "inclusive", "self_employed": "inclusive",
    "cooperative": "rural", "farmer": "rural", "individual": "personal",
}  # fmt: skip
RATINGS = ("AAA", "AA", "AA", "A", "A", "A", "BBB", "BBB", "BB", "B")


def build_customers(bank: Bank, count: int, rng: Random, namer: Namer) -> None:
    subs = [branch for branch in bank.branches if branch.level == "sub_branch" and branch.kind == "branch"]
    for kind in _kinds(count, rng):
        branch = rng.choice(subs)
        customer = _customer(bank, kind, branch, rng, namer)
        if kind == "individual" and rng.random() < 0.35:
            customer.branch_code = RETAIL_CENTRE
        _assign_managers(bank, customer)
        bank.customers.append(customer)
    _build_groups(bank, rng)
    _plant_customer_faults(bank, rng)


def _kinds(count: int, rng: Random) -> list[str]:
    kinds: list[str] = []
    for kind, percent in KIND_SHARES:
        kinds += [kind] * max(1, round(count * percent / 100))
    kinds = (kinds + ["individual"] * max(0, count - len(kinds)))[:count]
    rng.shuffle(kinds)
    return kinds


def _industry(bank: Bank, kind: str, rng: Random) -> tuple[Industry, str]:
    """The line of business and the size of the firm's name; one corporate builds homes."""
    if kind == "corporate" and bank.next("corporate") == 1:
        return names.DEVELOPER, "large"
    if kind == "corporate":
        return rng.choice(names.MAKERS + names.TRADERS), rng.choice(("large", "medium", "medium"))
    if kind == "small_business":
        return rng.choice(names.MAKERS + names.TRADERS), "small"
    if kind in ("farmer", "cooperative"):
        return rng.choice(names.FARMS), "small"
    fixed = {"platform": names.PLATFORM, "guarantee_company": names.GUARANTOR, "public_institution": names.PUBLIC}
    if kind in fixed:
        return fixed[kind], "medium"
    return rng.choice(names.SHOPS), "shop"


def _name(kind: str, industry: Industry, size: str, county: str, namer: Namer, person: str) -> str:
    if kind in ("individual", "farmer"):
        return person
    if kind == "platform":
        return f"{county}{namer.brand()}城市建设投资集团有限公司"
    if kind == "public_institution":
        return f"{county}第{namer.rng.choice('一二三四五六七')}{industry.word}"
    if kind == "cooperative":
        return f"{county}{namer.brand()}{industry.word}农民专业合作社"
    return namer.firm(industry, county, "medium" if kind == "guarantee_company" else size)


def _turnover(kind: str, size: str, rng: Random) -> Decimal:
    """Money a month through the account of the customer."""
    low, high = {
        "corporate": (1_500_000, 20_000_000), "small_business": (150_000, 1_200_000),
        "platform": (5_000_000, 20_000_000),
        "guarantee_company": (500_000, 2_000_000), "public_institution": (2_000_000, 8_000_000),
        "cooperative": (80_000, 400_000), "self_employed": (40_000, 260_000), "farmer": (5_000, 40_000),
    }.get(kind, (5_000, 28_000))  # fmt: skip
    return between(rng, low * (3 if size == "large" else 1), high * (3 if size == "large" else 1), 500)


def _customer(bank: Bank, kind: str, branch: Branch, rng: Random, namer: Namer) -> Customer:
    industry, size = _industry(bank, kind, rng)
    sex = rng.choice("mmf" if kind == "farmer" else "mf")
    person = namer.person(sex)
    born = date(rng.randrange(1958, 2003), rng.randrange(1, 13), rng.randrange(1, 29))
    is_person = kind in ("individual", "farmer")
    registrar = {"self_employed": "92", "cooperative": "93", "public_institution": "12"}.get(kind, "91")
    since = date(bank.until.year - rng.randrange(1, 12), rng.randrange(1, 13), rng.randrange(1, 29))
    serial = bank.next("customer")
    owner_id = resident_id(rng, branch.region, born, sex)
    customer = Customer(
        customer_no=f"{1 if is_person else 2}{serial:09d}",
        name=_name(kind, industry, size, branch.county, namer, person),
        kind=kind, branch_code=branch.code, county=branch.county, region=branch.region, industry=industry, size=size,
        id_type="resident_id" if is_person else "credit_code",
        id_number=owner_id if is_person else credit_code(rng, branch.region, registrar), phone=mobile(rng),
        address=namer.address(branch.county, kind), since=min(since, bank.first),
        monthly_turnover=_turnover(kind, size, rng),
    )  # fmt: skip
    if is_person:
        customer.birth_date, customer.sex = born, sex
        customer.id_valid_until = date(bank.until.year + rng.randrange(-1, 15), rng.randrange(1, 13), 15)
    else:
        customer.id_valid_until = date(bank.until.year + rng.randrange(1, 20), 12, 31) if rng.random() < 0.5 else None
        _add_owners(bank, customer, person, owner_id, rng, namer)
        customer.rating = rng.choice(RATINGS)
        customer.rating_on = bank.first - timedelta(days=rng.randrange(10, 400))
    if is_person and rng.random() < 0.5:
        spouse_sex = "f" if sex == "m" else "m"
        number = resident_id(rng, branch.region, born + timedelta(days=rng.randrange(-900, 900)), spouse_sex)
        customer.parties.append(
            RelatedParty("spouse", f"P{serial:06d}1", namer.person(spouse_sex), "resident_id", number)
        )
    customer.counterparties = [_counterparty(kind, branch.county, rng, namer) for _ in range(3)]
    customer.counterparties += _suppliers(industry, branch.county, rng, namer)
    customer.sales_pct = rng.randrange(34, 97)
    if kind == "individual":
        customer.counterparties[1:] = [
            "澜付通网络支付",
            f"{branch.county}{namer.brand()}超市",
            f"{branch.county}{namer.brand()}物业服务有限公司",
        ]
    customer.account = Account(account_number(serial, "1"), "settlement")
    customer.account.balance = customer.account.average = between(
        rng, 500, max(2_000, int(customer.monthly_turnover // 4))
    )
    return customer


def _counterparty(kind: str, county: str, rng: Random, namer: Namer) -> str:
    if kind == "individual":
        return namer.firm(rng.choice(names.MAKERS + names.TRADERS), county, "medium")
    if kind in ("farmer", "self_employed"):
        return namer.firm(rng.choice(names.TRADERS), county, "small")
    return namer.firm(
        rng.choice(names.MAKERS + names.TRADERS), rng.choice(names.COUNTIES)[0], rng.choice(("small", "medium"))
    )


def _suppliers(industry: Industry, county: str, rng: Random, namer: Namer) -> list[str]:
    """Two who sell what the customer works with, and somebody every business needs."""
    goods = industry.goods.split("与")[0] or "办公用品"
    goods = {"工程款": "建筑工程", "药材": "中药材", "食材": "农副产品"}.get(goods, goods)
    words = [f"{goods}贸易", goods, rng.choice(("包装材料", "货运", "商贸", "物资供应链"))]
    places = [names.CITY[:2], rng.choice(names.COUNTIES)[0][:2], names.PROVINCE[:2], county[:2]]
    return [f"{rng.choice(places)}{namer.brand()}{word}有限公司" for word in words]


def _add_owners(bank: Bank, customer: Customer, person: str, id_number: str, rng: Random, namer: Namer) -> None:
    base = f"P{customer.customer_no[-6:]}"
    if customer.kind in ("platform", "public_institution"):
        customer.parties.append(RelatedParty("legal_representative", base + "1", person, "resident_id", id_number))
        if customer.kind == "platform":
            holder = f"{customer.county}国有资产事务中心"
            customer.parties.append(RelatedParty("shareholder", base + "2", holder, "", "", "100"))
        return
    main = rng.choice((51, 60, 67, 70, 80, 100))
    if customer.kind == "self_employed":
        main = 100
    for relation in ("legal_representative", "controller", "shareholder"):
        percent = str(main) if relation != "legal_representative" else ""
        customer.parties.append(RelatedParty(relation, base + "1", person, "resident_id", id_number, percent))
    if main < 100:
        sex = rng.choice("mf")
        number = resident_id(rng, customer.region, date(rng.randrange(1960, 1998), 5, rng.randrange(1, 29)), sex)
        partner = namer.person(sex)
        customer.parties.append(
            RelatedParty("shareholder", base + "2", partner, "resident_id", number, str(100 - main))
        )


def _assign_managers(bank: Bank, customer: Customer) -> None:
    """By turns, so that nobody is without work; every other one goes to the most experienced."""
    line = LINE_OF_KIND[customer.kind]
    managers = managers_of(bank, customer.branch_code, line)
    round_, is_odd = divmod(bank.next(f"turn:{customer.branch_code}:{line}") - 1, 2)
    first = 1 + round_ % (len(managers) - 1) if is_odd and len(managers) > 1 else 0
    customer.manager_no = managers[first].staff_no
    if len(managers) > 1:
        customer.assistant_no = managers[(first + 1) % len(managers)].staff_no


def _brand_of(firm: Customer) -> str:
    """The part of a firm's name between its place and its trade."""
    before = firm.name.partition(firm.industry.word)[0]
    return before[-2:]


def _build_groups(bank: Bank, rng: Random) -> None:
    # Developers stay alone: whoever pays one out of a loan is noticed for that.
    firms = [one for one in bank.customers if one.kind == "corporate" and one.industry != names.DEVELOPER]
    for index in range(max(1, len(firms) // 20)):
        members = firms[index * 3 : index * 3 + 3]
        if len(members) < 2:
            return
        core, number = members[0], f"G{index + 1:04d}"
        bank.groups.append((number, f"{_brand_of(core)}系企业集团", core.customer_no))
        for member in members:
            member.group_no = number
        for member in members[1:]:
            code = core.id_number
            member.parties.append(
                RelatedParty(
                    "affiliate", f"P{core.customer_no[-6:]}0", core.name, "credit_code", code, "", core.customer_no
                )
            )
            member.parties.append(
                RelatedParty(
                    "shareholder", f"P{core.customer_no[-6:]}0", core.name, "credit_code", code, "30", core.customer_no
                )
            )
        core.key = True
    for customer in rng.sample(firms, min(len(firms), max(1, len(firms) // 12))):
        customer.key = True


def _plant_customer_faults(bank: Bank, rng: Random) -> None:
    """Data faults a bank really has: wrong check digits, no manager, a stand-in of another line, a lapsed rating."""
    chosen = rng.sample(bank.customers, min(len(bank.customers), 12))
    for customer in chosen[:5]:
        customer.id_number = with_wrong_check_digit(customer.id_number)
        bank.planted.append({"kind": "wrong_check_digit", "subject": customer.customer_no})
    for customer in chosen[5:8]:
        customer.manager_no = customer.assistant_no = ""
        bank.planted.append({"kind": "no_manager", "subject": customer.customer_no})
    for customer in chosen[8:10]:
        head = next(one for one in bank.staff if "branch_head" in one.posts and one.branch_code == customer.branch_code)
        customer.assistant_no = head.staff_no
        bank.planted.append({"kind": "stand_in_is_no_manager", "subject": customer.customer_no})
    for customer in rng.sample([one for one in bank.customers if one.assistant_no], 3):
        customer.later_manager = (bank.until - timedelta(days=12), customer.assistant_no)
        bank.planted.append({"kind": "core_changed_manager", "subject": customer.customer_no})
    for customer in chosen[10:]:
        customer.blacklisted_from = bank.until - timedelta(days=20)
        bank.planted.append({"kind": "blacklisted", "subject": customer.customer_no})
