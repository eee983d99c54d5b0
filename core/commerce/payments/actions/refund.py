"""Giving money back: written in the transaction that causes it, sent by a job, retried until the gateway settled it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from core.commerce.ledger.accounts import GATEWAY_CLEARING, MERCHANT_PENDING, REFUNDS_OWED
from core.commerce.ledger.actions import post_transfer
from core.commerce.orders import actions as orders
from core.commerce.orders.errors import OrderNotCancellable
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments import jobs_named
from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.errors import PreviewOutdated, RefundTooLarge
from core.commerce.payments.events import RefundDone, RefundRequested
from core.commerce.payments.gateways.interface import (
    GatewayRefused,
    GatewayUnavailable,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.models import Payment, Refund
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import RefundPreview, refund_preview
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.stock import stock_pool_id
from core.commerce.reservations.values import Holder
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import NotFound
from core.kernel.events import record
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.money import Money, format_money
from core.kernel.tenancy import SYSTEM, acting_as

# Waiting time before a refund is tried again, by number of attempts so far; the last one repeats for ever.
_BACK_OFF = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)


def wait_after(attempts: int) -> timedelta:
    """How long to wait before asking the gateway again after this many attempts."""
    return _BACK_OFF[min(max(attempts, 1), len(_BACK_OFF)) - 1]


def write_refund(
    *,
    order: Order,
    payment: Payment,
    amount: int,
    cause: str,
    reason: str = "",
    lines: Mapping[str, int] | None = None,
    shipping: int = 0,
    booked: bool = True,
) -> Refund:
    """Write a refund of `amount` minor units for a locked order and defer its sending; joins the caller's transaction.

    Once per (payment, cause). `booked` False leaves the order's own sums alone (money it never wanted).
    """
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        amount_minor=amount,
        currency=payment.currency,
        cause=cause,
        reason=reason,
        lines=dict(lines or {}),
        shipping_minor=shipping,
    )
    session().add(refund)
    session().flush()
    if booked:
        units = dict(lines) if lines is not None else _all_units(order)
        freight = shipping if lines is not None else order.shipping_minor - order.refunded_shipping_minor
        orders.count_refunded(order, amount=amount, units=units, shipping=freight)
    money = Money(amount, payment.currency)
    post_transfer(
        debit=MERCHANT_PENDING,
        credit=REFUNDS_OWED,
        amount=money,
        purpose="refund",
        source=f"refund:{refund.id}",
        order_id=order.id,
    )
    orders.note(
        order_id=order.id,
        kind="refund_requested",
        text=N_("A refund of %(amount)s is on its way."),
        params={"amount": money},
    )
    record(RefundRequested(order_id=order.id, refund_id=refund.id))
    jobs.defer(jobs_named.send_refund(), refund_id=str(refund.id))
    return refund


def _all_units(order: Order) -> dict[str, int]:
    rows = session().execute(
        select(OrderLine.key, OrderLine.quantity - OrderLine.refunded).where(OrderLine.order_id == order.id)
    )
    return {key: left for key, left in rows if left}


def give_back_reservations(order_id: UUID) -> None:
    """Return everything the order kept or had confirmed to pools that are still open; the pools are locked first."""
    holder = Holder("order", order_id)
    reservations.release(holder=holder)
    for pool in reservations.lock_pools(holder=holder):
        if pool.closed_as is None:
            reservations.give_back(holder=holder, pool_id=pool.id)


def kept_payment(order_id: UUID) -> Payment | None:
    """The captured payment that the order kept, or None; the order's own lock guards its sums, so this takes none."""
    statement = select(Payment).where(
        Payment.order_id == order_id, Payment.state == "captured", Payment.surplus.is_(False)
    )
    return session().scalars(statement).first()


def preview(order: Order, wanted: Mapping[str, int], *, include_shipping: bool) -> RefundPreview:
    """What refunding `wanted` units (line key → units) gives back, exactly; see pricing.refunds."""
    refunded = dict(
        session()
        .execute(select(OrderLine.key, OrderLine.refunded).where(OrderLine.order_id == order.id))
        .all()
    )
    return refund_preview(
        PricedCart.from_json(order.priced),
        wanted=wanted,
        refunded=refunded,
        include_shipping=include_shipping,
        shipping_refunded=order.refunded_shipping_minor,
    )


