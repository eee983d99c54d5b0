"""The backstop of every timer: asks which shops have something overdue and does it, whether or not a job survived."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import select, text

from core.commerce.orders.models import Order
from core.commerce.payments.actions.deadlines import close_unpaid_order, end_pool
from core.commerce.payments.actions.pay import cancel_open_payments, check_payment
from core.commerce.payments.actions.refund import settle_refund, wait_after
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.models import Payment, Refund
from core.commerce.reservations.actions import free_expired_reservations
from core.commerce.reservations.models import Pool
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import app_engine, reading, session
from core.kernel.tenancy import SYSTEM, shop_bound

log = structlog.get_logger(__name__)
_BATCH = 200
_DUE = text("SELECT due_shop, what FROM kernel_due_shops(:moment)")


def sweep(what: frozenset[str]) -> int:
    """Do what is overdue of these kinds in every shop; a shop that fails is logged and stops nobody. Returns a count."""
    with app_engine().connect() as connection:
        due = [row for row in connection.execute(_DUE, {"moment": now()}) if row.what in what]
    done = 0
    for row in due:
        scope = jobs.scope_for_id(row.due_shop)
        if scope is None:
            continue
        with shop_bound(scope, SYSTEM):
            try:
                done += _SWEEPS[row.what]()
            except Exception:
                log.exception("sweep failed", shop=scope.handle, what=row.what)
    return done


def _unpaid_orders() -> int:
    with reading():
        overdue = (
            session()
            .scalars(
                select(Order.id)
                .where(Order.lifecycle == "placed", Order.financial == "unpaid", Order.pay_by <= now())
                .limit(_BATCH)
            )
            .all()
        )
    for order_id in overdue:
        try:
            cancel_open_payments(order_id)
        except GatewayUnavailable:
            log.warning("gateway silent while closing an unpaid order", order=str(order_id))
        close_unpaid_order(order_id=order_id)
    return len(overdue)


def _pool_deadlines() -> int:
    with reading():
        overdue = (
            session()
            .scalars(select(Pool.id).where(Pool.closed_as.is_(None), Pool.deadline <= now()).limit(_BATCH))
            .all()
        )
    return sum(end_pool(pool_id=pool_id) for pool_id in overdue)


def _open_refunds() -> int:
    with reading():
        refunds = (
            session().scalars(select(Refund).where(Refund.state.in_(("pending", "sent"))).limit(_BATCH)).all()
        )
    overdue = [
        refund.id
        for refund in refunds
        if (refund.sent_at or refund.created_at) + wait_after(refund.attempts) + timedelta(minutes=1) <= now()
    ]
    for refund_id in overdue:
        settle_refund(refund_id)
    return len(overdue)


def _open_payments() -> int:
    with reading():
        open_payments = (
            session()
            .scalars(
                select(Payment.id)
                .where(
                    Payment.state.in_(("created", "pending")),
                    Payment.created_at <= now() - timedelta(minutes=1),
                )
                .order_by(Payment.created_at)
                .limit(_BATCH)
            )
            .all()
        )
    for payment_id in open_payments:
        check_payment(payment_id)
    return len(open_payments)


@command("system")
def _expired_reservations() -> int:
    return free_expired_reservations()


_SWEEPS: dict[str, Callable[[], int]] = {
    "unpaid_orders": _unpaid_orders,
    "pool_deadlines": _pool_deadlines,
    "expired_reservations": _expired_reservations,
    "open_refunds": _open_refunds,
    "open_payments": _open_payments,
}
# Deadlines are looked at often; what asks a gateway less so.
OFTEN = frozenset({"unpaid_orders", "pool_deadlines", "expired_reservations"})
SELDOM = frozenset({"open_refunds", "open_payments"})
EVERYTHING = OFTEN | SELDOM
