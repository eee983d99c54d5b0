"""Reads of compared days, of the work that they leave, and of disputes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from core.commerce.orders.models import Order
from core.commerce.payments.models import Difference, Dispute, Reconciliation
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

# A page of days, of differences, and how far back the percentage looks.
MOST_DAYS, MOST_DIFFERENCES = 31, 50
LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """One day of one account; `explained` in basis points, None for a day on which nothing moved."""

    id: UUID
    gateway: str
    mode: str
    day: date
    movements: int
    matched: int
    taken: Money
    given_back: Money
    fees: Money
    trouble: str
    compared_at: datetime

    @property
    def explained(self) -> int | None:
        """The share of movements that both sides tell alike."""
        return 10_000 * self.matched // self.movements if self.movements else None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """Something that only one side has, or that the sides tell differently."""

    id: UUID
    gateway: str
    mode: str
    day: date
    what: str
    subject: str
    gateway_ref: str
    order_id: UUID | None
    order_number: str
    ours: Money | None
    theirs: Money | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute over a payment of an order."""

    id: UUID
    gateway: str
    mode: str
    gateway_ref: str
    order_id: UUID
    amount: Money
    status: str
    reason: str
    respond_by: datetime | None
    changed_at: datetime


def compared_days(*, before: date | None = None) -> list[ComparedDay]:
    """A page of compared days, newest first; `before` goes on after a page."""
    wanted = select(Reconciliation).order_by(
        Reconciliation.day.desc(), Reconciliation.gateway, Reconciliation.mode
    )
    if before is not None:
        wanted = wanted.where(Reconciliation.day < before)
    return [_day(row) for row in session().scalars(wanted.limit(MOST_DAYS))]


def _day(row: Reconciliation) -> ComparedDay:
    return ComparedDay(
        row.id,
        row.gateway,
        row.mode,
        row.day,
        row.movements,
        row.matched,
        Money(row.taken_minor, row.currency),
        Money(row.given_back_minor, row.currency),
        Money(row.fees_minor, row.currency),
        row.trouble,
        row.compared_at,
    )


def explained_lately() -> int | None:
    """Of all movements of the last 30 days the share that is explained, in basis points; None without any."""
    since = (now() - LOOKS_BACK).astimezone(current_scope().zone).date()
    columns = (
        func.coalesce(func.sum(Reconciliation.matched), 0),
        func.coalesce(func.sum(Reconciliation.movements), 0),
    )
    matched, moved = session().execute(select(*columns).where(Reconciliation.day >= since)).one()
    return 10_000 * int(matched) // int(moved) if moved else None


def open_differences() -> list[DifferenceView]:
    """The work that is left, oldest first, at most a page of it."""
    through = (Reconciliation.shop_id == Difference.shop_id) & (
        Reconciliation.id == Difference.reconciliation_id
    )
    of_order = (Order.shop_id == Difference.shop_id) & (Order.id == Difference.order_id)
    wanted = (
        select(Difference, Reconciliation.gateway, Reconciliation.mode, Reconciliation.day, Order.number)
        .join(Reconciliation, through)
        .outerjoin(Order, of_order)
        .where(Difference.done_at.is_(None))
        .order_by(Difference.occurred_at, Difference.id)
        .limit(MOST_DIFFERENCES)
    )
    return [
        DifferenceView(
            one.id,
            gateway,
            mode,
            day,
            one.what,
            one.subject,
            one.gateway_ref,
            one.order_id,
            number or "",
            _money(one.ours_minor, one.currency),
            _money(one.theirs_minor, one.currency),
            one.occurred_at,
        )
        for one, gateway, mode, day, number in session().execute(wanted)
    ]


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def disputes_of(order_id: UUID) -> list[DisputeView]:
    """The disputes over an order's payments, newest first."""
    return _disputes(Dispute.order_id == order_id)


def open_disputes() -> list[DisputeView]:
    """Disputes that wait for the merchant's answer, the most urgent first; at most a page."""
    return _disputes(Dispute.status == "needs_response", order=(Dispute.respond_by, Dispute.id))


def _disputes(
    condition: Any, *, order: Sequence[Any] = (Dispute.created_at.desc(), Dispute.id)
) -> list[DisputeView]:
    rows = session().scalars(select(Dispute).where(condition).order_by(*order).limit(MOST_DIFFERENCES))
    return [
        DisputeView(
            row.id,
            row.gateway,
            row.mode,
            row.gateway_ref,
            row.order_id,
            Money(row.amount_minor, row.currency),
            row.status,
            row.reason,
            row.respond_by,
            row.changed_at,
        )
        for row in rows
    ]


def counting_differences() -> Select[Any]:
    """The statement that counts the differences that nobody has dealt with."""
    mine = (Difference.shop_id == current_scope().shop_id, Difference.done_at.is_(None))
    return select(func.count()).select_from(Difference).where(*mine)


def counting_disputes() -> Select[Any]:
    """The statement that counts the disputes that wait for an answer."""
    mine = (Dispute.shop_id == current_scope().shop_id, Dispute.status == "needs_response")
    return select(func.count()).select_from(Dispute).where(*mine)


def first_answer_due() -> Select[Any]:
    """The statement that tells until when the most urgent dispute must be answered."""
    mine = (Dispute.shop_id == current_scope().shop_id, Dispute.status == "needs_response")
    return select(func.min(Dispute.respond_by)).where(*mine)
