"""Branches, staff and products; the number of each grows with the number of customers."""

from datetime import date, timedelta
from random import Random

from .model import Bank, Branch, Employee, Product
from .names import BANK, COUNTIES, Namer

ALL_LINES = "corporate;inclusive;personal;rural"
PRODUCTS: dict[str, Product] = {
    product.code: product
    for product in (
        Product("WC01", "流动资金贷款", "working_capital", "corporate", "debtor"),
        Product("FA01", "固定资产贷款", "fixed_asset", "corporate", "debtor"),
        Product("PJ01", "项目贷款", "project", "corporate", "debtor"),
        Product("PD01", "房地产开发贷款", "property_development", "corporate", "debtor"),
        Product("TF01", "国内贸易融资", "trade_finance", "corporate", "debtor"),
        Product("AC01", "银行承兑汇票及垫款", "acceptance", "corporate", "debtor"),
        Product("SB01", "澜微快贷", "small_business", "inclusive", "days_past_due"),
        Product("PB01", "个人经营性贷款", "personal_business", "inclusive", "days_past_due"),
        Product("PC01", "个人综合消费贷款", "personal_consumption", "personal", "days_past_due"),
        Product("PC02", "澜享随借卡分期", "personal_consumption", "personal", "credit_card"),
        Product("HM01", "个人一手住房按揭贷款", "home_mortgage", "personal", "days_past_due"),
        Product("HM02", "个人二手住房按揭贷款", "home_mortgage", "personal", "days_past_due"),
        Product("CA01", "个人汽车贷款", "car", "personal", "days_past_due", 3),
        Product("FM01", "惠农贷", "farmer", "rural", "days_past_due"),
        Product("ST01", "生源地助学贷款", "student", "personal", "days_past_due"),
    )
}
HEAD_OFFICE_POSTS = (
    "vice_president", "department_head", "risk_officer", "risk_officer", "supervisor", "supervisor",
    "classification_officer", "classification_officer", "collateral_officer", "archivist", "legal_officer",
    "data_officer", "auditor", "department_head",
)  # fmt: skip
# From so many customers on the bank has its full size: 4 tier-1 branches, 16 sub-branches, about 120 people.
LARGE_BANK = 300
FULL_SUB_BRANCHES, FULL_TIER1_BRANCHES = 16, 4
SECOND_QUARTERS = ("高新", "城东", "港务", "南门", "新城")
RETAIL_CENTRE = "0900"
PRESERVATION_CENTRE = "0950"


def build_branches(bank: Bank, customers: int) -> None:
    large = customers >= LARGE_BANK
    subs = FULL_SUB_BRANCHES if large else max(2, round(4.2 + customers / 170))
    tier1 = FULL_TIER1_BRANCHES if large else max(1, round(subs / 4))
    bank.branches.append(Branch("0000", f"{BANK}总行", "", "head_office", "branch"))
    # A tier-1 branch is named after the first county of its part of the city.
    for index in range(tier1):
        county, region = COUNTIES[-(-index * len(COUNTIES) // tier1)]
        name = f"{BANK}{county[:-1]}分行"
        bank.branches.append(Branch(f"0{index + 1}00", name, "0000", "tier1_branch", "branch", county, region))
    for index in range(subs):
        place = index % len(COUNTIES)
        county, region = COUNTIES[place]
        parent = f"0{place * tier1 // len(COUNTIES) + 1}00"
        quarter = "" if index < len(COUNTIES) else SECOND_QUARTERS[place % len(SECOND_QUARTERS)]
        code = f"{parent[:2]}{bank.next(parent):02d}"
        name = f"{BANK}{county[:-1]}{quarter}支行"
        bank.branches.append(Branch(code, name, parent, "sub_branch", "branch", county, region))
    bank.branches.append(Branch(RETAIL_CENTRE, f"{BANK}零售信贷中心", "0000", "sub_branch", "retail_centre"))
    bank.branches.append(Branch(PRESERVATION_CENTRE, f"{BANK}资产保全中心", "0000", "sub_branch", "asset_preservation"))


def build_staff(bank: Bank, customers: int, rng: Random, namer: Namer) -> None:
    large = customers >= LARGE_BANK
    for branch in bank.branches:
        for posts, lines in _posts_of(branch, large):
            number = f"LZ{bank.next('staff'):05d}"
            until = date(bank.until.year + rng.randrange(0, 3), rng.randrange(1, 13), 28) if lines else None
            bank.staff.append(Employee(number, namer.person(rng.choice("mmf")), branch.code, posts, lines, until))
    _plant_staff_faults(bank)


def _posts_of(branch: Branch, large: bool) -> list[tuple[str, str]]:
    """Posts and, for account managers, their lines."""
    if branch.level == "head_office":
        return [(posts, "") for posts in HEAD_OFFICE_POSTS]
    if branch.level == "tier1_branch":
        return [(posts, "") for posts in ("branch_head", "risk_officer", "supervisor")[: 3 if large else 2]]
    if branch.kind == "asset_preservation":
        return [("department_head;asset_preservation", ""), ("asset_preservation", "")]
    if branch.kind == "retail_centre":
        return [("department_head;branch_head", "")] + [("account_manager", "inclusive;personal")] * (5 if large else 2)
    lines = ["corporate;inclusive", ALL_LINES, "inclusive;personal;rural"] if large else [ALL_LINES] * 2
    managers = [("account_manager", part) for part in lines]
    return [("branch_head", ""), *managers] + ([("risk_officer", "")] if large else [])


def _plant_staff_faults(bank: Bank) -> None:
    """One manager gone without a hand-over, one whose certificate has run out."""
    managers = [one for one in bank.staff if one.posts == "account_manager"]
    managers[-2].active = False
    managers[0].certificate_until = bank.first - timedelta(days=40)
    bank.planted.append({"kind": "inactive_manager", "subject": managers[-2].staff_no})
    bank.planted.append({"kind": "expired_certificate", "subject": managers[0].staff_no})


def managers_of(bank: Bank, branch_code: str, line: str) -> list[Employee]:
    here = [one for one in bank.staff if one.branch_code == branch_code and one.posts == "account_manager"]
    return [one for one in here if line in one.lines.split(";")] or here
