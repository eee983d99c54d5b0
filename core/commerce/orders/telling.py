"""What buyer and merchant are told about an order, in the transaction that makes it true."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.messages.actions import send_message
from core.commerce.orders.models import Order
from core.kernel.db import session

# An order that ran out says nothing; when a pool failed, the plugin that owns it tells its members more than we could.
_SILENT_REASONS = {"unpaid", "hold_expired"}


def tell_paid(order: Order) -> None:
    """The buyer hears that the payment came, the merchant that there is something to do."""
    about = {"order_id": order.id}
    send_message(topic="orders.paid", about=about, dedupe_key=str(order.id))
    send_message(topic="orders.new_paid", about=about, dedupe_key=str(order.id))
    if not order.holds_open:
        _tell_pickup(order.id, order.delivery)


def tell_released(order_ids: Iterable[UUID]) -> None:
    """Orders that waited may leave now: those to be fetched can be fetched."""
    rows = session().execute(select(Order.id, Order.delivery).where(Order.id.in_(list(order_ids))))
    for order_id, delivery in rows:
        _tell_pickup(order_id, delivery)


def _tell_pickup(order_id: UUID, delivery: Mapping[str, Any]) -> None:
    if delivery.get("kind") == "pickup":
        send_message(topic="orders.pickup_ready", about={"order_id": order_id}, dedupe_key=str(order_id))


def tell_cancelled(order_id: UUID, code: str, reason: Mapping[str, Any]) -> None:
    """The buyer hears that the order is no more; `code` is one of CANCEL_REASONS, `reason` its words with parameters."""
    if code not in _SILENT_REASONS:
        about = {"order_id": order_id, "reason": reason}
        send_message(topic="orders.cancelled", about=about, dedupe_key=str(order_id))
