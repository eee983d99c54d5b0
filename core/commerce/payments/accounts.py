"""A shop's accounts with gateways: which credentials a payment goes through, and the ways to pay that buyers are offered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import select

from core.commerce.payments.gateways.interface import (
    Device,
    GatewayCredentials,
    GatewayProfile,
    Mode,
    PaymentGateway,
    PaymentMethod,
)
from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for, gateways_of_shop
from core.commerce.payments.models import PaymentAccount
from core.kernel.db import reading, session
from core.kernel.tenancy import ShopScope, current_scope

TEST = "test"


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


@dataclass(frozen=True, slots=True)
class WayToPay:
    """What a buyer may choose: a method through one gateway. `id` is what the checkout form sends."""

    gateway: str
    method: PaymentMethod
    mode: Mode

    @property
    def id(self) -> str:
        """The choice as a form sends it."""
        return f"{self.gateway}:{self.method}"

    @property
    def profile(self) -> GatewayProfile:
        """What the gateway says about itself."""
        return gateway_for(self.gateway).profile


@dataclass(frozen=True, slots=True)
class AccountsOutside:
    """What the room is told from outside: the test gateway's credentials of a shop, and where gateways reach us.

    `base_urls` replaces where a gateway's API lives, by name: a stand-in for tests and demos.
    """

    test_credentials: Callable[[ShopScope], GatewayCredentials]
    notify_url: Callable[[ShopScope, str], str]
    base_urls: Mapping[str, str] = field(default_factory=dict)


_outside: AccountsOutside | None = None


def install_accounts(outside: AccountsOutside) -> None:
    """Let this process find shops' accounts."""
    global _outside
    _outside = outside


def _told() -> AccountsOutside:
    if _outside is None:
        raise RuntimeError("no gateway accounts: install_accounts has not been called")
    return _outside


def notify_url(gateway: str) -> str:
    """Where `gateway` reports about the bound shop."""
    return _told().notify_url(current_scope(), gateway)


def credentials_for(gateway: str, mode: Mode, values: Mapping[str, str]) -> GatewayCredentials:
    """Credentials of typed values. Raises UnknownGateway, also where the gateway has no such mode."""
    base_urls = gateway_for(gateway).profile.base_urls
    if mode not in base_urls:
        raise UnknownGateway(name=gateway)
    return GatewayCredentials(_told().base_urls.get(gateway, base_urls[mode]), mode, dict(values))


def gateway_account(name: str = TEST, mode: str = "test") -> GatewayAccount:
    """The bound shop's account with gateway `name`; raises UnknownGateway where the shop has none (any more)."""
    scope = current_scope()
    if name == TEST:
        return GatewayAccount(name, _told().test_credentials(scope), notify_url(name))
    with reading():
        wanted = (PaymentAccount.gateway == name, PaymentAccount.mode == mode)
        row = session().scalars(select(PaymentAccount).where(*wanted)).first()
    if row is None:
        raise UnknownGateway(name=name)
    return GatewayAccount(name, credentials_for(name, _mode(mode), row.credentials), notify_url(name))


def accounts_with(name: str) -> Sequence[GatewayAccount]:
    """Every account of the bound shop with gateway `name`, live before test: a notification is of one of them."""
    if name == TEST:
        return (gateway_account(),)
    with reading():
        found = session().scalars(select(PaymentAccount).where(PaymentAccount.gateway == name))
        rows = sorted(found, key=lambda row: row.mode)
    return [
        GatewayAccount(name, credentials_for(name, _mode(row.mode), row.credentials), notify_url(name))
        for row in rows
    ]


def ways_to_pay() -> tuple[WayToPay, ...]:
    """What buyers of the bound shop may choose among, in the shop's order; the same method only once.

    As soon as one real account is on, test payments are no longer taken. A shop that has never decided anything takes
    test payments.
    """
    with reading():
        # Only what is shown: credentials stay sealed.
        columns = (
            PaymentAccount.gateway,
            PaymentAccount.mode,
            PaymentAccount.enabled,
            PaymentAccount.methods,
            PaymentAccount.facts,
        )
        rows = session().execute(select(*columns).order_by(PaymentAccount.position, PaymentAccount.id)).all()
    known = {gateway.name for gateway in gateways_of_shop()}
    on = [row for row in rows if row.enabled and row.gateway in known]
    live = [row for row in on if row.mode == "live"]
    found: dict[str, WayToPay] = {}
    for row in live or on:
        for method in offered_methods(row.gateway, row.methods, row.facts):
            key = row.gateway if method == "page" else method
            found.setdefault(key, WayToPay(row.gateway, method, _mode(row.mode)))
    if not live and not any(row.gateway == TEST for row in rows):
        found[TEST] = WayToPay(TEST, "page", "test")
    return tuple(found.values())


def offered_methods(
    gateway: str, chosen: Sequence[str], facts: Mapping[str, Any]
) -> tuple[PaymentMethod, ...]:
    """Of a gateway's methods those that the merchant chose and that its account can take today."""
    ready = facts.get("ready_methods")
    return tuple(
        method
        for method in gateway_for(gateway).profile.methods
        if method in chosen and (ready is None or method in ready)
    )


def usable_ways(ways: Sequence[WayToPay], device: Device, currency: str) -> tuple[WayToPay, ...]:
    """Those of `ways` that work in the buyer's browser and for the currency."""
    return tuple(
        way
        for way in ways
        if way.profile.works_on(way.method, device) and way.profile.takes(way.method, currency)
    )


def takes_test_payments(ways: Sequence[WayToPay]) -> bool:
    """Whether what buyers pay is no money."""
    return any(way.mode == "test" for way in ways)


def _mode(text: str) -> Mode:
    return cast("Mode", text)
