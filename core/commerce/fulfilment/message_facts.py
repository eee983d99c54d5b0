"""What the buyer is told when goods leave, and what {"shipment_id"} stands for in messages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.carriers import OWN_DELIVERY, carrier_name, tracking_link
from core.commerce.fulfilment.models import Shipment
from core.commerce.messages.actions import send_message
from core.commerce.messages.facts import fact_source
from core.kernel.db import session


def tell_shipment(shipment: Shipment) -> None:
    """Tell the buyer that goods left or were handed over, in the transaction that ships them."""
    if shipment.kind == "pickup":
        topic = "fulfilment.handed_over"
    else:
        topic = "fulfilment.own_delivery" if shipment.carrier == OWN_DELIVERY else "fulfilment.shipped"
    about = {"order_id": shipment.order_id, "shipment_id": shipment.id}
    send_message(topic=topic, about=about, dedupe_key=str(shipment.id))


@fact_source("shipment_id")
def shipment_facts(shipment_id: UUID) -> Mapping[str, Any]:
    """The variables `carrier`, `tracking_number` and `tracking_link`, as the shipment stands when the words are chosen."""
    row = session().scalars(select(Shipment).where(Shipment.id == shipment_id)).one()
    return {
        "carrier": carrier_name(row.carrier),
        "tracking_number": row.tracking_number,
        "tracking_link": tracking_link(row.carrier, row.tracking_number),
    }
