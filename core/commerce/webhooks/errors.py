"""Refusals of the webhooks room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class TooManyEndpoints(PinpuError):
    """All places are taken; nothing was saved."""

    code = "webhooks.too_many_endpoints"
    status = 409
    message = N_("A shop has at most %(most)s endpoints.")
    fix = N_("Remove one that is not used any more.")


class EndpointPaused(PinpuError):
    """Nothing is sent to an endpoint that is paused."""

    code = "webhooks.endpoint_paused"
    status = 409
    message = N_("This endpoint is paused, so nothing is sent to it.")
    fix = N_("Switch it on first.")
