"""What must hold of an installation's money and scarce things at rest, asked in SQL and of the gateway itself."""

from collections import Counter
from typing import Any

from tests.processes.installation import Installation
from tests.processes.people import Place

# Each statement finds what may not be.
RULES = {
    "debits differ from credits": """
        SELECT shop_id, currency, sum(debits), sum(credits) FROM ledger_account
         GROUP BY shop_id, currency HAVING sum(debits) <> sum(credits)""",
    "an account differs from its transfers": """
        SELECT a.shop_id, a.code, a.debits, a.credits FROM ledger_account a
         WHERE a.debits <> (SELECT coalesce(sum(amount), 0) FROM ledger_transfer t
                             WHERE t.shop_id = a.shop_id AND t.debit_id = a.id)
            OR a.credits <> (SELECT coalesce(sum(amount), 0) FROM ledger_transfer t
                              WHERE t.shop_id = a.shop_id AND t.credit_id = a.id)""",
    "a pool counts other units than its reservations": """
        SELECT p.shop_id, p.owner, p.kind, p.subject, p.reserved, p.confirmed FROM reservations_pool p
         WHERE p.reserved <> (SELECT coalesce(sum(quantity), 0) FROM reservations_reservation r
                               WHERE r.shop_id = p.shop_id AND r.pool_id = p.id AND r.state = 'held')
            OR p.confirmed <> (SELECT coalesce(sum(quantity), 0) FROM reservations_reservation r
                                WHERE r.shop_id = p.shop_id AND r.pool_id = p.id AND r.state = 'confirmed')""",
    "an order's money differs from its payments": """
        SELECT o.shop_id, o.number, o.captured_minor FROM orders_order o
         WHERE o.captured_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM payments_payment p
                                     WHERE p.shop_id = o.shop_id AND p.order_id = o.id
                                       AND p.state = 'captured' AND NOT p.surplus)""",
    "an order's refunds differ from their rows": """
        SELECT o.shop_id, o.number, o.refunded_minor FROM orders_order o
         WHERE o.refunded_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM payments_refund r
                                     JOIN payments_payment p ON p.shop_id = r.shop_id AND p.id = r.payment_id
                                    WHERE r.shop_id = o.shop_id AND r.order_id = o.id AND NOT p.surplus)""",
    "a live order is neither unpaid nor paid in full": """
        SELECT shop_id, number, financial, captured_minor, total_minor FROM orders_order
         WHERE lifecycle = 'placed'
           AND (captured_minor, financial) NOT IN ((0, 'unpaid'), (total_minor, 'paid'))""",
    "a cancelled order keeps money": """
        SELECT shop_id, number, captured_minor, refunded_minor FROM orders_order
         WHERE lifecycle = 'cancelled' AND captured_minor <> refunded_minor""",
    "a surplus payment was not given back whole": """
        SELECT p.shop_id, p.id FROM payments_payment p WHERE p.surplus
           AND p.amount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM payments_refund r
                                   WHERE r.shop_id = p.shop_id AND r.payment_id = p.id)""",
    "an order counts other holds than it has": """
        SELECT o.shop_id, o.number, o.holds_open FROM orders_order o
         WHERE o.holds_open <> (SELECT count(*) FROM orders_hold h
                                 WHERE h.shop_id = o.shop_id AND h.order_id = o.id AND h.state = 'waiting')""",
    "a closed pool still holds an order": """
        SELECT h.shop_id, h.order_id, p.closed_as FROM orders_hold h
          JOIN reservations_pool p ON p.shop_id = h.shop_id AND p.id = h.pool_id
         WHERE h.state = 'waiting' AND p.closed_as IS NOT NULL""",
    "a full group was refunded": """
        SELECT o.shop_id, o.number FROM orders_hold h
          JOIN orders_order o ON o.shop_id = h.shop_id AND o.id = h.order_id
          JOIN reservations_pool p ON p.shop_id = h.shop_id AND p.id = h.pool_id
         WHERE p.closed_as = 'filled' AND h.state = 'released' AND o.refunded_minor > 0""",
    "a cancelled order keeps units of an open pool": """
        SELECT o.shop_id, o.number, p.owner, p.kind FROM reservations_reservation r
          JOIN orders_order o ON o.shop_id = r.shop_id AND o.id = r.holder_id
          JOIN reservations_pool p ON p.shop_id = r.shop_id AND p.id = r.pool_id
         WHERE o.lifecycle = 'cancelled' AND r.state IN ('held', 'confirmed') AND p.closed_as IS NULL""",
    "a live paid order has lost its units": """
        SELECT o.shop_id, o.number FROM orders_order o
         WHERE o.lifecycle = 'placed' AND o.financial = 'paid'
           AND (SELECT coalesce(sum(quantity), 0) FROM orders_line l
                 WHERE l.shop_id = o.shop_id AND l.order_id = o.id)
            <> (SELECT coalesce(sum(r.quantity), 0) FROM reservations_reservation r
                  JOIN reservations_pool p ON p.shop_id = r.shop_id AND p.id = r.pool_id
                 WHERE r.shop_id = o.shop_id AND r.holder_id = o.id AND r.state = 'confirmed'
                   AND p.owner = 'catalog' AND p.kind = 'stock')""",
    "a job was given up": """
        SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'failed'""",
}
AT_REST = {
    "a payment is still open": """
        SELECT shop_id, id, state FROM payments_payment
         WHERE state IN ('created', 'pending')
           AND EXISTS (SELECT FROM orders_order o WHERE o.shop_id = payments_payment.shop_id
                          AND o.id = order_id AND o.lifecycle = 'placed')""",
    "a refund is still on its way": """
        SELECT shop_id, id, state, attempts, failure_code FROM payments_refund WHERE state <> 'done'""",
    "a job is waiting or running": """
        SELECT id, task_name, status FROM procrastinate_jobs
         WHERE status = 'doing' OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))""",
    "an order is still unpaid": """
        SELECT shop_id, number FROM orders_order WHERE lifecycle = 'placed' AND financial = 'unpaid'""",
    "a group is still open": """
        SELECT shop_id, order_id FROM orders_hold WHERE state = 'waiting'""",
}


