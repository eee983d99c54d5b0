"""Stripe's gateway with its real SDK against the stand-in: accounts, requests, and what was made at Stripe."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    PaymentMethod,
    PaymentRequest,
    PaymentStart,
    RefundRequest,
)
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.commerce.payments.gateways.stripe.sdk import Patience
from core.kernel import clock
from core.kernel.ids import new_id
from tests.stripe_stand_in import StripeStandIn

HOOK_SECRET = "whsec_pinpu"
# No tries by itself: a test counts its calls.
PATIENCE = Patience(connect=5, read=5, retries=0)


class _OneWay(StripeGateway):
    """Stripe for requests that name no way to pay."""

    method: PaymentMethod

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        return super().start_payment(credentials, replace(request, method=self.method))


def stripe_gateway(stand_in: StripeStandIn, *, method: PaymentMethod | None = None) -> StripeGateway:
    """The gateway; with `method` every payment goes that way."""
    if method is None:
        return StripeGateway(base_url=stand_in.base_url, patience=PATIENCE)
    made = _OneWay(base_url=stand_in.base_url, patience=PATIENCE)
    made.method = method
    return made


def stripe_account(stand_in: StripeStandIn, owner: str, **values: str) -> GatewayCredentials:
    """Credentials of the test account of `owner`."""
    fields = {"secret_key": f"sk_test_{owner}", "webhook_secret": HOOK_SECRET} | values
    return GatewayCredentials(stand_in.base_url, "test", fields)


def key_of(credentials: GatewayCredentials) -> str:
    """The secret key, which opens the account's levers as well."""
    return credentials.values["secret_key"]


def asked(**changes: Any) -> PaymentRequest:
    """98 yuan by card, to be paid within a quarter of an hour."""
    request = PaymentRequest(
        reference=str(new_id()),
        amount=9800,
        currency="CNY",
        description="订单 T1001",
        return_url="http://tea.localhost:8000/pay/T1001/return",
        notify_url="http://127.0.0.1:9/webhooks/tea/payments/stripe",
        expires_at=clock.now() + timedelta(minutes=15),
        locale="zh-CN",
        method="card",
    )
    return replace(request, **changes)


def back(gateway_ref: str, amount: int, **changes: Any) -> RefundRequest:
    """A refund of a payment in yuan."""
    return replace(RefundRequest(str(new_id()), gateway_ref, amount, "CNY", "group failed"), **changes)


def payments_named(stand_in: StripeStandIn, credentials: GatewayCredentials, reference: str) -> list[str]:
    """What exists at Stripe for one of our payments: pages, and intents that belong to no page; oldest first."""
    with stand_in.parts.lock:
        book = stand_in.book(key_of(credentials))
        pages = list(book.all_of("cs"))
        of_pages = {page["payment_intent"] for page in pages}
        found = [one for one in book.all_of("pi") if one["id"] not in of_pages] + pages
    return [one["id"] for one in reversed(found) if one["metadata"].get("pinpu_payment") == reference]


def refunds_named(stand_in: StripeStandIn, credentials: GatewayCredentials, reference: str) -> list[str]:
    """The refunds at Stripe that carry our reference, oldest first."""
    with stand_in.parts.lock:
        found = list(stand_in.book(key_of(credentials)).all_of("re"))
    return [one["id"] for one in reversed(found) if one["metadata"].get("pinpu_refund") == reference]
