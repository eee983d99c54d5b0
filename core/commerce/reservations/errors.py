"""Refusals of the reservations room."""

from uuid import UUID

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class PoolExhausted(PinpuError):
    """At least one pool had fewer units left than were wanted (or is closed); nothing was reserved.

    `pools` names the pools that refused, so that the caller can say which line, seat or limit it was.
    """

    code = "reservations.pool_exhausted"
    status = 409
    message = N_("There is not enough left.")
    fix = N_("Take fewer, or choose something else.")

    def __init__(self, pools: tuple[UUID, ...]) -> None:
        super().__init__(pools=[str(pool) for pool in pools])
        self.pools = pools


class CapacityTooSmall(PinpuError):
    """A capacity below what is already reserved was asked for."""

    code = "reservations.capacity_too_small"
    status = 409
    message = N_("%(taken)s are already reserved by orders; the number cannot be lower.")
