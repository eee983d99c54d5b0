"""Orders as the people who work on them need them: saved views with counts, search, and one page of rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.commerce.fulfilment.order_conditions import (
    OPEN_REFUNDS,
    VIEWS,
    OrderFilters,
    OrderQuery,
    conditions,
    in_view,
    start_of_day,
)
from core.commerce.orders.models import Order, OrderHold, OrderLine, Tag, TaggedOrder
from core.commerce.orders.tags import TagView
from core.commerce.payments.models import Refund
from core.commerce.reservations.models import Pool
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

SORTS = ("-placed_at", "placed_at", "-total", "total")
# Nobody counts further than this: a shop with a hundred thousand orders opens its list as fast as a small one.
MOST_COUNTED = 10_000
# What fits words is counted to here.
MOST_FOUND = 1_000
__all__ = ["MOST_COUNTED", "MOST_FOUND", "OPEN_REFUNDS", "SORTS", "VIEWS", "OrderFilters", "OrderPage", "OrderQuery",
           "OrderRow", "TagView", "WaitingFor", "counting", "counting_orders", "numbers", "orders_page", "start_of_day",
           "view_counts"]  # fmt: skip


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
    """One page of a list, how many orders match (counted to `most_counted`), how many each view holds, and what the
    caller had counted with it.
    """

    rows: tuple[OrderRow, ...] = ()
    total: int = 0
    most_counted: int = MOST_COUNTED
    counts: Mapping[str, int] = field(default_factory=dict)
    also: Mapping[str, int] = field(default_factory=dict)


def view_counts(views: Iterable[str] = VIEWS) -> dict[str, int]:
    """How many orders each view holds, in one statement; one more than MOST_COUNTED means "more than that"."""
    return numbers({view: counting(view) for view in views})


def numbers(counts: Mapping[Any, Select[Any]]) -> dict[Any, int]:
    """What several counting statements say, in one statement."""
    columns = [count.scalar_subquery() for count in counts.values()]
    return dict(zip(counts, session().execute(select(*columns)).one(), strict=True)) if columns else {}


def counting(view: str) -> Select[Any]:
    """The statement that counts the orders of a view, for who counts more at once."""
    return _counted(_of_view(view), MOST_COUNTED)


def counting_orders(query: OrderQuery) -> Select[Any]:
    """The statement that counts the orders of a list."""
    return _counted(conditions(query), MOST_COUNTED)


def _of_view(view: str) -> Sequence[ColumnElement[bool]]:
    condition = in_view(view)
    return () if condition is None else (condition,)


def _counted(narrowed: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
    matching = (
        select(literal(1).label("one"))
        .select_from(Order)
        .where(Order.shop_id == current_scope().shop_id, *narrowed)
        .limit(most + 1)
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
    also: Mapping[str, Select[Any]] | None = None,
) -> OrderPage:
    """One page of a view, narrowed by words and filters, with the counts of all views.

    `search` finds number, buyer's name, phone and e-mail, product, SKU and tracking number. `also` are statements of
    the caller that count something else for the same page, and are asked together with its own. The number of
    statements does not depend on the number of rows. Counts end one above MOST_COUNTED, and those of words one above
    MOST_FOUND.
    """
    query = OrderQuery(view, search, filters or OrderFilters())
    narrowed = conditions(query)
    most = MOST_FOUND if search or query.filters.product else MOST_COUNTED
    wanted = {("view", one): counting(one) for one in VIEWS} if with_counts else {}
    wanted |= {("also", name): statement for name, statement in (also or {}).items()}
    if not with_counts or len(narrowed) > len(_of_view(view)):
        wanted[("total", "")] = _counted(narrowed, most)
    counted = numbers(wanted)
    counts = {name: number for (kind, name), number in counted.items() if kind == "view"}
    return OrderPage(
        rows=_rows(session().scalars(_page(narrowed, sort, limit, offset)).all()),
        total=counted[("total", "")] if ("total", "") in counted else counts[view],
        most_counted=most,
        counts=counts,
        also={name: number for (kind, name), number in counted.items() if kind == "also"},
    )


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
    lines, facts = _lines(ids), _facts(ids)
    return tuple(_row(order, lines[order.id], facts[order.id]) for order in orders)


def _lines(ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = {one: [] for one in ids}
    statement = select(OrderLine).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.position)
    for line in session().scalars(statement.execution_options(populate_existing=True)):
        found[line.order_id].append(line)
    return found


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of an order outside of its own row: a page's orders are asked for all of it in one statement."""

    refunds: tuple[str, ...]
    tags: tuple[TagView, ...]
    buyer_orders: int
    waiting_for: WaitingFor | None


def _facts(ids: Sequence[UUID]) -> dict[UUID, _Facts]:
    waits = and_(
        OrderHold.shop_id == Order.shop_id, OrderHold.order_id == Order.id, OrderHold.state == "waiting"
    )
    statement = (
        select(
            Order.id, _open_refunds().label("refunds"), _tags().label("tags"), _buyer_orders().label("buyer_orders"),
            OrderHold.plugin, OrderHold.release_by, Pool.confirmed, Pool.threshold,
        )
        .outerjoin(OrderHold, waits)
        .outerjoin(Pool, and_(Pool.shop_id == OrderHold.shop_id, Pool.id == OrderHold.pool_id))
        .where(Order.id.in_(ids))
    )  # fmt: skip
    return {
        row.id: _Facts(
            refunds=tuple(row.refunds or ()),
            tags=tuple(TagView(UUID(tag), name, colour) for tag, name, colour in row.tags or ()),
            buyer_orders=row.buyer_orders,
            waiting_for=WaitingFor(row.plugin, row.release_by, row.confirmed, row.threshold)
            if row.plugin and row.confirmed is not None
            else None,
        )
        for row in session().execute(statement)
    }


def _open_refunds() -> ScalarSelect[Any]:
    states = select(func.jsonb_agg(Refund.state, type_=JSONB())).where(
        Refund.shop_id == Order.shop_id, Refund.order_id == Order.id, Refund.state.in_(OPEN_REFUNDS)
    )
    return states.correlate(Order).scalar_subquery()


def _tags() -> ScalarSelect[Any]:
    tag = func.jsonb_build_array(Tag.id, Tag.name, Tag.colour)
    tags = (
        select(func.jsonb_agg(aggregate_order_by(tag, Tag.name), type_=JSONB()))
        .join(TaggedOrder, and_(TaggedOrder.shop_id == Tag.shop_id, TaggedOrder.tag_id == Tag.id))
        .where(TaggedOrder.shop_id == Order.shop_id, TaggedOrder.order_id == Order.id)
    )
    return tags.correlate(Order).scalar_subquery()


def _buyer_orders() -> ScalarSelect[Any]:
    theirs = aliased(Order)
    counted = select(func.count()).select_from(theirs)
    own = counted.where(theirs.shop_id == Order.shop_id, theirs.customer_id == Order.customer_id)
    return own.correlate(Order).scalar_subquery()


def _row(order: Order, lines: Sequence[OrderLine], facts: _Facts) -> OrderRow:
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
        buyer_orders=facts.buyer_orders if order.customer_id else None,
        open_refunds=facts.refunds,
        waiting_for=facts.waiting_for,
        pay_by=order.pay_by,
        tags=facts.tags,
        noted=bool(order.contact.get("note")),
    )
