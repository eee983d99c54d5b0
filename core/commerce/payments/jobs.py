"""The payments room's jobs: each asks for the truth first and may be run again at any time."""

from uuid import UUID

from core.commerce.payments import jobs_named
from core.commerce.payments.actions.deadlines import close_overdue_order, end_pool
from core.commerce.payments.actions.pay import check_payment
from core.commerce.payments.actions.refund import settle_refund
from core.kernel.i18n import N_
from core.kernel.jobs import job


@job(jobs_named.CHECK_PAYMENT, queue="money", says=N_("asking the payment provider about a payment"))
def check(payment_id: str) -> None:
    """Ask the gateway about one payment and act on the truth."""
    check_payment(UUID(payment_id))


@job(jobs_named.SEND_REFUND, queue="money", says=N_("sending a refund"))
def send(refund_id: str, after: int | None = None) -> None:
    """Ask the gateway to send one refund; `after` says which attempt this try follows."""
    settle_refund(UUID(refund_id), after=after)


@job(jobs_named.POOL_DEADLINE, queue="money", says=N_("ending what was not complete in time"))
def pool_deadline(pool_id: str) -> None:
    """Close a pool whose deadline has passed."""
    end_pool(pool_id=UUID(pool_id))


@job(jobs_named.CLOSE_UNPAID, queue="money", says=N_("closing an unpaid order"))
def close_unpaid(order_id: str) -> None:
    """Close an order that was not paid in time; a payment that did come in is found first."""
    close_overdue_order(UUID(order_id))
