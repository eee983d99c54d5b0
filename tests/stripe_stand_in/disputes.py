"""Disputes: a bank takes a payment back and the merchant may answer."""

import stripe

from tests.stripe_stand_in.books import Book, seconds
from tests.stripe_stand_in.money import book_movement
from tests.stripe_stand_in.wire import Json

_FEE = 8500
_DAYS = 7


def open_dispute(book: Book, charge: Json, reason: str = "fraudulent", amount: int | None = None) -> Json:
    """A buyer tells the bank that the payment was wrong; the money leaves at once."""
    taken = charge["amount_captured"] if amount is None else amount
    dispute = book.add(
        stripe.Dispute,
        "du",
        amount=taken,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details={
            "due_by": seconds() + _DAYS * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        livemode=book.livemode,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    charge["disputed"] = True
    _move(book, dispute, -taken, _FEE)
    book.tell("charge.dispute.created", dispute)
    book.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(book: Book, dispute: Json, outcome: str) -> None:
    """The bank decides: won (the money comes back), lost."""
    dispute["status"] = outcome
    if outcome == "won":
        _move(book, dispute, dispute["amount"], 0)
        book.tell("charge.dispute.funds_reinstated", dispute)
    book.tell("charge.dispute.closed", dispute)


def _move(book: Book, dispute: Json, amount: int, fee: int) -> None:
    category = "dispute" if amount < 0 else "dispute_reversal"
    movement = book_movement(
        book,
        "adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        category=category,
        fee=fee,
    )
    dispute["balance_transactions"].append(movement)
