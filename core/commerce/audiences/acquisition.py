"""What each source brought and cost: visits, new customers, orders, sales, and what a new customer cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from core.commerce.customers.listing import start_of_day
from core.commerce.customers.models import Customer
from core.commerce.orders.models import Order
from core.commerce.sources.queries import links_with_cost, new_customer_counts
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

# Days in which buying twice counts as coming back.
BUYING_WINDOW = 90


@dataclass(frozen=True, slots=True)
class SourceNumbers:
    """What one source brought: `orders` are paid ones, `sales` what they brought less what went back."""

    source: str
    customers: int
    orders: int
    sales: Money
    cost: Money

    @property
    def per_customer(self) -> Money | None:
        """What a new customer cost; None where nobody came or nothing was paid."""
        if not self.customers or not self.cost.minor:
            return None
        return Money(self.cost.minor // self.customers, self.cost.currency)


@dataclass(frozen=True, slots=True)
class OrderNumbers:
    """Paid orders and what they brought less what went back, in minor units."""

    orders: int = 0
    sales: int = 0


def order_numbers(sources: Iterable[str]) -> dict[str, OrderNumbers]:
    """Paid orders and sales by source key."""
    wanted = [one for one in sources if one]
    if not wanted:
        return {}
    statement = (
        select(
            Order.source,
            func.count().label("orders"),
            func.sum(Order.captured_minor - Order.refunded_minor).label("sales"),
        )
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.source.in_(wanted),
            Order.source != "",
            Order.financial != "unpaid",
            ~Order.is_test,
        )
        .group_by(Order.source)
    )
    return {row.source: OrderNumbers(row.orders, int(row.sales)) for row in session().execute(statement)}


def source_numbers(*, days: int = 30) -> list[SourceNumbers]:
    """What each source brought and cost in the last `days` days of the shop's zone; as `source_numbers_between`."""
    return source_numbers_between(first_day(days), first_day(1))


def source_numbers_between(first: date, last: date) -> list[SourceNumbers]:
    """What each source brought and cost between two days of the shop's zone, both included; most new customers first.

    "" are those who came by themselves; a source that cost something stands here also when nobody came.
    """
    begin, end, currency = (
        start_of_day(first),
        start_of_day(last + timedelta(days=1)),
        current_scope().currency,
    )
    customers = new_customer_counts(since=begin, until=end)
    costs = links_with_cost(first, last)
    orders = _orders_between(begin, end)
    found = [
        SourceNumbers(
            source,
            customers.get(source, 0),
            orders.get(source, OrderNumbers()).orders,
            Money(orders.get(source, OrderNumbers()).sales, currency),
            costs.get(source, Money(0, currency)),
        )
        for source in {*customers, *costs, *orders}
    ]
    return sorted(found, key=lambda one: (-one.customers, -one.sales.minor, one.source))


def _orders_between(begin: datetime, end: datetime) -> dict[str, OrderNumbers]:
    statement = (
        select(
            Order.source,
            func.count().label("orders"),
            func.sum(Order.captured_minor - Order.refunded_minor).label("sales"),
        )
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.paid_at >= begin,
            Order.paid_at < end,
            ~Order.is_test,
        )
        .group_by(Order.source)
    )
    return {row.source: OrderNumbers(row.orders, int(row.sales)) for row in session().execute(statement)}


@dataclass(frozen=True, slots=True)
class Growth:
    """How customers came and came back: `days` for new ones and costs, `window` for buying again.

    Both count whole days of the shop's zone, today among them, so that lists by day show the same customers.
    """

    days: int
    new_customers: int
    paid_for: int
    cost: Money
    window: int
    buyers: int
    repeat_buyers: int
    first_time_buyers: int

    @property
    def per_customer(self) -> Money | None:
        """What a customer of a link that cost something cost; None before one came."""
        if not self.paid_for or not self.cost.minor:
            return None
        return Money(self.cost.minor // self.paid_for, self.cost.currency)

    @property
    def repurchase(self) -> int | None:
        """Buyers with at least two paid orders within the window, in basis points of all buyers; None without buyers."""
        return self.repeat_buyers * 10_000 // self.buyers if self.buyers else None

    @property
    def returning(self) -> int:
        """Buyers in the window who had paid an order before, in it or ahead of it."""
        return self.buyers - self.first_time_buyers


def growth(*, days: int = 30, window: int = BUYING_WINDOW) -> Growth:
    """Acquisition cost of the last `days` days and repurchase rate of the last `window` days, in four statements."""
    numbers = source_numbers_of_links(days)
    buyers = _buyers(window)
    return Growth(days, *numbers, window, *buyers)


def first_day(days: int) -> date:
    """The first of the last `days` days in the shop's zone; the last of them is today."""
    return now().astimezone(current_scope().zone).date() - timedelta(days=days - 1)


def source_numbers_of_links(days: int) -> tuple[int, int, Money]:
    """New customers in all, those of links that cost something, and that cost, in the last `days` days."""
    first = first_day(days)
    customers = new_customer_counts(since=start_of_day(first))
    costs = links_with_cost(first, first_day(1))
    total = sum((cost.minor for cost in costs.values()), 0)
    came = sum(count for source, count in customers.items() if source in costs)
    return sum(customers.values()), came, Money(total, current_scope().currency)


def bought_twice(window: int = BUYING_WINDOW) -> ColumnElement[bool]:
    """The customer paid at least two orders in the last `window` days."""
    each = _orders_each(window).subquery()
    return Customer.id.in_(select(each.c.customer_id).where(each.c.orders >= 2))


def _orders_each(window: int) -> Select[UUID | None, int]:
    return (
        select(Order.customer_id, func.count().label("orders"))
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.paid_at >= start_of_day(first_day(window)),
            ~Order.is_test,
            Order.customer_id.is_not(None),
        )
        .group_by(Order.customer_id)
    )


def _buyers(window: int) -> tuple[int, int, int]:
    """Buyers in the window, those who paid at least two orders in it, and those whose first order is their only one."""
    each = _orders_each(window).subquery()
    statement = select(
        func.count().label("buyers"), func.count().filter(each.c.orders >= 2).label("repeat")
    ).select_from(each)
    row = session().execute(statement).one()
    return row.buyers, row.repeat, _first_timers(start_of_day(first_day(window)))


def _first_timers(since: datetime) -> int:
    statement = select(func.count()).where(
        Customer.shop_id == current_scope().shop_id,
        Customer.orders_paid == 1,
        Customer.last_order_at >= since,
    )
    return session().scalars(statement).one()
