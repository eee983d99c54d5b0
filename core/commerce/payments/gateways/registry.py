"""The gateways of this process by name: built-in ones, and those that plugins bring."""

from collections.abc import Iterator

from core.commerce.payments.gateways.interface import PaymentGateway
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.commerce.payments.gateways.test import PinpuTestGateway
from core.hooks.current import shop_hooks
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class UnknownGateway(PinpuError):
    """A shop or a stored payment names a gateway that this installation does not have."""

    code = "payments.unknown_gateway"
    status = 503
    message = N_("The way to pay “%(name)s” is not available here.")
    fix = N_("Choose another way to pay.")


_gateways: dict[str, PaymentGateway] = {}
_plugin_of: dict[str, str] = {}


def register_gateway(gateway: PaymentGateway, *, plugin: str = "") -> None:
    """Let this process know `gateway` under its own name, and which plugin brought it; the same name is replaced."""
    _gateways[gateway.name] = gateway
    if plugin:
        _plugin_of[gateway.name] = plugin


def forget_gateway(name: str) -> None:
    """Let this process know the gateway called `name` no more."""
    _gateways.pop(name, None)
    _plugin_of.pop(name, None)


def gateway_for(name: str) -> PaymentGateway:
    """The gateway called `name`; raises UnknownGateway.

    Whether its plugin is still on in a shop does not matter: money that went through it can always come back.
    """
    try:
        return _gateways[name]
    except KeyError:
        raise UnknownGateway(name=name) from None


def all_gateways() -> tuple[PaymentGateway, ...]:
    """Every gateway that this process knows, by name."""
    return tuple(gateway for _, gateway in sorted(_gateways.items()))


def plugin_of_gateway(name: str) -> str:
    """The plugin that brought the gateway called `name`, or "" for a built-in one."""
    return _plugin_of.get(name, "")


def gateways_of_shop() -> tuple[PaymentGateway, ...]:
    """What the bound shop may be paid through: built-in gateways, and those of the plugins it has switched on."""
    on = shop_hooks().sets.offer
    return tuple(
        one for one in all_gateways() if not plugin_of_gateway(one.name) or _plugin_of[one.name] in on
    )


def gateway_problems(plugin: str, brought: PaymentGateway | tuple[PaymentGateway, ...]) -> Iterator[str]:
    """What is wrong with the gateways that a plugin declares, in sentences."""
    for gateway in brought if isinstance(brought, tuple) else (brought,):
        name, profile = gateway.name, gateway.profile
        if name != plugin and not name.startswith(f"{plugin}_"):
            yield f'the gateway {name} must be called "{plugin}" or "{plugin}_<what>".'
        if profile.name != name:
            yield f"the gateway {name} has a profile called {profile.name}."
        if not profile.methods:
            yield f"the gateway {name} has no method to pay."
        if not profile.base_urls:
            yield f"the gateway {name} has neither a test nor a live address."
        names = [field.name for field in profile.fields]
        if len(names) != len(set(names)):
            yield f"two fields of the gateway {name} have the same name."


register_gateway(PinpuTestGateway())
register_gateway(StripeGateway())
