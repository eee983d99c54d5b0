"""Asking for money: start a payment, and find out what became of it. No gateway is called inside a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.orders import actions as orders
from core.commerce.orders.models import Order
from core.commerce.payments import jobs_named
from core.commerce.payments.accounts import WayToPay, gateway_account, usable_ways, ways_to_pay
from core.commerce.payments.actions.capture import settle_capture
from core.commerce.payments.actions.disputes import keep_dispute
from core.commerce.payments.errors import NothingToPay, NoWayToPay, PaymentUnderWay
from core.commerce.payments.gateways.interface import (
    Device,
    GatewayRefused,
    GatewayUnavailable,
    Notification,
    PaymentRequest,
    PaymentStart,
    PaymentState,
)
from core.commerce.payments.gateways.registry import UnknownGateway
from core.commerce.payments.models import GatewayNotice, Payment
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import connection_given_back, reading, session
from core.kernel.errors import NotFound, PinpuError
from core.kernel.hot_statements import insert_into
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, acting_as, current_scope

log = structlog.get_logger(__name__)
# A gateway that is silent, says no, or is not installed any more: its payment waits, everything else goes on.
GATEWAY_TROUBLE = (GatewayUnavailable, GatewayRefused, UnknownGateway)


@dataclass(frozen=True, slots=True)
class PaymentAttempt:
    """Where to send the buyer: `redirect_url` is empty when the order no longer needs a payment."""

    payment_id: UUID
    redirect_url: str


def start_payment(
    *, order_id: UUID, return_url: str, way: str = "", device: Device = "desktop", client_ip: str = ""
) -> PaymentAttempt:
    """Open a payment for an unpaid order, or find the one that is open.

    `way` is the id of one of the ways to pay, "" for the first that works on `device`. An attempt another way that is
    open is closed first; one that was paid meanwhile wins. Our payment row's id is the key towards the gateway, so a crash
    between any two steps is repaired by calling again.
    Raises NothingToPay, NoWayToPay, PaymentUnderWay, GatewayUnavailable, GatewayRefused.
    """
    with acting_as(SYSTEM):
        chosen, others = _chosen_way(order_id, way, device)
        paid = _close_other_ways(others)
        if paid is not None:
            return PaymentAttempt(paid, "")
        payment = _open_payment(order_id=order_id, chosen=chosen, device=device)
        if payment.redirect_url:
            return PaymentAttempt(payment.id, payment.redirect_url)
        account = gateway_account(payment.gateway, payment.mode)
        asked = payment.asked or _freeze_question(
            payment_id=payment.id,
            asked=_question(payment, return_url, account.notify_url)
            | {"method": chosen.method, "device": device, "client_ip": client_ip},
        )
        request = PaymentRequest(
            reference=str(payment.id),
            amount=payment.amount_minor,
            currency=payment.currency,
            expires_at=payment.pay_by,
            **{"notify_url": account.notify_url, **asked},
        )
        with connection_given_back():
            started = account.gateway.start_payment(account.credentials, request)
        _keep_start(payment_id=payment.id, started=started)
        return PaymentAttempt(payment.id, started.redirect_url)


def _chosen_way(order_id: UUID, way: str, device: Device) -> tuple[WayToPay, Sequence[Payment]]:
    """The way that was chosen, else the one of the attempt that is open, else the first; and what is open another way."""
    with reading():
        ways = usable_ways(ways_to_pay(), device, current_scope().currency)
        begun = [one for one in _open_attempts(order_id) if one.gateway]
    wanted = (way, *(f"{one.gateway}:{one.method}" for one in begun))
    by_id = {one.id: one for one in ways}
    if not ways:
        raise NoWayToPay
    chosen = next((by_id[one] for one in wanted if one in by_id), ways[0])
    return chosen, [one for one in begun if not _is_of(one, chosen, device)]


def _open_attempts(order_id: UUID) -> Sequence[Payment]:
    statement = select(Payment).where(Payment.order_id == order_id, Payment.state.in_(("created", "pending")))
    newest_first = statement.order_by(Payment.created_at.desc(), Payment.id.desc())
    return session().scalars(newest_first.execution_options(populate_existing=True)).all()


def _is_of(payment: Payment, way: WayToPay, device: Device) -> bool:
    """Whether an attempt goes this way; what begins on a computer does not go on in a phone's browser."""
    same = (payment.gateway, payment.method, payment.mode) == (way.gateway, way.method, way.mode)
    return same and payment.asked.get("device", device) == device


def _close_other_ways(others: Sequence[Payment]) -> UUID | None:
    """End what is open another way; returns the attempt that turned out to be paid.

    Where its gateway does not answer, the buyer is not kept from paying: if both are paid, the second goes back by itself.
    """
    for payment in others:
        try:
            state = _close_attempt(payment)
        except GATEWAY_TROUBLE as error:
            log.warning("attempt not closed", payment=str(payment.id), error=str(error))
            continue
        if state == "captured":
            return payment.id
        if state == "pending":
            raise PaymentUnderWay
        end_payment(payment_id=payment.id, state="cancelled", failure_code="another_way")
    return None


