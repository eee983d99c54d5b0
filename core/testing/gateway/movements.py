"""What moved on an account of the test gateway: captures and refunds in the order of their times."""

from typing import Any

from core.testing.gateway.payments import iso_time
from core.testing.gateway.store import Store

PAGE = 100
_MOVED = """
SELECT 'payment' AS kind, id, reference, '' AS payment, amount, currency, captured_at AS at FROM payment
WHERE account = :account AND status = 'captured' AND captured_at >= :since AND captured_at < :until
UNION ALL
SELECT 'refund', id, reference, payment, -amount, currency, created_at FROM refund
WHERE account = :account AND status = 'done' AND created_at >= :since AND created_at < :until
ORDER BY at, id LIMIT :limit OFFSET :skip
"""


def movements_of(store: Store, account: str, *, since: float, until: float, skip: int) -> dict[str, Any]:
    """One page of the movements with since ≤ time < until (seconds since 1970); `next` is the next page's `skip`."""
    asked = {"account": account, "since": since, "until": until, "limit": PAGE + 1, "skip": skip}
    rows = store.rows(_MOVED, asked)  # type: ignore[arg-type]  # sqlite3 takes names as well
    shown = [
        {
            "kind": row["kind"],
            "id": row["id"],
            "reference": row["reference"],
            "payment": row["payment"],
            "amount": row["amount"],
            "currency": row["currency"],
            "occurred_at": iso_time(row["at"]),
        }
        for row in rows[:PAGE]
    ]
    return {"transactions": shown, "next": skip + PAGE if len(rows) > PAGE else None}
