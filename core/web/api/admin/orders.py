"""Orders: read them, note, tag, correct their address, cancel and refund."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.queries import shipments_of
from core.commerce.orders.actions import add_staff_note
from core.commerce.orders.address_changes import change_address
from core.commerce.orders.models import Order, Tag
from core.commerce.orders.queries import OrderView, holds_of, order, orders_by_id, timeline
from core.commerce.orders.tagging import remove_tag, save_tag, tag_orders, untag_orders
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units, retry_refund
from core.commerce.payments.queries import payments_of, refunds_of
from core.kernel.db import session
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.rendering.api_pages import page_of

READ = "orders.read"


def list_orders(
    *,
    page: PageAsked,
    lifecycle: Literal["placed", "completed", "cancelled"] | None = None,
    financial: Literal["unpaid", "paid", "partly_refunded", "refunded"] | None = None,
    fulfilment: Literal["unfulfilled", "partial", "fulfilled"] | None = None,
    customer_id: UUID | None = None,
    number: str | None = None,
    placed_since: datetime | None = None,
    placed_before: datetime | None = None,
    paid_since: datetime | None = None,
) -> ApiPage[OrderView]:
    """The shop's orders, newest first.

    Args:
        lifecycle: placed, completed or cancelled.
        financial: what has been paid of it.
        fulfilment: how much of it has left.
        customer_id: only this customer's.
        number: the one with this number.
        placed_since: placed at this instant or later.
        placed_before: placed before this instant.
        paid_since: paid at this instant or later.
    """
    equal = {"lifecycle": lifecycle, "financial": financial, "fulfilment": fulfilment}
    equal |= {"customer_id": customer_id, "number": number}  # type: ignore[dict-item]
    ids = select(Order.id).filter_by(**{name: value for name, value in equal.items() if value is not None})
    if placed_since is not None:
        ids = ids.where(Order.placed_at >= placed_since)
    if placed_before is not None:
        ids = ids.where(Order.placed_at < placed_before)
    if paid_since is not None:
        ids = ids.where(Order.paid_at >= paid_since)
    return page_of(ids, Order, page, orders_by_id)


@dataclass(frozen=True, slots=True)
class TagShown:
    """A tag that staff put on orders."""

    id: UUID
    name: str
    colour: str


def list_tags() -> list[TagShown]:
    """The tags of the shop, by name."""
    return [
        TagShown(row.id, row.name, row.colour) for row in session().scalars(select(Tag).order_by(Tag.name))
    ]


def show_tag(tag_id: UUID) -> TagShown | None:
    """One tag."""
    return next((one for one in list_tags() if one.id == tag_id), None)


ROOM = ApiRoom(
    name="orders",
    title=N_("Orders"),
    about=N_("What was bought, by whom, how far it is, and the money that went back."),
    routes=(
        Get("/orders", list_orders, READ),
        Get("/orders/<uuid:order_id>", order, READ, row=Order),
        Get("/orders/<uuid:order_id>/timeline", timeline, READ),
        Get("/orders/<uuid:order_id>/holds", holds_of, READ),
        Get("/orders/<uuid:order_id>/payments", payments_of, READ),
        Get("/orders/<uuid:order_id>/refunds", refunds_of, READ),
        Get("/orders/<uuid:order_id>/shipments", shipments_of, READ),
        Send("POST", "/orders/<uuid:order_id>/notes", add_staff_note),
        Send("PUT", "/orders/<uuid:order_id>/address", change_address),
        Send("POST", "/orders/<uuid:order_id>/cancel", cancel_order, moves_money=True),
        Send("POST", "/orders/<uuid:order_id>/refund-preview", preview_refund),
        Send(
            "POST",
            "/orders/<uuid:order_id>/refunds",
            refund_units,
            moves_money=True,
            money=("confirmed_amount",),
        ),
        Send("POST", "/refunds/<uuid:refund_id>/retry", retry_refund, moves_money=True),
        Get("/order-tags", list_tags, READ),
        Get("/order-tags/<uuid:tag_id>", show_tag, READ, row=Tag),
        Send("POST", "/order-tags", save_tag, fixed={"tag_id": None}),
        Send("PUT", "/order-tags/<uuid:tag_id>", save_tag),
        Send("DELETE", "/order-tags/<uuid:tag_id>", remove_tag),
        Send("POST", "/order-tags/<uuid:tag_id>/orders", tag_orders),
        Send("POST", "/order-tags/<uuid:tag_id>/orders/remove", untag_orders),
    ),
)
