"""A shop with group-buy that is paid through WeChat Pay or Alipay directly: the real libraries before the stand-ins."""

import contextvars
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.commerce.orders.models import Order
from core.commerce.payments import accounts
from core.commerce.payments.actions.accounts import save_account, switch_account
from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.models import Payment, Refund
from core.kernel.db import reading, session
from core.kernel.tenancy import ShopScope
from core.testing.browsers import ShopBrowser
from core.testing.goods import MadeProduct, make_product
from core.web.webhooks.blueprint import webhooks
from plugins.alipay.tests import provider as alipay
from plugins.group_buy.tests.groups import Member, make_activity
from plugins.wechat_pay.tests import provider as wechat_pay

STAND_INS = {"wechat_pay": wechat_pay, "alipay": alipay}


@dataclass
class DirectShop:
    """The bound shop and its account; what buyers, the provider and browsers do to its orders."""

    scope: ShopScope
    gateway: str
    provider: Any
    service: Any
    browser: Callable[[], ShopBrowser]

    def start(self, order_id: UUID, device: Any = "desktop") -> Payment:
        """The buyer chooses the way and goes to pay."""
        back = f"http://shop.localhost/pay/{self.order(order_id).code}/return"
        attempt = start_payment(
            order_id=order_id, return_url=back, way=f"{self.gateway}:{self.gateway}", device=device
        )
        return self._one(select(Payment).where(Payment.id == attempt.payment_id))

    def pay(self, payment: Payment) -> None:
        """The buyer pays at the provider."""
        if self.gateway == "alipay":
            self.provider.visit(payment.redirect_url)
        self.provider.pay(payment.gateway_ref)

    def webhook(self, payment: Payment, times: int = 1, **more: Any) -> list[int]:
        """The provider reports; returns the statuses that it got."""
        headers, body = self.provider.notification(payment.gateway_ref, **more)
        path = f"/webhooks/{self.scope.handle}/payments/{self.gateway}"
        # A request begins without any shop.
        answers = [
            contextvars.Context().run(self.service.post, path, data=body, headers=headers)
            for _ in range(times)
        ]
        assert {one.text for one in answers} <= {"success" if self.gateway == "alipay" else "", *REFUSED}
        return [one.status_code for one in answers]

    def come_back(self, order_id: UUID) -> Any:
        """The buyer's browser comes back."""
        path = f"/pay/{self.order(order_id).code}/return"
        return contextvars.Context().run(self.browser().get, path)

    def order(self, order_id: UUID) -> Order:
        return self._one(select(Order).where(Order.id == order_id))

    def payments(self, order_id: UUID) -> list[Payment]:
        return self._all(select(Payment).where(Payment.order_id == order_id).order_by(Payment.created_at))

    def refunds(self, order_id: UUID) -> list[Refund]:
        return self._all(select(Refund).where(Refund.order_id == order_id))

    def money_back(self) -> int:
        """What the provider sent back to buyers, minor units."""
        if self.gateway == "wechat_pay":
            return sum(one["amount"]["refund"] for one in self.provider.refunds.values())
        return sum(alipay.cents(one["refund_amount"]) for one in self.provider.refunds.values())

    def _one(self, statement: Any) -> Any:
        with reading():
            return session().scalars(statement.execution_options(populate_existing=True)).one()

    def _all(self, statement: Any) -> list[Any]:
        with reading():
            return list(session().scalars(statement.execution_options(populate_existing=True)))


REFUSED = ("stale\n", "wrong_signature\n", "unsigned\n")


@pytest.fixture(params=sorted(STAND_INS))
def direct_shop(
    request: pytest.FixtureRequest, in_shop: ShopScope, enable: Any, at_shop: Any
) -> Iterator[DirectShop]:
    """The bound shop, paid through one of the two, with group-buy on; its account was saved and proved as merchants do."""
    name = request.param
    enable(in_shop, "group_buy")
    enable(in_shop, name)
    app = Flask("platform")
    app.register_blueprint(webhooks)
    told = accounts._told()
    with STAND_INS[name].running_provider() as provider:
        accounts.install_accounts(replace(told, base_urls={name: provider.credentials.base_url}))
        made = save_account(gateway=name, mode="live", typed=provider.credentials.values)
        switch_account(account_id=made, on=True)
        yield DirectShop(in_shop, name, provider, app.test_client(), lambda: at_shop(in_shop))
        accounts.install_accounts(told)


@pytest.fixture
def tea(direct_shop: DirectShop) -> MadeProduct:
    return make_product(title="安溪铁观音", prices=[12_800])


@pytest.fixture
def pair(tea: MadeProduct) -> UUID:
    """Two people, 8,900 each."""
    return make_activity(tea, size=2, prices={tea.variant_id: 8_900})


@pytest.fixture
def member(buyer: Any, direct_shop: DirectShop) -> Callable[[], Member]:
    return lambda: Member(buyer())
