"""Refunds: never more than was captured, counted over all refunds of a charge."""

import stripe

from tests.stripe_stand_in.books import Book
from tests.stripe_stand_in.intents import unexpected_state
from tests.stripe_stand_in.money import book_movement
from tests.stripe_stand_in.wire import Json, refused

_COUNTS = ("pending", "succeeded", "requires_action")


def create_refund(book: Book, params: Json) -> Json:
    """Send money back; what becomes of it may have been decided by a lever before."""
    charge = _charge(book, params)
    left = charge["amount_captured"] - sum(
        one["amount"]
        for one in book.all_of("re")
        if one["charge"] == charge["id"] and one["status"] in _COUNTS
    )
    if charge["disputed"]:
        raise refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount <= 0:
        raise refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise refused(message, param="amount")
    outcome = book.next_refunds.pop(0) if book.next_refunds else "succeeded"
    if outcome == "insufficient":
        message = "Insufficient funds in your Stripe balance to refund this amount."
        raise refused(message, code="balance_insufficient")
    refund = book.add(
        stripe.Refund,
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=params.get("metadata") or {},
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="pending",
    )
    movement = book_movement(
        book, "refund", amount=-amount, currency=charge["currency"], source=refund["id"], category="refund"
    )
    refund["balance_transaction"] = movement["id"]
    charge["amount_refunded"] += amount
    book.tell("refund.created", refund)
    if outcome in ("succeeded", "failed"):
        settle_refund(book, refund, outcome)
    elif outcome != "pending":
        settle_refund(book, refund, "failed", outcome)
    _tell_charge(book, charge)
    return refund


def settle_refund(book: Book, refund: Json, outcome: str, reason: str = "unknown") -> None:
    """A pending or succeeded refund comes to its end: succeeded, or failed and the money is back on the balance."""
    refund["status"] = outcome
    if outcome in ("failed", "canceled"):
        refund["failure_reason"] = reason
        movement = book_movement(
            book,
            "refund_failure",
            amount=refund["amount"],
            currency=refund["currency"],
            source=refund["id"],
            category="refund_failure",
        )
        refund["failure_balance_transaction"] = movement["id"]
        book.objects[refund["charge"]]["amount_refunded"] -= refund["amount"]
        book.tell("refund.failed", refund)
    book.tell("refund.updated", refund)


def _tell_charge(book: Book, charge: Json) -> None:
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    book.tell("charge.refunded", charge)


def _charge(book: Book, params: Json) -> Json:
    if params.get("charge"):
        return book.found(params["charge"], ("ch", "py"), "charge")
    intent = book.found(params.get("payment_intent", ""), ("pi",), "payment_intent")
    if intent["status"] != "succeeded":
        raise unexpected_state(intent, "refund")
    charge: Json = book.objects[intent["latest_charge"]]
    return charge
