"""Reviews of the example shops: what buyers said about what they got, with pictures, answers and all that happens."""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import select

from core.commerce.catalog.models import Product
from core.commerce.media.actions import store_buyer_picture
from core.commerce.orders.models import Order
from core.commerce.orders.queries import OrderLineView, OrderView, orders_by_id
from core.commerce.payments.rehearsal import Rehearsal
from core.commerce.reviews.actions import (
    add_follow_up,
    answer_review,
    hide_reviews,
    report_review,
    save_rules,
    submit_review,
)
from core.commerce.reviews.drafts import ReviewDraft
from core.commerce.reviews.models import Review
from core.kernel.clock import now
from core.kernel.db import reading, session
from core.kernel.tenancy import Actor, acting_as, current_scope
from tenants.demo.content import ShopContent

_MOST = 90
# So many of the last ones wait for approval.
_WAITING = 3
_TEA = "茶叶"


@dataclass(frozen=True, slots=True)
class _Said:
    """What a buyer says, in which shop's language; `tea`: only about tea."""

    stars: int
    text: str
    answer: str = ""
    later: str = ""
    pictures: int = 0
    tea: bool = False


_ZH = (
    _Said(
        5,
        "茶汤清亮，回甘很久，第五泡还有味道。罐子密封得好，寄来一片没碎。",
        tea=True,
        pictures=2,
    ),
    _Said(
        5,
        "第二次买了，比上次那批香气更高一点。客服说是今年采得早。",
        answer="您喝得真细！今年确实早采了四天。",
        tea=True,
    ),
    _Said(4, "香气不错，就是 50 g 的包装喝得太快，下次买大袋。", tea=True),
    _Said(5, "送长辈的，包装简单大方，老人家说是实在茶。", answer="谢谢您，替我们向老人家问好。"),
    _Said(5, ""),
    _Said(
        4,
        "东西好，快递慢了两天，下雨天盒子外面有点潮，里面没事。",
        answer="抱歉让您久等，我们已经换了更厚的外箱。",
        pictures=1,
    ),
    _Said(5, "和图片一样，做工比想的细。", pictures=1),
    _Said(
        3,
        "味道偏淡，可能我平时喝得浓。冲泡说明写得清楚，这点好。",
        tea=True,
        later="照说明多投了两克，确实好喝多了，改口。",
    ),
    _Said(
        2,
        "收到时有一个小磕碰，不影响用，但是不太舒服。",
        answer="很抱歉！请在订单里申请售后，我们给您换一只。",
        pictures=1,
    ),
    _Said(5, "一家人都喜欢，喝完再来。", later="一个月喝完了，已回购。"),
    _Said(4, "中规中矩，价格实在。"),
    _Said(1, "等了一个星期才到。", answer="对不起，那几天山里塌方，快递停了。以后会提前告诉您。"),
    _Said(5, "拍照没修，颜色就是这样。", pictures=2),
)
_EN = (
    _Said(
        5,
        "Heavier than I expected, in a good way. The glaze has small specks that photos do not show.",
        pictures=2,
    ),
    _Said(
        5,
        "Bought one to try, then three more for the family.",
        answer="Thank you! That is the nicest kind of review.",
    ),
    _Said(4, "Lovely colour. A little smaller than I pictured, the sizes are on the page though."),
    _Said(5, ""),
    _Said(5, "Arrived wrapped in paper, no plastic anywhere. Not a scratch.", pictures=1),
    _Said(
        3,
        "Good quality, but the parcel took nine days.",
        answer="Sorry about that. We changed the carrier for your area.",
    ),
    _Said(
        4,
        "Softens after the first wash, as the note says.",
        later="Three washes in: softer still, no fading.",
    ),
    _Said(
        2,
        "One arrived with a chipped rim.",
        answer="We are sorry. Ask for an exchange on your order's page and we send a new one.",
        pictures=1,
    ),
    _Said(5, "Exactly like the pictures. Well made."),
    _Said(4, "Honest value. Would buy again."),
    _Said(1, "Wrong colour in the box.", answer="Our mistake. The right one left today."),
)
_RUDE = {
    "zh": "老板就是个骗子，电话 139****0000，大家都去骂他！",
    "en": "The owner is a crook, here is his home address, go and shout at him!",
}
_PROMO = {
    "zh": "加我微信更便宜，量大从优，长期有效。",
    "en": "Message me, I sell the same thing cheaper, bulk welcome.",
}


