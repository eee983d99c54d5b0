"""The backstop of every timer: asks which shops have something overdue and does it, whether or not a job survived."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, select, text

from core.commerce.aftersale.deadlines import end_deadline, overdue_cases
from core.commerce.customers.imports import FORGOTTEN_AFTER, forget_customer_drafts
from core.commerce.fulfilment.bulk_runs import forget_bulk_drafts
from core.commerce.messages.jobs import LATE, pick_up_lost
from core.commerce.orders.models import Order
from core.commerce.payments.actions.deadlines import close_unpaid_order, end_pool
from core.commerce.payments.actions.pay import cancel_open_payments, check_payment
from core.commerce.payments.actions.reconcile import compare_due_days
from core.commerce.payments.actions.refund import overdue_refunds, settle_refund
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.models import Payment
from core.commerce.reservations.actions import free_expired_reservations
from core.commerce.reservations.models import Pool
from core.commerce.reviews.requests import ask_for_reviews, show_undecided_reviews
from core.commerce.reviews.rules import UNDECIDED_DAYS
from core.commerce.webhooks import jobs as webhooks
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import app_engine, reading, session
from core.kernel.errors import PinpuError
from core.kernel.tenancy import SYSTEM, current_scope, shop_bound

log = structlog.get_logger(__name__)
_BATCH = 200
# Unanswered calls in a row after which a gateway is left alone until the next round.
_SILENT = 3
# A payment of which nobody has heard for so long is asked about.
_UNREPORTED = timedelta(seconds=20)
_DUE = text(
    "SELECT due_shop, what FROM kernel_due_shops(:moment)"
    " UNION ALL SELECT due_shop, 'lost_messages' FROM messages_due_shops(:late)"
    " UNION ALL SELECT due_shop, what FROM reviews_due_shops(:moment, :undecided)"
    " UNION ALL SELECT due_shop, 'overdue_cases' FROM aftersale_due_shops(:moment)"
    " UNION ALL SELECT due_shop, 'old_drafts' FROM drafts_due_shops(:old)"
    " UNION ALL SELECT due_shop, what FROM webhooks_due_shops(:late_webhooks, :old_webhooks)"
    " UNION ALL SELECT due_shop, what FROM payments_due_shops(:moment)"
)


def sweep(what: frozenset[str]) -> int:
    """Do what is overdue of these kinds in every shop; a shop that fails is logged and stops nobody. Returns a count."""
    with app_engine().connect() as connection:
        found = connection.execute(_DUE, _moments()).all()
    done = 0
    # Two functions may name the same work of a shop: it is done once a round.
    for shop_id, kind in dict.fromkeys(found):
        scope = jobs.scope_for_id(shop_id) if kind in what else None
        if scope is not None:
            with shop_bound(scope, SYSTEM):
                done += sweep_shop(kind)
    return done


def _moments() -> dict[str, datetime]:
    moment = now()
    return {
        "moment": moment,
        "late": moment - LATE,
        "undecided": moment - timedelta(days=UNDECIDED_DAYS),
        "old": moment - FORGOTTEN_AFTER,
        "late_webhooks": moment - webhooks.LATE,
        "old_webhooks": moment - webhooks.KEPT,
    }


def sweep_shop(what: str) -> int:
    """Do what is overdue of one kind in the bound shop, as the system; a failure is logged. Returns a count."""
    try:
        return _SWEEPS[what]()
    except Exception:
        log.exception("sweep failed", shop=current_scope().handle, what=what)
        return 0


def _each(what: str, ids: Sequence[UUID], do: Callable[[UUID], object]) -> int:
    """Do it for each: one that fails is logged and stops nobody, a gateway that stays silent ends the round."""
    done = silent = 0
    for one in ids:
        try:
            do(one)
        except GatewayUnavailable:
            log.warning("gateway silent", shop=current_scope().handle, what=what, id=str(one))
            silent += 1
            if silent == _SILENT:
                break
        except PinpuError as refused:
            log.warning("not done", shop=current_scope().handle, what=what, id=str(one), error=str(refused))
        except Exception:
            log.exception("sweep failed", shop=current_scope().handle, what=what, id=str(one))
        else:
            done, silent = done + 1, 0
    return done


def _found(statement: Select[UUID]) -> Sequence[UUID]:
    with reading():
        return session().scalars(statement.limit(_BATCH)).all()


def _unpaid_orders() -> int:
    overdue = _found(
        select(Order.id)
        .where(Order.lifecycle == "placed", Order.financial == "unpaid", Order.pay_by <= now())
        .order_by(Order.pay_by)
    )
    # Where the gateway is silent an order closes all the same: a capture that we did not hear of comes back as surplus.
    _each("unpaid_orders", overdue, cancel_open_payments)
    return _each("unpaid_orders", overdue, lambda order_id: close_unpaid_order(order_id=order_id))


def _pool_deadlines() -> int:
    overdue = _found(select(Pool.id).where(Pool.closed_as.is_(None), Pool.deadline <= now()))
    return _each("pool_deadlines", overdue, lambda pool_id: end_pool(pool_id=pool_id))


def _overdue_cases() -> int:
    with reading():
        overdue = overdue_cases(limit=_BATCH)
    return _each("overdue_cases", overdue, lambda case_id: end_deadline(case_id=case_id))


def _open_refunds() -> int:
    with reading():
        overdue = overdue_refunds(limit=_BATCH)
    return _each("open_refunds", overdue, settle_refund)


def _open_payments() -> int:
    """A fair draw: those that stay open for ever at the gateway must not take everybody's turn."""
    with reading():
        open_payments = list(
            session().scalars(
                select(Payment.id).where(
                    Payment.state.in_(("created", "pending")),
                    Payment.gateway != "",
                    Payment.created_at <= now() - _UNREPORTED,
                )
            )
        )
    random.shuffle(open_payments)
    return _each("open_payments", open_payments[:_BATCH], check_payment)


@command("system")
def _expired_reservations() -> int:
    return free_expired_reservations()


def _old_drafts() -> int:
    return forget_bulk_drafts() + forget_customer_drafts()


_SWEEPS: dict[str, Callable[[], int]] = {
    "unpaid_orders": _unpaid_orders,
    "pool_deadlines": _pool_deadlines,
    "expired_reservations": _expired_reservations,
    "overdue_cases": _overdue_cases,
    "open_refunds": _open_refunds,
    "open_payments": _open_payments,
    "lost_messages": pick_up_lost,
    "review_requests": ask_for_reviews,
    "undecided_reviews": show_undecided_reviews,
    "old_drafts": _old_drafts,
    "lost_webhooks": webhooks.pick_up_lost,
    "old_webhooks": webhooks.forget,
    "reconciliations": compare_due_days,
}
# Deadlines are looked at often; what asks a gateway less so.
OFTEN = frozenset({"unpaid_orders", "pool_deadlines", "expired_reservations"})
SELDOM = frozenset(
    {
        "overdue_cases",
        "open_refunds",
        "open_payments",
        "lost_messages",
        "review_requests",
        "undecided_reviews",
        "old_drafts",
        "lost_webhooks",
        "old_webhooks",
        "reconciliations",
    }
)
EVERYTHING = OFTEN | SELDOM