def unrest(installation: Installation) -> dict[str, list[Any]]:
    """What the worker still has to do."""
    return _found(installation, AT_REST)


def offences(installation: Installation, place: Place) -> dict[str, list[Any]]:
    """Whatever may not be, by rule; empty when the books and the gateway agree."""
    found = _found(installation, RULES)
    found |= {rule: rows for rule, rows in _with_gateway(installation, place).items() if rows}
    return found


def _found(installation: Installation, rules: dict[str, str]) -> dict[str, list[Any]]:
    asked = {rule: installation.rows(statement) for rule, statement in rules.items()}
    return {rule: rows for rule, rows in asked.items() if rows}


def _with_gateway(installation: Installation, place: Place) -> dict[str, list[Any]]:
    """The gateway's own list of captures and refunds against our rows and the clearing account."""
    captured = _sums(installation.gateway_list("payments", place.gateway_key), "captured")
    returned = _sums(installation.gateway_list("refunds", place.gateway_key), "done")
    shop = place.scope.shop_id
    ours = dict(
        installation.rows(
            "SELECT id::text, amount_minor FROM payments_payment WHERE shop_id = %s AND state = 'captured'",
            shop,
        )
    )
    back = dict(
        installation.rows(
            "SELECT id::text, amount_minor FROM payments_refund WHERE shop_id = %s AND state = 'done'", shop
        )
    )
    booked = installation.rows(
        "SELECT debits - credits FROM ledger_account WHERE shop_id = %s AND code = 'gateway:clearing'", shop
    )
    difference = sum(captured.values()) - sum(returned.values()) - (booked[0][0] if booked else 0)
    return {
        "captures differ from the gateway's": sorted(captured.items() ^ ours.items()),
        "refunds differ from the gateway's": sorted(returned.items() ^ back.items()),
        "clearing differs from what the gateway holds": [difference] if difference else [],
    }


def _sums(rows: list[dict[str, Any]], status: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        if row["status"] == status:
            sums[row["reference"]] += row["amount"]
    return sums
