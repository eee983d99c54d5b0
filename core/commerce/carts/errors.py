"""Refusals of the carts room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class QuantityRefused(PinpuError):
    """A quantity outside 1 to 9999."""

    code = "carts.quantity_refused"
    status = 422
    message = N_("The quantity must be a whole number from 1 to 9999.")


class CartFull(PinpuError):
    """More different things than one cart holds."""

    code = "carts.full"
    status = 409
    message = N_("The cart holds at most 100 different things.")
    fix = N_("Order what is in it first.")


class VariantUnavailable(PinpuError):
    """What was to be put in the cart is not for sale."""

    code = "carts.variant_unavailable"
    status = 409
    message = N_("This is not for sale any more.")
