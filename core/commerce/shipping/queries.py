"""Reads of delivery methods and pick-up points."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.commerce.shipping.models import PickupPoint, ShippingMethod
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class MethodView:
    """A way to send: `fee_minor`, free from `free_from_minor` on (None: never)."""

    id: UUID
    name: str
    note: str
    fee_minor: int
    free_from_minor: int | None


@dataclass(frozen=True, slots=True)
class PickupView:
    """A place to fetch goods."""

    id: UUID
    name: str
    address: str
    hours: str
    phone: str


def shipping_methods() -> list[MethodView]:
    """The active methods in the merchant's order."""
    rows = session().scalars(
        select(ShippingMethod).where(ShippingMethod.active.is_(True)).order_by(ShippingMethod.position)
    )
    return [MethodView(**{name: getattr(row, name) for name in MethodView.__slots__}) for row in rows]


def pickup_points() -> list[PickupView]:
    """The active pick-up points in the merchant's order."""
    rows = session().scalars(
        select(PickupPoint).where(PickupPoint.active.is_(True)).order_by(PickupPoint.position)
    )
    return [PickupView(**{name: getattr(row, name) for name in PickupView.__slots__}) for row in rows]
