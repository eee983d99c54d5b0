"""Changes of delivery methods and pick-up points."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from core.commerce.reservations.actions import limit_pools
from core.commerce.shipping.errors import UnknownMethod, UnknownPickupPoint, UnknownSlot
from core.commerce.shipping.models import DeliverySlot, PickupPoint, ShippingMethod
from core.commerce.shipping.queries import freight_of
from core.commerce.shipping.slots import KIND, OWNER
from core.commerce.shops.actions import bump_epoch
from core.commerce.shops.opening import Opening, Window
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

Row = TypeVar("Row", ShippingMethod, PickupPoint)


@command("shop.edit")
def save_method(
    *,
    name: str,
    fee_minor: int,
    free_from_minor: int | None,
    note: str = "",
    active: bool = True,
    kind: str = "parcel",
    rules: Mapping[str, Any] | None = None,
    area: Mapping[str, Any] | None = None,
    method_id: UUID | None = None,
) -> UUID:
    """Make a way to send (at the end of the list), or make `method_id` be like this; returns its id.

    `rules` are {"by", "first", "step", "step_fee", "zones", "excluded", "listed_only"} of pricing.freight, `area` is
    {"point", "radius_m", "districts", "minimum"} of a local delivery; None leaves what is there. One that is not active
    is offered no more; orders that chose it keep it. Raises UnknownMethod, PriceInputError.
    """
    row = _row(ShippingMethod, method_id)
    if row is None:
        raise UnknownMethod
    row.name, row.note, row.fee_minor, row.free_from_minor = name, note, fee_minor, free_from_minor
    row.active, row.kind = active, kind
    row.rules = dict(rules) if rules is not None else row.rules or {}
    row.area = dict(area) if area is not None else row.area or {}
    freight_of(row)
    return _kept(row)


@command("shop.edit")
def save_slots(
    *,
    method_id: UUID,
    weekdays: Sequence[int],
    window: Window,
    cutoff_minutes: int,
    capacity: int,
    slot_id: UUID | None = None,
) -> None:
    """Make a delivery slot on each of `weekdays` (0 is Monday), or make `slot_id` be like the first of them.

    A new capacity counts for dates that have orders already, too; what is taken stays taken.
    Raises UnknownMethod, UnknownSlot, InputRefused.
    """
    if not weekdays or not set(weekdays) <= set(range(7)) or (slot_id is not None and len(weekdays) > 1):
        raise InputRefused({"weekdays": [gettext(N_("Choose from the list only."))]})
    method = session().scalars(select(ShippingMethod.id).where(ShippingMethod.id == method_id)).first()
    if method is None:
        raise UnknownMethod
    rows = [DeliverySlot(id=new_id(), method_id=method_id) for _ in weekdays]
    if slot_id is not None:
        known = select(DeliverySlot).where(DeliverySlot.id == slot_id, DeliverySlot.method_id == method_id)
        row = session().scalars(known.with_for_update()).first()
        if row is None:
            raise UnknownSlot
        rows = [row]
        limit_pools(owner=OWNER, kind=KIND, subject_prefix=f"{slot_id}/", capacity=capacity)
    for row, weekday in zip(rows, weekdays, strict=True):
        row.weekday, row.from_minute, row.to_minute = weekday, window.from_minute, window.to_minute
        row.cutoff_minutes, row.capacity = cutoff_minutes, capacity
    session().add_all(rows)
    session().flush()
    bump_epoch()


@command("shop.edit")
def remove_slot(*, slot_id: UUID) -> None:
    """Offer a slot no more; orders that chose it keep their time. Raises UnknownSlot."""
    gone = delete(DeliverySlot).where(
        DeliverySlot.shop_id == current_scope().shop_id, DeliverySlot.id == slot_id
    )
    if session().execute(gone.returning(DeliverySlot.id)).first() is None:
        raise UnknownSlot
    bump_epoch()


@command("shop.edit")
def save_pickup_point(
    *,
    name: str,
    address: str,
    hours: str = "",
    phone: str = "",
    active: bool = True,
    opening: Opening | None = None,
    point_id: UUID | None = None,
) -> UUID:
    """Make a pick-up point (at the end of the list), or make `point_id` be like this; returns its id.

    `opening` None leaves the hours alone. One that is not active is offered no more; orders that chose it keep it.
    Raises UnknownPickupPoint.
    """
    row = _row(PickupPoint, point_id)
    if row is None:
        raise UnknownPickupPoint
    row.name, row.address, row.hours, row.phone, row.active = name, address, hours, phone, active
    row.opening = opening.as_json() if opening is not None else row.opening or {}
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