@command("orders.refund")
def preview_refund(
    *, order_id: UUID, wanted: Mapping[str, int], include_shipping: bool = False
) -> RefundPreview:
    """The exact money that `refund_units` would give back now; changes nothing. Raises NotFound."""
    order = session().scalars(select(Order).where(Order.id == order_id)).first()
    if order is None:
        raise NotFound
    return preview(order, wanted, include_shipping=include_shipping)


@command("orders.refund")
def refund_units(
    *,
    order_id: UUID,
    wanted: Mapping[str, int],
    include_shipping: bool,
    reason: str,
    confirmed_amount: int,
    restock: bool = True,
    request_id: UUID | None = None,
) -> UUID:
    """Refund units of an order after an exact preview; returns the refund's id.

    `confirmed_amount` (minor units) is what the person saw: a different amount raises PreviewOutdated.
    With `restock`, units that have not shipped go back on sale. Refunding everything unshipped cancels the order.
    `request_id` names the person's decision: sent again (a double click), it answers the refund that exists.
    """
    payment = kept_payment(order_id)
    if payment is None:
        raise NotFound
    cause = f"request:{request_id or new_id()}"
    known = (
        session()
        .scalars(select(Refund.id).where(Refund.payment_id == payment.id, Refund.cause == cause))
        .first()
    )
    if known is not None:
        return known
    holder = Holder("order", order_id)
    reservations.lock_pools(holder=holder)
    order = orders.lock_orders([order_id])[0]
    wanted = {key: units for key, units in wanted.items() if units}
    seen = preview(order, wanted, include_shipping=include_shipping)
    if seen.amount != confirmed_amount:
        money = Money(seen.amount, order.currency), Money(confirmed_amount, order.currency)
        raise PreviewOutdated(amount=format_money(money[0]), confirmed=format_money(money[1]))
    if not 0 < seen.amount <= order.captured_minor - order.refunded_minor:
        left = Money(order.captured_minor - order.refunded_minor, order.currency)
        raise RefundTooLarge(left=format_money(left))
    if restock:
        _restock(order, holder, wanted)
    refund = write_refund(
        order=order,
        payment=payment,
        amount=seen.amount,
        cause=cause,
        reason=reason,
        lines=wanted,
        shipping=seen.shipping,
    )
    _cancel_if_nothing_left(order)
    return refund.id


def _restock(order: Order, holder: Holder, wanted: Mapping[str, int]) -> None:
    lines = session().scalars(
        select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.key.in_(list(wanted)))
    )
    for line in lines:
        unshipped = line.quantity - line.shipped - line.refunded
        units = min(wanted[line.key], max(unshipped, 0))
        if units:
            reservations.give_back(holder=holder, pool_id=stock_pool_id(line.variant_id), quantity=units)


def _cancel_if_nothing_left(order: Order) -> None:
    lines = session().scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    if order.lifecycle == "placed" and all(
        line.refunded == line.quantity and not line.shipped for line in lines
    ):
        give_back_reservations(order.id)
        orders.mark_cancelled(order, "merchant")


@command("orders.refund")
def cancel_order(*, order_id: UUID) -> UUID | None:
    """The shop cancels an order that has not shipped; returns the id of the refund, if there is money to return."""
    return cancel_unshipped(order_id=order_id, reason="merchant")


def cancel_unshipped(*, order_id: UUID, reason: str) -> UUID | None:
    """Cancel an order that has not shipped and send back all that is left of its money; joins the caller's transaction.

    `reason` is one of orders.actions.CANCEL_REASONS. Returns the refund's id. Raises NotFound, OrderNotCancellable.
    """
    payment = kept_payment(order_id)
    reservations.lock_pools(holder=Holder("order", order_id))
    found = orders.lock_orders([order_id])
    if not found:
        raise NotFound
    order = found[0]
    if order.lifecycle != "placed" or order.fulfilment != "unfulfilled":
        raise OrderNotCancellable
    give_back_reservations(order_id)
    orders.mark_cancelled(order, reason)
    left = order.captured_minor - order.refunded_minor
    if payment is None or left == 0:
        return None
    return write_refund(order=order, payment=payment, amount=left, cause=f"cancel:{reason}").id