def write_reviews(content: ShopContent, rehearsal: Rehearsal) -> None:
    """Reviews of orders of the last month, each a few days after its parcel; does nothing where there are some."""
    with reading():
        if session().scalars(select(Review.id).limit(1)).first() is not None:
            return
        orders = _sent_orders()
        tea = set(session().scalars(select(Product.id).where(Product.kind == _TEA)))
    zh, end = current_scope().language.startswith("zh"), now()
    save_rules(approve=False, edit_days=30, sold_from=10, ask=True, ask_after_days=7)
    chance = random.Random(f"reviews of {content.handle}")  # noqa: S311 - the same story each time
    texts = _texts(_ZH if zh else _EN, chance)
    moments = sorted(
        (min(one.paid_at + timedelta(days=chance.randint(3, 6), minutes=chance.randint(0, 600)), end), n)
        for n, one in enumerate(orders)
        if one.paid_at is not None
    )
    used: set[tuple[UUID, str]] = set()
    for place, (moment, number) in enumerate(moments):
        if place == len(orders) - _WAITING:
            save_rules(approve=True, edit_days=30, sold_from=10, ask=True, ask_after_days=7)
        order, product_id = orders[number], orders[number].lines[0].product_id
        fits = (one for one in texts if not one.tea or product_id in tea)
        said = next(one for one in fits if not one.text or (product_id, one.text) not in used)
        used.add((product_id, said.text))
        rehearsal.begin_at(moment)
        _review(order, said, chance)
        if said.later:
            rehearsal.begin_at(min(moment + timedelta(days=9), end))
            with acting_as(_buyer(order)):
                add_follow_up(order_code=order.code, line_id=order.lines[0].id, text=said.later)
    rehearsal.begin_at(end)
    save_rules(approve=False, edit_days=30, sold_from=10, ask=True, ask_after_days=7)
    _trouble(_RUDE["zh" if zh else "en"], _PROMO["zh" if zh else "en"], orders[: len(orders) - _WAITING])
    save_rules(approve=True, edit_days=30, sold_from=10, ask=True, ask_after_days=7)


def _texts(known: Sequence[_Said], chance: random.Random) -> Iterator[_Said]:
    """The texts again and again, each round in another order; the good ones more often."""
    while True:
        round_ = [*known, *(one for one in known if one.stars >= 4 and not one.pictures)]
        chance.shuffle(round_)
        yield from round_


def _sent_orders() -> list[OrderView]:
    """Orders that left, the oldest first; only those of customers, who stay away a few days and then write."""
    statement = select(Order.id).where(
        Order.fulfilment == "fulfilled", Order.financial == "paid", Order.customer_id.is_not(None),
        Order.paid_at < now() - timedelta(days=3),
    )  # fmt: skip
    ids = list(session().scalars(statement.order_by(Order.paid_at.desc()).limit(_MOST)))[::-1]
    views = orders_by_id(ids)
    return [views[one] for one in ids if views[one].lines[0].shipped]


def _review(order: OrderView, said: _Said, chance: random.Random) -> None:
    line = order.lines[0]
    with acting_as(_buyer(order)):
        pictures = tuple(_picture(line, n) for n in range(said.pictures))
        saved = submit_review(
            order_code=order.code,
            line_id=line.id,
            draft=ReviewDraft(
                stars=said.stars, text=said.text, pictures=pictures, anonymous=chance.random() < 0.6
            ),
        )
    if said.answer and saved.state == "shown":
        answer_review(review_id=saved.id, text=said.answer)


def _buyer(order: OrderView) -> Actor:
    return Actor("customer", order.customer_id, str(order.contact.get("name", "")))


def _trouble(rude: str, promo: str, orders: Sequence[OrderView]) -> None:
    """One review that the shop has hidden, and one that another buyer reports."""
    seconds = [order for order in orders if len(order.lines) > 1 and order.lines[1].shipped][-2:]
    for order, text in zip(seconds, (rude, promo), strict=False):
        with acting_as(_buyer(order)):
            saved = submit_review(
                order_code=order.code, line_id=order.lines[1].id, draft=ReviewDraft(stars=1, text=text)
            )
        if text == rude:
            hide_reviews(review_ids=[saved.id], reason="abuse")
            continue
        with reading():
            state = session().scalars(select(Review.state).where(Review.id == saved.id)).one()
        other = next((one for one in orders if one.customer_id != order.customer_id), None)
        if other is not None and state == "shown":
            with acting_as(_buyer(other)):
                report_review(review_id=saved.id, reason="spam")


_GROUNDS = (("#d8cfbd", "#a98c66"), ("#cfd8d3", "#7f948a"), ("#dcd3d0", "#9d7f78"))


def _picture(line: OrderLineView, number: int) -> UUID:
    """A plain picture on a table stands for what a buyer would have taken."""
    wall, table = _GROUNDS[(line.id.int + number) % len(_GROUNDS)]
    image = Image.new("RGB", (960, 960), wall)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 600, 960, 960), fill=table)
    tilt = 40 * number
    pen.ellipse((230 + tilt, 640, 760 + tilt, 760), fill="#6f5b45")
    pen.pieslice((250 + tilt, 300, 740 + tilt, 740), 0, 180, fill="#f3efe6")
    pen.ellipse((250 + tilt, 470, 740 + tilt, 570), fill="#e6dfd0")
    pen.ellipse((285 + tilt, 485, 705 + tilt, 555), fill=("#b8741f", "#8e9a3c", "#a8452c")[number % 3])
    target = io.BytesIO()
    image.save(target, "JPEG", quality=84)
    return store_buyer_picture(content=target.getvalue(), file_name="photo.jpg", owner=line.id).id
