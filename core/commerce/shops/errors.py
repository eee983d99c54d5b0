"""Refusals of the shops room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class UnknownHost(PinpuError):
    """No shop answers on this host."""

    code = "shops.unknown_host"
    status = 421
    message = N_("There is no shop at this address.")
    fix = N_("Check the address; the shop may have moved.")
