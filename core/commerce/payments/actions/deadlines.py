"""What time does: a pool whose deadline passed refunds its orders, an unpaid order closes."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.commerce.orders import actions as orders
from core.commerce.orders.events import HoldsExpired
from core.commerce.orders.models import Order
from core.commerce.payments import jobs_named
from core.commerce.payments.actions.funding import book_funding
from core.commerce.payments.actions.pay import GATEWAY_TROUBLE, cancel_open_payments
from core.commerce.payments.actions.refund import give_back_reservations, kept_payment, write_refund
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.models import Pool
from core.commerce.reservations.values import Holder
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.events import record
from core.kernel.tenancy import SYSTEM, acting_as


@command("system")
def end_pool(*, pool_id: UUID) -> bool:
    """Close a pool whose deadline has passed below its threshold and refund every order that waits for it.

    A pool that has at least its `least` units is complete instead. Takes the same pool lock as a capture: either the last
    seat was paid first and the pool is full, or this comes first and the late payment is lost. Returns whether this call
    ended it.
    """
    pool = _locked(pool_id)
    if pool is None or pool.closed_as is not None or pool.deadline is None or pool.deadline > now():
        return False
    if pool.least is not None and pool.confirmed >= pool.least:
        return _fill_pool(pool)
    return _fail_pool(pool, "expired", "hold_expired", cause="hold_expired")


def complete_pool(*, pool_id: UUID) -> bool:
    """Close an open pool as filled, whatever its threshold: the orders that wait for it wait no more.

    Only confirmed units count; nothing is added. Whoever has not paid by now comes too late. Returns whether this call
    did it. Joins the caller's transaction; the caller checked the permission.
    """
    pool = _locked(pool_id)
    return pool is not None and pool.closed_as is None and _fill_pool(pool)


def _fill_pool(pool: Pool) -> bool:
    pool.closed_as, pool.closed_at = "filled", now()
    session().flush()
    orders.release_holds(pool.id)
    return True


def extend_pool(*, pool_id: UUID, until: datetime) -> bool:
    """Give an open pool with a deadline more time, and tell so on the orders that wait; False if it is over.

    Joins the caller's transaction; the caller checked the permission.
    """
    pool = _locked(pool_id)
    if pool is None or pool.closed_as is not None or pool.deadline is None or pool.deadline <= now():
        return False
    pool.deadline = until
    session().flush()
    orders.move_holds(pool.id, until)
    # The job of the old deadline finds that it is not over, and ends.
    jobs.defer(jobs_named.pool_deadline(), at=until, pool_id=str(pool_id))
    return True


def cancel_pool(*, pool_id: UUID) -> bool:
    """End an open pool before its time (a merchant's decision) and refund every order that waits for it.

    Joins the caller's transaction; the caller checked the permission.
    """
    pool = _locked(pool_id)
    if pool is None or pool.closed_as is not None:
        return False
    return _fail_pool(pool, "cancelled", "merchant", cause="hold_cancelled")


def _locked(pool_id: UUID) -> Pool | None:
    """The pool, locked together with all pools that refunding its orders gives units back to: stock, limits."""
    reservations.lock_pool_and_those_of(pool_id, order_ids=orders.orders_waiting_for(pool_id))
    statement = select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).first()


def _fail_pool(pool: Pool, closed_as: str, reason: str, *, cause: str) -> bool:
    pool.closed_as, pool.closed_at = closed_as, now()
    session().flush()
    order_ids = orders.end_holds(pool.id, "expired")
    for order in orders.lock_orders(order_ids):
        _refund_whole(order, reason, cause)
    if order_ids:
        record(HoldsExpired(pool_id=pool.id, order_ids=order_ids))
    return True


def _refund_whole(order: Order, reason: str, cause: str) -> None:
    if order.lifecycle != "placed":
        return
    give_back_reservations(order)
    orders.mark_cancelled(order, reason)
    book_funding(order, cause=f"cancel:{order.id}")
    payment = kept_payment(order.id)
    left = order.captured_minor - order.refunded_minor
    if payment is not None and left:
        write_refund(order=order, payment=payment, amount=left, cause=cause)


@command("system")
def close_unpaid_order(*, order_id: UUID) -> bool:
    """Cancel an order whose time to pay is over and give back what it kept; returns whether this call did it."""
    reservations.lock_pools(holder=Holder("order", order_id))
    found = orders.lock_orders([order_id])
    if not found:
        return False
    order = found[0]
    if order.lifecycle != "placed" or order.financial != "unpaid" or order.pay_by > now():
        return False
    give_back_reservations(order)
    orders.mark_cancelled(order, "unpaid")
    return True


def close_overdue_order(order_id: UUID) -> bool:
    """Close an order that was not paid in time, and its attempts to pay; a payment that did come in is found first.

    Without an answer of the gateway the order closes all the same: a capture that we did not hear of comes back by
    itself as surplus. Returns whether this call closed it.
    """
    with suppress(*GATEWAY_TROUBLE):
        cancel_open_payments(order_id)
    with acting_as(SYSTEM):
        return close_unpaid_order(order_id=order_id)
