"""Cases of the example shops: what a few buyers asked for, each at another point of its way."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import select

from core.commerce.aftersale.actions import open_case, send_goods, withdraw_case
from core.commerce.aftersale.answers import accept_case, decline_case, receive_goods, save_promises
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.pictures import keep_pictures
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import case_chances
from core.commerce.orders.models import Order
from core.commerce.orders.queries import OrderView, orders_by_id
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, current_scope

FAULT, WISH = "Damaged or faulty", "I do not like it"
_RETURN_TO = {
    "zh": "青山茶事 售后组\n0571-8800 1234\n浙江省杭州市西湖区转塘街道龙坞 12 号",
    "en": "Returns, Harbor Goods\n+44 117 496 0123\n12 Quay Street, Bristol BS1 4DB",
}


@dataclass(frozen=True, slots=True)
class _Story:
    """What a buyer asks for, in two languages, and what becomes of it."""

    kind: str
    reason: str
    zh: str
    en: str
    then: Callable[[UUID], None]
    picture: bool = False


def _waits(_case_id: UUID) -> None:
    return


def _agreed(case_id: UUID) -> None:
    accept_case(case_id=case_id)


def _sent(case_id: UUID) -> None:
    accept_case(case_id=case_id)
    carrier = "sf" if current_scope().language.startswith("zh") else "royal_mail"
    send_goods(case_id=case_id, carrier=carrier, tracking_number="SF140922310087")


def _received(case_id: UUID) -> None:
    _sent(case_id)
    receive_goods(case_id=case_id, restock=False)


def _declined(case_id: UUID) -> None:
    zh = current_scope().language.startswith("zh")
    decline_case(
        case_id=case_id,
        answer="商品已拆封使用，抱歉不能退。" if zh else "It has been used, so we cannot take it back.",
    )


def _withdrawn(case_id: UUID) -> None:
    withdraw_case(case_id=case_id)


_STORIES: Sequence[_Story] = (
    _Story(
        "return",
        FAULT,
        "打开的时候已经有一处破损，拍了照片。",
        "It was damaged when I opened it; see the picture.",
        _waits,
        picture=True,
    ),
    _Story(
        "refund",
        FAULT,
        "包装压坏了，不用退货，补一点差价就好。",
        "The box is crushed. No need to send it back, a part of the price would do.",
        _waits,
    ),
    _Story(
        "exchange", "Wrong size or colour", "想换一件同款的。", "I would like another one, please.", _waits
    ),
    _Story("return", WISH, "送人的，对方不喝这一种。", "It was a gift, and not their taste.", _agreed),
    _Story("return", WISH, "口味和想的不一样。", "Not what I expected.", _sent, picture=True),
    _Story(
        "exchange",
        FAULT,
        "有一处磕碰，想换一件。",
        "It has a dent; another one, please.",
        _received,
        picture=True,
    ),
    _Story("return", WISH, "用了两次，不太喜欢。", "Used it twice, do not like it.", _declined),
    _Story("refund", WISH, "家里还有很多，先不要了。", "We still have plenty at home.", _withdrawn),
)


def write_cases(worker: Actor) -> None:
    """A few cases about orders that left not long ago; does nothing where there are cases already."""
    zh = current_scope().language.startswith("zh")
    with reading():
        if session().scalars(select(Case.id).limit(1)).first() is not None:
            return
        orders = _returnable(len(_STORIES))
    save_promises(rules=Promises(return_to=_RETURN_TO["zh" if zh else "en"]))
    drawing = _photo()
    for story, order in zip(_STORIES, orders, strict=False):
        words = story.zh if zh else story.en
        case_id = new_id()
        buyer = Actor("customer", order.customer_id, str(order.contact.get("name", "")))
        with acting_as(buyer):
            open_case(
                order_id=order.id,
                case_id=case_id,
                kind=story.kind,
                units={order.lines[0].key: 1},
                reason=story.reason,
                words=words,
                pictures=keep_pictures([drawing]) if story.picture else (),
            )
        with acting_as(_who(story, worker)):
            story.then(case_id)


def _who(story: _Story, worker: Actor) -> Actor:
    return worker if story.then is _declined else SYSTEM


def _returnable(most: int) -> list[OrderView]:
    """Orders of which something can be returned now, the latest first."""
    recent = select(Order.id).where(
        Order.fulfilment == "fulfilled", Order.financial == "paid", Order.customer_id.is_not(None)
    )
    ids = list(session().scalars(recent.order_by(Order.placed_at.desc()).limit(most * 6)))
    views = orders_by_id(ids)
    fit = [
        views[one]
        for one in ids
        if case_chances(views[one]).unit_limits("return").get(views[one].lines[0].key)
        and views[one].lines[0].unit_nets[0] > 0
    ]
    return fit[:most]


def _photo() -> bytes:
    """A plain photograph stands for what a buyer would have taken."""
    image = Image.new("RGB", (960, 720), "#d9d2c3")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 470, 960, 720), fill="#b59b7a")
    pen.rounded_rectangle((300, 150, 660, 560), 26, fill="#5d7a5a")
    pen.rectangle((300, 250, 660, 300), fill="#e9e4d6")
    pen.line((420, 150, 452, 232, 430, 262, 470, 352), fill="#2b3a2a", width=7)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=86)
    return target.getvalue()
