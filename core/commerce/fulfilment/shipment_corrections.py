"""A shipment that was written down wrongly: another number, or undone while the parcel still stands on the table."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from core.commerce.fulfilment.actions import checked_parcel
from core.commerce.fulfilment.carriers import carrier_name
from core.commerce.fulfilment.errors import ShipmentNotUndoable
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.orders.actions import count_unshipped, lock_orders, note
from core.commerce.orders.models import OrderLine
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope

# As long as nobody can have picked it up.
UNDO_MINUTES = 30


@command("orders.ship")
def correct_shipment(*, shipment_id: UUID, carrier: str, tracking_number: str) -> None:
    """Give a parcel another carrier or number; the buyer sees it at once. Raises InputRefused, NotFound."""
    shipment = _locked(shipment_id)
    if shipment.kind == "pickup":
        raise NotFound
    carrier, tracking_number = checked_parcel(carrier, tracking_number)
    if (carrier, tracking_number) == (shipment.carrier, shipment.tracking_number):
        return
    before = shipment.tracking_number
    shipment.carrier, shipment.tracking_number = carrier, tracking_number
    note(
        order_id=shipment.order_id,
        kind="parcel_corrected",
        text=N_("Tracking number corrected: %(carrier)s %(number)s (was %(before)s)."),
        params={"carrier": carrier_name(carrier), "number": tracking_number or "–", "before": before or "–"},
    )


@command("orders.ship")
def undo_shipment(*, shipment_id: UUID) -> UUID:
    """Take back a shipment of the last UNDO_MINUTES minutes: its units are to be sent again. Returns the order's id.

    Raises NotFound, ShipmentNotUndoable.
    """
    shipment = _locked(shipment_id)
    if shipment.kind == "replacement" or shipment.shipped_at < now() - timedelta(minutes=UNDO_MINUTES):
        raise ShipmentNotUndoable(minutes=UNDO_MINUTES)
    order = lock_orders([shipment.order_id])[0]
    if order.lifecycle != "placed":
        raise ShipmentNotUndoable(minutes=UNDO_MINUTES)
    units = {
        row.key: row.quantity
        for row in session().execute(
            select(OrderLine.key, ShipmentLine.quantity)
            .join(ShipmentLine, ShipmentLine.order_line_id == OrderLine.id)
            .where(ShipmentLine.shipment_id == shipment_id)
        )
    }
    shop_id = current_scope().shop_id
    session().execute(
        delete(ShipmentLine).where(ShipmentLine.shop_id == shop_id, ShipmentLine.shipment_id == shipment_id)
    )
    session().delete(shipment)
    count_unshipped(order, units)
    note(
        order_id=order.id,
        kind="shipment_undone",
        text=N_("The shipment %(number)s was a mistake and is undone (units: %(units)s)."),
        params={"number": shipment.tracking_number or "–", "units": sum(units.values())},
    )
    return order.id


def _locked(shipment_id: UUID) -> Shipment:
    """The shipment behind its order's lock: orders are locked before what belongs to them."""
    found = select(Shipment).where(Shipment.id == shipment_id).execution_options(populate_existing=True)
    shipment = session().scalars(found).first()
    if shipment is None:
        raise NotFound
    lock_orders([shipment.order_id])
    again = session().scalars(found.with_for_update(key_share=True)).first()
    if again is None:
        raise NotFound
    return again
