"""What the buyer is told when goods leave, and what {"shipment_id"} stands for in messages."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.carriers import OWN_DELIVERY, carrier_name, tracking_link
from core.commerce.fulfilment.models import Shipment
from core.commerce.messages.actions import send_messages
from core.commerce.messages.facts import fact_source
from core.kernel.db import session


def tell_shipments(shipments: Sequence[Shipment]) -> None:
    """Tell the buyers that goods left or were handed over, in the transaction that ships them."""
    told: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for one in shipments:
        about = {"order_id": one.order_id, "shipment_id": one.id}
        told.setdefault(_topic(one), []).append((str(one.id), about))
    for topic, facts in told.items():
        send_messages(topic=topic, facts=facts)


def _topic(shipment: Shipment) -> str:
    if shipment.kind == "pickup":
        return "fulfilment.handed_over"
    return "fulfilment.own_delivery" if shipment.carrier == OWN_DELIVERY else "fulfilment.shipped"


@fact_source("shipment_id")
def shipment_facts(shipment_id: UUID) -> Mapping[str, Any]:
    """The variables `carrier`, `tracking_number` and `tracking_link`, as the shipment stands when the words are chosen."""
    row = session().scalars(select(Shipment).where(Shipment.id == shipment_id)).one()
    return {
        "carrier": carrier_name(row.carrier),
        "tracking_number": row.tracking_number,
        "tracking_link": tracking_link(row.carrier, row.tracking_number),
    }
