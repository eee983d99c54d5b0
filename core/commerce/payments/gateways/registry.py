"""The gateways of this process by name: the test gateway always, others as boot brings them."""

from core.commerce.payments.gateways.interface import PaymentGateway
from core.commerce.payments.gateways.test import PinpuTestGateway
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class UnknownGateway(PinpuError):
    """A shop or a stored payment names a gateway that this installation does not have."""

    code = "payments.unknown_gateway"
    status = 503
    message = N_("The way to pay “%(name)s” is not available here.")
    fix = N_("Choose another way to pay.")


_gateways: dict[str, PaymentGateway] = {}


def register_gateway(gateway: PaymentGateway) -> None:
    """Offer `gateway` under its own name; one of the same name is replaced."""
    _gateways[gateway.name] = gateway


def gateway_for(name: str) -> PaymentGateway:
    """The gateway called `name`; raises UnknownGateway."""
    try:
        return _gateways[name]
    except KeyError:
        raise UnknownGateway(name=name) from None


register_gateway(PinpuTestGateway())
