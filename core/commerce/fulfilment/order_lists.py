"""Orders as the people who work on them need them: saved views with counts, search, and one page of rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from core.commerce.fulfilment.order_conditions import (
    OPEN_REFUNDS,
    VIEWS,
    OrderFilters,
    OrderQuery,
    conditions,
    in_view,
    start_of_day,
)
from core.commerce.orders.models import Order, OrderHold, OrderLine
from core.commerce.orders.tags import TagView, tags_of_orders
from core.commerce.payments.models import Refund
from core.commerce.reservations.models import Pool
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

SORTS = ("-placed_at", "placed_at", "-total", "total")
# Nobody counts further than this: a shop with a hundred thousand orders opens its list as fast as a small one.
MOST_COUNTED = 10_000
__all__ = ["MOST_COUNTED", "OPEN_REFUNDS", "SORTS", "VIEWS", "OrderFilters", "OrderPage", "OrderQuery", "OrderRow",
           "TagView", "WaitingFor", "counting", "orders_page", "start_of_day", "view_counts"]  # fmt: skip


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
    tags: tuple[TagView, ...] = ()
    noted: bool = False


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a list and how many orders match."""

    rows: tuple[OrderRow, ...] = ()
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


def view_counts(views: Iterable[str] = VIEWS) -> dict[str, int]:
    """How many orders each view holds, in one statement; one more than MOST_COUNTED means "more than that"."""
    wanted = list(views)
    columns = [_counted(_of_view(view)).scalar_subquery().label(view) for view in wanted]
    row = session().execute(select(*columns)).one()
    return dict(zip(wanted, row, strict=True))


def counting(view: str) -> Select[Any]:
    """The statement that counts the orders of a view, for who counts more at once."""
    return _counted(_of_view(view))


def _of_view(view: str) -> Sequence[ColumnElement[bool]]:
    condition = in_view(view)
    return () if condition is None else (condition,)


def _counted(narrowed: Sequence[ColumnElement[bool]]) -> Select[Any]:
    matching = (
        select(literal(1).label("one"))
        .select_from(Order)
        .where(Order.shop_id == current_scope().shop_id, *narrowed)
        .limit(MOST_COUNTED + 1)
    )
    return select(func.count()).select_from(matching.subquery())


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
    does not depend on the number of rows. Counts end at MOST_COUNTED + 1.
    """
    counts = view_counts() if with_counts else {}
    narrowed = conditions(OrderQuery(view, search, filters or OrderFilters()))
    orders = session().scalars(_page(narrowed, sort, limit, offset)).all()
    more = len(narrowed) > len(_of_view(view))
    if counts and not more:
        total = counts[view]
    elif not offset and len(orders) < limit:
        total = len(orders)
    else:
        total = session().scalars(_counted(narrowed)).one()
    return OrderPage(_rows(orders), total, counts)


def _page(narrowed: Sequence[ColumnElement[bool]], sort: str, limit: int, offset: int) -> Select[Any]:
    by: InstrumentedAttribute[Any] = Order.total_minor if sort.endswith("total") else Order.placed_at
    order = (by.desc(), Order.id.desc()) if sort.startswith("-") else (by, Order.id)
    return (
        select(Order)
        .where(*narrowed)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
        .execution_options(populate_existing=True)
    )


def _rows(orders: Sequence[Order]) -> tuple[OrderRow, ...]:
    if not orders:
        return ()
    ids = [order.id for order in orders]
    lines = _lines(ids)
    refunds, holds, history = _open_refunds(ids), _waits(ids), _order_counts(orders)
    tags = tags_of_orders(ids)
    rows = (
        _row(order, lines[order.id], refunds.get(order.id, ()), holds.get(order.id), history)
        for order in orders
    )
    return tuple(replace(row, tags=tags.get(row.id, ())) for row in rows)


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
        noted=bool(order.contact.get("note")),
    )
