"""What a payment request is at Stripe: a hosted page for cards, a confirmed Payment Intent for a wallet."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from core.commerce.payments.gateways.interface import GatewayRefused, GatewayUnavailable, PaymentRequest
from core.commerce.payments.gateways.stripe.money import WALLET_CURRENCIES, check_smallest, stripe_amount
from core.commerce.payments.gateways.stripe.sdk import Json, plain
from core.kernel.ids import as_id

if TYPE_CHECKING:
    import stripe

# Our rows' ids travel as metadata; Stripe shows them in its dashboard, too.
PAYMENT_KEY = "pinpu_payment"
REFUND_KEY = "pinpu_refund"
WALLETS = ("wechat_pay", "alipay")
LEFT = "left"
# A page of Stripe's lives 30 minutes to 24 hours. We close it ourselves when the order's time is over; its own end only
# stands behind that. It must follow from the request alone: a repeated start says exactly the same.
_AFTER_OURS = timedelta(minutes=35)
_LONGEST_PAGE = timedelta(hours=23)
_LOCALES = {"zh-CN": "zh", "zh-Hans": "zh", "zh": "zh", "zh-TW": "zh-TW", "zh-HK": "zh-HK", "en": "en"}
_LONGEST_NAME = 200
_AT_MOST = 1000
_FIRST_LOOK = timedelta(minutes=5)
_LAST_LOOK = timedelta(hours=25)


def page_params(request: PaymentRequest) -> Json:
    """The parameters of the Checkout Session on which a card is typed."""
    check_smallest(request.amount, request.currency)
    metadata = {PAYMENT_KEY: request.reference}
    price = {
        "currency": request.currency.lower(),
        "unit_amount": stripe_amount(request.amount, request.currency),
        "product_data": {"name": request.description[:_LONGEST_NAME] or request.reference},
    }
    params: Json = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        # The buyer pays what the order says, in its currency.
        "adaptive_pricing": {"enabled": False},
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": request.reference,
        "metadata": metadata,
        "payment_intent_data": {
            "capture_method": "manual" if request.capture == "manual" else "automatic",
            "description": request.description[:_LONGEST_NAME],
            "metadata": metadata,
        },
        "success_url": request.return_url,
        "cancel_url": left_url(request.return_url),
        "locale": _LOCALES.get(request.locale, "auto"),
    }
    begun = time_of(request.reference)
    if begun is not None and request.expires_at + _AFTER_OURS <= begun + _LONGEST_PAGE:
        params["expires_at"] = int((request.expires_at + _AFTER_OURS).timestamp())
    return params


def left_url(return_url: str) -> str:
    """Where the buyer comes back who left the page without paying: the same address, and it says so."""
    parts = urlsplit(return_url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, f"{LEFT}=1")))))


def intent_params(request: PaymentRequest) -> Json:
    """The parameters of a Payment Intent that a wallet pays; raises GatewayRefused for what the wallet cannot do."""
    if request.capture == "manual":
        raise GatewayRefused("unsupported")
    if request.currency not in WALLET_CURRENCIES[request.method]:
        raise GatewayRefused("currency_not_supported")
    check_smallest(request.amount, request.currency)
    params: Json = {
        "amount": stripe_amount(request.amount, request.currency),
        "currency": request.currency.lower(),
        "confirm": True,
        "allowed_payment_method_types": [request.method],
        "payment_method_data": {"type": request.method},
        "description": request.description[:_LONGEST_NAME],
        "metadata": {PAYMENT_KEY: request.reference},
        "return_url": request.return_url,
    }
    if request.method == "wechat_pay":
        params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    return params


def pay_address(intent: Json) -> str:
    """Where a wallet's payer goes: the code to scan, or the wallet's page; "" where there is nothing to do."""
    action: Json = intent.get("next_action") or {"type": ""}
    shown: Json = action.get(action["type"]) or {}
    return str(shown.get("data" if action["type"] == "wechat_pay_display_qr_code" else "url") or "")


def time_of(reference: str) -> datetime | None:
    """When one of our rows was written, which its id tells; None for anything else."""
    found = as_id(reference)
    if not isinstance(found, UUID) or found.version != 7:
        return None
    return datetime.fromtimestamp((found.int >> 80) / 1000, UTC)


def look_window(reference: str, *, open_end: bool = False) -> dict[str, dict[str, int]]:
    """The filter of a list for what was made under `reference`: Stripe's search lags behind, its lists do not."""
    begun = time_of(reference)
    if begun is None:
        return {}
    window = {"gte": int((begun - _FIRST_LOOK).timestamp())}
    if not open_end:
        window["lte"] = int((begun + _LAST_LOOK).timestamp())
    return {"created": window}


def first_named(objects: Iterable["stripe.StripeObject"], key: str, reference: str) -> Json | None:
    """The first of a list that carries our `reference`; raises GatewayUnavailable rather than give up halfway."""
    for number, one in enumerate(objects):
        found = plain(one)
        if (found.get("metadata") or {}).get(key) == reference:
            return found
        if number >= _AT_MOST:
            raise GatewayUnavailable("too_many_to_look_through")
    return None
