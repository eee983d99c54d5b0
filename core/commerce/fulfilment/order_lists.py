"""Orders as the people who work on them need them: saved views with counts, search, and one page of rows."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from core.commerce.fulfilment.models import Shipment
from core.commerce.orders.models import Order, OrderHold, OrderLine
from core.commerce.payments.models import Refund
from core.commerce.reservations.models import Pool
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

VIEWS = ("to_ship", "unpaid", "waiting", "refunding", "all")
SORTS = ("-placed_at", "placed_at", "-total", "total")
# States of a refund that is not over: on its way, or refused so that somebody has to look at it.
OPEN_REFUNDS = ("pending", "sent", "failed")
# What a person may type as a day reaches further than zones can be reckoned.
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What narrows a list: days in the shop's zone (both ends included) and totals in minor units; None is open."""

    placed: tuple[date | None, date | None] = (None, None)
    paid: tuple[date | None, date | None] = (None, None)
    total: tuple[int | None, int | None] = (None, None)
    delivery: str = ""
    # "failed": a refund was refused; "open": one is on its way.
    refund: str = ""


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """The hold that keeps a paid order from shipping: its plugin, deadline, and how far the pool is."""

    plugin: str
    release_by: datetime | None
    confirmed: int
    threshold: int | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list: the first line stands for all, `units` and `products` count them.

    `image` is the path of the first line's picture in the media store; `marks` names the plugins that the order is
    about; `open_refunds` are states of refunds that are not over; `buyer_orders` counts the buyer's orders so far.
    """

    id: UUID
    number: str
    placed_at: datetime
    lifecycle: str
    financial: str
    fulfilment: str
    holds_open: int
    total: Money
    buyer: str
    title: str
    variant_title: str
    image: str
    units: int
    products: int
    marks: tuple[str, ...]
    delivery: str
    buyer_orders: int | None
    open_refunds: tuple[str, ...] = ()
    waiting_for: WaitingFor | None = None
    pay_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a list and how many orders match."""

    rows: tuple[OrderRow, ...] = ()
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


def _in_work() -> ColumnElement[bool]:
    # The words of the partial index ix_orders_order_open, so that it is used.
    return and_(Order.lifecycle == "placed", Order.financial != "unpaid", Order.fulfilment != "fulfilled")


def _in_view(view: str) -> ColumnElement[bool] | None:
    if view == "to_ship":
        return and_(_in_work(), Order.financial.in_(("paid", "partly_refunded")), Order.holds_open == 0)
    if view == "unpaid":
        return and_(Order.lifecycle == "placed", Order.financial == "unpaid")
    if view == "waiting":
        return and_(_in_work(), Order.holds_open > 0)
    if view == "refunding":
        return Order.id.in_(select(Refund.order_id).where(Refund.state.in_(OPEN_REFUNDS)))
    return None


def view_counts(views: Iterable[str] = VIEWS) -> dict[str, int]:
    """How many orders each view holds, in one statement."""
    wanted = list(views)
    columns = [_counted(view).scalar_subquery().label(view) for view in wanted]
    row = session().execute(select(*columns)).one()
    return dict(zip(wanted, row, strict=True))


def _counted(view: str) -> Select[Any]:
    statement = select(func.count()).select_from(Order).where(Order.shop_id == current_scope().shop_id)
    condition = _in_view(view)
    return statement if condition is None else statement.where(condition)


def orders_page(
    *,
    view: str = "all",
    search: str = "",
    filters: OrderFilters | None = None,
    sort: str = SORTS[0],
    limit: int = 20,
    offset: int = 0,
    with_counts: bool = True,
) -> OrderPage:
    """One page of a view, narrowed by words and filters, with the counts of all views.

    `search` finds number, buyer's name, phone and e-mail, product, SKU and tracking number. The number of statements
    does not depend on the number of rows.
    """
    counts = view_counts() if with_counts else {}
    conditions = _conditions(view, search, filters or OrderFilters())
    orders = session().scalars(_page(conditions, sort, limit, offset)).all()
    narrowed = len(conditions) > (0 if _in_view(view) is None else 1)
    total = counts[view] if counts and not narrowed else _total(conditions)
    return OrderPage(_rows(orders), total, counts)


def _page(conditions: Sequence[ColumnElement[bool]], sort: str, limit: int, offset: int) -> Select[Any]:
    by: InstrumentedAttribute[Any] = Order.total_minor if sort.endswith("total") else Order.placed_at
    order = (by.desc(), Order.id.desc()) if sort.startswith("-") else (by, Order.id)
    return (
        select(Order)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
        .execution_options(populate_existing=True)
    )


def _total(conditions: Sequence[ColumnElement[bool]]) -> int:
    statement = select(func.count()).select_from(Order).where(*conditions)
    return session().scalars(statement).one()


