"""The chosen way to get the goods: checked against rules, hours and slots, and what of it an order keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from core.commerce.checkout.errors import DeliveryMissing
from core.commerce.pricing.freight import NOWHERE_YET, Destination
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.priced import PricedCart
from core.commerce.reservations.values import NewPool
from core.commerce.shipping.errors import DayClosed, NotDelivered, SlotGone, SlotMissing
from core.commerce.shipping.models import DeliverySlot, PickupPoint, ShippingMethod
from core.commerce.shipping.offers import destination_of, located, position_of, refusal_words
from core.commerce.shipping.queries import MethodView, method_view, pickup_view
from core.commerce.shipping.slots import DAYS_AHEAD, SlotView, slot_pool
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.hot_statements import HotStatement
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope

# Built once: every quote asks one of them.
_METHOD = HotStatement(
    select(*ShippingMethod.__table__.columns).where(
        ShippingMethod.shop_id == bindparam("shop_id"),
        ShippingMethod.id == bindparam("id"),
        ShippingMethod.active.is_(True),
    )
)
_POINT = HotStatement(
    select(*PickupPoint.__table__.columns).where(
        PickupPoint.shop_id == bindparam("shop_id"),
        PickupPoint.id == bindparam("id"),
        PickupPoint.active.is_(True),
    )
)
# The furthest day on which a buyer can say they come.
PICKUP_DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class ChosenDelivery:
    """A delivery as the price needs it (`option`, `destination`), as the order keeps it, and the slot's pool."""

    option: ShippingOption
    kept: Mapping[str, Any]
    destination: Destination = NOWHERE_YET
    slot: NewPool | None = None
    method: MethodView | None = field(default=None)


def chosen_delivery(
    delivery: Mapping[str, Any], address: Mapping[str, Any], *, placing: bool
) -> ChosenDelivery:
    """What `delivery` chose, for goods that go to `address` (empty: not known yet).

    `delivery` is {"kind": "method"|"pickup", "id"} with, for a local delivery, "slot" ("<slot>/<date>" or what an order
    keeps of it) and "position" ("30.23,120.12"), for pick-up "day". When `placing`, what is still open is refused.
    Raises DeliveryMissing, NotDelivered, SlotMissing, SlotGone, DayClosed.
    """
    wanted = as_id(str(delivery.get("id", "")))
    if delivery.get("kind") == "pickup":
        return _pickup(wanted, str(delivery.get("day") or ""))
    row = _METHOD.first(id=wanted)
    if row is None:
        raise DeliveryMissing
    method = method_view(row)
    position = position_of(str(delivery.get("position") or ""))
    there = located(method, destination_of(address), position)
    why = method.rules.refusal(there)
    if why is not None and (placing or why != "position_unknown"):
        raise NotDelivered(refusal_words(method, why, there, 0))
    kept: dict[str, Any] = {"kind": "method", "id": str(method.id)}
    slot = None
    if method.kind == "local":
        kept["way"] = "local"
        if there.distance_m is not None:
            kept["distance_m"] = there.distance_m
        slot = _slot(method.id, delivery.get("slot"), kept, placing=placing)
    option = ShippingOption(
        key=f"method:{method.id}",
        title=method.name,
        fee=method.fee_minor,
        free_from=method.free_from_minor,
        freight=method.freight,
    )
    # What a price is made of goes to plugins too: the place and the distance do, the street does not.
    known = Destination(place=there.place, distance_m=there.distance_m)
    return ChosenDelivery(option, kept, known, slot, method)


def require_minimum(chosen: ChosenDelivery | None, priced: PricedCart) -> None:
    """Raise NotDelivered when the goods are worth less than the chosen way needs."""
    if chosen is None or chosen.method is None:
        return
    goods, reach = priced.goods_before_tax, chosen.method.rules.reach
    if reach is not None and goods < reach.minimum:
        raise NotDelivered(refusal_words(chosen.method, "below_minimum", chosen.destination, goods))


def _pickup(wanted: UUID | None, day: str) -> ChosenDelivery:
    row = _POINT.first(id=wanted)
    if row is None:
        raise DeliveryMissing
    point = pickup_view(row)
    kept: dict[str, Any] = {"kind": "pickup", "id": str(point.id)}
    if day:
        chosen, today = _date(day), now().astimezone(current_scope().zone).date()
        ahead = (chosen - today).days if chosen else -1
        if chosen is None or not 0 <= ahead <= PICKUP_DAYS_AHEAD or not point.opening.windows_on(chosen):
            raise DayClosed
        kept["day"] = chosen.isoformat()
    return ChosenDelivery(ShippingOption(key=f"pickup:{point.id}", title=point.name, fee=0), kept)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _slot(method_id: UUID, chosen: Any, kept: dict[str, Any], *, placing: bool) -> NewPool | None:
    """The pool of the chosen slot, noted in `kept`; a slot is needed for placing where the method has any."""
    text = f"{chosen.get('id')}/{chosen.get('date')}" if isinstance(chosen, Mapping) else str(chosen or "")
    rows = session().scalars(
        select(DeliverySlot).where(DeliverySlot.method_id == method_id, DeliverySlot.active.is_(True))
    )
    slots = {row.id: SlotView(**{name: getattr(row, name) for name in SlotView.__slots__}) for row in rows}
    slot_id, _, day_text = text.partition("/")
    slot, day = slots.get(as_id(slot_id) or method_id), _date(day_text)
    if slot is None or day is None:
        if placing and slots:
            raise SlotGone if text else SlotMissing
        return None
    zone, moment = current_scope().zone, now()
    ahead = (day - moment.astimezone(zone).date()).days
    if day.weekday() != slot.weekday or ahead > DAYS_AHEAD or slot.closes_at(day, zone) <= moment:
        if placing:
            raise SlotGone
        return None
    kept["slot"] = {
        "id": str(slot.id), "date": day.isoformat(), "from": slot.from_minute, "to": slot.to_minute,
    }  # fmt: skip
    return slot_pool(slot, day)
