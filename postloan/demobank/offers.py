"""Ways of lending, by kind of customer: product, terms, sizes, rates in hundredths of a percent, security."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """A way of lending: product, term, method, size and what secures it."""

    product: str
    months: tuple[int, ...]
    methods: tuple[str, ...]
    low: int
    high: int
    rate: tuple[int, int]
    secured: tuple[str, ...]
    purpose: str
    step: int = 1
    rows: float = 1.0


OFFERS: dict[str, tuple[Offer, ...]] = {
    "corporate": (
        Offer("WC01", (6, 12, 12), ("interest_monthly", "interest_quarterly"), 2_000_000, 20_000_000, (385, 520),
              ("guarantee", "mortgage", "mortgage;guarantee", "credit"), "采购{goods}", rows=0.5),
        Offer("FA01", (36, 48, 60), ("equal_principal",), 5_000_000, 40_000_000, (410, 540),
              ("mortgage", "mortgage;guarantee"), "厂房及设备购置", 3),
        Offer("TF01", (3, 6), ("bullet",), 800_000, 6_000_000, (360, 480), ("pledge",),
              "应收账款融资，采购{goods}", rows=0.5),
    ),
    "small_business": (
        Offer("SB01", (12,), ("interest_monthly", "bullet"), 300_000, 3_000_000, (400, 590),
              ("guarantee", "mortgage", "credit"), "采购{goods}", rows=0.6),
        Offer("SB01", (24, 36), ("equal_instalments", "equal_principal"), 200_000, 2_000_000, (420, 620),
              ("guarantee", "mortgage", "credit"), "日常经营周转"),
    ),
    "self_employed": (
        Offer("PB01", (12,), ("interest_monthly",), 100_000, 900_000, (420, 650), ("mortgage", "guarantee", "credit"),
              "进货{goods}", rows=0.6),
        Offer("PB01", (24, 36), ("equal_instalments",), 80_000, 600_000, (440, 680), ("mortgage", "credit"),
              "店铺装修及进货"),
    ),
    "farmer": (
        Offer("FM01", (12,), ("bullet", "interest_quarterly"), 20_000, 300_000, (430, 620), ("credit", "guarantee"),
              "购买{goods}", rows=0.4),
        Offer("FM01", (24,), ("equal_principal",), 30_000, 200_000, (450, 640), ("credit", "guarantee"),
              "扩大种养规模", 3),
    ),
    "individual": (
        Offer("HM01", (120, 144, 180), ("equal_instalments",), 400_000, 2_200_000, (310, 430), ("mortgage",),
              "购买住房"),
        Offer("HM02", (96, 120), ("equal_principal",), 300_000, 1_500_000, (315, 440), ("mortgage",), "购买二手住房"),
        Offer("PC01", (12, 24, 36), ("equal_instalments",), 30_000, 300_000, (380, 720), ("credit",), "家庭消费、装修"),
        Offer("PC02", (12,), ("equal_principal",), 8_000, 50_000, (1095, 1560), ("credit",), "分期消费"),
        Offer("CA01", (36,), ("equal_instalments",), 60_000, 300_000, (390, 560), ("mortgage",), "购买家用汽车"),
        Offer("ST01", (60,), ("interest_quarterly",), 8_000, 40_000, (310, 360), ("credit",), "学费及住宿费"),
    ),
    "platform": (
        Offer("PJ01", (60, 84), ("equal_principal",), 50_000_000, 200_000_000, (400, 500), ("guarantee", "mortgage"),
              "片区基础设施建设", 6),
    ),
    "public_institution": (
        Offer("FA01", (60,), ("equal_principal",), 10_000_000, 60_000_000, (380, 440), ("credit",), "门诊楼改造", 3),
    ),
    "cooperative": (
        Offer("SB01", (12,), ("bullet", "interest_quarterly"), 100_000, 900_000, (410, 560), ("guarantee", "credit"),
              "收购{goods}", rows=0.5),
    ),
}  # fmt: skip
DEVELOPER_OFFER = Offer("PD01", (36,), ("interest_quarterly",), 80_000_000, 160_000_000, (450, 560), ("mortgage",),
                        "住宅小区开发建设", 3)  # fmt: skip
ADVANCE_OFFER = Offer("AC01", (1,), ("bullet",), 1, 1, (1800, 1801), ("credit",), "承兑汇票垫款", rows=0)
