"""Facts of the payments room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class RefundRequested(Event):
    """Money of an order is on its way back."""

    name: ClassVar[str] = "payments.refund_requested"
    label: ClassVar[str] = N_("Refund requested")
    order_id: UUID
    refund_id: UUID


class RefundDone(Event):
    """The gateway confirmed that the money went back."""

    name: ClassVar[str] = "payments.refund_done"
    label: ClassVar[str] = N_("Refund done")
    order_id: UUID
    refund_id: UUID
