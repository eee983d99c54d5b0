"""Refunds inside the test gateway: together never more than the capture, once per reference."""

import sqlite3
from typing import Any

from core.kernel.ids import new_code
from core.testing.gateway.events import record_event
from core.testing.gateway.faults import REFUND_FAULTS, Fault, take_fault
from core.testing.gateway.payments import found_payment, iso_time
from core.testing.gateway.refusals import Refusal
from core.testing.gateway.store import Transaction

_FAILURES = {
    "refund_fails": ("insufficient_balance", 1),
    "refund_fails_late": ("insufficient_balance", 1),
    "refund_fails_for_good": ("account_closed", 0),
}


def request_refund(
    tx: Transaction,
    *,
    account: str,
    reference: str,
    body: dict[str, Any],
    body_print: str,
    now: float,
    seconds: float,
) -> sqlite3.Row:
    """Refund, or answer what became of the same reference; a failed refund with `retry` is tried anew.

    `seconds` is how long an ordinary refund stays pending. Raises Refusal: 404 for a strange payment, 409 for
    a reference used otherwise, 422 for a payment not captured, another currency, or more than is left.
    """
    known = tx.execute(
        "SELECT * FROM refund WHERE account = ? AND reference = ?", (account, reference)
    ).fetchone()
    if known is not None:
        if known["fingerprint"] != body_print:
            raise Refusal(409, "idempotency_key_reused", "This reference belongs to a different refund.")
        if known["status"] != "failed" or not known["retry"]:
            return known  # type: ignore[no-any-return]  # sqlite3 types rows as Any
    payment = found_payment(tx, account, body["payment"])
    _reserve(tx, payment, body)
    refund_id = known["id"] if known is not None else f"ref_{new_code(20)}"
    if known is None:
        tx.execute(
            "INSERT INTO refund"
            " (id, account, reference, fingerprint, payment, status, amount, currency, reason, created_at)"
            " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)",
            (
                refund_id,
                account,
                reference,
                body_print,
                payment["id"],
                body["amount"],
                body["currency"],
                body["reason"],
                now,
            ),
        )
    _attempt(tx, refund_id, take_fault(tx, account, "refund", REFUND_FAULTS), now=now, seconds=seconds)
    return found_refund(tx, account, refund_id)


def found_refund(tx: Transaction, account: str, refund_id: str) -> sqlite3.Row:
    """One refund of this account; raises Refusal (404), also for somebody else's."""
    row = tx.execute("SELECT * FROM refund WHERE account = ? AND id = ?", (account, refund_id)).fetchone()
    if row is None:
        raise Refusal(404, "refund_not_found", "This account has no such refund.")
    return row  # type: ignore[no-any-return]  # sqlite3 types rows as Any


def refund_json(refund: sqlite3.Row) -> dict[str, Any]:
    """The refund as the API shows it."""
    return {
        "id": refund["id"],
        "reference": refund["reference"],
        "payment": refund["payment"],
        "status": refund["status"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "reason": refund["reason"],
        "retry": bool(refund["retry"]),
        "failure_code": refund["failure_code"],
        "created_at": iso_time(refund["created_at"]),
    }


def settle_refunds(tx: Transaction, now: float) -> None:
    """Finish the refunds that are due by now."""
    due = "SELECT * FROM refund WHERE status = 'pending' AND settle_at <= ? ORDER BY settle_at"
    for refund in tx.execute(due, (now,)).fetchall():
        _settle(tx, refund, refund["settle_at"], now)


def _reserve(tx: Transaction, payment: sqlite3.Row, body: dict[str, Any]) -> None:
    """One conditional update keeps the sum of refunds within the capture, however many ask at once."""
    if payment["status"] != "captured":
        raise Refusal(422, "payment_not_captured", "Only a captured payment can be refunded.")
    if payment["currency"] != body["currency"]:
        raise Refusal(422, "wrong_currency", "A refund has the currency of its payment.")
    changed = tx.execute(
        "UPDATE payment SET refunded = refunded + :amount WHERE id = :id AND refunded + :amount <= amount",
        {"amount": body["amount"], "id": payment["id"]},
    )
    if changed.rowcount != 1:
        raise Refusal(422, "refund_above_captured", "The refunds together would exceed the payment.")


def _attempt(tx: Transaction, refund_id: str, fault: Fault | None, *, now: float, seconds: float) -> None:
    name = fault.name if fault else ""
    if fault and name in ("refund_pending", "refund_fails_late"):
        seconds = fault.seconds
    elif name in _FAILURES:
        seconds = 0
    tx.execute(
        "UPDATE refund SET status = 'pending', retry = 0, failure_code = '', outcome = ?, settle_at = ?"
        " WHERE id = ?",
        (name if name in _FAILURES else "done", now + seconds, refund_id),
    )
    if seconds <= 0:
        refund = tx.execute("SELECT * FROM refund WHERE id = ?", (refund_id,)).fetchone()
        _settle(tx, refund, now, now)


def _settle(tx: Transaction, refund: sqlite3.Row, at: float, now: float) -> None:
    code, retry = _FAILURES.get(refund["outcome"], ("", 0))
    tx.execute(
        "UPDATE refund SET status = ?, retry = ?, failure_code = ?, settle_at = NULL WHERE id = ?",
        ("failed" if code else "done", retry, code, refund["id"]),
    )
    if code:
        # What did not go out may be asked for again.
        tx.execute(
            "UPDATE payment SET refunded = refunded - ? WHERE id = ?", (refund["amount"], refund["payment"])
        )
    url = tx.execute("SELECT notify_url FROM payment WHERE id = ?", (refund["payment"],)).fetchone()[0]
    record_event(
        tx,
        account=refund["account"],
        kind="refund.failed" if code else "refund.done",
        subject=(refund["id"], refund["reference"]),
        notify_url=url,
        occurred_at=at,
        due_at=now,
    )
