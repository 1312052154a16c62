"""What the demonstration's people write: in Chinese, as the bank's staff does. These are data, not texts of ours."""

from __future__ import annotations

from typing import Any

from postloan.collections.models import Ability, ActionResult, Cause, PlanKind, Willingness

PLAN_SOURCES = [
    "销售回款，第四季度订单预收款已到账六成",
    "应收账款回笼，主要下游两家企业承诺到期前付清",
    "经营收入及家庭存款，账户日均余额可覆盖",
    "自有资金归还，已在我行账户归集",
    "存货变现及股东借款，股东已出具承诺",
]
PLAN_OPINIONS = {
    PlanKind.REPAY: [
        "企业经营正常，近三个月回款稳定，账户余额与在途回款合计可覆盖本息，到期归还。",
        "借款人收入稳定，已约定到期前五日将款项存入还款账户，预计按期足额归还。",
        "已核对银行流水与订单台账，到期前回款足够，建议按期收回。",
    ],
    PlanKind.REPAY_PART: [
        "旺季备货占用资金，到期先归还一部分，其余续贷；抵押足值，风险可控。",
        "回款有季节性，建议压缩额度后续贷，压缩部分到期当日归还。",
    ],
    PlanKind.RENEW: [
        "经营稳定、无不良记录，符合无还本续贷条件，建议续贷一年。",
        "主营业务未变，纳税与用电较上年增长，建议无还本续贷，担保方式不变。",
    ],
    PlanKind.EXTEND: ["下游结算推迟约两个月，非经营恶化，建议展期九十天，利率与担保不变。"],
}
PLAN_MENDED = "已按要求补充回款明细与账户流水。"
LAWYER_LETTER = "律师函已经 EMS 寄达，收件人签收。"
NO_SUIT = "借款人配合还款，抵押物足值，先行协商，暂不起诉；下月复议。"
SECOND_OPINIONS = [
    "已与主办客户经理共同核对还款来源，同意上述安排。",
    "近期走访情况与申报一致，同意；建议到期前五日再核实账户余额。",
]
PLAN_RETURNED = [
    "还款来源写得笼统，请列出主要回款单位、金额和日期后再报。",
    "请补充近三个月账户流水，说明到期日资金缺口如何解决。",
]
ON_TRACK = [
    "还款账户余额已足额，借款人确认到期自动扣款。",
    "电话核实，回款昨日到账，剩余部分明日转入。",
    "查询账户余额充足，已提醒到期日保持余额。",
]
NOT_ON_TRACK = [
    "下游付款推迟，资金未全部到位，已要求股东筹款，明日再核。",
    "账户余额不足，借款人称正在调剂资金，已上报主管。",
]

# Who somebody in arrears is: how the talk ends, why, and what is said. The same debtor stays the same.
WILLING = "willing"
WAVERING = "wavering"
BAD = "bad"
TEMPERS: dict[str, dict[str, Any]] = {
    WILLING: {
        "results": [ActionResult.PROMISED, ActionResult.PROMISED, ActionResult.REACHED, ActionResult.PAID],
        "causes": [Cause.FORGOT, Cause.RECEIVABLES_LATE, Cause.SALES_FELL],
        "willingness": Willingness.WILLING,
        "abilities": [Ability.ABLE, Ability.PARTLY],
        "remarks": [
            "借款人称货款下周到账，到账即还，态度配合。",
            "因忘记存款导致扣款失败，答应尽快存入，已提醒罚息计算方式。",
            "下游工程款未结，已出示结算单，承诺分次归还。",
            "家中临时用钱，工资发放后补足，愿意接受自动扣款。",
        ],
    },
    WAVERING: {
        "results": [ActionResult.REACHED, ActionResult.PROMISED, ActionResult.NOT_REACHED, ActionResult.REACHED],
        "causes": [Cause.SALES_FELL, Cause.OTHER_DEBT, Cause.ILLNESS, Cause.UNEMPLOYED],
        "willingness": Willingness.UNSURE,
        "abilities": [Ability.PARTLY, Ability.UNABLE],
        "remarks": [
            "称收入下降，希望减免罚息，未给出明确还款日期，约定再谈。",
            "门店客流减少，同时欠他行贷款，表示先还利息。",
            "借款人住院，由配偶接听，需要两周筹款。",
            "表示正在找工作，可先还一部分，已要求提供收入证明。",
        ],
    },
    BAD: {
        "results": [ActionResult.REFUSED, ActionResult.NOT_REACHED, ActionResult.NOT_REACHED, ActionResult.DISPUTED],
        "causes": [Cause.UNWILLING, Cause.OTHER_DEBT, Cause.DISPUTE],
        "willingness": Willingness.UNWILLING,
        "abilities": [Ability.UNABLE],
        "remarks": [
            "多次联系，态度推诿，称没有钱还，已告知将依法处理。",
            "经营场所已关门，邻居称搬走一月有余，准备移交诉讼。",
            "对罚息金额有异议，已当面出示对账单，仍拒绝签字。",
            "电话无人接听，短信未回复，改日上门。",
        ],
    },
}
NEXT_STEPS = ["核对到账情况", "上门查看经营场所", "约借款人到行面谈", "联系保证人核实代偿能力"]
NOT_REACHED = "电话无人接听，短信已发送，改时段再打。"
