"""Refusals of the fulfilment room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class NothingToShip(PinpuError):
    """A shipment without a single unit."""

    code = "fulfilment.nothing_to_ship"
    status = 422
    message = N_("Choose at least one unit to send.")
