"""What befalls a customer, told one by one: payments, money in the account, events, reports, statements."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .dates import add_months
from .model import Bank, Customer, ExternalEvent, Flow, Phase
from .money import cents
from .payments import honest, misused, round_trip, savers, split

SIMPLY_STOP = ("written_off", "transferred", "restructuring", "first_payment_default", "misused_funds", "round_trip")


# What of the turnover is left between the beginning of a story and the first money missing.
LEFT = {"price_shock": 0.8, "over_expansion": 0.9, "flood": 0.1}
USUALLY_LEFT, LEFT_WHEN_FAILED = 0.55, 0.15
BEGIN_WITH_A_LOAN = ("split_payments", "honest_payments", "round_trip", "misused_funds")


def tell_stories(bank: Bank, rng: Random) -> None:
    for customer in bank.customers:
        story = customer.story
        if story.kind in BEGIN_WITH_A_LOAN and customer.loans:
            lent_on = customer.loans[-1].disbursed_on
            story.starts_on = min(lent_on, story.fails_on or lent_on)
        if story.fails:
            _stop_paying(bank, customer, rng)
        teller = TELLERS.get(story.kind)
        if teller and customer.loans:
            teller(bank, customer, rng)
        if story.noise:
            _make_noise(bank, customer, rng)
    _rare_bookings(bank, rng)
    savers(bank, rng)


def event(customer: Customer, on: date, kind: str, summary: str, amount: Decimal | None = None) -> None:
    customer.events.append(ExternalEvent(on, kind, summary, amount, on + timedelta(days=2)))


def _stop_paying(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    assert story.fails_on is not None
    assert story.starts_on is not None
    mode = "stopped"
    if story.kind not in SIMPLY_STOP and not any(loan.method.startswith("interest") for loan in customer.loans):
        mode = rng.choices(("stopped", "interest_only", "half"), (76, 14, 10))[0]
    customer.phases = [Phase(story.fails_on, mode)]
    customer.flow_phases.append((story.fails_on, LEFT_WHEN_FAILED))
    if story.signs:
        customer.flow_phases.insert(0, (story.starts_on, LEFT.get(story.kind, USUALLY_LEFT)))
        customer.report_steps.append((story.starts_on, rng.choice(("inquiries", "debt", "special_mention"))))
    customer.report_steps.append((story.fails_on + timedelta(days=30), "special_mention"))
    customer.report_steps.append((story.fails_on + timedelta(days=100), "substandard"))
    _signs_of_a_firm(customer, bank, rng)
    later = story.fails_on + timedelta(days=rng.randrange(50, 110))
    if later < bank.until and rng.random() < 0.6:
        event(
            customer,
            later,
            "lawsuit_defendant",
            "金融借款合同纠纷，被其他债权人起诉",
            cents(Decimal(rng.randrange(5, 200) * 10_000)),
        )
    if later + timedelta(days=70) < bank.until and rng.random() < 0.5:
        event(customer, later + timedelta(days=70), "enforcement", "列入被执行人名单")
    if customer.facility:
        customer.facility.frozen_from = story.fails_on + timedelta(days=30)
    frozen_from = story.fails_on + timedelta(days=60)
    if customer.account and frozen_from < bank.until and rng.random() < 0.15:
        customer.account.frozen_from = frozen_from
        event(customer, frozen_from, "asset_freeze", "账户被法院冻结")


BEFORE = (
    ("tax_arrears", "税务机关公告欠税"), ("other_bank_overdue", "他行流动资金贷款逾期"),
    ("abnormal_operation", "未按期公示年度报告，列入经营异常名录"), ("wage_arrears", "拖欠员工工资被投诉"),
    ("legal_representative_change", "法定代表人变更为非股东人员"), ("new_chattel_mortgage", "存货办理动产抵押登记"),
)  # fmt: skip
AFTER = (
    ("production_stopped", "厂区停产，大门上锁"), ("dishonest_debtor", "列入失信被执行人名单"),
    ("controller_missing", "实际控制人失去联系"), ("bankruptcy_petition", "债权人申请破产清算"),
)  # fmt: skip


def _signs_of_a_firm(customer: Customer, bank: Bank, rng: Random) -> None:
    """What the vendor's feed says of a firm in trouble: before it fails if it shows at all, and afterwards."""
    story = customer.story
    before, after, chance, other = rng.choice(BEFORE), rng.choice(AFTER), rng.random(), rng.random()
    if customer.is_person or story.fails_on is None or story.starts_on is None:
        return
    on = story.starts_on + timedelta(days=rng.randrange(8, 40))
    if story.signs and chance < 0.45 and on < story.fails_on:
        event(customer, on, *before)
    on = story.fails_on + timedelta(days=rng.randrange(40, 160))
    if other < 0.35 and on < bank.until:
        event(customer, on, *after)


