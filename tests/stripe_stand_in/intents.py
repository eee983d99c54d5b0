"""Payment Intents: create, confirm, capture, cancel, and what a wallet's payer is shown."""

import stripe

from tests.stripe_stand_in.books import Book, seconds
from tests.stripe_stand_in.charges import charge_intent, fail_intent, settle_charge
from tests.stripe_stand_in.money import CURRENCIES_OF, check_amount
from tests.stripe_stand_in.wire import Json, Problem, refused

# The cards of Stripe's testing page that matter here.
DECLINED = {
    "pm_card_chargeDeclined": "card_declined",
    "pm_card_visa_chargeDeclined": "card_declined",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
_COPIED = (
    "description",
    "return_url",
    "transfer_group",
    "on_behalf_of",
    "statement_descriptor",
    "receipt_email",
)
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create_intent(book: Book, params: Json, base_url: str) -> Json:
    """Open an intent, and confirm it at once where the request says so."""
    intent = new_intent(book, params)
    book.tell("payment_intent.created", intent)
    return confirm_intent(book, intent, params, base_url) if params.get("confirm") else intent


def new_intent(book: Book, params: Json) -> Json:
    """An intent that waits for a way to pay; raises Problem for money that cannot be asked for."""
    currency = params["currency"]
    if not (len(currency) == 3 and currency.isascii() and currency.islower()):
        raise refused(f"Invalid currency: {currency}.", param="currency")
    check_amount(params["amount"], currency)
    wanted = params.get("allowed_payment_method_types")
    method = (params.get("payment_method_data") or {}).get("type")
    types = wanted or ([method] if method else ["card", "wechat_pay", "alipay"])
    for one in types if wanted or method else ():
        check_method(book, one, currency, params.get("capture_method", "automatic"))
    values = {name: params[name] for name in _COPIED if name in params and name != "return_url"}
    values |= {
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": params.get("capture_method", "automatic"),
        "client_secret": f"{book.new_id('pi')}_secret_x",
        "confirmation_method": "automatic",
        "currency": currency,
        "livemode": book.livemode,
        "metadata": params.get("metadata") or {},
        "payment_method_options": params.get("payment_method_options"),
        "payment_method_types": types,
        "status": "requires_payment_method",
    }
    return book.add(stripe.PaymentIntent, "pi", **values)


def check_method(book: Book, method: str, currency: str, capture: str) -> None:
    """Refuse a way to pay that the account, the currency or the manner of capture does not allow."""
    if not book.account["charges_enabled"] or not book.ways.get(method):
        message = (
            f"The payment method type provided: {method} is invalid. Please ensure the provided type is activated in your"
            " dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any"
            " preview features that you are trying to use."
        )
        raise refused(message, param="allowed_payment_method_types")
    if currency not in CURRENCIES_OF.get(method, {currency}):
        raise refused(f"The currency provided ({currency}) is invalid for {method}.", param="currency")
    if capture == "manual" and method != "card":
        message = f"The payment method `{method}` cannot be used with `capture_method` = `manual`."
        raise refused(message, param="capture_method")


def confirm_intent(book: Book, intent: Json, params: Json, base_url: str) -> Json:
    """Try to pay: a card at once, a wallet by what its payer is shown."""
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise unexpected_state(intent, "confirm")
    chosen = params.get("payment_method") or ""
    method = (params.get("payment_method_data") or {}).get("type") or ("card" if chosen else "")
    if not method:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise refused(message, code="payment_intent_unexpected_state")
    intent["payment_method"] = chosen or book.new_id("pm")
    # Not a field of Stripe's: where its hosted page leads back to. It is taken out of every answer.
    intent["_return_url"] = params.get("return_url")
    if method == "card":
        return _confirm_card(book, intent, chosen)
    options = (params.get("payment_method_options") or {}).get(method) or {}
    if method == "wechat_pay":
        if "client" not in options:
            param = "payment_method_options[wechat_pay][client]"
            raise Problem(400, f"Missing required param: {param}.", code="parameter_missing", param=param)
        intent["next_action"] = _code_to_scan(intent, base_url)
    elif method == "alipay":
        if not params.get("return_url"):
            raise Problem(
                400, "Missing required param: return_url.", code="parameter_missing", param="return_url"
            )
        intent["next_action"] = _redirect(intent, params["return_url"], base_url)
    intent["status"] = "requires_action"
    book.tell("payment_intent.requires_action", intent)
    return intent


def _confirm_card(book: Book, intent: Json, chosen: str) -> Json:
    if chosen in DECLINED:
        error = dict(fail_intent(book, intent, "card", DECLINED[chosen]))
        kind, message = error.pop("type"), error.pop("message")
        raise Problem(402, message, kind=kind, payment_intent=dict(intent), **error)
    charge_intent(book, intent, "card")
    return intent


def _code_to_scan(intent: Json, base_url: str) -> Json:
    page = f"{base_url}/hosted/{intent['id']}"
    return {
        "type": "wechat_pay_display_qr_code",
        "wechat_pay_display_qr_code": {
            "data": f"weixin://wxpay/bizpayurl?pr={intent['id'][3:14]}",
            "hosted_instructions_url": page,
            "image_data_url": "data:image/png;base64,iVBORw0KGgo=",
            "image_url_png": f"{page}.png",
            "image_url_svg": f"{page}.svg",
        },
    }


def _redirect(intent: Json, return_url: str, base_url: str) -> Json:
    return {
        "type": "alipay_handle_redirect",
        "alipay_handle_redirect": {
            "native_data": None,
            "native_url": None,
            "return_url": return_url,
            "url": f"{base_url}/hosted/{intent['id']}",
        },
    }


def capture_intent(book: Book, intent: Json, amount: int | None) -> Json:
    """Take what was authorised, or a part; the rest is given back."""
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    wanted = intent["amount_capturable"] if amount is None else amount
    if wanted > intent["amount_capturable"]:
        message = "The amount to capture is greater than the amount that can be captured."
        raise refused(message, code="amount_too_large", param="amount_to_capture")
    settle_charge(book, intent, book.objects[intent["latest_charge"]], wanted)
    return intent


def cancel_intent(book: Book, intent: Json, reason: str | None) -> Json:
    """Close an intent that nobody paid; what was only authorised goes back."""
    if intent["status"] not in (*_OPEN, "requires_capture"):
        raise unexpected_state(intent, "cancel")
    session = session_of(book, intent)
    if session is not None and intent["status"] != "requires_capture":
        message = "You cannot cancel the PaymentIntent of a Checkout Session. Expire the session instead."
        raise refused(message, code="payment_intent_unexpected_state")
    close_intent(book, intent, reason)
    return intent


def close_intent(book: Book, intent: Json, reason: str | None) -> None:
    """Mark an intent as canceled, whoever asked for it."""
    if intent["status"] == "requires_capture":
        book.objects[intent["latest_charge"]]["refunded"] = True
    intent |= {
        "status": "canceled",
        "canceled_at": seconds(),
        "cancellation_reason": reason,
        "amount_capturable": 0,
        "next_action": None,
    }
    book.tell("payment_intent.canceled", intent)


def session_of(book: Book, intent: Json) -> Json | None:
    """The Checkout Session that an intent came from."""
    return next((one for one in book.all_of("cs") if one["payment_intent"] == intent["id"]), None)


def unexpected_state(intent: Json, verb: str) -> Problem:
    """The refusal of what an intent's status does not allow."""
    return refused(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )
