"""Giving money back: written in the transaction that causes it, sent by a job, retried until the gateway settled it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update

from core.commerce.ledger.accounts import GATEWAY_CLEARING, MERCHANT_PENDING, REFUNDS_OWED
from core.commerce.ledger.actions import post_transfer
from core.commerce.messages.actions import send_message
from core.commerce.orders import actions as orders
from core.commerce.orders.errors import OrderNotCancellable
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments import jobs_named
from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.actions.funding import book_funding
from core.commerce.payments.errors import NothingGoesBack, PreviewOutdated, RefundTooLarge
from core.commerce.payments.events import RefundDone, RefundRequested
from core.commerce.payments.gateways.interface import (
    GatewayRefused,
    GatewayUnavailable,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.gateways.registry import UnknownGateway
from core.commerce.payments.models import Payment, Refund
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import RefundPreview, refund_preview
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.stock import OWNER as STOCK_OWNER
from core.commerce.reservations.stock import stock_pool_id
from core.commerce.reservations.values import Holder
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import connection_given_back, reading, session
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


def overdue_refunds(*, limit: int) -> Sequence[UUID]:
    """Refunds whose next try is more than a minute late, the one that was asked about longest ago first."""
    last, late = len(_BACK_OFF), now() - timedelta(minutes=1)
    asked = func.coalesce(Refund.sent_at, Refund.created_at)
    due = [and_(Refund.attempts == n, asked <= late - wait_after(n)) for n in range(last)]
    due.append(and_(Refund.attempts >= last, asked <= late - wait_after(last)))
    statement = select(Refund.id).where(Refund.state.in_(("pending", "sent")), or_(*due))
    return session().scalars(statement.order_by(asked).limit(limit)).all()


def write_refund(
    *,
    order: Order,
    payment: Payment,
    amount: int,
    cause: str,
    reason: str = "",
    lines: Mapping[str, int] | None = None,
    shipping: int = 0,
    claw_back: int = 0,
    booked: bool = True,
) -> Refund:
    """Write a refund of `amount` minor units for a locked order and defer its sending; joins the caller's transaction.

    `claw_back` is what the preview kept back of it.
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
        claw_back_minor=claw_back,
    )
    session().add(refund)
    session().flush()
    if booked:
        units = dict(lines) if lines is not None else _all_units(order)
        freight = shipping if lines is not None else order.shipping_minor - order.refunded_shipping_minor
        orders.count_refunded(order, amount=amount, units=units, shipping=freight)
        book_funding(order, cause=f"refund:{refund.id}")
    _promise(order, refund)
    return refund


def _promise(order: Order, refund: Refund) -> None:
    """Book it, say so on the order, and defer its sending."""
    money = Money(refund.amount_minor, refund.currency)
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


def _all_units(order: Order) -> dict[str, int]:
    rows = session().execute(
        select(OrderLine.key, OrderLine.quantity - OrderLine.refunded).where(OrderLine.order_id == order.id)
    )
    return {key: left for key, left in rows if left}


def give_back_reservations(order: Order) -> None:
    """Return what a locked order keeps or had confirmed to pools that are still open; the pools are locked first.

    Of its goods only what is still to be sent goes back on sale: about refunded units somebody decided already.
    """
    holder = Holder("order", order.id)
    reservations.release(holder=holder)
    unsent = _unsent_units(order.id)
    for pool in reservations.lock_pools(holder=holder):
        units = unsent.get(pool.id, 0) if pool.owner == STOCK_OWNER else None
        if pool.closed_as is None and units != 0:
            reservations.give_back(holder=holder, pool_id=pool.id, quantity=units)


def _unsent_units(order_id: UUID) -> dict[UUID, int]:
    """Stock pool → units of the order that were neither sent nor refunded."""
    left = func.greatest(OrderLine.quantity - OrderLine.shipped - OrderLine.refunded, 0)
    lines = select(OrderLine.variant_id, func.sum(left)).where(OrderLine.order_id == order_id)
    rows = session().execute(lines.group_by(OrderLine.variant_id))
    return {stock_pool_id(variant_id): int(units) for variant_id, units in rows}


def kept_payment(order_id: UUID) -> Payment | None:
    """The captured payment that a locked order kept, or None; before the lock, "None" may be out of date by the time."""
    statement = select(Payment).where(
        Payment.order_id == order_id, Payment.state == "captured", Payment.surplus.is_(False)
    )
    return session().scalars(statement).first()


def preview(order: Order, wanted: Mapping[str, int], *, include_shipping: bool) -> RefundPreview:
    """What refunding `wanted` units (line key → units) gives back, exactly; see pricing.refunds."""
    columns = select(OrderLine.key, OrderLine.refunded, OrderLine.unit_cuts)
    lines = session().execute(columns.where(OrderLine.order_id == order.id)).all()
    return refund_preview(
        PricedCart.from_json(order.priced),
        wanted=wanted,
        refunded={line.key: line.refunded for line in lines},
        cuts={line.key: line.unit_cuts for line in lines},
        include_shipping=include_shipping,
        shipping_refunded=order.refunded_shipping_minor,
        clawed_back=_clawed_back(order.id),
    )


