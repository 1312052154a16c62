"""Names of people, firms and places. Province, city and counties are invented, so no firm can be a real one."""

from dataclasses import dataclass
from random import Random

PROVINCE = "江东省"
CITY = "澜州市"
BANK = "澜州银行"
OTHER_BANKS = ("江东农村商业银行澜江支行", "华澜商业银行营业部", "东屏村镇银行", "江东省城市信用联社")
COUNTIES: tuple[tuple[str, str], ...] = (
    ("澜江区", "990102"), ("云麓区", "990103"), ("望浦区", "990104"), ("东屏区", "990105"), ("临溪县", "990121"),
    ("青峪县", "990122"), ("宁浦县", "990123"), ("石桓县", "990124"), ("白鹭市", "990181"), ("稻川市", "990182"),
)  # fmt: skip
STREETS = ("朝阳路", "建设大道", "澜江大道", "学府街", "青石巷", "兴业路", "望湖路", "解放北路", "春晖路", "纺织路",
           "港务路", "工业三路", "创新大道", "文昌街", "南门外大街", "桂花路")  # fmt: skip
TOWNS = ("石桥镇", "柳湾镇", "大堰镇", "青云乡", "马塘镇", "双溪镇", "东岭乡", "新河镇")
VILLAGES = ("李家塘村", "上堰村", "竹园村", "大樟村", "河口村", "前进村", "新联村", "桐木坪村")
ESTATES = ("云麓花园", "澜江壹号院", "春晖里", "望湖新城", "沐溪苑", "青峪家园")
SURNAMES = ("王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江"
            "傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段"
            "郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚")  # fmt: skip
TWO_CHAR_SURNAMES = ("欧阳", "上官", "诸葛", "司徒", "慕容", "夏侯")
GIVEN_MALE = "伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林阳建国志文海峰永松德福庆山亮诚"
GIVEN_FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂英丹萍红玉兰洁梅琳莹雪慧佳婷雅倩颖欣怡梦琪岚薇蓉瑶晶"
BRANDS_FIRST = "恒鼎瑞泰华锦盛宏润嘉德永联新金天源和丰卓远信博安康达晟启铭臻诺禾沐凌岳"
BRANDS_SECOND = "信泰昌源隆达盛丰茂和润锦辉腾翔诚凯通顺祥宇科力邦禾森洋川岳景"

# Brands everybody knows stay out even of invented names.
KNOWN_BRANDS = (
    "华润",
    "永辉",
    "金茂",
    "华泰",
    "恒力",
    "恒丰",
    "宏达",
    "华信",
    "恒信",
    "金辉",
    "泰盛",
    "中润",
    "远景",
    "新和",
)


@dataclass(frozen=True, slots=True)
class Industry:
    """A line of business: GB/T 4754-2017 code, the word in the firm's name, what it buys, when it sells most."""

    code: str
    word: str
    goods: str
    peak_months: tuple[int, ...] = ()
    # What a small firm of the trade calls itself instead of a company; where empty it never does.
    small_form: str = ""


MAKERS = (
    Industry("C1711", "棉纺织", "皮棉", (8, 9, 10), "厂"),
    Industry("C1411", "食品", "面粉与油脂", (9, 12, 1), "厂"),
    Industry("C3311", "钢结构", "钢材", (), "厂"), Industry("C3670", "汽车零部件", "铸件", (), "厂"),
    Industry("C2927", "塑料制品", "聚乙烯颗粒", (), "厂"), Industry("C2110", "家具", "板材", (), "厂"),
    Industry("C3824", "电力电子", "晶片", (), "器件厂"), Industry("C2730", "中药饮片", "药材", (), "厂"),
    Industry("C1361", "水产冷冻食品", "鲜鱼", (11, 12, 1), "厂"), Industry("C2221", "造纸", "木浆", (), "厂"),
    Industry("C3525", "精密模具", "模具钢", (), "厂"), Industry("C3825", "光伏组件", "电池片", (), "厂"),
)  # fmt: skip
TRADERS = (
    Industry("F5164", "金属材料", "钢坯", (), "经营部"), Industry("F5165", "建材", "水泥", (), "经营部"),
    Industry("F5111", "粮食购销", "稻谷", (10, 11), "部"), Industry("F5132", "服饰", "成衣", (9, 10, 11), "商行"),
    Industry("F5169", "化工原料", "甲醇", (), "经营部"), Industry("G5431", "物流", "柴油"),
    Industry("F5179", "机电设备", "机床", (), "经营部"), Industry("E4813", "市政工程", "沥青"),
)  # fmt: skip
SHOPS = (
    Industry("F5212", "超市", "日用百货", (1, 2)), Industry("F5281", "五金店", "五金件"),
    Industry("H6210", "饭店", "食材", (1, 2, 10)), Industry("O8111", "汽车维修部", "配件"),
    Industry("F5232", "服装店", "服装", (9, 10, 11)), Industry("F5287", "陶瓷经营部", "瓷砖"),
    Industry("F5123", "果蔬批发部", "果蔬", (6, 7, 8)), Industry("C1411", "糕饼坊", "面粉"),
)  # fmt: skip
FARMS = (
    Industry("A0111", "水稻种植", "种子与化肥", (10, 11)), Industry("A0141", "蔬菜种植", "大棚膜"),
    Industry("A0313", "生猪养殖", "饲料"), Industry("A0412", "淡水养殖", "鱼苗", (11, 12, 1)),
    Industry("A0153", "柑橘种植", "果苗", (10, 11)), Industry("A0321", "蛋鸡养殖", "鸡苗"),
)  # fmt: skip
DEVELOPER = Industry("K7010", "房地产开发", "建筑材料")
PLATFORM = Industry("L7212", "城市建设投资", "工程款")
GUARANTOR = Industry("J6999", "融资担保", "")
PUBLIC = Industry("Q8411", "人民医院", "医疗设备")


