"""Reads of delivery methods and pick-up points."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.commerce.shipping.models import PickupPoint, ShippingMethod
from core.kernel.db import session
from core.kernel.ids import as_id


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


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A way to send as its editor needs it; amounts in minor units."""

    id: UUID
    name: str
    note: str
    fee_minor: int
    free_from_minor: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A pick-up point as its editor needs it."""

    id: UUID
    name: str
    address: str
    hours: str
    phone: str
    active: bool


def stored_methods() -> list[StoredMethod]:
    """Every method, also those that are offered no more, in the merchant's order."""
    rows = session().scalars(
        select(ShippingMethod)
        .order_by(ShippingMethod.position, ShippingMethod.id)
        .execution_options(populate_existing=True)
    )
    return [StoredMethod(**{name: getattr(row, name) for name in StoredMethod.__slots__}) for row in rows]


def stored_points() -> list[StoredPoint]:
    """Every pick-up point, also those that are offered no more, in the merchant's order."""
    rows = session().scalars(
        select(PickupPoint)
        .order_by(PickupPoint.position, PickupPoint.id)
        .execution_options(populate_existing=True)
    )
    return [StoredPoint(**{name: getattr(row, name) for name in StoredPoint.__slots__}) for row in rows]


def pickup_point(point_id: str) -> PickupView | None:
    """The pick-up point that an order chose, whether it is still offered or not; None for no such point."""
    wanted = as_id(point_id)
    row = session().scalars(select(PickupPoint).where(PickupPoint.id == wanted)).first() if wanted else None
    return None if row is None else PickupView(**{name: getattr(row, name) for name in PickupView.__slots__})
