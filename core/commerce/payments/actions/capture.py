"""Keeping a capture: the one transaction in which money, seats, holds and the order's state move together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.commerce.ledger.accounts import GATEWAY_CLEARING, MERCHANT_PENDING
from core.commerce.ledger.actions import post_transfer
from core.commerce.orders import actions as orders
from core.commerce.orders.events import OrderPaid
from core.commerce.orders.models import Order, OrderHold, OrderLine
from core.commerce.orders.telling import tell_paid
from core.commerce.payments import jobs_named
from core.commerce.payments.actions.funding import book_funding
from core.commerce.payments.actions.refund import give_back_reservations, write_refund
from core.commerce.payments.models import Payment
from core.commerce.payments.replacements import PaidOrder, Replacement
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.errors import PoolExhausted
from core.commerce.reservations.models import Pool, Reservation
from core.commerce.reservations.stock import OWNER as STOCK_OWNER
from core.commerce.reservations.values import Confirmation, Holder
from core.hooks.current import shop_hooks
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import savepoint, session
from core.kernel.errors import PinpuError
from core.kernel.events import record
from core.kernel.i18n import N_
from core.kernel.money import Money

log = structlog.get_logger(__name__)


@command("system")
def settle_capture(*, payment_id: UUID, captured_at: datetime | None) -> None:
    """Keep a payment that the gateway captured; safe to call any number of times, in any order, from any side.

    In one transaction: the payment is captured, the order's reservations are confirmed, its holds begin, a pool that
    reaches its threshold closes and releases the holds of all its orders, and the ledger moves. If the order no longer
    wants the money, it goes back by itself; if what it had reserved is gone, the buyer's stored choice decides.
    """
    payment = _locked_payment(payment_id)
    if payment.state == "captured":
        return
    holder = Holder("order", payment.order_id)
    reservations.lock_pools(holder=holder)
    order = orders.lock_orders([payment.order_id])[0]
    # One statement says captured and surplus: the index allows one kept payment per order.
    wanted = (payment.amount_minor, payment.currency) == (order.total_minor, order.currency)
    payment.surplus = order.lifecycle == "cancelled" or order.financial != "unpaid" or not wanted
    payment.state, payment.captured_at = "captured", captured_at or now()
    if payment.surplus:
        _return_surplus(order, payment)
        return
    confirmations: Sequence[Confirmation] = _given_up(order, holder) or reservations.confirm(holder=holder)
    if any(made.outcome == "lost" for made in confirmations):
        confirmations = _replace_lost(order, holder, confirmations)
    _book(order, payment)
    _close_other_attempts(payment)
    if any(made.outcome == "lost" for made in confirmations):
        _refund_lost(order, payment, confirmations)
        return
    _begin_and_release_holds(order, confirmations)
    tell_paid(order)
    record(OrderPaid(order_id=order.id))


def settle_free_order(*, order_id: UUID) -> None:
    """Treat an order that costs nothing as paid, in the transaction that places it.

    Raises PoolExhausted when a pool's time was over between reserving and now.
    """
    order = orders.lock_orders([order_id])[0]
    order.financial, order.paid_at = "paid", now()
    session().flush()
    book_funding(order, cause=f"order:{order_id}")
    confirmations = reservations.confirm(holder=Holder("order", order_id))
    lost = tuple(made.pool_id for made in confirmations if made.outcome == "lost")
    if lost:
        raise PoolExhausted(lost)
    _begin_and_release_holds(order, confirmations)
    tell_paid(order)
    record(OrderPaid(order_id=order_id))


def _locked_payment(payment_id: UUID) -> Payment:
    statement = select(Payment).where(Payment.id == payment_id).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).one()


def _amount(payment: Payment) -> Money:
    return Money(payment.amount_minor, payment.currency)


def _return_surplus(order: Order, payment: Payment) -> None:
    post_transfer(
        debit=GATEWAY_CLEARING,
        credit=MERCHANT_PENDING,
        amount=_amount(payment),
        purpose="capture",
        source=f"payment:{payment.id}",
        order_id=order.id,
    )
    orders.note(
        order_id=order.id,
        kind="surplus",
        text=N_("Another payment of %(amount)s arrived. The order did not need it, so it goes back."),
        params={"amount": _amount(payment)},
    )
    session().flush()
    write_refund(order=order, payment=payment, amount=payment.amount_minor, cause="surplus", booked=False)


def _book(order: Order, payment: Payment) -> None:
    order.captured_minor, order.financial, order.paid_at = payment.amount_minor, "paid", payment.captured_at
    post_transfer(
        debit=GATEWAY_CLEARING,
        credit=MERCHANT_PENDING,
        amount=_amount(payment),
        purpose="capture",
        source=f"payment:{payment.id}",
        order_id=order.id,
    )
    orders.note(
        order_id=order.id, kind="paid", text=N_("%(amount)s was paid."), params={"amount": _amount(payment)}
    )
    session().flush()
    book_funding(order, cause=f"order:{order.id}")


def _close_other_attempts(payment: Payment) -> None:
    """What is still open for the same order is closed at its gateway, by a job, so that nobody pays twice."""
    others = select(Payment.id).where(
        Payment.order_id == payment.order_id,
        Payment.id != payment.id,
        Payment.state.in_(("created", "pending")),
        Payment.gateway != "",
    )
    if session().scalars(others.limit(1)).first() is not None:
        jobs.defer(jobs_named.close_unpaid(), order_id=str(payment.order_id))


def _begin_and_release_holds(order: Order, confirmations: Sequence[Confirmation]) -> None:
    by_pool = {made.pool_id: made for made in confirmations}
    held = orders.begin_holds(order, {pool: made.deadline for pool, made in by_pool.items()})
    for pool_id in sorted(held):
        made = by_pool[pool_id]
        if made.filled:
            orders.release_holds(pool_id)
            continue
        orders.note(
            order_id=order.id,
            kind="held",
            text=N_("%(reason)s: if not complete by %(until)s, the money goes back by itself."),
            params={"reason": held[pool_id], "until": made.deadline},
        )
        if made.deadline is not None:
            jobs.defer(jobs_named.pool_deadline(), at=made.deadline, pool_id=str(pool_id))


def _given_up(order: Order, holder: Holder) -> Sequence[Confirmation]:
    """What plugins say this buyer may not have any more, as if it were lost; empty when nothing is.

    Whatever goes wrong there, the money is here and the order gets what it reserved.
    """
    if not order.marks:
        return ()
    try:
        with savepoint():
            said = shop_hooks().call("claim_capture", order=_paid_order(order))
    except OperationalError:
        raise
    except Exception:
        log.exception("a plugin could not look at a capture", order=str(order.id))
        return ()
    pools = {pool for result in said for pool in result.value}
    if not pools:
        return ()
    mine = session().execute(
        select(Reservation.pool_id, Reservation.quantity).where(
            Reservation.holder_kind == holder.kind,
            Reservation.holder_id == holder.id,
            Reservation.pool_id.in_(pools),
        )
    )
    lost = [Confirmation(pool_id, quantity, "lost") for pool_id, quantity in mine]
    reservations.release(holder=holder, only=[made.pool_id for made in lost])
    return lost


class _StillLost(Exception):
    """Nothing usable was offered; undoes what was tried."""


def _replace_lost(order: Order, holder: Holder, lost: Sequence[Confirmation]) -> Sequence[Confirmation]:
    """Try what a plugin offers instead; whatever goes wrong, the answer is still "lost" and nothing has changed."""
    lost_pools = tuple(made.pool_id for made in lost if made.outcome == "lost")
    if _owners(lost_pools) & {STOCK_OWNER}:
        return lost
    try:
        with savepoint():
            return _replacement(order, holder, lost_pools)
    except OperationalError:
        raise  # a deadlock: `@command` repeats the whole capture
    except (_StillLost, PinpuError) as error:
        log.info("no replacement", order=str(order.id), why=repr(error))
    except Exception:
        # The money is here: an offer that cannot even be written down must not keep it from being booked.
        log.exception("replacement failed", order=str(order.id))
    return lost


def _replacement(order: Order, holder: Holder, lost_pools: tuple[UUID, ...]) -> Sequence[Confirmation]:
    offered = _offered(order, lost_pools)
    if offered is None:
        raise _StillLost
    made = _take_replacement(order, holder, lost_pools, offered)
    if any(one.outcome == "lost" for one in made):
        raise _StillLost
    return made


def _owners(pools: Sequence[UUID]) -> set[str]:
    return set(session().scalars(select(Pool.owner).where(Pool.id.in_(pools))))


def _offered(order: Order, lost: tuple[UUID, ...]) -> Replacement | None:
    for result in shop_hooks().call("claim_replacement", order=_paid_order(order), lost=lost):
        if isinstance(result.value, Replacement):
            return result.value
    return None


def _paid_order(order: Order) -> PaidOrder:
    quantity = sum(session().scalars(select(OrderLine.quantity).where(OrderLine.order_id == order.id)))
    return PaidOrder(
        id=order.id,
        customer_id=order.customer_id,
        marks=order.marks,
        choices=order.choices,
        quantity=quantity,
    )


def _take_replacement(
    order: Order, holder: Holder, lost: tuple[UUID, ...], replacement: Replacement
) -> Sequence[Confirmation]:
    reservations.forget(holder=holder, pools=lost)
    for hold in session().scalars(select(OrderHold).where(OrderHold.order_id == order.id)):
        if hold.pool_id in lost and hold.state == "pending":
            hold.state, hold.ended_at = "dropped", now()
    session().flush()
    reservations.ensure_pools(replacement.new_pools)
    reservations.reserve(holder=holder, wants=replacement.wants, expires_at=order.pay_by)
    for draft in replacement.holds:
        session().add(
            OrderHold(
                order_id=order.id, pool_id=draft.pool_id, plugin=draft.plugin, reason=dict(draft.reason)
            )
        )
    session().flush()
    if replacement.text:
        orders.note(order_id=order.id, kind="moved", text=replacement.text, params=replacement.params)
    return reservations.confirm(holder=holder)


def _refund_lost(order: Order, payment: Payment, lost: Sequence[Confirmation]) -> None:
    pools = [made.pool_id for made in lost if made.outcome == "lost"]
    reason = "stock_lost" if STOCK_OWNER in _owners(pools) else "seat_lost"
    give_back_reservations(order)
    orders.mark_cancelled(order, reason)
    write_refund(order=order, payment=payment, amount=payment.amount_minor, cause=reason)