def _clawed_back(order_id: UUID) -> int:
    rows = session().scalars(select(Refund.claw_back_minor).where(Refund.order_id == order_id))
    return sum(rows)


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
    holder = Holder("order", order_id)
    reservations.lock_pools(holder=holder)
    found, payment = orders.lock_orders([order_id]), kept_payment(order_id)
    if not found or payment is None:
        raise NotFound
    order, cause = found[0], f"request:{request_id or new_id()}"
    known = session().scalars(select(Refund.id).where(Refund.payment_id == payment.id, Refund.cause == cause))
    if (earlier := known.first()) is not None:
        return earlier
    wanted = {key: units for key, units in wanted.items() if units}
    seen = preview(order, wanted, include_shipping=include_shipping)
    if seen.amount != confirmed_amount:
        money = Money(seen.amount, order.currency), Money(confirmed_amount, order.currency)
        raise PreviewOutdated(amount=format_money(money[0]), confirmed=format_money(money[1]))
    if seen.claw_back and not seen.amount:
        raise NothingGoesBack
    if not 0 < seen.amount <= order.captured_minor - order.refunded_minor:
        left = Money(order.captured_minor - order.refunded_minor, order.currency)
        raise RefundTooLarge(left=format_money(left))
    if restock:
        restock_unsent(order, wanted)
    refund = write_refund(
        order=order,
        payment=payment,
        amount=seen.amount,
        cause=cause,
        reason=reason,
        lines=wanted,
        shipping=seen.shipping,
        claw_back=seen.claw_back,
    )
    cancel_if_nothing_left(order, "merchant")
    return refund.id


def restock_unsent(order: Order, wanted: Mapping[str, int]) -> None:
    """Put those of `wanted` units (line key → units) of a locked order that have not left back on sale."""
    holder = Holder("order", order.id)
    lines = session().scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order.id, OrderLine.key.in_(list(wanted)))
        .execution_options(populate_existing=True)
    )
    for line in lines:
        unshipped = line.quantity - line.shipped - line.refunded
        units = min(wanted[line.key], max(unshipped, 0))
        if units:
            reservations.give_back(holder=holder, pool_id=stock_pool_id(line.variant_id), quantity=units)


def cancel_if_nothing_left(order: Order, reason: str) -> None:
    """Close a locked order of which everything was refunded before anything left."""
    lines = session().scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    if order.lifecycle == "placed" and all(
        line.refunded == line.quantity and not line.shipped for line in lines
    ):
        give_back_reservations(order)
        orders.mark_cancelled(order, reason)
        book_funding(order, cause=f"cancel:{order.id}")


@command("orders.refund")
def cancel_order(*, order_id: UUID) -> UUID | None:
    """The shop cancels an order that has not shipped; returns the id of the refund, if there is money to return."""
    return cancel_unshipped(order_id=order_id, reason="merchant")


def cancel_unshipped(*, order_id: UUID, reason: str) -> UUID | None:
    """Cancel an order that has not shipped and send back all that is left of its money; joins the caller's transaction.

    `reason` is one of orders.actions.CANCEL_REASONS. Returns the refund's id. Raises NotFound, OrderNotCancellable.
    """
    reservations.lock_pools(holder=Holder("order", order_id))
    found = orders.lock_orders([order_id])
    if not found:
        raise NotFound
    order = found[0]
    if order.lifecycle != "placed" or order.fulfilment != "unfulfilled":
        raise OrderNotCancellable
    give_back_reservations(order)
    orders.mark_cancelled(order, reason)
    book_funding(order, cause=f"cancel:{order.id}")
    if order.financial == "unpaid":
        # Its attempts to pay are closed at the gateway as well; one that succeeds all the same comes back as surplus.
        jobs.defer(jobs_named.close_unpaid(), order_id=str(order_id))
    # Only now: a capture that we waited for has committed by this statement.
    payment = kept_payment(order_id)
    left = order.captured_minor - order.refunded_minor
    if payment is None or left == 0:
        return None
    return write_refund(order=order, payment=payment, amount=left, cause=f"cancel:{reason}").id


def settle_refund(refund_id: UUID, *, after: int | None = None) -> None:
    """Ask the gateway to send one refund and book what it answers; no transaction is open during the call.

    `after` is the number of attempts that this one follows: when there were more, their own next try is on its way.
    """
    with reading():
        refund = session().scalars(select(Refund).where(Refund.id == refund_id)).first()
        payment = (
            session().scalars(select(Payment).where(Payment.id == refund.payment_id)).one()
            if refund
            else None
        )
    if refund is None or payment is None or refund.state in ("done", "failed"):
        return
    if after is not None and refund.attempts != after:
        return
    with acting_as(SYSTEM):
        _note_attempt(refund_id=refund_id)
        _book_answer(refund_id=refund_id, answer=_asked(refund, payment))


def _asked(refund: Refund, payment: Payment) -> RefundState:
    try:
        account = gateway_account(payment.gateway, payment.mode)
    except UnknownGateway:
        # The account, or the plugin that brought it, may come back.
        return RefundState("failed", retry=True, failure_code="account_missing", gateway_ref="")
    request = RefundRequest(
        reference=str(refund.id),
        gateway_ref=payment.gateway_ref or "",
        amount=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason or refund.cause,
    )
    try:
        with connection_given_back():
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
        again = now() + wait_after(refund.attempts)
        jobs.defer(jobs_named.send_refund(), at=again, refund_id=str(refund.id), after=refund.attempts)


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
    send_message(
        topic="payments.refund_done",
        about={"order_id": refund.order_id, "amount": money},
        dedupe_key=str(refund.id),
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
