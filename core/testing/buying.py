"""Buying in tests: from goods to a placed order, to a captured payment, with the real actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.checkout.actions import Placed, Quoted, place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.ledger.accounts import subsidy
from core.commerce.ledger.queries import balances
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.actions.pay import check_payment as check_payment
from core.commerce.payments.actions.pay import start_payment as start_payment
from core.commerce.payments.actions.refund import cancel_order as cancel_order
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.payments.models import Payment
from core.commerce.pricing.priced import PricedCart
from core.kernel.db import reading, session
from core.kernel.ids import new_code, new_id
from core.testing.gateway_fake import FakeGateway

CONTACT = {"name": "林知夏", "phone": "13800000000", "email": "lin@example.com"}
ADDRESS = {"region": "浙江省", "city": "杭州市", "line1": "西湖区转塘街道 1 号"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer (or guest) with a browser of their own, and the way their goods are sent."""

    customer_id: UUID | None
    delivery: Mapping[str, Any]

    def checkout(
        self,
        lines: Sequence[tuple[UUID, int]],
        *,
        marks: Mapping[str, Any] | None = None,
        held_until: datetime | None = None,
    ) -> str:
        """Open a checkout for (variant, quantity) pairs; returns its code."""
        basket = [
            BasketLine(str(new_id()), variant, quantity, dict(marks or {})) for variant, quantity in lines
        ]
        return start_checkout(
            lines=basket, token=new_code(20), customer_id=self.customer_id, held_until=held_until
        )

    def price(self, lines: Sequence[tuple[UUID, int]]) -> PricedCart:
        """What (variant, quantity) pairs cost this customer, delivery included."""
        return self.quote(self.checkout(lines)).priced

    def quote(self, code: str) -> Quoted:
        """The signed price of a checkout."""
        return quote_checkout(code=code, delivery=self.delivery)

    def place(self, code: str, *, choices: Mapping[str, Any] | None = None) -> Placed:
        """Quote and place."""
        quoted = self.quote(code)
        return place_order(
            code=code,
            quote=quoted.token,
            contact=CONTACT,
            address=ADDRESS,
            delivery=self.delivery,
            choices=choices,
        )

    def order(self, lines: Sequence[tuple[UUID, int]], **more: Any) -> Placed:
        """Checkout and place in one go."""
        return self.place(self.checkout(lines, **more))


def pay(gateway: FakeGateway, order_id: UUID) -> Payment:
    """Pay an order at the gateway and let the completion path find out."""
    attempt = start_payment(order_id=order_id, return_url="http://shop.localhost/return")
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    with reading():
        return session().scalars(select(Payment).where(Payment.id == attempt.payment_id)).one()


def order_row(order_id: UUID) -> Order:
    """The order as it stands now."""
    with reading():
        return session().scalars(select(Order).where(Order.id == order_id)).one()


def refund(order_id: UUID, wanted: Mapping[str, int], *, shipping: bool = False) -> int:
    """Refund units (line key → units) as staff does, after the exact preview; returns the minor units that go back."""
    seen = preview_refund(order_id=order_id, wanted=wanted, include_shipping=shipping)
    refund_units(
        order_id=order_id, wanted=wanted, include_shipping=shipping, reason="", confirmed_amount=seen.amount
    )
    return seen.amount


def lines_of(order_id: UUID) -> dict[UUID, str]:
    """The keys of an order's lines by variant."""
    columns = select(OrderLine.variant_id, OrderLine.key).where(OrderLine.order_id == order_id)
    with reading():
        return {row.variant_id: row.key for row in session().execute(columns)}


def owed_by(party: str) -> int:
    """What a party besides the merchant owes the bound shop for discounts, minor units."""
    with reading():
        return sum(-one.net for one in balances() if one.code == subsidy(party).code)
