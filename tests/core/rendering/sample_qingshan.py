"""The Chinese sample shop: a tea merchant in Anxi."""

# ruff: noqa: E501 - sentences of a shop, one fact per line

from core.rendering.contexts import FieldOption
from tests.core.rendering.sample_words import (
    HERO,
    STORY,
    Good,
    GroupWords,
    ShopWords,
    Step,
    door,
    page,
    section,
)

_TEA = "/pictures/qingshan/"
QINGSHAN = ShopWords(
    handle="qingshan", name="青山茶事", tagline="安溪感德，自家茶园和几位老朋友的茶", currency="CNY", zone="Asia/Shanghai",
    preset="tea", pictures=_TEA, logo=_TEA + "qingshan-seal.svg", phone="154 0000 0001", hours="每天 9:00–21:00，人工回复",
    announcement="满 88 元包邮；工作日下午 4 点前付款，当天从安溪发出", search_hint="搜茶、茶器、产地",
    person="吴晓禾", contact="138 **** 6027", address="福建省泉州市丰泽区东湖街 118 号 3 幢 602", alone=12800, group_price=8900,
    nav=(("茶", "/collections/oolong"), ("茶器", "/collections/ware"), ("礼盒", "/collections/gifts"), ("拼团", "/x/group-buy/")),
    policies=("配送", "退换货", "隐私"), legal=("青山茶事（演示店铺）", "店内人名、电话均为虚构"),
    sorts=("推荐", "最新", "价格从低到高", "价格从高到低"),
    products=(
        Good("anxi-tieguanyin", "安溪铁观音 2026 秋茶", "感德镇海拔 700 米茶园，10 月中旬采制", 8900, "anxi-tieguanyin.svg", "墨绿色圆罐，罐脚散着几粒乌龙茶", "celadon", variant="清香型·125 g 罐装", deal="3 人拼团", several=True),
        Good("zhangping-shuixian", "漳平水仙茶饼", "手工压的小方饼，一饼正好一泡", 5200, "zhangping-shuixian.svg", "两块纸包的方形茶饼叠在一起", "sand", variant="清香·10 饼", note="10 饼", before=6800),
        Good("wuyi-rougui", "武夷肉桂", "辛锐的桂皮香，传统四方纸包", 19800, "wuyi-rougui.svg", "四方纸包的岩茶", "apricot", note="100 g"),
        Good("zhengshan-xiaozhong", "正山小种", "桐木关，传统松烟与无烟两种", 7800, "zhengshan-xiaozhong.svg", "推盖木盒露出条索红茶", "rose", several=True, note="余 4 盒"),
        Good("celadon-gaiwan", "青瓷盖碗", "110 ml，杯沿外撇不烫手", 6800, "celadon-gaiwan.svg", "青瓷盖碗", "mist", note="1 套"),
        Good("side-handle-kettle", "侧把煮茶壶", "陶壶配炭炉，煮老白茶正好", 32800, "side-handle-kettle.svg", "侧把陶壶放在小炭炉上", "apricot", sold_out=True),
    ),
    gallery=(("anxi-tieguanyin.svg", "墨绿色圆罐，罐脚散着几粒乌龙茶", "celadon"), ("leaf-oolong.svg", "白瓷茶荷里的颗粒乌龙干茶", "sand"), ("liquor-oolong.svg", "白杯里金黄的茶汤", "mist")),
    options=(("香型", ("清香型", "浓香型", "陈香型")), ("规格", ("125 g 罐装", "250 g 罐装"))),
    body="<p>秋天的铁观音香气比春天扬，汤水略薄一点。今年 10 月中旬天晴，前后采了九天，当天晒青、摇青，第二天早上下炉。</p><p>清香型不焙火，花香清，怕热怕光，请放冰箱；浓香型炭焙三遍，汤色金黄，放常温就好。</p><p>第一次喝铁观音，建议从浓香型开始，对水和手法不挑。</p>",
    details=(("产地", "福建安溪 感德镇"), ("采摘", "2026 年 10 月 11 日至 19 日，人工采"), ("冲泡", "7 g 投 110 ml 盖碗，100 ℃，头泡 15 秒"), ("保存", "密封、避光、防潮")),
    facts=(("truck", "运费", "满 88 元包邮", "顺丰，发往 福建 泉州"), ("calendar", "发货", "付款后 48 小时内", "今天付款，最晚 11 月 24 日发出"), ("shield", "退货", "七天内未拆封可退", "瑕疵我们付运费"), ("store", "卖家", "青山茶事·安溪感德镇", "每天 9:00–21:00 有人回")),
    home=page(
        section("hero", image=HERO, eyebrow="小雪·围炉", title="煮一壶\n老白茶", text="寿眉放几年，煮着喝正好。", button="看可以煮的茶", link={"kind": "collection", "ref": "white-green"}),
        section("icon_nav", (door("group", "拼团", "plugin", "group_buy", strong=True), door("leaf", "乌龙", "collection", "oolong"), door("sprout", "白绿茶", "collection", "white-green"), door("teapot", "茶器", "collection", "ware"), door("gift", "礼盒", "collection", "gifts"))),
        section("goods", title="今年秋茶", subtitle="十月采的乌龙，刚做完", collection="oolong", limit=4, more="全部 26 款"),
        section("image_text", title="青山路十九号", image=STORY, body=[{"p": ["店在感德镇上，门口那条路就叫青山路。茶园四十亩，二〇〇七年从父亲手里接过来，只做春秋两季铁观音。"]}, {"p": ["别的茶来自几位认识多年的茶农。谁做的、哪天采的、多少钱一斤收的，我们问清楚才上架。"]}], button="认识几款茶", link={"kind": "collection", "ref": "gifts"}),
        section("goods", title="口粮茶", subtitle="每天喝，不心疼", collection="daily", limit=6, layout="rail", more="全部"),
        section("promises", (("promise", {"icon": "truck", "label": "运费", "text": "满 88 元包邮，不满收 8 元"}), ("promise", {"icon": "calendar", "label": "发货", "text": "付款后 48 小时内，拼团成团后 48 小时内"}), ("promise", {"icon": "shield", "label": "退货", "text": "七天内未拆封可退，瑕疵我们付运费"}), ("promise", {"icon": "store", "label": "卖家", "text": "安溪感德镇，每天 9:00–21:00 有人回"}))),
        section("rich_text", title="配送说明", body=[{"p": ["满 88 元包邮，", {"text": "不满收 8 元", "b": True}, "。"]}, {"h": ["多久到"]}, {"ul": [["福建省内 1–2 天"], ["其他地区 2–4 天"]]}, {"p": ["问题写信到 ", {"text": "联系我们", "link": {"kind": "page", "ref": "contact"}}, "。"]}]),
    ),
    home_images=((_TEA + "qingshan-hero.svg", "圆窗外是晨光里的茶山，木桌上放着煮茶壶和一杯茶"), (_TEA + "qingshan-story.svg", "晨光里层层茶园，小路边放着装满鲜叶的竹篓")),
    words={
        "gone": "这一款卖完了，浓香型还有货。", "back": "返回", "browse": "分类", "search": "搜索", "query": "乌龙", "cart": "购物车", "home": "回首页", "me": "我的",
        "everyday": "日常价", "sale": "秋茶节", "skipped": "会员 9 折没用上：和拼团价只取更低的一个。", "limit": "拼团每人限 2 件",
        "note": "下单后 48 小时内发货", "problem": "只剩 2 件，请改少一点", "cart_problem": "有一件商品数量不够，改好才能结算。",
        "goods": "商品原价", "coupon": "新客券 满 100 减 10", "coupon_why": "此时小计 108.00，够了", "shipping": "运费", "shipping_why": "顺丰 8.00，满 88 元包邮",
        "checkout": "确认订单", "hold": "第 3 个名额为你保留", "hold_detail": "林** 的团，付款后才算占住", "if_full": "如果付款时团已经满了",
        "changed": "武夷肉桂的秋茶节价格 20:00 结束了。", "bad_field": "手机号是 11 位数字，这里少了一位。", "promise": "没成团时 ¥98.00 全额自动退回，券也退回券包。", "note_field": "给店家留言",
        "pay": "付款", "pay_ready": "订单已提交，请付款", "pay_ready_detail": "付款后名额才算占住。", "pay_now": "去付款", "pay_wait": "正在等付款结果", "pay_wait_detail": "支付方还没回话，通常几秒钟。可以关掉这页，结果会出现在订单里。", "pay_failed": "这次没付成", "pay_failed_detail": "银行拒绝了这笔付款，没有扣款。换个方式再试一次。", "pay_again": "再付一次",
        "order": "订单详情", "orders": "我的订单", "order_paid": "已发货", "order_paid_detail": "顺丰正在送，预计 11 月 24 日到。", "parcel": "包裹", "carrier": "顺丰速运", "cancel": "申请退款", "cancel_sure": "现在申请，会全额退回 ¥108.00。", "ask": "问问客服",
        "order_wait": "待成团", "order_wait_detail": "还差 1 人付款。到时没满会自动全额退款。", "hold_order": "成团后发货", "hold_order_detail": "3 人团有 2 人付款",
        "order_refund": "没成团，正在退款 ¥98.00", "order_refund_detail": "你不用做什么。预计今天 09:40 前回到微信零钱。", "shared": "89.00，分摊券 −8.24", "shared_2": "19.00，分摊券 −1.76", "order_unpaid": "待付款",
        "login": "登录", "login_reason": "登录后就能结算，购物车里的东西都还在。", "contact_field": "邮箱或手机号", "code_field": "6 位验证码", "code_wrong": "验证码不对，还可以试 3 次。", "mailbox": "演示信箱", "addresses": "收货地址",
        "missing": "没有这个页面", "missing_text": "链接可能写错了，或者商品已经下架。",
    },
    choices=(("换到另一个快满的团", "同价同规格；一个都没有就退款"), ("我来开新团", "你当团长，24 小时内凑满 3 人"), ("直接退款", "当场原路退回")),
    fields=(
        {"name": "name", "label": "收货人", "value": "吴晓禾", "autocomplete": "name", "half": True}, {"name": "phone", "label": "手机号", "kind": "tel", "value": "1380000602", "autocomplete": "tel", "half": True},
        {"name": "region", "label": "地区", "kind": "select", "value": "福建省", "options": (FieldOption(value="福建省", label="福建省"), FieldOption(value="广东省", label="广东省"))}, {"name": "line1", "label": "详细地址", "autocomplete": "street-address", "help": "街道、门牌、楼层"}, {"name": "postcode", "label": "邮编", "required": False, "autocomplete": "postal-code", "half": True},
    ),
    pickup_fields=({"name": "pickup_name", "label": "取货人", "half": True}, {"name": "pickup_phone", "label": "手机号", "kind": "tel", "half": True}),
    delivery=(("ship", "顺丰快递", "2–3 天送到", 0), ("pickup", "到店自提", "感德镇青山路 19 号，每天 9:00–18:00", 0)),
    payments=(("微信支付", "退款回零钱，通常几分钟", "wallet"), ("银行卡", "", "card")),
    timelines={
        "paying": (Step("订单已提交", hours=-0.02), Step("等支付方确认", "通常几秒钟", "now", hours=0), Step("付款成功", state="next", when="马上")),
        "order": (Step("订单已提交", hours=-3), Step("付款成功", "微信支付 ¥108.00", hours=-2.9), Step("已发货", "顺丰速运 SF1402398842", "now", hours=-1), Step("送达", state="next", when="预计 11-24")),
        "refund": (Step("你付款 ¥98.00", "微信支付", hours=-13), Step("到时未满，没成团", "3 人团有 2 人付款，差 1 人", "fail", hours=-0.5), Step("自动发起全额退款", "新客券也回到券包", hours=-0.49), Step("微信支付处理中", "已受理。30 分钟没结果会自动重试", "now", hours=-0.48), Step("到账微信零钱", state="next", when="预计 09:40 前")),
    },
    order_facts=(("订单号", "QS20261122-0471"), ("付款", "微信支付"), ("收货", "吴晓禾 138 **** 6027"), ("地址", "福建省泉州市丰泽区东湖街 118 号")),
    mails=(("sms", "138 **** 6027", "", "【青山茶事】验证码 402917，5 分钟内有效。"), ("email", "wu@example.com", "你的团成了", "安溪铁观音 3 人团已成团，48 小时内从安溪发出。")),
    doors=(("wallet", "待付款"), ("group", "待成团"), ("box", "待发货"), ("truck", "待收货"), ("refund", "退款")),
    views=("全部", "待付款", "待成团", "待发货", "退款"),
    group=GroupWords(
        title="3 人拼团", done="3 人拼团·已成 428 团", ends="活动 11 月 25 日 02:45 结束", left="活动还剩 {}", label="拼团价·满 3 人成团", alone_label="单独买", buy_alone="单独买",
        offers="这些团在等人", all="全部 7 个", go="去拼", missing="差 {} 人·剩 ", refund=("退款", "没成团自动全额退", "原路退回，通常几分钟"),
        open=(("小**果", 1, 0.68), ("陈**", 1, 3.2), ("林**", 2, 13.4)), page="林** 邀你拼团", still="还差 2 人付款", closes="11 月 23 日 09:30 截止", take="占这个空位·¥89.00", start="我来开新团", copy="复制链接", next="接下来会怎样",
        steps=(("点「占位」", "名额保留 10 分钟，付款才算数；没付就放回。"), ("满 3 人付款，成团", "48 小时内发货，每人寄到自己的地址。"), ("到时没满，自动退款", "不用申请，截止那一刻发起。")), money="钱什么时候退回",
        when=(("没成团", "截止那一刻发起", "全额，含运费和券"), ("成团前你想退出", "马上发起", "在订单里点「退出」"), ("到账时间", "微信零钱 几分钟", "银行卡 1–3 个工作日")),
        seats=(("林", "paid", "团长·已付款"), ("周", "held", "保留到 20:08"), ("空位", "free", "等你来")), mine="我的团",
    ),
)  # fmt: skip
