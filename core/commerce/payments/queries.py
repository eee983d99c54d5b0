"""Reads of payments and refunds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.payments.models import Payment, Refund
from core.kernel.db import session
from core.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One attempt to pay; `state` created | pending | captured | failed | cancelled."""

    id: UUID
    order_id: UUID
    gateway: str
    method: str
    mode: str
    gateway_ref: str | None
    state: str
    amount: Money
    failure_code: str
    created_at: datetime
    captured_at: datetime | None
    surplus: bool
    redirect_url: str


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money on its way back; `state` pending | sent | done | failed, `lines` line key → units."""

    id: UUID
    order_id: UUID
    amount: Money
    cause: str
    reason: str
    state: str
    attempts: int
    failure_code: str
    lines: Mapping[str, Any]
    shipping_minor: int
    claw_back_minor: int
    created_at: datetime
    sent_at: datetime | None
    done_at: datetime | None


def payments_of(order_id: UUID) -> list[PaymentView]:
    """All attempts to pay an order, oldest first."""
    statement = (
        select(Payment)
        .where(Payment.order_id == order_id)
        .order_by(Payment.created_at, Payment.id)
        .execution_options(populate_existing=True)
    )
    return [_payment(row) for row in session().scalars(statement)]


def payment(payment_id: UUID) -> PaymentView | None:
    """One payment, or None."""
    row = session().scalars(select(Payment).where(Payment.id == payment_id)).first()
    return _payment(row) if row else None


def _payment(row: Payment) -> PaymentView:
    return PaymentView(
        row.id,
        row.order_id,
        row.gateway,
        row.method,
        row.mode,
        row.gateway_ref,
        row.state,
        Money(row.amount_minor, row.currency),
        row.failure_code,
        row.created_at,
        row.captured_at,
        row.surplus,
        row.redirect_url,
    )


def refunds_of(order_id: UUID) -> list[RefundView]:
    """All refunds of an order, oldest first."""
    statement = (
        select(Refund)
        .where(Refund.order_id == order_id)
        .order_by(Refund.created_at, Refund.id)
        .execution_options(populate_existing=True)
    )
    return [refund_view(row) for row in session().scalars(statement)]


def refund_view(row: Refund) -> RefundView:
    """A refund row as a view."""
    return RefundView(
        row.id,
        row.order_id,
        Money(row.amount_minor, row.currency),
        row.cause,
        row.reason,
        row.state,
        row.attempts,
        row.failure_code,
        row.lines,
        row.shipping_minor,
        row.claw_back_minor,
        row.created_at,
        row.sent_at,
        row.done_at,
    )


def payment_named(*, reference: UUID | None, gateway: str, gateway_ref: str) -> UUID | None:
    """The payment that a notification speaks about: by our own id, else by the gateway's."""
    known = select(Payment.id).where(Payment.gateway == gateway)
    if reference is not None:
        found = session().scalars(known.where(Payment.id == reference)).first()
        if found is not None:
            return found
    return session().scalars(known.where(Payment.gateway_ref == gateway_ref)).first() if gateway_ref else None


def refund_named(reference: UUID | None) -> UUID | None:
    """The refund that a notification speaks about, by our own id."""
    return session().scalars(select(Refund.id).where(Refund.id == reference)).first() if reference else None
