"""Stripe's objects as the interface's states."""

from datetime import UTC, datetime

from core.commerce.payments.gateways.interface import PaymentState, PaymentStatus, RefundState
from core.commerce.payments.gateways.stripe.money import our_amount
from core.commerce.payments.gateways.stripe.sdk import Json, decline_code
from core.commerce.payments.gateways.stripe.starting import PAYMENT_KEY
from core.kernel.clock import now

_STATUS: dict[str, PaymentStatus] = {
    "succeeded": "captured",
    "requires_capture": "authorised",
    "canceled": "cancelled",
    "processing": "pending",
    "requires_action": "pending",
    "requires_confirmation": "pending",
    "requires_payment_method": "pending",
}
# A refund that failed for one of these may go through another day; for any other somebody has to look.
_PASSING = ("insufficient_funds", "unknown", "declined", "charge_for_pending_refund_disputed")
# So often an automatic refund is made anew before a person is asked.
ATTEMPTS = 3


def intent_state(intent: Json, page: str = "") -> PaymentState:
    """A Payment Intent, its latest charge expanded; `page` is the Checkout Session that it came from.

    Until the money is taken a payment is known by its page, then by its intent: that is what disputes and movements of the
    balance speak of.
    """
    status, failure = _STATUS.get(intent["status"], "pending"), ""
    error = intent.get("last_payment_error")
    if intent["status"] == "requires_payment_method" and error:
        status, failure = "failed", decline_code(error)
    if status == "cancelled":
        by_time = intent.get("cancellation_reason") in ("expired", "automatic")
        failure = "expired" if by_time else "cancelled_by_merchant"
    currency, charge = intent["currency"].upper(), intent.get("latest_charge")
    taken = status == "captured"
    return PaymentState(
        gateway_ref=intent["id"] if taken else page or intent["id"],
        reference=(intent.get("metadata") or {}).get(PAYMENT_KEY, ""),
        status=status,
        amount=our_amount(intent["amount_received" if taken else "amount"], currency),
        currency=currency,
        captured_at=_instant(charge["created"]) if taken and isinstance(charge, dict) else None,
        failure_code=failure,
    )


def session_state(session: Json) -> PaymentState:
    """A Checkout Session, its intent and charge expanded: a declined card leaves it open for another."""
    intent = session.get("payment_intent")
    if intent is not None:
        state = intent_state(intent, session["id"])
        if session["status"] == "complete" or state.status in ("captured", "authorised"):
            return state
    status: PaymentStatus = "cancelled" if session["status"] == "expired" else "pending"
    failure = ""
    if status == "cancelled":
        failure = "expired" if _instant(session["expires_at"]) <= now() else "cancelled_by_merchant"
    currency = session["currency"].upper()
    return PaymentState(
        gateway_ref=session["id"],
        reference=session.get("client_reference_id") or "",
        status=status,
        amount=our_amount(session["amount_total"], currency),
        currency=currency,
        failure_code=failure,
    )


def refund_state_of(refund: Json, attempts: int) -> RefundState:
    """One refund, the last of so many made under one reference."""
    status = refund.get("status")
    if status == "succeeded":
        return RefundState("done", retry=False, failure_code="", gateway_ref=refund["id"])
    if status not in ("failed", "canceled"):
        return RefundState("pending", retry=False, failure_code="", gateway_ref=refund["id"])
    reason = refund.get("failure_reason") or status
    retry = reason in _PASSING and attempts < ATTEMPTS
    return RefundState("failed", retry=retry, failure_code=reason, gateway_ref=refund["id"])


def _instant(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
