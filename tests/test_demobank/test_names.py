"""What firms are called and which line of business they are in: GB/T 4754-2017, and names that fit it."""

import pytest

from postloan.demobank import names
from postloan.demobank.generator import Settings, build_bank

# The classes of the standard that this bank lends to, in its words.
CLASSES = {
    "A0111": "稻谷种植", "A0141": "蔬菜种植", "A0153": "柑橘类种植", "A0313": "猪的饲养", "A0321": "鸡的饲养",
    "A0412": "内陆养殖", "C1361": "水产品冷冻加工", "C1411": "糕点、面包制造", "C1711": "棉纺纱加工",
    "C2110": "木质家具制造", "C2221": "机制纸及纸板制造", "C2730": "中药饮片加工", "C2927": "日用塑料制品制造",
    "C3311": "金属结构制造", "C3525": "模具制造", "C3670": "汽车零部件及配件制造", "C3824": "电力电子元器件制造",
    "C3825": "光伏设备及元器件制造", "E4813": "市政道路工程建筑", "F5111": "谷物、豆及薯类批发",
    "F5123": "果品、蔬菜批发", "F5132": "服装批发", "F5164": "金属及金属矿批发", "F5165": "建材批发",
    "F5169": "其他化工产品批发", "F5179": "其他机械设备及电子产品批发", "F5212": "超级市场零售",
    "F5232": "服装零售", "F5281": "五金零售", "F5287": "陶瓷、石材装饰材料零售", "G5431": "普通货物道路运输",
    "H6210": "正餐服务", "J6999": "其他未包括金融业", "K7010": "房地产开发经营", "L7212": "投资与资产管理",
    "O8111": "汽车修理与维护", "Q8411": "综合医院",
}  # fmt: skip
INDUSTRIES = (
    *names.MAKERS, *names.TRADERS, *names.SHOPS, *names.FARMS, names.DEVELOPER, names.PLATFORM, names.GUARANTOR,
    names.PUBLIC,
)  # fmt: skip


@pytest.fixture(scope="module")
def bank():
    return build_bank(Settings(customers=2000, months=1))


def test_every_industry_is_a_class_of_the_standard():
    assert {one.code for one in INDUSTRIES} == CLASSES.keys()


def test_only_makers_are_works_and_only_dealers_are_shops(bank):
    firms = [one for one in bank.customers if one.kind in ("corporate", "small_business")]
    assert any(one.name.endswith("厂") for one in firms)
    assert any(one.name.endswith("经营部") for one in firms)
    for one in firms:
        if one.name.endswith("厂"):
            assert one.industry.code.startswith("C"), one.name
        elif not one.name.endswith("公司"):
            assert one.industry.code.startswith("F"), one.name
        assert "制造" not in one.name or one.industry.code.startswith("C"), one.name


def test_no_two_firms_have_one_name(bank):
    firms = [one.name for one in bank.customers if one.kind in ("corporate", "small_business")]
    assert len(set(firms)) == len(firms)
