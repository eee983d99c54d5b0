"""The sample shop of the gallery: Qingshan tea, its orders, forms and reports, as pages would pass them to the kit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from marshmallow import Schema, fields, validate

from core.kernel.i18n import N_
from core.kernel.money import Money
from core.kernel.tenancy import ShopScope
from core.rendering.console import fields as kit_fields
from core.rendering.console.navigation import NavItem, merged
from core.rendering.console.parts import (
    Action,
    Badge,
    BadgesCell,
    Entry,
    Fact,
    Impact,
    ImpactReport,
    ItemCell,
    MoneyCell,
    Source,
    SourceCell,
    Stat,
    Step,
    TextCell,
    Toast,
)
from core.rendering.console.render import Shell, ShopLink
from core.rendering.console.tables import BulkAction, Column, Filter, IndexSpec, View

NOW = datetime(2026, 8, 6, 6, 30, tzinfo=UTC)
SCOPE = ShopScope(7, "qingshan", "CNY", "zh-CN", "Asia/Shanghai", "青山茶事")
GROUP = Source("拼团", "#c0662d")
COUPON = Source("优惠券", "#8a5fb0")
LIVE = Source("直播间", "#b8405e")
OWN = Source("网店")
LONG = "武夷山正岩核心产区慧苑坑肉桂岩茶特级手工炭焙礼盒装附品鉴杯与茶则十二泡装"
LONG_ENGLISH = (
    "Donaudampfschifffahrtsgesellschaftskapitänsmütze-Unbreakable-Very-Long-Product-Name-Without-Any-Space"
)


def yuan(minor):
    return Money(minor, "CNY")


@dataclass(frozen=True)
class Order:
    number: str
    minutes: int
    item: str
    sub: str
    picture: int
    buyer: str
    buyer_sub: str
    badges: tuple[Badge, ...]
    channel: Source
    total: int

    @property
    def id(self):
        return self.number

    @property
    def placed(self):
        return NOW - timedelta(minutes=self.minutes)


ORDERS = (
    Order("QS-10482", 2, "明前龙井 特级 100g", "2 件，另有 1 种商品", 0, "林知夏", "第 3 单",
          (Badge("待成团 3/5", "accent", "ring"),), GROUP, 40500),
    Order("QS-10481", 8, "武夷肉桂 岩茶 100g", "1 件", 1, "陈屿", "新客", (Badge("待发货", "warn"),), LIVE, 16800),
    Order("QS-10480", 11, "福鼎白毫银针 2024 饼茶", "1 件", 2, "周小满", "第 12 单",
          (Badge("待发货", "warn"),), OWN, 59800),
    Order("QS-10479", 27, "手作柴烧盖碗", "1 件，易碎", 3, "Elena Rossi", "新客",
          (Badge("待发货", "warn"),), OWN, 26000),
    Order("QS-10478", 43, "冷泡茶袋 桂花乌龙 12 包", "3 件", 4, "许航", "第 2 单",
          (Badge("待付款", "", "ring"),), OWN, 17700),
    Order("QS-10477", 59, LONG, "1 件", 0, "欧阳慕容司徒南宫若水", "第 5 单",
          (Badge("待成团 4/5", "accent", "ring"),), GROUP, 18800),
    Order("QS-10476", 92, LONG_ENGLISH, "2 件", 1, "Bartholomew Featherstonehaugh-Cholmondeley", "新客",
          (Badge("退款中", "bad"), Badge("待发货")), LIVE, 123456789),
    Order("QS-10475", 110, "茉莉银针 花茶 100g", "4 件", 2, "Tom Walker", "第 2 单", (Badge("运输中"),), OWN, 27200),
    Order("QS-10474", 195, "武夷肉桂 岩茶 100g", "2 件", 1, "顾清", "第 8 单",
          (Badge("已完成"), Badge("部分退款", "", "ring")), OWN, 33600),
    Order("QS-10473", 2300, "手作柴烧盖碗", "2 件，易碎", 3, "苏木", "第 3 单", (Badge("运输中"),), LIVE, 52000),
)  # fmt: skip

ORDERS_SPEC = IndexSpec(
    key="orders",
    noun=("%(count)s order", "%(count)s orders"),
    columns=(
        Column(
            "number",
            N_("Order"),
            lambda o: TextCell(
                o.number, sub=f"{o.placed.astimezone(SCOPE.zone):%m-%d %H:%M}", strong=True, number=True
            ),
            role="title",
            sort="placed_at",
        ),
        Column(
            "items",
            N_("Items"),
            lambda o: ItemCell(o.item, o.sub, image=f"/pic/{o.picture}.svg"),
            role="wide",
            width="fill",
        ),
        Column("buyer", N_("Buyer"), lambda o: TextCell(o.buyer, o.buyer_sub), role="aside"),
        Column("status", N_("Status"), lambda o: BadgesCell(o.badges), role="state", width="xl"),
        Column("channel", N_("Channel"), lambda o: SourceCell(o.channel), role="extra", width="s"),
        Column(
            "total", N_("Total"), lambda o: MoneyCell(yuan(o.total)), role="total", align="end", sort="total"
        ),
    ),
    sorts={
        "-placed_at": N_("Newest first"),
        "placed_at": N_("Oldest first"),
        "-total": N_("Largest first"),
        "total": N_("Smallest first"),
    },
    views=(
        View("all", N_("All")),
        View("to_ship", N_("To ship")),
        View("in_group", N_("Waiting for group")),
        View("unpaid", N_("Unpaid")),
        View("refunding", N_("Refunding"), hot=True),
    ),
    filters=(
        Filter("channel", N_("Channel"), (("app", N_("Online shop")), ("live", N_("Live room")))),
        Filter("placed", N_("Placed"), kind="days"),
        Filter("total", N_("Total"), kind="amount"),
    ),
    search=N_("Order, phone, tracking no."),
    sizes=(10, 50),
    row_url=lambda o: f"/order?n={o.number}",
    row_label=lambda o: o.number,
    bulk=(
        BulkAction("ship", N_("Ship"), "truck", "/bulk"),
        BulkAction("print", N_("Print"), "printer", "/bulk"),
        BulkAction("export", N_("Export"), "download", "/bulk"),
    ),
)
COUNTS = {"all": 1284, "to_ship": 26, "in_group": 14, "unpaid": 9, "refunding": 3}

NAV = (
    NavItem("home", N_("Home"), "home", "/console/", order=1, tab=True),
    NavItem("orders", N_("Orders"), "receipt", "/index", order=2, count=26, tab=True),
    NavItem("products", N_("Products"), "box", "/settings", order=3, tab=True),
    NavItem("customers", N_("Customers"), "users", "/bad", order=4),
    NavItem("marketing", N_("Marketing"), "speakerphone", "/empty", order=5, tab=True),
    NavItem("plugins", N_("Plugins"), "plug", "/impact", section="plugins", order=1),
    NavItem("settings", N_("Settings"), "settings", "/parts", section="settings", order=1),
)


def shell(path="/index", **changes):
    usual = {
        "staff_name": "沈青",
        "nav": merged(NAV, may=lambda permission: True),
        "path": path,
        "shops": (
            ShopLink("青山茶事", "/index", "qingshan.localhost", current=True),
            ShopLink("Hearth & Linen Home Goods Company", "/index", "hearth.localhost"),
        ),
        "home_url": "/index",
        "storefront_url": "/storefront",
        "search_url": "/search",
        "language_url": "/language",
        "logout_url": "/logout",
        "csrf_token": "token-1",
        "nonce": "n0nce",
    }
    return Shell(**{**usual, **changes})


class TierSchema(Schema):
    size = fields.Integer(required=True, metadata={"label": N_("People"), "unit": N_("people")})
    price = kit_fields.MoneyField(required=True, least=1, metadata={"label": N_("Price")})


class SettingsSchema(Schema):
    """Every widget at least once."""

    title = fields.String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={
            "label": N_("Name"),
            "group": N_("Basics"),
            "help": N_("Shown in lists and on share cards."),
        },
    )
    story = fields.String(
        validate=validate.Length(max=2000),
        metadata={
            "label": N_("Story"),
            "group": N_("Basics"),
            "rows": 3,
            "placeholder": N_("Two honest sentences"),
        },
    )
    picture = kit_fields.ImageField(allow_none=True, metadata={"label": N_("Picture"), "group": N_("Basics")})
    email = fields.Email(metadata={"label": N_("Reply to"), "group": N_("Basics"), "autocomplete": "email"})
    tags = kit_fields.TagsField(metadata={"label": N_("Tags"), "group": N_("Basics")})
    kind = fields.String(
        load_default="normal",
        validate=validate.OneOf(["normal", "tiered"], [N_("Normal"), N_("Tiered")]),
        metadata={"label": N_("Kind"), "group": N_("Rules")},
    )
    size = fields.Integer(
        load_default=5,
        validate=validate.Range(2, 100),
        metadata={"label": N_("Group size"), "unit": N_("people"), "group": N_("Rules"), "width": "third"},
    )
    price = kit_fields.MoneyField(
        required=True, least=1, metadata={"label": N_("Group price"), "group": N_("Rules"), "width": "third"}
    )
    rate = kit_fields.PercentField(
        load_default=800, metadata={"label": N_("Commission"), "group": N_("Rules"), "width": "third"}
    )
    tiers = fields.List(
        fields.Nested(TierSchema),
        load_default=list,
        metadata={
            "label": N_("Tiers"),
            "group": N_("Rules"),
            "visible_if": {"kind": "tiered"},
            "add_label": N_("Add a tier"),
        },
    )
    lasts = kit_fields.DurationField(
        load_default=timedelta(hours=24), metadata={"label": N_("Time limit"), "group": N_("When")}
    )
    starts = kit_fields.LocalDateTimeField(
        allow_none=True,
        metadata={"label": N_("Starts"), "group": N_("When"), "help": N_("In the shop's time zone.")},
    )
    carrier = fields.String(
        validate=validate.OneOf(["sf", "zto", "ems", "jd"], ["SF", "ZTO", "EMS", "JD"]),
        metadata={"label": N_("Carrier"), "group": N_("When"), "widget": "select"},
    )
    days = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.ContainsOnly(["mon", "tue", "wed"], [N_("Monday"), N_("Tuesday"), N_("Wednesday")]),
        metadata={"label": N_("Days"), "group": N_("When")},
    )
    join = fields.Boolean(
        load_default=True,
        metadata={
            "label": N_("Show open groups"),
            "help": N_("Buyers can join a group of somebody they do not know."),
            "group": N_("When"),
        },
    )


def impact_report():
    return ImpactReport(
        title="停用拼团",
        text="先收尾，不丢单。随时可以重新启用。",
        icon="users-group",
        confirm=Action("停用并收尾", "/off", primary=True, post=True),
        cancel=Action("保持启用"),
        steps=(
            Step("现在", "不再开新团", "now"),
            Step("收尾", "14 单照常成团或退款"),
            Step("8 月 8 日 20:00", "全部了结，自动停用"),
        ),
        impacts=(
            Impact(
                "clock", "待成团订单继续走完", "14 单", "满员发货，到期未满自动退款，共 ¥5,264.00", "warn"
            ),
            Impact("speakerphone", "活动停止接新单", "2 个", "立秋 5 人团，老带新 2 人团"),
            Impact("tag", "商品恢复原价", "12 个", "已下单的价格不变"),
            Impact(
                "check", "数据全部保留", "不删除", "团记录、订单优惠和报表不变，清除数据是另一步操作", "ok"
            ),
        ),
        more=Action("下载影响清单", "/impact.csv"),
    )


FACTS = (
    Fact("商品原价", yuan(53500)),
    Fact("拼团", yuan(-10000), source=GROUP),
    Fact("优惠券", yuan(-3000), source=COUPON),
    Fact("运费", yuan(0), note="¥12.00，满 299 包邮"),
    Fact("实付", yuan(40500), total=True),
)
TIMELINE = (
    Entry("陈一禾加入，团内 3 人，还差 2 人", NOW, "拼团插件", current=True),
    Entry(
        "收到 ¥405.00，席位已确认，发货暂停等待成团",
        NOW - timedelta(minutes=2),
        "微信支付通知，流水 4200…7316",
    ),
    Entry("林知夏下单，锁定库存 3 件、优惠券 1 张、团席位 1 个", NOW - timedelta(minutes=3), "网店"),
)
STATS = (
    Stat("付款订单", "86", "+11.7%", "ok", "上周四同时段 77", trend=(61, 70, 66, 74, 70, 79, 86)),
    Stat("销售额", yuan(1864250), "+10.3%", "ok", "上周四同时段 ¥16,905.00"),
    Stat("访客", "2,318", "−3.7%", "bad", "上周四同时段 2,406"),
    Stat("付款转化率", "3.71%", "+0.51 点", "ok", "上周四同时段 3.20%"),
)
STEPS = (
    Step("选商品", state="done", url="/wizard"),
    Step("价格与人数", state="now"),
    Step("时间与规则"),
    Step("检查并发布"),
)
TOAST = Toast("已把 3 单标为发货", "/undo", 8)
