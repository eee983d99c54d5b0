"""Payments at Stripe: start, look, close, capture."""

import re
from typing import Any

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    GatewayRefused,
    PaymentRequest,
    PaymentStart,
    PaymentState,
)
from core.commerce.payments.gateways.stripe.money import stripe_amount
from core.commerce.payments.gateways.stripe.sdk import Json, Patience, asking, client_of, create_once, plain
from core.commerce.payments.gateways.stripe.starting import (
    PAYMENT_KEY,
    WALLETS,
    first_named,
    intent_params,
    look_window,
    page_params,
    pay_address,
)
from core.commerce.payments.gateways.stripe.states import intent_state, session_state

_PAGE = re.compile(r"cs_\w{1,200}")
_INTENT = re.compile(r"pi_\w{1,200}")
_OF_PAGE: Any = {"expand": ["payment_intent.latest_charge"]}
_OF_INTENT: Any = {"expand": ["latest_charge"]}
_LIST = 100


def start(credentials: GatewayCredentials, request: PaymentRequest, patience: Patience) -> PaymentStart:
    """Open the page or the wallet's payment, or get the answer of an earlier equal start."""
    v1, key = client_of(credentials, patience), request.reference
    params: Any = intent_params(request) if request.method in WALLETS else page_params(request)
    with asking():
        if request.method in WALLETS:
            intent = create_once(
                lambda key: v1.payment_intents.create(params, {"idempotency_key": key}),
                key,
                lambda: _intent_named(v1, key),
            )
            return PaymentStart(intent["id"], pay_address(intent))
        page = create_once(
            lambda key: v1.checkout.sessions.create(params, {"idempotency_key": key}),
            key,
            lambda: _page_named(v1, key),
        )
    return PaymentStart(page["id"], page.get("url") or "")


def state(
    credentials: GatewayCredentials, gateway_ref: str, reference: str, patience: Patience
) -> PaymentState:
    """What is true of a payment, by Stripe's id or by ours."""
    v1 = client_of(credentials, patience)
    with asking():
        if not gateway_ref:
            return _state_named(v1, reference)
        if _PAGE.fullmatch(gateway_ref):
            return session_state(plain(v1.checkout.sessions.retrieve(gateway_ref, _OF_PAGE)))
        if _INTENT.fullmatch(gateway_ref):
            return intent_state(plain(v1.payment_intents.retrieve(gateway_ref, _OF_INTENT)))
    raise GatewayRefused("payment_not_found")


def _state_named(v1: Any, reference: str) -> PaymentState:
    page = _page_named(v1, reference)
    if page is not None:
        return session_state(page)
    intent = _intent_named(v1, reference)
    if intent is None:
        raise GatewayRefused("payment_not_found")
    return intent_state(intent)


def _page_named(v1: Any, reference: str) -> Json | None:
    wanted = look_window(reference) | {"limit": _LIST, "expand": ["data.payment_intent.latest_charge"]}
    return first_named(v1.checkout.sessions.list(wanted).auto_paging_iter(), PAYMENT_KEY, reference)


def _intent_named(v1: Any, reference: str) -> Json | None:
    wanted = look_window(reference) | {"limit": _LIST, "expand": ["data.latest_charge"]}
    return first_named(v1.payment_intents.list(wanted).auto_paging_iter(), PAYMENT_KEY, reference)


def cancel(credentials: GatewayCredentials, gateway_ref: str, patience: Patience) -> PaymentState:
    """Close a payment; where Stripe says that it is too late, fetch what is true, and give back what is authorised."""
    v1 = client_of(credentials, patience)
    try:
        with asking():
            if _PAGE.fullmatch(gateway_ref):
                return session_state(plain(v1.checkout.sessions.expire(gateway_ref, _OF_PAGE)))
            if _INTENT.fullmatch(gateway_ref):
                return intent_state(_cancelled(v1, gateway_ref))
    except GatewayRefused:
        found = state(credentials, gateway_ref, "", patience)
        if found.status != "authorised":
            return found
        with asking():
            _cancelled(v1, _intent_id(v1, gateway_ref))
        return state(credentials, gateway_ref, "", patience)
    raise GatewayRefused("payment_not_found")


def _cancelled(v1: Any, intent_id: str) -> Json:
    wanted: Any = {"cancellation_reason": "abandoned", **_OF_INTENT}
    return plain(v1.payment_intents.cancel(intent_id, wanted))


def capture(
    credentials: GatewayCredentials, gateway_ref: str, amount: int, patience: Patience
) -> PaymentState:
    """Take an authorised payment or a part of it, once."""
    found = state(credentials, gateway_ref, "", patience)
    if found.status == "captured":
        return found
    if found.status != "authorised":
        raise GatewayRefused("payment_not_authorised")
    v1 = client_of(credentials, patience)
    with asking():
        wanted: Any = {"amount_to_capture": stripe_amount(amount, found.currency)}
        intent_id = _intent_id(v1, gateway_ref)
        v1.payment_intents.capture(intent_id, wanted, {"idempotency_key": f"capture:{intent_id}"})
    return state(credentials, gateway_ref, "", patience)


def _intent_id(v1: Any, gateway_ref: str) -> str:
    if _INTENT.fullmatch(gateway_ref):
        return gateway_ref
    return str(plain(v1.checkout.sessions.retrieve(gateway_ref))["payment_intent"] or "")


def paid_intent(v1: Any, gateway_ref: str) -> Json:
    """The intent that took a payment's money; raises GatewayRefused where there is none yet."""
    found: Json | None = None
    if _PAGE.fullmatch(gateway_ref):
        found = plain(v1.checkout.sessions.retrieve(gateway_ref, {"expand": ["payment_intent"]}))[
            "payment_intent"
        ]
    elif _INTENT.fullmatch(gateway_ref):
        found = plain(v1.payment_intents.retrieve(gateway_ref))
    else:
        raise GatewayRefused("payment_not_found")
    if found is None or found["status"] != "succeeded":
        raise GatewayRefused("payment_not_captured")
    return found