def _question(payment: "_OpenPayment", return_url: str, notify_url: str) -> dict[str, Any]:
    words = gettext("Order %(number)s at %(shop)s", number=payment.number, shop=current_scope().name)
    return {
        "description": words,
        "return_url": return_url,
        "notify_url": notify_url,
        "locale": current_language(),
    }


@command("system")
def _freeze_question(*, payment_id: UUID, asked: dict[str, Any]) -> dict[str, Any]:
    """Keep what the gateway is asked before it is asked; whoever comes second gets the first one's words."""
    row = _locked(payment_id)
    row.asked = row.asked or asked
    return dict(row.asked)


@dataclass(frozen=True, slots=True)
class _OpenPayment:
    id: UUID
    gateway: str
    mode: str
    amount_minor: int
    currency: str
    redirect_url: str
    asked: dict[str, Any]
    number: str
    pay_by: datetime


@command("system")
def _open_payment(*, order_id: UUID, chosen: WayToPay, device: Device) -> "_OpenPayment":
    found = orders.lock_orders([order_id])
    if not found:
        raise NotFound
    order = found[0]
    if order.lifecycle != "placed" or order.financial != "unpaid" or order.pay_by <= now():
        raise NothingToPay
    attempts = _open_attempts(order_id)
    # One that nobody has begun takes any way.
    payment = next((one for one in attempts if _is_of(one, chosen, device)), None) or next(
        (one for one in attempts if not one.gateway), None
    )
    if payment is None:
        payment = _locked(ask_payment(order_id=order.id, amount=order.total_minor, currency=order.currency))
    payment.gateway, payment.method, payment.mode = chosen.gateway, chosen.method, chosen.mode
    return _OpenPayment(
        payment.id,
        payment.gateway,
        payment.mode,
        payment.amount_minor,
        payment.currency,
        payment.redirect_url,
        payment.asked,
        order.number,
        order.pay_by,
    )


_NEW_PAYMENT = insert_into(Payment)


def ask_payment(*, order_id: UUID, amount: int, currency: str) -> UUID:
    """Write a payment row for an order, `amount` in minor units, its way not chosen; joins the caller's transaction."""
    payment_id = new_id()
    _NEW_PAYMENT.run(
        id=payment_id,
        order_id=order_id,
        gateway="",
        amount_minor=amount,
        currency=currency,
        asked={},
        created_at=now(),
    )
    return payment_id


@command("system")
def _keep_start(*, payment_id: UUID, started: PaymentStart) -> None:
    """Keep under which name the gateway has the payment, also when we had given it up in the meantime."""
    row = _locked(payment_id)
    if row.gateway_ref is None:
        row.gateway_ref, row.state = started.gateway_ref, "pending"
    row.redirect_url = row.redirect_url or started.redirect_url


def _locked(payment_id: UUID) -> Payment:
    statement = select(Payment).where(Payment.id == payment_id).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).one()


def check_payment(payment_id: UUID) -> str:
    """Fetch the truth about a payment and act on it; webhook, browser return and poller all end here.

    Returns the payment's state afterwards ("" when there is no such payment). Raises GatewayUnavailable.
    """
    with acting_as(SYSTEM):
        with reading():
            payment = session().scalars(select(Payment).where(Payment.id == payment_id)).first()
        # A failed attempt may still be captured at the gateway: only "captured" is final for money.
        if payment is None or payment.state == "captured":
            return payment.state if payment else ""
        state = _act_on_truth(payment)
        # Another attempt was paid, or the order is closed: this one must not be paid any more.
        if state == "pending" and not is_payable(payment.order_id):
            return _close_attempt(payment)
        return state


def _act_on_truth(payment: Payment) -> str:
    if not payment.gateway:
        return _give_up(payment)
    account = gateway_account(payment.gateway, payment.mode)
    try:
        with connection_given_back():
            state = account.gateway.payment_state(
                account.credentials,
                gateway_ref=payment.gateway_ref or "",
                reference="" if payment.gateway_ref else str(payment.id),
            )
    except GatewayRefused as error:
        if error.failure_code == "payment_not_found":
            return _give_up(payment)
        log.warning("gateway refused to tell", payment=str(payment.id), code=error.failure_code)
        return payment.state
    return _act_on(payment, state)


def _give_up(payment: Payment) -> str:
    """The gateway has no such payment: it can still be begun while its order waits for it, and never afterwards."""
    if is_payable(payment.order_id):
        return payment.state
    end_payment(payment_id=payment.id, state="cancelled", failure_code="never_begun")
    return "cancelled"


def is_payable(order_id: UUID) -> bool:
    """Whether the order still waits for its payment: placed, unpaid, and within its time."""
    with reading():
        waiting = select(Order.id).where(
            Order.id == order_id,
            Order.lifecycle == "placed",
            Order.financial == "unpaid",
            Order.pay_by > now(),
        )
        return session().scalars(waiting).first() is not None