def _lost_key_customer(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    story.note = f"第一大客户{customer.counterparties[0]}终止合作"
    if story.signs and story.starts_on:
        event(customer, story.starts_on, "key_customer_lost", story.note)


def _price_shock(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    story.note = f"{customer.industry.goods}价格一个季度内上涨三成"
    if story.signs and story.starts_on:
        event(customer, story.starts_on, "price_shock", story.note)
        event(customer, story.starts_on + timedelta(days=25), "wage_arrears", "员工反映两个月工资未发")


def _over_expansion(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    story.note = "新建厂区超预算，短贷长用"
    if story.signs and story.starts_on:
        customer.report_steps = [(story.starts_on + timedelta(days=back), "debt") for back in (20, 110)] + [
            one for one in customer.report_steps if one[1] != "debt"
        ]
        event(customer, story.starts_on, "new_lender", "新增两家融资租赁公司授信")
        event(customer, story.starts_on + timedelta(days=20), "new_chattel_mortgage", "生产设备办理动产抵押登记")


def _gambling(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    story.note = "实际控制人参与赌博"
    if not story.signs or not story.starts_on:
        return
    event(customer, story.starts_on + timedelta(days=10), "gambling_or_drugs", "实际控制人因赌博被行政处罚")
    owner = customer.parties[0].name
    for week in range(6):
        amount = cents(Decimal(rng.randrange(3, 30) * 1_000))
        customer.extra_flows.append(
            Flow(story.starts_on + timedelta(days=7 * week), "debit", amount, owner, "现金支取")
        )
    if rng.random() < 0.5:
        event(customer, story.starts_on + timedelta(days=40), "controller_missing", "实际控制人失去联系")


def _income_lost(bank: Bank, customer: Customer, rng: Random) -> None:
    story = customer.story
    story.note = rng.choice(("所在企业裁员", "重病住院", "离异后收入减少", "网贷缠身"))
    if story.signs and story.starts_on:
        kind = {"网贷缠身": "credit_inquiries", "离异后收入减少": "marriage_crisis"}.get(story.note)
        if kind:
            event(customer, story.starts_on, kind, story.note)
        elif rng.random() < 0.5:
            event(
                customer,
                story.starts_on + timedelta(days=20),
                "other_bank_overdue",
                "他行信用卡逾期",
                Decimal("8600.00"),
            )


def _written_off(bank: Bank, customer: Customer, rng: Random) -> None:
    """Given up in the books, never in fact: now and then a little still comes in."""
    customer.story.note = "执行终结，无可供执行财产"
    span = (bank.until - bank.first).days
    for place, loan in enumerate(customer.loans):
        on = bank.first + timedelta(days=rng.randrange(min(10, span), max(11, span * 3 // 4)))
        loan.plan.append((on, "write_off", None))
        if (bank.next("written_off") + place) % 2:
            for back in range(rng.randrange(1, 4)):
                later = on + timedelta(days=9 + back * rng.randrange(20, 50))
                source = rng.choice(("borrower", "guarantor", "third_party"))
                loan.plan.append((later, "recover", (Decimal(rng.randrange(5, 60)) / 1000, source)))
            customer.story.note = "核销后仍有零星回收"


def _transferred(bank: Bank, customer: Customer, rng: Random) -> None:
    """All of them on one day, in one package."""
    on = bank.until - timedelta(days=min(24, (bank.until - bank.first).days // 2))
    customer.story.note = "不良贷款批量转让给资产管理公司"
    for loan in customer.loans:
        loan.plan.append((on, "transfer", None))


def _restructured(bank: Bank, customer: Customer, rng: Random) -> None:
    """Overdue, then new terms, and paid since."""
    story = customer.story
    assert story.fails_on
    on = story.fails_on + timedelta(days=rng.randrange(62, 75))
    story.note = "债务重组，延长期限并下调利率"
    for loan in customer.loans:
        loan.plan.append((on, "restructure", (36, cents(loan.rate * Decimal("0.8")))))
    customer.phases.append(Phase(on, "good"))
    customer.flow_phases.append((on, 0.7))


def _extension(bank: Bank, customer: Customer, rng: Random) -> None:
    loan = customer.loans[0]
    loan.plan.append((loan.matures_on, "extend", add_months(loan.matures_on, rng.choice((3, 6)))))
    customer.story.starts_on, customer.story.note = loan.matures_on, "到期前申请展期获批"


def _technical(bank: Bank, customer: Customer, rng: Random) -> None:
    """One instalment a few days late for a reason that is nobody's trouble."""
    loan = customer.loans[0]
    due = [row.due_on for row in loan.rows if bank.first < row.due_on < bank.until]
    if due:
        on = due[-1]
        loan.phases = [Phase(on, "late", rng.randrange(3, 7)), Phase(on + timedelta(days=1), "good")]
        customer.story.starts_on, customer.story.note = (
            on,
            rng.choice(("换卡未更新扣款账户", "遇节假日延迟到账", "系统升级")),
        )


def _cured(bank: Bank, customer: Customer, rng: Random) -> None:
    span = max(40, (bank.until - bank.first).days)
    start = bank.until - timedelta(days=rng.randrange(30, span))
    end = start + timedelta(days=rng.randrange(25, 95))
    customer.phases = [Phase(start, "stopped"), Phase(end, "good")]
    customer.story.starts_on, customer.story.note = start, "逾期后一次性补足"
    for loan in customer.loans:
        if loan.matures_on > end:
            loan.plan.append((end, "cure", rng.choice(("borrower", "borrower", "third_party", "guarantor"))))


def _rolling(bank: Bank, customer: Customer, rng: Random) -> None:
    start = bank.first - timedelta(days=60)
    customer.phases = [Phase(start, "late", rng.randrange(18, 40))]
    customer.story.starts_on, customer.story.note = start, "每期拖延后补缴"


def _growth(bank: Bank, customer: Customer, rng: Random) -> None:
    """A good tenth more each month, until it has doubled."""
    starts_on = bank.first + timedelta(days=rng.randrange(0, max(1, (bank.until - bank.first).days // 6)))
    customer.story.starts_on, customer.story.note = starts_on, "订单持续增长"
    customer.flow_phases += [(add_months(starts_on, month), 1.1 + 0.11 * month) for month in range(9)]


def _seasonal(bank: Bank, customer: Customer, rng: Random) -> None:
    """Told from the last season that began."""
    peaks = customer.industry.peak_months
    months = [add_months(bank.until.replace(day=1), -back) for back in range(12)]
    customer.story.starts_on = next(
        month for month in months if month.month in peaks and add_months(month, -1).month not in peaks
    )
    customer.story.note = f"季节性经营，旺季为{'、'.join(map(str, peaks))}月"


def _renewal(bank: Bank, customer: Customer, rng: Random) -> None:
    renewed = [loan.disbursed_on for loan in customer.loans if loan.renewal_kind == "renewal_without_repayment"]
    customer.story.starts_on, customer.story.note = min(renewed, default=None), "到期无还本续贷"


NOISE: tuple[tuple[str, str], ...] = (
    ("legal_representative_change", "法定代表人变更登记"), ("lawsuit_defendant", "买卖合同纠纷，标的较小"),
    ("administrative_penalty", "广告用语不规范，罚款两千元"), ("credit_inquiries", "两个月内多次贷款审批查询"),
    ("shareholder_change", "股东之间转让股权"), ("relocation", "经营场所迁至同区"), ("new_lender", "新增一家他行授信"),
)  # fmt: skip
PERSON_NOISE: tuple[tuple[str, str], ...] = (
    ("credit_inquiries", "两个月内多次信用卡审批查询"), ("new_lender", "新增他行消费贷款"), ("relocation", "住址变更"),
)  # fmt: skip


def _make_noise(bank: Bank, customer: Customer, rng: Random) -> None:
    """Something that looks like trouble and is none."""
    on = bank.until - timedelta(days=rng.randrange(3, max(20, (bank.until - bank.first).days)))
    pick = rng.random()
    if pick < 0.85:
        kind, summary = rng.choice(PERSON_NOISE if customer.is_person else NOISE)
        event(customer, on, kind, summary)
    elif pick < 0.95 and not customer.flow_phases:
        customer.flow_phases += [(on - timedelta(days=30), 0.45), (on + timedelta(days=20), 1.0)]
        customer.flow_phases.sort(key=lambda phase: phase[0])
    else:
        customer.report_steps.append((on, "inquiries"))


def _rare_bookings(bank: Bank, rng: Random) -> None:
    """Receipts taken back, loans paid before their time: a few in any bank."""
    quiet = [one for one in bank.customers if one.story.kind == "plain" and one.kind in ("individual", "self_employed")]
    for place, customer in enumerate(quiet[: max(4, len(quiet) // 25)]):
        for loan in customer.loans[:1]:
            due = [row.due_on for row in loan.rows if bank.first < row.due_on < bank.until - timedelta(days=6)]
            if not due or loan.refinances or len(customer.loans) > 1:
                continue
            on = rng.choice(due)
            if place % 4 == 0:
                loan.plan += [(on + timedelta(days=1), "reverse", None), (on + timedelta(days=4), "cure", "borrower")]
                customer.story.note = "入账冲正后重新入账"
            else:
                loan.plan.append((on + timedelta(days=3), "settle_early", rng.choice(("borrower", "third_party"))))
                customer.story.note = "提前结清"


TELLERS: dict[str, Callable[[Bank, Customer, Random], None]] = {
    "lost_key_customer": _lost_key_customer, "price_shock": _price_shock, "over_expansion": _over_expansion,
    "gambling_controller": _gambling, "misused_funds": misused, "round_trip": round_trip, "split_payments": split,
    "honest_payments": honest, "transferred": _transferred,
    "income_lost": _income_lost, "first_payment_default": _income_lost, "written_off": _written_off,
    "restructuring": _restructured, "extension": _extension, "technical_overdue": _technical, "cured": _cured,
    "rolling": _rolling, "growth": _growth, "seasonal": _seasonal, "renewal_without_repayment": _renewal,
}  # fmt: skip
