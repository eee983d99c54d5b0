"""Refusals of the shops room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class ShopPaused(PinpuError):
    """The merchant takes no orders for now."""

    code = "shops.paused"
    status = 409
    message = N_("The shop takes no orders at the moment.")
    fix = N_("Your cart is kept. Please come back later.")


class ShopClosed(PinpuError):
    """The shop takes no orders outside of its hours; `opens` says when it opens, in words."""

    code = "shops.closed"
    status = 409
    message = N_("The shop is closed now and opens %(opens)s.")
    fix = N_("Your cart is kept until then.")


class ShopClosedForNow(PinpuError):
    """The shop takes no orders outside of its hours, and no next opening is in sight."""

    code = "shops.closed_for_now"
    status = 409
    message = N_("The shop is closed now.")
    fix = N_("Your cart is kept. Please come back later.")
