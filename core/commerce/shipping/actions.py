"""Changes of delivery methods and pick-up points."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.shipping.errors import UnknownMethod, UnknownPickupPoint
from core.commerce.shipping.models import PickupPoint, ShippingMethod
from core.commerce.shops.actions import bump_epoch
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id

Row = TypeVar("Row", ShippingMethod, PickupPoint)


@command("shop.edit")
def add_method(
    *, name: str, fee_minor: int, free_from_minor: int | None, note: str = "", position: int = 0
) -> None:
    """Add a way to send; amounts in minor units of the shop's currency."""
    session().add(
        ShippingMethod(
            name=name, fee_minor=fee_minor, free_from_minor=free_from_minor, note=note, position=position
        )
    )
    bump_epoch()


@command("shop.edit")
def add_pickup_point(*, name: str, address: str, hours: str = "", phone: str = "", position: int = 0) -> None:
    """Add a place where buyers fetch their goods."""
    session().add(PickupPoint(name=name, address=address, hours=hours, phone=phone, position=position))
    bump_epoch()


@command("shop.edit")
def save_method(
    *,
    name: str,
    fee_minor: int,
    free_from_minor: int | None,
    note: str = "",
    active: bool = True,
    method_id: UUID | None = None,
) -> UUID:
    """Make a way to send (at the end of the list), or make `method_id` be like this; returns its id.

    One that is not active is offered no more; orders that chose it keep it. Raises UnknownMethod.
    """
    row = _row(ShippingMethod, method_id)
    if row is None:
        raise UnknownMethod
    row.name, row.note, row.fee_minor, row.free_from_minor = name, note, fee_minor, free_from_minor
    row.active = active
    return _kept(row)


@command("shop.edit")
def save_pickup_point(
    *,
    name: str,
    address: str,
    hours: str = "",
    phone: str = "",
    active: bool = True,
    point_id: UUID | None = None,
) -> UUID:
    """Make a pick-up point (at the end of the list), or make `point_id` be like this; returns its id.

    One that is not active is offered no more; orders that chose it keep it. Raises UnknownPickupPoint.
    """
    row = _row(PickupPoint, point_id)
    if row is None:
        raise UnknownPickupPoint
    row.name, row.address, row.hours, row.phone, row.active = name, address, hours, phone, active
    return _kept(row)


@command("shop.edit")
def reorder_methods(*, method_ids: Sequence[UUID]) -> None:
    """Offer the ways to send in this order; those that are not named follow behind."""
    _reorder(ShippingMethod, method_ids)


@command("shop.edit")
def reorder_pickup_points(*, point_ids: Sequence[UUID]) -> None:
    """Offer the pick-up points in this order; those that are not named follow behind."""
    _reorder(PickupPoint, point_ids)


def _row(table: type[Row], row_id: UUID | None) -> Row | None:
    """The row with this id, or, without an id, a new one behind all others."""
    if row_id is not None:
        return session().scalars(select(table).where(table.id == row_id).with_for_update()).first()
    last = session().scalar(select(func.max(table.position)))
    return table(id=new_id(), position=0 if last is None else last + 1)


def _kept(row: ShippingMethod | PickupPoint) -> UUID:
    session().add(row)
    session().flush()
    bump_epoch()
    return row.id


def _reorder(table: type[Row], wanted: Sequence[UUID]) -> None:
    rows = session().scalars(select(table).order_by(table.position, table.id).with_for_update()).all()
    places = {one: place for place, one in enumerate(dict.fromkeys(wanted))}
    for place, row in enumerate(sorted(rows, key=lambda one: places.get(one.id, len(places)))):
        row.position = place
    session().flush()
    bump_epoch()
