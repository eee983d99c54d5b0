"""Reads of shipments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.carriers import carrier_name, tracking_link
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.orders.models import Order
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """What left: `kind` parcel | pickup, `units` by order line id, `carrier` in words, `link` to the carrier's page.

    `carrier_code` is the carrier as it is stored; `shipped_by` the name of who sent it, "" for nobody in particular.
    """

    id: UUID
    order_id: UUID
    kind: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    units: dict[UUID, int]
    carrier_code: str = ""
    link: str = ""
    shipped_by: str = ""


def shipments_of(order_id: UUID) -> list[ShipmentView]:
    """An order's shipments, oldest first."""
    return shipments_of_orders([order_id])


def shipments_of_orders(order_ids: Iterable[UUID]) -> list[ShipmentView]:
    """The shipments of several orders, oldest first, in two statements."""
    statement = (
        select(Shipment)
        .where(Shipment.order_id.in_(list(order_ids)))
        .order_by(Shipment.shipped_at, Shipment.id)
        .execution_options(populate_existing=True)
    )
    rows = session().scalars(statement).all()
    units: dict[UUID, dict[UUID, int]] = {row.id: {} for row in rows}
    if units:
        for line in session().scalars(select(ShipmentLine).where(ShipmentLine.shipment_id.in_(units))):
            units[line.shipment_id][line.order_line_id] = line.quantity
    return [
        ShipmentView(
            row.id,
            row.order_id,
            row.kind,
            carrier_name(row.carrier),
            row.tracking_number,
            row.shipped_at,
            units[row.id],
            row.carrier,
            tracking_link(row.carrier, row.tracking_number),
            row.shipped_by,
        )
        for row in rows
    ]


def pickup_code(order_id: UUID) -> str:
    """What the buyer of an order shows to be handed it, as "k3vt-9dmw"; "" unless it is paid and still to be fetched."""
    statement = select(Order.pickup_code).where(
        Order.id == order_id,
        Order.lifecycle == "placed",
        Order.financial.in_(("paid", "partly_refunded")),
        Order.fulfilment != "fulfilled",
        Order.holds_open == 0,
    )
    return shown_code(session().scalars(statement).first() or "")


def shown_code(code: str) -> str:
    """A pick-up code in two halves, as people read it out."""
    return f"{code[:4]}-{code[4:]}".upper() if code else ""
