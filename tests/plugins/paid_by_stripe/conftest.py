"""A shop with group-buy that is paid through Stripe: the real SDK at the stand-in, webhook and browser at the real routes."""

import contextvars
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.commerce.orders.models import Order
from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.gateways.registry import register_gateway
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.commerce.payments.gateways.stripe.sdk import Patience
from core.commerce.payments.models import Payment, PaymentAccount, Refund
from core.commerce.shops.actions import bump_epoch
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import ShopScope
from core.testing.browsers import ShopBrowser
from core.testing.goods import make_product
from core.web.webhooks.blueprint import webhooks
from plugins.group_buy.tests.groups import Member, make_activity
from tests.stripe_stand_in import StripeStandIn, signed, stripe_stand_in

HOOK_SECRET = "whsec_tea"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StripeStandIn]:
    with stripe_stand_in() as running:
        yield running


@command("system")
def keep_account(gateway: str, key: str) -> None:
    """As if the merchant had saved and switched on the account."""
    session().add(
        PaymentAccount(
            gateway=gateway,
            mode="test",
            credentials={"secret_key": key, "webhook_secret": HOOK_SECRET},
            methods=["card", "wechat_pay", "alipay"],
            facts={
                "mode": "test",
                "name": key,
                "ready_methods": ["card", "wechat_pay", "alipay"],
                "problems": [],
            },
            enabled=True,
            position=0,
        )
    )
    bump_epoch()


@dataclass
class StripeShop:
    """The bound shop and its account at Stripe; what buyers, Stripe and browsers do to its orders."""

    scope: ShopScope
    key: str
    stand_in: StripeStandIn
    service: Any
    browser: Callable[[], ShopBrowser]
    told: set[str] = field(default_factory=set)

    def start(self, order_id: UUID, way: str = "card", device: Any = "desktop") -> Payment:
        """The buyer chooses a way and goes to Stripe."""
        code = self.order(order_id).code
        back = f"http://shop.localhost/pay/{code}/return"
        attempt = start_payment(order_id=order_id, return_url=back, way=f"stripe:{way}", device=device)
        return self.payment(attempt.payment_id)

    def pull(self, lever: str, **what: Any) -> Any:
        """A lever of the stand-in at this shop's account."""
        return self.stand_in.pull(self.key, lever, **what)

    def webhook(self, *kinds: str, times: int = 1, newest_first: bool = False, **sign: Any) -> list[int]:
        """Stripe reports what it has not reported yet (or these types again); returns the statuses that it got."""
        events = self.stand_in.events(self.key, *kinds)
        events = events if kinds else [one for one in events if one["id"] not in self.told]
        self.told |= {one["id"] for one in events}
        secret = sign.pop("secret", HOOK_SECRET)
        return [
            self.post(*signed(event, secret, **sign))
            for event in (reversed(events) if newest_first else events)
            for _ in range(times)
        ]

    def post(self, headers: dict[str, str], body: bytes) -> int:
        """One notification at the shop's address; a request begins without any shop."""
        path = f"/webhooks/{self.scope.handle}/payments/stripe"
        answer = contextvars.Context().run(self.service.post, path, data=body, headers=headers)
        return int(answer.status_code)

    def come_back(self, order_id: UUID, *, left: bool = False) -> Any:
        """The buyer's browser comes back from Stripe."""
        path = f"/pay/{self.order(order_id).code}/return{'?left=1' if left else ''}"
        return contextvars.Context().run(self.browser().get, path)

    def goods(self) -> UUID:
        """A variant at 128 yuan."""
        return make_product(title="安溪铁观音", prices=[12_800]).variant_id

    def order(self, order_id: UUID) -> Order:
        return self._one(select(Order).where(Order.id == order_id))

    def payment(self, payment_id: UUID) -> Payment:
        return self._one(select(Payment).where(Payment.id == payment_id))

    def payments(self, order_id: UUID) -> list[Payment]:
        statement = select(Payment).where(Payment.order_id == order_id)
        return self._all(statement.order_by(Payment.created_at, Payment.id))

    def refunds(self, order_id: UUID) -> list[Refund]:
        return self._all(select(Refund).where(Refund.order_id == order_id).order_by(Refund.created_at))

    def charges(self) -> list[dict[str, Any]]:
        """Money that Stripe took from anybody: its charges, oldest first."""
        with self.stand_in.parts.lock:
            found = list(self.stand_in.book(self.key).all_of("ch", "py"))
        return [one for one in reversed(found) if one["paid"]]

    def balance(self) -> int:
        """What buyers paid less what went back, minor units, before fees."""
        return sum(one["amount_captured"] - one["amount_refunded"] for one in self.charges())

    def _one(self, statement: Any) -> Any:
        with reading():
            return session().scalars(statement.execution_options(populate_existing=True)).one()

    def _all(self, statement: Any) -> list[Any]:
        with reading():
            return list(session().scalars(statement.execution_options(populate_existing=True)))


@pytest.fixture
def stripe_shop_of(stand_in: StripeStandIn, in_shop: ShopScope, at_shop: Any) -> Callable[[str], StripeShop]:
    """`stripe_shop_of(key)` is the bound shop and the account that this key opens."""
    app = Flask("platform")
    app.register_blueprint(webhooks)
    client = app.test_client()
    return lambda key: StripeShop(in_shop, key, stand_in, client, lambda: at_shop(in_shop))


@pytest.fixture
def stripe_shop(
    stand_in: StripeStandIn, in_shop: ShopScope, enable: Any, stripe_shop_of: Any
) -> Iterator[StripeShop]:
    """The bound shop, paid through Stripe, with group-buy on."""
    enable(in_shop, "group_buy")
    register_gateway(StripeGateway(base_url=stand_in.base_url, patience=Patience(5, 5, 0)))
    key = f"sk_test_shop_{next(_numbers)}"
    keep_account("stripe", key)
    yield stripe_shop_of(key)
    register_gateway(StripeGateway())


@pytest.fixture
def tea(stripe_shop: StripeShop) -> Any:
    """A product at 128 yuan."""
    return make_product(title="安溪铁观音", prices=[12_800])


@pytest.fixture
def member(buyer: Any, stripe_shop: StripeShop) -> Callable[[], Member]:
    return lambda: Member(buyer())


@pytest.fixture
def pair(tea: Any) -> UUID:
    """A group-buy of two people at 89 yuan."""
    return make_activity(tea, size=2)
