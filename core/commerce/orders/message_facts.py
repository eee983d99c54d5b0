"""What {"order_id"} stands for in messages: number, page, total, goods, and whom the order belongs to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.messages.facts import fact_source
from core.commerce.orders.keys import order_key
from core.commerce.orders.models import Order, OrderLine
from core.commerce.shipping.queries import pickup_point
from core.kernel.db import session
from core.kernel.i18n import sentences

_MOST_GOODS = 8


@fact_source("order_id")
def order_facts(order_id: UUID) -> Mapping[str, Any]:
    """The variables of an order: number, total, goods, its two pages, where and how to fetch it; and its contact."""
    order = session().scalars(select(Order).where(Order.id == order_id)).one()
    lines = session().scalars(
        select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    )
    return {
        **_pickup(order),
        "order_number": order.number,
        "order_link": f"/orders/{order.code}?key={order_key(order.id)}",
        "console_link": f"/orders/{order.id}",
        "order_total": {"minor": order.total_minor, "currency": order.currency},
        "items": _goods(list(lines)),
        "customer_id": order.customer_id,
        "contact": order.contact,
    }


def _pickup(order: Order) -> dict[str, Any]:
    if order.delivery.get("kind") != "pickup":
        return {}
    point = pickup_point(str(order.delivery.get("id", "")))
    code = (order.pickup_code or "").upper()
    return {
        "pickup_point": point.name if point else "",
        "pickup_address": point.address if point else "",
        "pickup_code": " ".join(code[at : at + 4] for at in range(0, len(code), 4)),
    }


def _goods(lines: list[OrderLine]) -> list[str]:
    named = [f"{sentences(line.title, line.variant_title)} × {line.quantity}" for line in lines[:_MOST_GOODS]]
    return named + ["…"] * (len(lines) > _MOST_GOODS)