def _conditions(view: str, search: str, filters: OrderFilters) -> list[ColumnElement[bool]]:
    found = [_in_view(view), *_filtered(filters)]
    words = " ".join(unicodedata.normalize("NFKC", search).split())
    if words:
        found.append(_matches(words))
    return [condition for condition in found if condition is not None]


def _filtered(filters: OrderFilters) -> Iterable[ColumnElement[bool]]:
    for column, days in ((Order.placed_at, filters.placed), (Order.paid_at, filters.paid)):
        first, last = days
        if first is not None:
            yield column >= start_of_day(first)
        if last is not None:
            yield column < start_of_day(min(last, _LAST_DAY) + timedelta(days=1))
    least, most = filters.total
    if least is not None:
        yield Order.total_minor >= least
    if most is not None:
        yield Order.total_minor <= most
    if filters.refund:
        states = ("failed",) if filters.refund == "failed" else ("pending", "sent")
        yield Order.id.in_(select(Refund.order_id).where(Refund.state.in_(states)))
    if filters.delivery:
        yield Order.delivery["kind"].astext == filters.delivery


def start_of_day(day: date) -> datetime:
    """The first instant of a day in the bound shop's zone, in UTC; days before and after all orders are as good."""
    known = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(known, time(), current_scope().zone).astimezone(UTC)


def _matches(words: str) -> ColumnElement[bool]:
    def says(column: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.icontains(words, autoescape=True)
        return found

    lines = exists().where(
        OrderLine.order_id == Order.id,
        or_(says(OrderLine.title), says(OrderLine.variant_title), says(OrderLine.sku)),
    )
    parcels = exists().where(Shipment.order_id == Order.id, says(Shipment.tracking_number))
    people = [says(Order.contact[name].astext) for name in ("name", "phone", "email")]
    return or_(says(Order.number), *people, says(Order.address["name"].astext), lines, parcels)


def _rows(orders: Sequence[Order]) -> tuple[OrderRow, ...]:
    if not orders:
        return ()
    ids = [order.id for order in orders]
    lines = _lines(ids)
    refunds, holds, history = _open_refunds(ids), _waits(ids), _order_counts(orders)
    return tuple(
        _row(order, lines[order.id], refunds.get(order.id, ()), holds.get(order.id), history)
        for order in orders
    )


def _lines(ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = {one: [] for one in ids}
    statement = select(OrderLine).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.position)
    for line in session().scalars(statement.execution_options(populate_existing=True)):
        found[line.order_id].append(line)
    return found


def _open_refunds(ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    statement = select(Refund.order_id, Refund.state).where(
        Refund.order_id.in_(ids), Refund.state.in_(OPEN_REFUNDS)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in session().execute(statement):
        found[row.order_id] = (*found.get(row.order_id, ()), row.state)
    return found


def _waits(ids: Sequence[UUID]) -> dict[UUID, WaitingFor]:
    statement = (
        select(OrderHold.order_id, OrderHold.plugin, OrderHold.release_by, Pool.confirmed, Pool.threshold)
        .join(Pool, and_(Pool.shop_id == OrderHold.shop_id, Pool.id == OrderHold.pool_id))
        .where(OrderHold.order_id.in_(ids), OrderHold.state == "waiting")
    )
    return {
        row.order_id: WaitingFor(row.plugin, row.release_by, row.confirmed, row.threshold)
        for row in session().execute(statement)
    }


def _order_counts(orders: Sequence[Order]) -> dict[UUID, int]:
    buyers = {order.customer_id for order in orders if order.customer_id is not None}
    if not buyers:
        return {}
    statement = (
        select(Order.customer_id, func.count().label("orders"))
        .where(Order.customer_id.in_(buyers))
        .group_by(Order.customer_id)
    )
    return {row.customer_id: row.orders for row in session().execute(statement)}


def _row(
    order: Order,
    lines: Sequence[OrderLine],
    refunds: tuple[str, ...],
    wait: WaitingFor | None,
    history: Mapping[UUID, int],
) -> OrderRow:
    first = lines[0] if lines else None
    return OrderRow(
        id=order.id,
        number=order.number,
        placed_at=order.placed_at,
        lifecycle=order.lifecycle,
        financial=order.financial,
        fulfilment=order.fulfilment,
        holds_open=order.holds_open,
        total=Money(order.total_minor, order.currency),
        buyer=str(order.contact.get("name") or order.address.get("name") or ""),
        title=first.title if first else "",
        variant_title=first.variant_title if first else "",
        image=first.image if first else "",
        units=sum(line.quantity for line in lines),
        products=len(lines),
        marks=tuple(sorted(order.marks)),
        delivery=str(order.delivery.get("kind", "")),
        buyer_orders=history.get(order.customer_id) if order.customer_id else None,
        open_refunds=refunds,
        waiting_for=wait,
        pay_by=order.pay_by,
    )
