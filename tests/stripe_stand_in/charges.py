"""What happens to a payment intent when somebody pays: charges, their movements of the balance, and the events of it."""

from typing import Any

import stripe

from tests.stripe_stand_in.books import Book
from tests.stripe_stand_in.money import book_movement, fee_of
from tests.stripe_stand_in.wire import Json

EMPTY_BILLING: Json = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
WORDS = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "insufficient_funds": "Your card has insufficient funds.",
    "payment_intent_payment_attempt_failed": "The payment failed.",
    "payment_intent_authentication_failure": "The provided payment method has failed authentication.",
}
# Codes of a bank's "no" travel as a decline code below one common code.
_CARD_CODES = {"expired_card", "incorrect_cvc", "processing_error", "card_declined"}


def charge_intent(book: Book, intent: Json, method: str) -> Json:
    """The money is there: captured, or authorised only where the intent says so."""
    manual = intent["capture_method"] == "manual"
    charge = _new_charge(book, intent, method, captured=not manual, paid=True, status="succeeded")
    intent |= {"next_action": None, "last_payment_error": None, "latest_charge": charge["id"]}
    if manual:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        book.tell("payment_intent.amount_capturable_updated", intent)
        return charge
    settle_charge(book, intent, charge, intent["amount"])
    return charge


def settle_charge(book: Book, intent: Json, charge: Json, amount: int) -> None:
    """Take `amount` of an authorised charge."""
    kind = "charge" if charge["id"].startswith("ch_") else "payment"
    movement = book_movement(
        book,
        kind,
        amount=amount,
        currency=charge["currency"],
        source=charge["id"],
        category="charge",
        fee=fee_of(amount),
    )
    charge |= {"captured": True, "amount_captured": amount, "balance_transaction": movement["id"]}
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    book.tell("charge.succeeded", charge)
    book.tell("payment_intent.succeeded", intent)


def fail_intent(book: Book, intent: Json, method: str, code: str) -> Json:
    """A bank or wallet says no; returns the error as Stripe tells it."""
    failed = _new_charge(book, intent, method, captured=False, paid=False, status="failed")
    failed |= {"failure_code": code, "failure_message": WORDS.get(code, "The payment failed.")}
    error: Json = {"type": "card_error" if method == "card" else "invalid_request_error"}
    error |= {"message": WORDS.get(code, "Your card was declined."), "charge": failed["id"]}
    if method == "card" and code not in _CARD_CODES:
        error |= {"code": "card_declined", "decline_code": code}
    elif code == "card_declined":
        error |= {"code": code, "decline_code": "generic_decline"}
    else:
        error |= {"code": code}
    intent |= {
        "status": "requires_payment_method",
        "next_action": None,
        "last_payment_error": error,
        "latest_charge": failed["id"],
    }
    book.tell("payment_intent.payment_failed", intent)
    return error


def _new_charge(book: Book, intent: Json, method: str, **values: Any) -> Json:
    details: Json = {"type": method}
    if method == "card":
        details["card"] = {"brand": "visa", "exp_month": 12, "exp_year": 2034, "last4": "4242"}
    else:
        details[method] = {"fingerprint": None, "transaction_id": book.new_id("wallet")}
    values |= {
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": EMPTY_BILLING,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "livemode": book.livemode,
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": details,
        "refunded": False,
        "transfer_group": intent["transfer_group"],
    }
    return book.add(stripe.Charge, "ch" if method == "card" else "py", **values)