class Namer:
    """Hands out names; a firm's name is given once only."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._firms: dict[str, bool] = {}

    def person(self, sex: str) -> str:
        rng = self.rng
        surname = rng.choice(TWO_CHAR_SURNAMES) if rng.random() < 0.02 else rng.choice(SURNAMES)
        given = GIVEN_MALE if sex == "m" else GIVEN_FEMALE
        return surname + "".join(rng.choice(given) for _ in range(1 if rng.random() < 0.25 else 2))

    def brand(self) -> str:
        first, second = self.rng.choice(BRANDS_FIRST), self.rng.choice(BRANDS_SECOND)
        third = self.rng.choice(BRANDS_SECOND) if self.rng.random() < 0.15 else ""
        brand = first + (second if second != first else "辰") + (third if third not in (first, second) else "")
        return brand if brand not in KNOWN_BRANDS else first + "屏" + third

    def firm(self, industry: Industry, county: str, size: str) -> str:
        for _ in range(200):
            name = self._firm_once(industry, county, size)
            if name not in self._firms:
                self._firms[name] = True
                return name
        name = f"{self._firm_once(industry, county, size)}第{len(self._firms)}分店"
        self._firms[name] = True
        return name

    def _firm_once(self, industry: Industry, county: str, size: str) -> str:
        rng, brand = self.rng, self.brand()
        place = rng.choice((CITY[:2], CITY[:2], county[:2], CITY, PROVINCE[:2]))
        if size == "shop":
            owner = rng.choice(SURNAMES) + rng.choice("记家氏")
            return f"{county}{rng.choice((brand, owner, brand))}{industry.word}"
        if size == "large" and rng.random() < 0.3:
            seat = f"{CITY[:2]}高新技术产业开发区" if rng.random() < 0.3 else rng.choice((PROVINCE[:2], CITY[:2]))
            return f"{seat}{brand}{industry.word}集团股份有限公司"
        if size == "small" and industry.small_form and rng.random() < 0.2:
            return f"{place}{brand}{industry.word}{industry.small_form}"
        form = rng.choice(("有限公司", "有限公司", "有限责任公司", "股份有限公司" if size == "large" else "有限公司"))
        return f"{place}{brand}{industry.word}{form}"

    def address(self, county: str, kind: str = "individual") -> str:
        rng = self.rng
        if kind in ("farmer", "cooperative"):
            village = f"{rng.choice(TOWNS)}{rng.choice(VILLAGES)}"
            return f"{PROVINCE}{CITY}{county}{village}{rng.randrange(1, 19)}组{rng.randrange(1, 90)}号"
        if kind in ("individual", "self_employed") and rng.random() < 0.6:
            block, unit, room = (
                rng.randrange(1, 30),
                rng.randrange(1, 4),
                rng.randrange(1, 28) * 100 + rng.randrange(1, 5),
            )
            street = f"{rng.choice(STREETS)}{rng.randrange(1, 400)}号{rng.choice(ESTATES)}"
            return f"{PROVINCE}{CITY}{county}{street}{block}幢{unit}单元{room}室"
        return f"{PROVINCE}{CITY}{county}{rng.choice(STREETS)}{rng.randrange(1, 900)}号"
