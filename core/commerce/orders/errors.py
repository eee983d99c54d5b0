"""Refusals of the orders room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class OrderNotShippable(PinpuError):
    """The order is unpaid, cancelled, or something still holds it."""

    code = "orders.not_shippable"
    status = 409
    message = N_("This order cannot be shipped now.")
    fix = N_("It must be paid, not cancelled, and nothing may hold it (its hold says what it waits for).")


class OrderNotCancellable(PinpuError):
    """Something has shipped, or the order is already closed."""

    code = "orders.not_cancellable"
    status = 409
    message = N_("This order cannot be cancelled any more.")
    fix = N_("Refund the units that come back instead.")


class TooManyUnits(PinpuError):
    """More units than are left were to be shipped or refunded."""

    code = "orders.too_many_units"
    status = 409
    message = N_("Only %(left)s are left of “%(title)s”.")


class TagNameTaken(PinpuError):
    """Another tag of the shop has this name."""

    code = "orders.tag_name_taken"
    status = 409
    message = N_("There is a tag “%(name)s” already.")


class TooManyTags(PinpuError):
    """More tags than anybody finds anything with."""

    code = "orders.too_many_tags"
    status = 409
    message = N_("A shop has at most %(most)s tags.")
    fix = N_("Remove one that is not needed any more.")


class AddressIsFixed(PinpuError):
    """Something has left, or the order is over: where it goes cannot be changed any more."""

    code = "orders.address_is_fixed"
    status = 409
    message = N_("The address of this order cannot be changed any more.")
    fix = N_("It can be changed until the first parcel leaves; ask the carrier to redirect the parcel.")
