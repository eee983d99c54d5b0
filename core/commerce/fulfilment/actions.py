"""Goods leave: a parcel goes out, or goods are handed over at a pick-up point."""

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.carriers import OWN_DELIVERY, carrier_name
from core.commerce.fulfilment.errors import NothingToShip
from core.commerce.fulfilment.events import OrderShipped
from core.commerce.fulfilment.message_facts import tell_shipment
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.orders import actions as orders
from core.commerce.orders.errors import OrderNotShippable
from core.commerce.orders.models import Order
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.events import record
from core.kernel.i18n import N_, gettext
from core.kernel.idempotency import KeyReused
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor

LONGEST_CARRIER, LONGEST_NUMBER = 60, 80


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
    `shipment_id` names the person's decision: sent again (a double click), it changes nothing.
    Raises InputRefused, NothingToShip, NotFound, OrderNotShippable, TooManyUnits, KeyReused.
    """
    carrier, tracking_number = checked_parcel(carrier, tracking_number)
    shipment_id = shipment_id or new_id()
    if _send(order_id, units, Shipment(id=shipment_id, carrier=carrier, tracking_number=tracking_number)):
        own = carrier == OWN_DELIVERY
        orders.note(
            order_id=order_id,
            kind="shipped",
            text=N_("Sent by the shop's own delivery (units: %(units)s).")
            if own
            else N_("Sent with %(carrier)s, number %(number)s (units: %(units)s)."),
            params={"units": sum(units.values())}
            | ({} if own else {"carrier": carrier_name(carrier), "number": tracking_number}),
        )
    return shipment_id


@command("orders.ship")
def hand_over_order(*, order_id: UUID, units: Mapping[str, int], shipment_id: UUID | None = None) -> UUID:
    """Hand units (line key → units) of an order to the buyer at the pick-up point; returns the shipment's id.

    As `ship_order`, without carrier and number.
    """
    shipment_id = shipment_id or new_id()
    if _send(order_id, units, Shipment(id=shipment_id, kind="pickup")):
        orders.note(
            order_id=order_id,
            kind="handed_over",
            text=N_("Handed over at the pick-up point (units: %(units)s)."),
            params={"units": sum(units.values())},
        )
    return shipment_id


def _send(order_id: UUID, wanted: Mapping[str, int], shipment: Shipment) -> bool:
    """Write the shipment of a locked order; False when this very shipment exists already."""
    units = {key: count for key, count in wanted.items() if count}
    if not units:
        raise NothingToShip
    if any(type(count) is not int or count < 0 for count in units.values()):
        raise InputRefused({"units": [gettext(N_("Write whole numbers."))]})
    found = orders.lock_orders([order_id])
    if not found:
        raise NotFound
    if _known(order_id, shipment.id):
        return False
    _require_shippable(found[0])
    shipment.order_id, shipment.shipped_at, shipment.shipped_by = order_id, now(), current_actor().name
    session().add(shipment)
    for key, line in orders.count_shipped(found[0], units).items():
        session().add(ShipmentLine(shipment_id=shipment.id, order_line_id=line.id, quantity=units[key]))
    session().flush()
    tell_shipment(shipment)
    record(OrderShipped(order_id=order_id, shipment_id=shipment.id))
    return True


def _known(order_id: UUID, shipment_id: UUID) -> bool:
    owner = session().scalars(select(Shipment.order_id).where(Shipment.id == shipment_id)).first()
    if owner is not None and owner != order_id:
        raise KeyReused
    return owner is not None


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
