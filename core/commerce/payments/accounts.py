"""Which gateway a shop is paid through, with which credentials and addresses; boot says how to find out."""

from collections.abc import Callable
from dataclasses import dataclass

from core.commerce.payments.gateways.interface import GatewayCredentials, PaymentGateway
from core.commerce.payments.gateways.registry import gateway_for
from core.kernel.tenancy import ShopScope, current_scope


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """A shop's account with a gateway; `notify_url` is where the gateway reports."""

    name: str
    credentials: GatewayCredentials
    notify_url: str

    @property
    def gateway(self) -> PaymentGateway:
        """The gateway itself."""
        return gateway_for(self.name)


def _not_installed(scope: ShopScope, name: str) -> GatewayAccount:
    raise RuntimeError("no gateway accounts: install_accounts has not been called")


_account_of: Callable[[ShopScope, str], GatewayAccount] = _not_installed


def install_accounts(account_of: Callable[[ShopScope, str], GatewayAccount]) -> None:
    """Let `account_of(scope, gateway name)` find a shop's account; an empty name means the shop's own choice."""
    global _account_of
    _account_of = account_of


def gateway_account(name: str = "") -> GatewayAccount:
    """The bound shop's account with gateway `name`, by default the one new payments go through."""
    return _account_of(current_scope(), name)
