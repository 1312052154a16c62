"""Who the borrower pays: a supplier of what he buys, a developer, a seller, a dealer."""

from random import Random

from .model import Loan
from .names import CITY, PROVINCE, SURNAMES, Namer

PAYEE_WORDS = {
    "FA01": "机械设备制造有限公司", "PJ01": "路桥建设集团有限公司", "PD01": "建筑工程有限公司",
    "HM01": "房地产开发有限公司",
    "CA01": "汽车销售服务有限公司", "PC01": "装饰工程有限公司", "PC02": "家电商场有限公司",
}  # fmt: skip


def payees_of(loan: Loan, count: int, rng: Random) -> list[str]:
    """As many names as the sum has parts; the names fit the purpose."""
    code, namer = loan.product.code, Namer(rng)
    if code == "HM02":
        return [rng.choice(SURNAMES) + rng.choice("建志文晓海") + rng.choice("平华英军")] * count
    if code == "ST01":
        return ["江东财经职业学院"] * count
    if code not in PAYEE_WORDS:
        return rng.sample(loan.customer.suppliers, min(count, len(loan.customer.suppliers)))
    word = PAYEE_WORDS[code]
    return [f"{rng.choice((CITY[:2], PROVINCE[:2]))}{namer.brand()}{word}" for _ in range(count)]
