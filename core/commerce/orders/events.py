"""Facts of the orders room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class OrderPlaced(Event):
    """An order was placed; it is not paid yet."""

    name: ClassVar[str] = "orders.order_placed"
    label: ClassVar[str] = N_("Order placed")
    order_id: UUID


class OrderPaid(Event):
    """The whole amount of an order was captured and kept."""

    name: ClassVar[str] = "orders.order_paid"
    label: ClassVar[str] = N_("Order paid")
    order_id: UUID


class OrderCancelled(Event):
    """An order was closed without being fulfilled; `reason` is one of CANCEL_REASONS."""

    name: ClassVar[str] = "orders.order_cancelled"
    label: ClassVar[str] = N_("Order cancelled")
    order_id: UUID
    reason: str


class HoldsReleased(Event):
    """A pool filled: the orders that waited for it may ship."""

    name: ClassVar[str] = "orders.holds_released"
    label: ClassVar[str] = N_("Group filled, orders may ship")
    pool_id: UUID
    order_ids: tuple[UUID, ...]


class HoldsExpired(Event):
    """A pool's deadline passed below its threshold: the orders that waited are cancelled and refunded."""

    name: ClassVar[str] = "orders.holds_expired"
    label: ClassVar[str] = N_("Group not filled, orders go back")
    pool_id: UUID
    order_ids: tuple[UUID, ...]
