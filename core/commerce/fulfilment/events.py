"""Facts of the fulfilment room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class OrderShipped(Event):
    """Units of an order left in a parcel, or were handed over at a pick-up point; perhaps not all of them."""

    name: ClassVar[str] = "fulfilment.order_shipped"
    label: ClassVar[str] = N_("Order shipped")
    order_id: UUID
    shipment_id: UUID
