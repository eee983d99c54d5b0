"""Refusals of the shipping room."""

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_


class UnknownMethod(NotFound):
    """No such delivery method in this shop."""

    code = "shipping.unknown_method"


class UnknownPickupPoint(NotFound):
    """No such pick-up point in this shop."""

    code = "shipping.unknown_pickup_point"


class UnknownSlot(NotFound):
    """No such delivery slot in this shop."""

    code = "shipping.unknown_slot"


class NotDelivered(PinpuError):
    """The chosen way to send does not go where the goods shall go; `text` is the reason in the reader's words."""

    code = "shipping.not_delivered"
    status = 409
    message = N_("This way of delivery does not come to you.")
    fix = N_("Choose another way, fetch it yourself where that is offered, or change the address.")

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    @property
    def text(self) -> str:
        """The reason; it is already in the reader's language."""
        return self.words


class SlotMissing(PinpuError):
    """No delivery slot was chosen where one is needed."""

    code = "shipping.slot_missing"
    status = 422
    message = N_("Choose when we shall come.")


class SlotGone(PinpuError):
    """The chosen slot is full, past its cut-off, or not offered any more."""

    code = "shipping.slot_gone"
    status = 409
    message = N_("This time has just been taken.")
    fix = N_("Choose another time. Nothing was charged.")


class DayClosed(PinpuError):
    """The pick-up point is closed on the chosen day."""

    code = "shipping.day_closed"
    status = 409
    message = N_("The pick-up point is closed on that day.")
    fix = N_("Choose another day.")
