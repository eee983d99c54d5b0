"""Whether a parcel of a bulk run can leave, decided from the order as it is now; the same for a dry run and for real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.commerce.fulfilment.bulk_outcomes import READY
from core.commerce.fulfilment.queries import ShipmentView
from core.commerce.orders.queries import OrderView


@dataclass(frozen=True, slots=True)
class Parcel:
    """What somebody wants to send: `wanted` is units by SKU, empty for everything that is left; `pickup`: hand over."""

    tracking_number: str = ""
    wanted: Mapping[str, int] = field(default_factory=dict)
    pickup: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` is READY with `units` by line key, or says what is in the way, with `said` to fill its words."""

    outcome: str
    said: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)


def judged(
    order: OrderView | None,
    parcel: Parcel,
    shipments: Sequence[ShipmentView],
    *,
    hold: Mapping[str, Any] | None = None,
    taken: Mapping[UUID, int] | None = None,
) -> Verdict:
    """What becomes of `parcel`. `hold` is the reason of an open hold; `taken` are units by line that go elsewhere first."""
    if order is None:
        return Verdict("unknown_order")
    same = [one for one in shipments if parcel.tracking_number and _same(one, parcel)]
    if same and (not parcel.wanted or any(_units_by_sku(order, one) == parcel.wanted for one in same)):
        return _already(same)
    if found := _stands_in_the_way(order, parcel, hold):
        return found
    left = {line.id: line.to_ship - (taken or {}).get(line.id, 0) for line in order.lines}
    if not any(count > 0 for count in left.values()):
        return _already(shipments) if shipments else Verdict("refunded")
    if not parcel.wanted:
        return Verdict(READY, units={line.key: left[line.id] for line in order.lines if left[line.id] > 0})
    return _chosen(order, parcel.wanted, left)


def _same(shipment: ShipmentView, parcel: Parcel) -> bool:
    return shipment.tracking_number.casefold() == parcel.tracking_number.casefold()


def _units_by_sku(order: OrderView, shipment: ShipmentView) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in order.lines:
        if units := shipment.units.get(line.id, 0):
            found[line.sku.casefold()] = found.get(line.sku.casefold(), 0) + units
    return found


def _already(shipments: Sequence[ShipmentView]) -> Verdict:
    last = shipments[-1]
    return Verdict(
        "already", {"by": last.shipped_by, "at": last.shipped_at.isoformat(), "number": last.tracking_number}
    )


def _stands_in_the_way(order: OrderView, parcel: Parcel, hold: Mapping[str, Any] | None) -> Verdict | None:
    if order.lifecycle == "cancelled":
        return Verdict("cancelled")
    if order.financial in ("refunded", "unpaid"):
        return Verdict(order.financial)
    if order.holds_open:
        return Verdict("on_hold", {"reason": dict(hold or {"message": "–", "params": {}})})
    fetched = order.delivery.get("kind") == "pickup"
    if fetched != parcel.pickup:
        return Verdict("pickup" if fetched else "not_pickup")
    return None


def _chosen(order: OrderView, wanted: Mapping[str, int], left: Mapping[UUID, int]) -> Verdict:
    """Units by line key of the wanted SKUs; several lines may have the same SKU."""
    units: dict[str, int] = {}
    for sku, count in wanted.items():
        lines = [line for line in order.lines if line.sku.casefold() == sku]
        if not lines:
            return Verdict("unknown_sku", {"sku": sku})
        room = sum(max(left[line.id], 0) for line in lines)
        if count > room:
            return Verdict("too_many", {"sku": lines[0].sku, "left": room})
        for line in lines:
            share = min(count - sum(units.get(one.key, 0) for one in lines), max(left[line.id], 0))
            if share:
                units[line.key] = share
    return Verdict(READY, units=units)
