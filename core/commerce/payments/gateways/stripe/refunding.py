"""Refunds at Stripe: once per reference also after its keys are forgotten, and anew where one failed."""

import re
from typing import Any

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    GatewayRefused,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.gateways.stripe.money import our_amount, stripe_amount
from core.commerce.payments.gateways.stripe.paying import paid_intent
from core.commerce.payments.gateways.stripe.sdk import Json, Patience, asking, client_of, create_once, plain
from core.commerce.payments.gateways.stripe.starting import REFUND_KEY, first_named, look_window
from core.commerce.payments.gateways.stripe.states import refund_state_of

_REFUND = re.compile(r"(re|pyr)_\w{1,200}")
# A refund is worth another try when the balance has grown.
_WAITING = ("balance_insufficient", "insufficient_funds")
_LIST = 100


def refund(credentials: GatewayCredentials, request: RefundRequest, patience: Patience) -> RefundState:
    """Send money back once per reference.

    A reference lives longer than Stripe's keys (our tries go on for days), so the payment's refunds are looked through
    before one is made.
    """
    v1 = client_of(credentials, patience)
    with asking():
        intent = paid_intent(v1, request.gateway_ref)
        if intent["currency"].upper() != request.currency:
            raise GatewayRefused("wrong_currency")
        made = _made(v1, intent["id"], request.reference)
        if made:
            if our_amount(made[0]["amount"], request.currency) != request.amount:
                raise GatewayRefused("idempotency_key_reused")
            latest = refund_state_of(made[0], len(made))
            if latest.status != "failed" or not latest.retry:
                return latest
        return _attempt(v1, intent, request, len(made))


def _made(v1: Any, intent_id: str, reference: str) -> list[Json]:
    """The refunds of a payment that carry our reference, newest first."""
    listed = v1.refunds.list({"payment_intent": intent_id, "limit": _LIST}).auto_paging_iter()
    return [one for one in map(plain, listed) if (one.get("metadata") or {}).get(REFUND_KEY) == reference]


def _attempt(v1: Any, intent: Json, request: RefundRequest, earlier: int) -> RefundState:
    params: Any = {
        "payment_intent": intent["id"],
        "amount": stripe_amount(request.amount, request.currency),
        "reason": "requested_by_customer",
        "metadata": {REFUND_KEY: request.reference, "reason": request.reason[:400]},
    }
    key = request.reference if not earlier else f"{request.reference}:again:{earlier}"

    def look() -> Json | None:
        made = _made(v1, intent["id"], request.reference)
        return made[0] if len(made) > earlier else None

    try:
        with asking():
            made = create_once(lambda name: v1.refunds.create(params, {"idempotency_key": name}), key, look)
    except GatewayRefused as error:
        return _refused(v1, intent, request, error)
    return refund_state_of(made, earlier + 1)


def _refused(v1: Any, intent: Json, request: RefundRequest, error: GatewayRefused) -> RefundState:
    if error.failure_code in _WAITING:
        return RefundState("failed", retry=True, failure_code="insufficient_balance", gateway_ref="")
    if error.failure_code in ("invalid_request", "amount_too_large"):
        # Stripe has no code of its own for the ceiling.
        charge = plain(v1.payment_intents.retrieve(intent["id"], {"expand": ["latest_charge"]}))[
            "latest_charge"
        ]
        left = charge["amount_captured"] - charge["amount_refunded"]
        if stripe_amount(request.amount, request.currency) > left:
            raise GatewayRefused("refund_above_captured") from error
    raise error


def refund_state(
    credentials: GatewayCredentials, gateway_ref: str, reference: str, patience: Patience
) -> RefundState:
    """What is true of a refund, by Stripe's id or by ours."""
    v1 = client_of(credentials, patience)
    with asking("refund_not_found"):
        if not gateway_ref:
            wanted: Any = look_window(reference, open_end=True) | {"limit": _LIST}
            found = first_named(v1.refunds.list(wanted).auto_paging_iter(), REFUND_KEY, reference)
        else:
            found = plain(v1.refunds.retrieve(gateway_ref)) if _REFUND.fullmatch(gateway_ref) else None
        if found is None:
            raise GatewayRefused("refund_not_found")
        name = (found.get("metadata") or {}).get(REFUND_KEY, "")
        attempts = len(_made(v1, found["payment_intent"], name)) if found["status"] == "failed" else 1
    return refund_state_of(found, attempts)