def settle_refund(refund_id: UUID) -> None:
    """Ask the gateway to send one refund and book what it answers; no transaction is open during the call."""
    with reading():
        refund = session().scalars(select(Refund).where(Refund.id == refund_id)).first()
        payment = (
            session().scalars(select(Payment).where(Payment.id == refund.payment_id)).one()
            if refund
            else None
        )
    if refund is None or payment is None or refund.state in ("done", "failed"):
        return
    with acting_as(SYSTEM):
        _note_attempt(refund_id=refund_id)
        _book_answer(refund_id=refund_id, answer=_asked(refund, payment))


def _asked(refund: Refund, payment: Payment) -> RefundState:
    account = gateway_account(payment.gateway)
    request = RefundRequest(
        reference=str(refund.id),
        gateway_ref=payment.gateway_ref or "",
        amount=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason or refund.cause,
    )
    try:
        return account.gateway.refund(account.credentials, request)
    except GatewayUnavailable as error:
        return RefundState("failed", retry=True, failure_code=error.reason, gateway_ref="")
    except GatewayRefused as error:
        return RefundState("failed", retry=False, failure_code=error.failure_code, gateway_ref="")


@command("system")
def _note_attempt(*, refund_id: UUID) -> None:
    statement = (
        update(Refund)
        .where(Refund.id == refund_id, Refund.state.in_(("pending", "sent")))
        .values(attempts=Refund.attempts + 1, state="sent", sent_at=now())
    )
    session().execute(statement.execution_options(synchronize_session=False))


@command("system")
def _book_answer(*, refund_id: UUID, answer: RefundState) -> None:
    statement = select(Refund).where(Refund.id == refund_id).with_for_update(key_share=True)
    refund = session().scalars(statement.execution_options(populate_existing=True)).one()
    if refund.state in ("done", "failed"):
        return
    if answer.status == "done":
        _book_done(refund)
    elif answer.status == "failed" and not answer.retry:
        refund.state, refund.failure_code = "failed", answer.failure_code
        orders.note(
            order_id=refund.order_id,
            kind="refund_failed",
            text=N_("The payment service refused the refund (%(code)s). The shop has to look at it."),
            params={"code": answer.failure_code},
        )
    else:
        refund.failure_code = answer.failure_code
        jobs.defer(jobs_named.send_refund(), at=now() + wait_after(refund.attempts), refund_id=str(refund.id))


def _book_done(refund: Refund) -> None:
    refund.state, refund.done_at, refund.failure_code = "done", now(), ""
    money = Money(refund.amount_minor, refund.currency)
    post_transfer(
        debit=REFUNDS_OWED,
        credit=GATEWAY_CLEARING,
        amount=money,
        purpose="refund_settled",
        source=f"refund:{refund.id}",
        order_id=refund.order_id,
    )
    orders.note(
        order_id=refund.order_id,
        kind="refund_done",
        text=N_("%(amount)s went back."),
        params={"amount": money},
    )
    record(RefundDone(order_id=refund.order_id, refund_id=refund.id))


@command("orders.refund")
def retry_refund(*, refund_id: UUID) -> None:
    """Try a refused refund again, after a person looked at it."""
    statement = (
        update(Refund)
        .where(Refund.id == refund_id, Refund.state == "failed")
        .values(state="pending", failure_code="")
        .returning(Refund.order_id)
    )
    order_id = session().scalars(statement.execution_options(synchronize_session=False)).first()
    if order_id is None:
        raise NotFound
    orders.note(order_id=order_id, kind="refund_retried", text=N_("The refund is tried again."))
    jobs.defer(jobs_named.send_refund(), refund_id=str(refund_id))
