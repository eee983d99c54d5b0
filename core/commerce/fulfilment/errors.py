"""Refusals of the fulfilment room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class NothingToShip(PinpuError):
    """A shipment without a single unit."""

    code = "fulfilment.nothing_to_ship"
    status = 422
    message = N_("Choose at least one unit to send.")


class NothingSelected(PinpuError):
    """Bulk work without a single order."""

    code = "fulfilment.nothing_selected"
    status = 422
    message = N_("No order is left in this selection.")
    fix = N_("Choose orders in the list and try again.")


class TooManyOrders(PinpuError):
    """More orders than this kind of bulk work takes at once."""

    code = "fulfilment.too_many_orders"
    status = 422
    message = N_("These are %(count)s orders; at most %(most)s can be done at once.")
    fix = N_("Narrow the list with a filter, such as the day of the order.")


class BulkRunNotStartable(PinpuError):
    """The run was started before, or is of another kind."""

    code = "fulfilment.bulk_run_not_startable"
    status = 409
    message = N_("This was started already.")


class ShipmentNotUndoable(PinpuError):
    """Too late, or it was undone before."""

    code = "fulfilment.shipment_not_undoable"
    status = 409
    message = N_("This shipment cannot be undone any more.")
    fix = N_(
        "It can be undone for %(minutes)s minutes. Correct the tracking number, or refund what comes back."
    )


class UnknownPickupCode(PinpuError):
    """No order waits for this code."""

    code = "fulfilment.unknown_pickup_code"
    status = 404
    message = N_("No order waits for this code.")
    fix = N_("Check every character with the buyer; the code stands on the order's page.")


class TooManyGuesses(PinpuError):
    """Somebody typed too many codes that do not exist."""

    code = "fulfilment.too_many_guesses"
    status = 429
    message = N_("Too many codes were wrong. Please wait %(minutes)s minutes.")
    fix = N_("Or look the order up by its number.")
