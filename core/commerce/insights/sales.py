"""What was paid and given back in periods, as sums, by day or by time of day, by source and by product.

Test orders are in no figure. Money counts when it was paid, whole; what goes back stands beside it, on the day on which
it was decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, cast, func, literal, select, union_all

from core.commerce.fulfilment.order_conditions import gives_back
from core.commerce.insights.periods import Period
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.models import Refund
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

# A day is drawn in steps of this many minutes.
STEP_MINUTES = 30
STEPS_OF_DAY = 24 * 60 // STEP_MINUTES


@dataclass(frozen=True, slots=True)
class Taken:
    """Paid orders of a time, and what was paid for them in minor units."""

    orders: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Sales:
    """A period: paid orders, what was paid, what went back on how many orders.

    `steps` are its days, or the half hours of a single day by the clock on the wall; `back` is what went back in each.
    """

    period: Period
    orders: int
    taken: Money
    refunded: Money
    refunded_orders: int
    steps: Sequence[Taken]
    back: Sequence[int]

    @property
    def average(self) -> Money:
        """What an order brought; nothing without one."""
        return self.taken.ratio(1, self.orders) if self.orders else Money(0, self.taken.currency)


def sales_of(period: Period) -> tuple[Sales, Sales]:
    """A period and the one before it, in two statements.

    Steps of a single day go on to its end, also behind the time until which it is compared.
    """
    both = (period, period.before)
    taken = session().execute(union_all(*map(_taken_in, both))).all()
    back = session().execute(union_all(*map(_back_in, both))).all()
    found = [
        _sales(
            one,
            [row for row in taken if row.first == one.first],
            [row for row in back if row.first == one.first],
        )
        for one in both
    ]
    return found[0], found[1]


def _step(moment: Any, period: Period) -> ColumnElement[Any]:
    """Which day of the period it was, or which half hour of a single day, by the shop's clock; from 0."""
    local = func.timezone(str(current_scope().zone), moment)
    if not period.is_one_day:
        return cast(local, Date) - literal(period.first, Date())
    minutes = func.date_part("hour", local) * 60 + func.date_part("minute", local)
    return cast(func.floor(minutes / STEP_MINUTES), Integer)


def within(moment: Any, period: Period) -> ColumnElement[bool]:
    """The condition that an instant lies in a period."""
    return and_(moment >= period.begin, moment < period.end)


def paid_in(period: Period) -> ColumnElement[bool]:
    """The condition of every figure about paid orders, in the words of the index ix_orders_order_paid."""
    return and_(Order.shop_id == current_scope().shop_id, within(Order.paid_at, period), ~Order.is_test)


def _taken_in(period: Period) -> Select[Any]:
    counts = Order.paid_at < period.end
    return (
        select(
            literal(period.first, Date()).label("first"),
            _step(Order.paid_at, period).label("step"),
            func.sum(Order.captured_minor).label("drawn"),
            func.count().label("drawn_orders"),
            func.count().filter(counts).label("orders"),
            func.coalesce(func.sum(Order.captured_minor).filter(counts), 0).label("taken"),
        )
        .where(paid_in(period.whole))
        .group_by("step")
    )


def _back_in(period: Period) -> Select[Any]:
    """By step, and with a step of None for the whole: an order with two refunds is one order."""
    counts = Refund.created_at < period.end
    step = _step(Refund.created_at, period).label("step")
    return (
        select(
            literal(period.first, Date()).label("first"),
            step,
            func.sum(Refund.amount_minor).label("drawn"),
            func.coalesce(func.sum(Refund.amount_minor).filter(counts), 0).label("back"),
            func.count(Refund.order_id.distinct()).filter(counts).label("orders"),
        )
        .join(Order, and_(Order.shop_id == Refund.shop_id, Order.id == Refund.order_id))
        .where(
            Refund.shop_id == current_scope().shop_id,
            within(Refund.created_at, period.whole),
            gives_back(),
            ~Order.is_test,
        )
        .group_by(func.rollup(step))
    )


def _sales(period: Period, taken: Sequence[Any], back: Sequence[Any]) -> Sales:
    length = STEPS_OF_DAY if period.is_one_day else period.days
    steps, given = [Taken()] * length, [0] * length
    for row in taken:
        steps[row.step] = Taken(row.drawn_orders, int(row.drawn))
    for row in back:
        if row.step is not None:
            given[row.step] = int(row.drawn)
    whole = next((row for row in back if row.step is None), None)
    currency = current_scope().currency
    return Sales(
        period,
        sum(row.orders for row in taken),
        Money(sum(int(row.taken) for row in taken), currency),
        Money(int(whole.back or 0) if whole else 0, currency),
        whole.orders if whole else 0,
        steps,
        given,
    )


@dataclass(frozen=True, slots=True)
class SourceSales:
    """Paid orders of a period that came from one source ("" by themselves)."""

    source: str
    orders: int
    taken: Money


def sales_by_source(period: Period) -> list[SourceSales]:
    """Paid orders by source key, most first."""
    statement = (
        select(Order.source, func.count().label("orders"), func.sum(Order.captured_minor).label("taken"))
        .where(paid_in(period))
        .group_by(Order.source)
        .order_by(func.count().desc(), Order.source)
    )
    currency = current_scope().currency
    return [
        SourceSales(row.source, row.orders, Money(int(row.taken), currency))
        for row in session().execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class ProductSales:
    """A product in the paid orders of a period: how many orders and units, and what its lines cost after discounts."""

    product_id: UUID
    title: str
    image: str
    orders: int
    units: int
    taken: Money


def top_products(period: Period, *, limit: int = 8) -> list[ProductSales]:
    """The products that brought most in the paid orders of a period; named as they were sold."""
    statement = (
        select(
            OrderLine.product_id,
            func.max(OrderLine.title).label("title"),
            func.max(OrderLine.image).label("image"),
            func.count(OrderLine.order_id.distinct()).label("orders"),
            func.sum(OrderLine.quantity).label("units"),
            func.sum(OrderLine.net_minor).label("taken"),
        )
        .join(Order, and_(Order.shop_id == OrderLine.shop_id, Order.id == OrderLine.order_id))
        .where(OrderLine.shop_id == current_scope().shop_id, paid_in(period))
        .group_by(OrderLine.product_id)
        .order_by(func.sum(OrderLine.net_minor).desc(), OrderLine.product_id)
        .limit(limit)
    )
    currency = current_scope().currency
    return [
        ProductSales(
            row.product_id, row.title, row.image, row.orders, int(row.units), Money(int(row.taken), currency)
        )
        for row in session().execute(statement)
    ]
