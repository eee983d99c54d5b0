"""Payments inside the test gateway: opened by the merchant, decided by the payer, settled by time."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from core.kernel.ids import new_code
from core.testing.gateway.events import record_event
from core.testing.gateway.intake import instant
from core.testing.gateway.refusals import Refusal
from core.testing.gateway.store import Transaction

Choice = Literal["succeed", "decline", "slow", "never_returns", "late", "twice"]
CHOICES: tuple[Choice, ...] = ("succeed", "decline", "slow", "never_returns", "late", "twice")

# A stale report in the choice "twice" speaks about a moment before the payment.
_EARLIER = 2.0


def fingerprint(body: dict[str, Any]) -> str:
    """The same for two equal bodies, whatever the order of their fields."""
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def open_payment(
    tx: Transaction,
    *,
    account: str,
    reference: str,
    body: dict[str, Any],
    now: float,
    pay_url: Callable[[str], str],
) -> str:
    """Open a payment, or find the one that the same reference and body opened; answers its first JSON text.

    Raises Refusal (409) if the reference was used with another body.
    """
    print_of_body = fingerprint(body)
    known = tx.execute(
        "SELECT fingerprint, answer FROM payment WHERE account = ? AND reference = ?", (account, reference)
    ).fetchone()
    if known is not None:
        if known["fingerprint"] != print_of_body:
            raise Refusal(409, "idempotency_key_reused", "This reference belongs to a different payment.")
        return str(known["answer"])
    payment_id = f"pay_{new_code(20)}"
    row = {
        "id": payment_id,
        "account": account,
        "reference": reference,
        "fingerprint": print_of_body,
        "answer": "",
        "amount": body["amount"],
        "currency": body["currency"],
        "description": body["description"],
        "return_url": body["return_url"],
        "notify_url": body["notify_url"],
        "locale": body["locale"],
        "created_at": now,
        "expires_at": instant(body["expires_at"]),
    }
    columns = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    tx.execute(f"INSERT INTO payment ({columns}) VALUES ({marks})", row)  # noqa: S608 - the names stand above
    answer = json.dumps(payment_json(found_payment(tx, account, payment_id), pay_url(payment_id)))
    tx.execute("UPDATE payment SET answer = ? WHERE id = ?", (answer, payment_id))
    return answer


def found_payment(tx: Transaction, account: str, payment_id: str) -> sqlite3.Row:
    """One payment of this account; raises Refusal (404), also for somebody else's."""
    row = tx.execute("SELECT * FROM payment WHERE account = ? AND id = ?", (account, payment_id)).fetchone()
    if row is None:
        raise Refusal(404, "payment_not_found", "This account has no such payment.")
    return row  # type: ignore[no-any-return]  # sqlite3 types rows as Any


def hosted_payment(tx: Transaction, payment_id: str) -> sqlite3.Row | None:
    """One payment by the id in its pay page's address, which only the payer is given."""
    row: sqlite3.Row | None = tx.execute("SELECT * FROM payment WHERE id = ?", (payment_id,)).fetchone()
    return row


def payment_json(payment: sqlite3.Row, pay_url: str) -> dict[str, Any]:
    """The payment as the API shows it; times are ISO 8601 in UTC."""
    return {
        "id": payment["id"],
        "reference": payment["reference"],
        "status": payment["status"],
        "amount": payment["amount"],
        "refunded": payment["refunded"],
        "currency": payment["currency"],
        "description": payment["description"],
        "failure_code": payment["failure_code"],
        "created_at": iso_time(payment["created_at"]),
        "expires_at": iso_time(payment["expires_at"]),
        "captured_at": iso_time(payment["captured_at"]),
        "pay_url": pay_url,
    }


def iso_time(seconds: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def cancel_payment(tx: Transaction, payment: sqlite3.Row, now: float) -> None:
    """Close an untouched payment; a cancelled one stays so.

    Raises Refusal (409) when it is captured, failed, or when the payer has already begun to pay.
    """
    if payment["status"] == "cancelled":
        return
    if payment["status"] != "pending":
        raise Refusal(409, f"payment_{payment['status']}", "It is too late to cancel this payment.")
    if payment["choice"]:
        raise Refusal(409, "payment_in_progress", "The payer is paying this very moment.")
    _close(tx, payment, "cancelled", "cancelled_by_merchant", now)


def choose(tx: Transaction, payment: sqlite3.Row, choice: Choice, *, now: float, delay: float | None) -> None:
    """What the payer decided on the hosted page; only the first decision counts.

    `delay` is in seconds and counts for "slow" and "late"; None with "late" waits for `pay_now`.
    """
    if payment["status"] != "pending" or payment["choice"]:
        return
    tx.execute("UPDATE payment SET choice = ? WHERE id = ?", (choice, payment["id"]))
    if choice == "decline":
        _close(tx, payment, "failed", "card_declined", now)
    elif choice in ("slow", "late"):
        settle_at = None if delay is None else now + delay
        tx.execute("UPDATE payment SET settle_at = ? WHERE id = ?", (settle_at, payment["id"]))
        _report(tx, payment, "payment.processing", now, now)
    else:
        capture(tx, payment, now, now, copies=2 if choice == "twice" else 1)
        if choice == "twice":
            _report(tx, payment, "payment.processing", now - _EARLIER, now)


def pay_now(tx: Transaction, payment: sqlite3.Row, now: float) -> None:
    """The payer who wanted to pay late pays at last."""
    if payment["status"] == "pending" and payment["choice"] == "late":
        capture(tx, payment, now, now)


def capture(tx: Transaction, payment: sqlite3.Row, at: float, now: float, *, copies: int = 1) -> None:
    """Take the money at the instant `at` and report it."""
    tx.execute(
        "UPDATE payment SET status = 'captured', captured_at = ?, settle_at = NULL"
        " WHERE id = ? AND status = 'pending'",
        (at, payment["id"]),
    )
    _report(tx, payment, "payment.captured", at, now, copies)


def settle_payments(tx: Transaction, now: float) -> None:
    """Capture what is due by now, and close what nobody touched before it expired."""
    due = "SELECT * FROM payment WHERE status = 'pending' AND settle_at <= ? ORDER BY settle_at"
    for payment in tx.execute(due, (now,)).fetchall():
        capture(tx, payment, payment["settle_at"], now)
    expired = "SELECT * FROM payment WHERE status = 'pending' AND choice = '' AND expires_at <= ?"
    for payment in tx.execute(expired, (now,)).fetchall():
        _close(tx, payment, "cancelled", "expired", now)


def _close(tx: Transaction, payment: sqlite3.Row, status: str, failure_code: str, now: float) -> None:
    tx.execute(
        "UPDATE payment SET status = ?, failure_code = ? WHERE id = ? AND status = 'pending'",
        (status, failure_code, payment["id"]),
    )
    _report(tx, payment, f"payment.{status}", now, now)


def _report(
    tx: Transaction, payment: sqlite3.Row, kind: str, occurred_at: float, now: float, copies: int = 1
) -> None:
    record_event(
        tx,
        account=payment["account"],
        kind=kind,
        subject=(payment["id"], payment["reference"]),
        notify_url=payment["notify_url"],
        occurred_at=occurred_at,
        due_at=now,
        copies=copies,
    )
