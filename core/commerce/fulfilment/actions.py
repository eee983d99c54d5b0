"""Goods leave: a parcel goes out, or goods are handed over at a pick-up point."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.carriers import OWN_DELIVERY, carrier_name
from core.commerce.fulfilment.errors import NothingToShip
from core.commerce.fulfilment.events import OrderShipped
from core.commerce.fulfilment.message_facts import tell_shipments
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.orders import actions as orders
from core.commerce.orders.errors import OrderNotShippable
from core.commerce.orders.models import Order
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.events import record_all
from core.kernel.i18n import N_, gettext
from core.kernel.idempotency import KeyReused
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor

LONGEST_CARRIER, LONGEST_NUMBER = 60, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Units (line key → units) of an order that leave together; `pickup`: handed over, without carrier and number.

    `shipment_id` names the person's decision: sent again (a double click), it changes nothing.
    """

    order_id: UUID
    units: Mapping[str, int]
    carrier: str = ""
    tracking_number: str = ""
    pickup: bool = False
    shipment_id: UUID = field(default_factory=new_id)


@command("orders.ship")
def ship_order(
    *,
    order_id: UUID,
    units: Mapping[str, int],
    carrier: str,
    tracking_number: str = "",
    shipment_id: UUID | None = None,
) -> UUID:
    """Send units (line key → units) of an order in one parcel; returns the shipment's id.

    `carrier` is a code of `carriers` or a name of one's own; every carrier but own delivery needs a tracking number.
    `shipment_id` as in Sending. Raises InputRefused, NothingToShip, NotFound, OrderNotShippable, TooManyUnits, KeyReused.
    """
    chosen = shipment_id or new_id()
    one = Sending(
        order_id=order_id, units=units, carrier=carrier, tracking_number=tracking_number, shipment_id=chosen
    )
    send_parcels(sendings=[one])
    return chosen


@command("orders.ship")
def hand_over_order(*, order_id: UUID, units: Mapping[str, int], shipment_id: UUID | None = None) -> UUID:
    """Hand units (line key → units) of an order to the buyer at the pick-up point; returns the shipment's id.

    As `ship_order`, without carrier and number.
    """
    chosen = shipment_id or new_id()
    send_parcels(sendings=[Sending(order_id=order_id, units=units, pickup=True, shipment_id=chosen)])
    return chosen


@command("orders.ship")
def send_parcels(*, sendings: Sequence[Sending]) -> None:
    """Send several parcels, all of them or none, with as many statements as for one. Raises what `ship_order` raises."""
    wanted = [_checked(one) for one in sendings]
    found = {order.id: order for order in orders.lock_orders({one.order_id for one in wanted})}
    if any(one.order_id not in found for one in wanted):
        raise NotFound
    known = _known(wanted)
    new = [one for one in wanted if one.shipment_id not in known]
    if not new:
        return
    for one in new:
        _require_shippable(found[one.order_id])
    lines = orders.count_shipped([(found[one.order_id], one.units) for one in new])
    shipments = [_shipment(one) for one in new]
    session().add_all(shipments)
    session().flush()
    for one, of_order in zip(new, lines, strict=True):
        session().add_all(
            ShipmentLine(shipment_id=one.shipment_id, order_line_id=line.id, quantity=one.units[key])
            for key, line in of_order.items()
        )
    session().flush()
    tell_shipments(shipments)
    record_all([OrderShipped(order_id=one.order_id, shipment_id=one.shipment_id) for one in new])
    orders.note_all([_entry(one) for one in new])


def _checked(one: Sending) -> Sending:
    carrier, number = ("", "") if one.pickup else checked_parcel(one.carrier, one.tracking_number)
    units = {key: count for key, count in one.units.items() if count}
    if not units:
        raise NothingToShip
    if any(type(count) is not int or count < 0 for count in units.values()):
        raise InputRefused({"units": [gettext(N_("Write whole numbers."))]})
    return replace(one, carrier=carrier, tracking_number=number, units=units)


def _shipment(one: Sending) -> Shipment:
    return Shipment(
        id=one.shipment_id,
        order_id=one.order_id,
        kind="pickup" if one.pickup else "parcel",
        carrier=one.carrier,
        tracking_number=one.tracking_number,
        shipped_at=now(),
        shipped_by=current_actor().name,
    )


def _entry(one: Sending) -> orders.TimelineEntry:
    count: dict[str, Any] = {"units": sum(one.units.values())}
    if one.pickup:
        words = N_("Handed over at the pick-up point (units: %(units)s).")
        return orders.TimelineEntry(one.order_id, "handed_over", words, count)
    if one.carrier == OWN_DELIVERY:
        words = N_("Sent by the shop's own delivery (units: %(units)s).")
    else:
        words = N_("Sent with %(carrier)s, number %(number)s (units: %(units)s).")
        count |= {"carrier": carrier_name(one.carrier), "number": one.tracking_number}
    return orders.TimelineEntry(one.order_id, "shipped", words, count)


def _known(sendings: Sequence[Sending]) -> set[UUID]:
    """Which of these shipments exist already. Raises KeyReused for one of another order."""
    wanted = {one.shipment_id: one.order_id for one in sendings}
    found = session().execute(select(Shipment.id, Shipment.order_id).where(Shipment.id.in_(wanted)))
    owners = {row.id: row.order_id for row in found}
    if any(wanted[one] != owner for one, owner in owners.items()):
        raise KeyReused
    return set(owners)


def _require_shippable(order: Order) -> None:
    paid = order.financial in ("paid", "partly_refunded")
    if not paid or order.lifecycle != "placed" or order.holds_open:
        raise OrderNotShippable


def checked_parcel(carrier: str, tracking_number: str) -> tuple[str, str]:
    """Carrier and tracking number, tidied. Raises InputRefused."""
    carrier, tracking_number = _tidy(carrier), _tidy(tracking_number)
    wrong: dict[str, list[str]] = {}
    if not carrier:
        wrong["carrier"] = [gettext(N_("Choose a carrier."))]
    elif _unfit(carrier, LONGEST_CARRIER):
        wrong["carrier"] = [gettext(N_("Write at most %(most)s ordinary characters."), most=LONGEST_CARRIER)]
    if carrier == OWN_DELIVERY:
        tracking_number = ""
    elif not tracking_number:
        wrong["tracking_number"] = [gettext(N_("Fill in the number on the parcel; buyers follow it."))]
    elif _unfit(tracking_number, LONGEST_NUMBER):
        wrong["tracking_number"] = [
            gettext(N_("Write at most %(most)s ordinary characters."), most=LONGEST_NUMBER)
        ]
    if wrong:
        raise InputRefused(wrong)
    return carrier, tracking_number


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _unfit(text: str, longest: int) -> bool:
    return len(text) > longest or any(unicodedata.category(sign)[0] == "C" for sign in text)