def _act_on(payment: Payment, state: PaymentState) -> str:
    """Make our row say what the gateway says; every news of a payment ends here."""
    if not payment.gateway_ref:
        _keep_start(payment_id=payment.id, started=PaymentStart(state.gateway_ref, ""))
    if state.status == "captured":
        if (state.amount, state.currency) != (payment.amount_minor, payment.currency):
            log.error("captured amount differs", payment=str(payment.id), got=state.amount)
            _note_difference(payment_id=payment.id, amount=state.amount, currency=state.currency)
        if state.gateway_ref != payment.gateway_ref:
            _rename(payment_id=payment.id, gateway_ref=state.gateway_ref)
        settle_capture(payment_id=payment.id, captured_at=state.captured_at)
        return "captured"
    if state.status == "authorised":
        return _take_or_give_back(payment, state)
    if state.status in ("failed", "cancelled"):
        end_payment(payment_id=payment.id, state=state.status, failure_code=state.failure_code)
        return state.status
    return "pending"


def _take_or_give_back(payment: Payment, state: PaymentState) -> str:
    """Money that a bank keeps ready: taken while its order waits for it, given back when it does not any more."""
    account = gateway_account(payment.gateway, payment.mode)
    wanted = (state.amount, state.currency) == (payment.amount_minor, payment.currency)
    with connection_given_back():
        if wanted and is_payable(payment.order_id):
            after = account.gateway.capture_payment(account.credentials, state.gateway_ref, state.amount)
        else:
            after = account.gateway.cancel_payment(account.credentials, state.gateway_ref)
    return "pending" if after.status == "authorised" else _act_on(payment, after)


@command("system")
def _rename(*, payment_id: UUID, gateway_ref: str) -> None:
    """A captured payment is known by the name under which its gateway speaks of the money."""
    _locked(payment_id).gateway_ref = gateway_ref


@command("system")
def _note_difference(*, payment_id: UUID, amount: int, currency: str) -> None:
    """A gateway took another amount than it was asked for: keep the truth; the capture goes back as surplus."""
    row = _locked(payment_id)
    if row.state != "captured":
        row.amount_minor, row.currency = amount, currency


@command("system")
def end_payment(*, payment_id: UUID, state: str, failure_code: str) -> None:
    """Note that an attempt to pay failed or was cancelled; the order stays open until its time is over."""
    statement = (
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(("created", "pending")))
        .values(state=state, failure_code=failure_code)
        .returning(Payment.order_id)
    )
    order_id = session().scalars(statement.execution_options(synchronize_session=False)).first()
    if order_id is not None and state == "failed":
        orders.note(order_id=order_id, kind="payment_failed", text=N_("A payment did not go through."))


@command("system")
def keep_notice(
    *,
    gateway: str,
    notice: Notification,
    payment_id: UUID | None,
    refund_id: UUID | None,
    mode: str = "test",
) -> None:
    """Store a gateway's notification before it is answered, and defer the look at the truth; a duplicate does nothing."""
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "gateway": gateway,
        "event_id": notice.event_id,
        "kind": notice.kind,
        "gateway_ref": notice.gateway_ref,
        "reference": notice.reference,
        "created_at": now(),
    }
    stored = insert(GatewayNotice).values(values).on_conflict_do_nothing().returning(GatewayNotice.id)
    if session().execute(stored).first() is None:
        return
    if notice.dispute is not None:
        keep_dispute(gateway=gateway, mode=mode, dispute=notice.dispute)
    if payment_id is not None:
        jobs.defer(jobs_named.check_payment(), payment_id=str(payment_id))
    if refund_id is not None:
        jobs.defer(jobs_named.send_refund(), refund_id=str(refund_id))


def cancel_open_payments(order_id: UUID) -> None:
    """Close the attempts of an order that waits for no payment (any more); what was captured meanwhile is kept.

    A refused attempt is asked about as well: the bank may have agreed later. Does nothing while the order is payable.
    Raises GatewayUnavailable, GatewayRefused, UnknownGateway after all attempts had their turn.
    """
    trouble: PinpuError | None = None
    with acting_as(SYSTEM):
        for payment in _unfinished(order_id):
            try:
                _close_attempt(payment)
            except GATEWAY_TROUBLE as error:
                log.warning("payment not closed", payment=str(payment.id), error=str(error))
                trouble = error
    if trouble is not None:
        raise trouble


def _unfinished(order_id: UUID) -> Sequence[Payment]:
    if is_payable(order_id):
        return ()
    with reading():
        attempts = select(Payment).where(
            Payment.order_id == order_id, Payment.state.in_(("created", "pending", "failed"))
        )
        return session().scalars(attempts).all()


def _close_attempt(payment: Payment) -> str:
    """Close one attempt at its gateway; returns its state afterwards."""
    if not payment.gateway_ref:
        return _act_on_truth(payment)
    account = gateway_account(payment.gateway, payment.mode)
    try:
        with connection_given_back():
            state = account.gateway.cancel_payment(account.credentials, payment.gateway_ref)
    except GatewayRefused:
        return _act_on_truth(payment)
    return _act_on(payment, state)
