"""What the test gateway reports: each event becomes one or more stored notifications, due now or later."""

import json
from datetime import UTC, datetime

from core.kernel.ids import new_code
from core.testing.gateway.faults import NOTIFY_FAULTS, take_fault
from core.testing.gateway.store import Transaction


def record_event(
    tx: Transaction,
    *,
    account: str,
    kind: str,
    subject: tuple[str, str],
    notify_url: str,
    occurred_at: float,
    due_at: float,
    copies: int = 1,
) -> None:
    """Store the notification of `kind` about `subject` (id here, the merchant's reference).

    Notifications about one subject go out one after another in order of storing; copies after the first have
    no such order, so that they may arrive at the same instant.
    """
    fault = take_fault(tx, account, "notify", NOTIFY_FAULTS)
    if fault and fault.name == "notify_late":
        due_at += fault.seconds
    if fault and fault.name == "notify_copies":
        copies = fault.copies
    event_id = f"evt_{new_code(16)}"
    message = {
        "event_id": event_id,
        "kind": kind,
        "gateway_ref": subject[0],
        "reference": subject[1],
        "occurred_at": datetime.fromtimestamp(occurred_at, UTC).isoformat(),
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    for copy in range(copies):
        lane = f"{subject[0]}#{copy}" if copy else subject[0]
        tx.execute(
            "INSERT INTO notification (account, event_id, kind, reference, lane, url, body, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (account, event_id, kind, subject[1], lane, notify_url, body, due_at),
        )
