"""What a shop sold today, beside the same weekday a week before at the same hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, or_, select

from core.commerce.fulfilment.order_lists import start_of_day
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.models import Refund
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

# The day is drawn in steps of this many minutes.
STEP_MINUTES = 30
# An order is placed before it is paid, at most this long before; lets the index on placed_at narrow the search.
_LONGEST_TO_PAY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DaySales:
    """A day until `until` (UTC): orders paid, what was paid for them, units in them.

    `steps` is the money taken in each half hour of the day, minor units; steps after `until` count for nothing else.
    """

    start: datetime
    until: datetime
    orders: int
    sales: Money
    units: int
    steps: tuple[int, ...]

    @property
    def average(self) -> Money | None:
        """What an order brought; None without one."""
        return self.sales.ratio(1, self.orders) if self.orders else None


@dataclass(frozen=True, slots=True)
class Today:
    """Today until now, and the same weekday of last week until the same hour."""

    today: DaySales
    before: DaySales


@dataclass(frozen=True, slots=True)
class RefundWork:
    """Orders with refunds that are not over: on their way, and refused by the payment service."""

    open: int
    failed: int
    oldest: datetime | None


def sales_today() -> Today:
    """Both days, in two statements."""
    moment = now()
    today = moment.astimezone(current_scope().zone).date()
    start, before = start_of_day(today), start_of_day(today - timedelta(days=7))
    cut = before + (moment - start)
    rows = session().execute(_by_step(before, cut, start, moment)).all()
    units = session().execute(_units(before, cut, start, moment)).one()
    return Today(
        _day(start, moment, [row for row in rows if row.is_today], units.today),
        _day(before, cut, [row for row in rows if not row.is_today], units.before),
    )


def _paid_between(first: datetime, last: datetime) -> Any:
    return and_(Order.paid_at >= first, Order.paid_at <= last)


def _paid_within(before: datetime, start: datetime, last: datetime) -> Any:
    """Paid on one of the two days."""
    on_a_day = or_(_paid_between(before, before + timedelta(days=1)), _paid_between(start, last))
    return and_(Order.placed_at >= before - _LONGEST_TO_PAY, on_a_day)


def _by_step(before: datetime, cut: datetime, start: datetime, moment: datetime) -> Any:
    is_today = Order.paid_at >= start
    seconds = func.extract("epoch", Order.paid_at - case((is_today, start), else_=before))
    counts = case((is_today, Order.paid_at <= moment), else_=Order.paid_at <= cut)
    return (
        select(
            is_today.label("is_today"),
            cast(func.floor(seconds / (STEP_MINUTES * 60)), Integer).label("step"),
            func.sum(Order.captured_minor).label("taken"),
            func.count().filter(counts).label("orders"),
            func.coalesce(func.sum(Order.captured_minor).filter(counts), 0).label("sales"),
        )
        .where(_paid_within(before, start, moment))
        .group_by("is_today", "step")
    )


def _day(start: datetime, until: datetime, rows: list[Any], units: int) -> DaySales:
    steps = [0] * (24 * 60 // STEP_MINUTES)
    for row in rows:
        steps[min(row.step, len(steps) - 1)] += int(row.taken)
    sales = Money(sum(int(row.sales) for row in rows), current_scope().currency)
    return DaySales(start, until, sum(row.orders for row in rows), sales, int(units), tuple(steps))


def _units(before: datetime, cut: datetime, start: datetime, moment: datetime) -> Any:
    def sold(first: datetime, last: datetime) -> Any:
        return func.coalesce(func.sum(OrderLine.quantity).filter(_paid_between(first, last)), 0)

    return (
        select(sold(start, moment).label("today"), sold(before, cut).label("before"))
        .select_from(Order)
        .join(OrderLine, and_(OrderLine.shop_id == Order.shop_id, OrderLine.order_id == Order.id))
        .where(_paid_within(before, start, moment))
    )


def refund_work() -> RefundWork:
    """How many orders have refunds that are not over."""
    statement = select(
        func.count(Refund.order_id.distinct()).filter(Refund.state != "failed").label("open"),
        func.count(Refund.order_id.distinct()).filter(Refund.state == "failed").label("failed"),
        func.min(Refund.created_at).label("oldest"),
    ).where(Refund.state.in_(("pending", "sent", "failed")))
    row = session().execute(statement).one()
    return RefundWork(row.open, row.failed, row.oldest)
