"""Reads of delivery methods, slots and pick-up points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.pricing.freight import Freight, Rate, Reach, Zone
from core.commerce.shipping.distances import Point
from core.commerce.shipping.models import DeliverySlot, PickupPoint, ShippingMethod
from core.commerce.shipping.slots import SlotView
from core.commerce.shops.opening import Opening
from core.kernel.db import session
from core.kernel.ids import as_id


@dataclass(frozen=True, slots=True)
class MethodView:
    """A way to send: `fee_minor`, free from `free_from_minor` on (None: never), by the rules in `freight`.

    `freight` is None for one flat fee everywhere. `kind` is "parcel" or "local"; a local one begins at `point` and has
    `slots` where the merchant made some.
    """

    id: UUID
    name: str
    note: str
    fee_minor: int
    free_from_minor: int | None
    kind: str = "parcel"
    freight: Freight | None = None
    point: Point | None = None
    slots: tuple[SlotView, ...] = ()

    @property
    def rules(self) -> Freight:
        """The rules, also where one flat fee is all there is."""
        return self.freight or Freight(rate=Rate(self.fee_minor, 0, self.free_from_minor))


@dataclass(frozen=True, slots=True)
class PickupView:
    """A place to fetch goods; `opening` are its hours, `hours` what else there is to say about them."""

    id: UUID
    name: str
    address: str
    hours: str
    phone: str
    opening: Opening = field(default_factory=Opening)


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A way to send as its editor needs it; amounts in minor units, `rules` and `area` as stored."""

    id: UUID
    name: str
    note: str
    fee_minor: int
    free_from_minor: int | None
    active: bool
    kind: str
    rules: Mapping[str, Any]
    area: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A pick-up point as its editor needs it."""

    id: UUID
    name: str
    address: str
    hours: str
    phone: str
    active: bool
    opening: Mapping[str, Any]


def freight_of(row: ShippingMethod | StoredMethod) -> Freight | None:
    """The rules of a stored method; None for one flat fee everywhere."""
    rules, local = row.rules, row.kind == "local"
    if not rules and not local:
        return None
    return Freight(
        by=rules.get("by", "order"),
        first=rules.get("first", 0),
        step=rules.get("step", 1),
        rate=Rate(row.fee_minor, rules.get("step_fee", 0), row.free_from_minor),
        zones=tuple(
            Zone(tuple(one["places"]), Rate(one["fee"], one["step_fee"], one["free_from"]))
            for one in rules.get("zones", ())
        ),
        excluded=tuple(rules.get("excluded", ())),
        listed_only=bool(rules.get("listed_only", False)),
        reach=_reach(row.area) if local else None,
    )


def _reach(area: Mapping[str, Any]) -> Reach:
    return Reach(
        radius_m=area.get("radius_m"),
        districts=tuple(area.get("districts", ())),
        minimum=area.get("minimum", 0),
    )


def point_of(area: Mapping[str, Any]) -> Point | None:
    """The shop's own point of a local delivery."""
    return Point(*area["point"]) if area.get("point") else None


def method_view(row: ShippingMethod, slots: tuple[SlotView, ...] = ()) -> MethodView:
    """A row as a frozen value."""
    return MethodView(
        row.id, row.name, row.note, row.fee_minor, row.free_from_minor, row.kind, freight_of(row),
        point_of(row.area), slots,
    )  # fmt: skip


def pickup_view(row: PickupPoint) -> PickupView:
    """A row as a frozen value."""
    return PickupView(row.id, row.name, row.address, row.hours, row.phone, Opening.from_json(row.opening))


def shipping_methods() -> list[MethodView]:
    """The active methods in the merchant's order, with the slots that are offered."""
    rows = (
        session()
        .scalars(
            select(ShippingMethod).where(ShippingMethod.active.is_(True)).order_by(ShippingMethod.position)
        )
        .all()
    )
    slots = slots_by_method() if any(row.kind == "local" for row in rows) else {}
    return [method_view(row, slots.get(row.id, ())) for row in rows]


def slots_by_method(*, also_inactive: bool = False) -> dict[UUID, tuple[SlotView, ...]]:
    """Delivery slots by method, in the order of the week."""
    statement = select(DeliverySlot).order_by(DeliverySlot.weekday, DeliverySlot.from_minute, DeliverySlot.id)
    if not also_inactive:
        statement = statement.where(DeliverySlot.active.is_(True))
    found: dict[UUID, tuple[SlotView, ...]] = {}
    for row in session().scalars(statement.execution_options(populate_existing=True)):
        view = SlotView(**{name: getattr(row, name) for name in SlotView.__slots__})
        found[row.method_id] = (*found.get(row.method_id, ()), view)
    return found


def pickup_points() -> list[PickupView]:
    """The active pick-up points in the merchant's order."""
    rows = session().scalars(
        select(PickupPoint).where(PickupPoint.active.is_(True)).order_by(PickupPoint.position)
    )
    return [pickup_view(row) for row in rows]


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
    return None if row is None else pickup_view(row)
