"""A customer's own orders, in the views that they think in, page by page."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from core.commerce.orders.models import Order
from core.commerce.orders.queries import OrderView, orders_by_id
from core.kernel.cursor_pages import newest_ids
from core.kernel.db import session
from core.kernel.tenancy import current_scope

PER_PAGE = 10
VIEWS = ("all", "unpaid", "waiting", "to_ship", "shipped", "refunded")


@dataclass(frozen=True, slots=True)
class CustomerOrders:
    """One page of a customer's orders, newest first: `page` from 1, `total` orders on `pages` pages."""

    orders: tuple[OrderView, ...]
    page: int
    pages: int
    total: int


def _in_view(view: str) -> ColumnElement[bool]:
    open_ones = and_(Order.lifecycle == "placed", Order.financial != "unpaid")
    conditions: dict[str, ColumnElement[bool]] = {
        "unpaid": and_(Order.lifecycle == "placed", Order.financial == "unpaid"),
        "waiting": and_(open_ones, Order.holds_open > 0),
        "to_ship": and_(open_ones, Order.holds_open == 0, Order.fulfilment != "fulfilled"),
        "shipped": and_(Order.lifecycle != "cancelled", Order.fulfilment != "unfulfilled"),
        "refunded": or_(Order.financial.in_(("partly_refunded", "refunded")), Order.refunded_minor > 0),
    }
    return conditions.get(view, true())


def customer_orders(customer_id: UUID, *, view: str = "all", page: int = 1) -> CustomerOrders:
    """One page of the orders of a customer that belong to `view`, one of VIEWS."""
    page = min(max(page, 1), 10_000)
    statement = (
        select(Order.id, func.count().over().label("total"))
        .where(Order.shop_id == current_scope().shop_id, Order.customer_id == customer_id, _in_view(view))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    rows = session().execute(statement).all()
    if not rows and page > 1:
        return customer_orders(customer_id, view=view)
    found = orders_by_id(row.id for row in rows)
    total = rows[0].total if rows else 0
    return CustomerOrders(tuple(found[row.id] for row in rows), page, -(-total // PER_PAGE), total)


def customer_order_page(
    customer_id: UUID, *, view: str = "all", size: int, after: str = ""
) -> tuple[list[OrderView], str]:
    """Orders of a customer that belong to `view`, newest first, by cursor; with the cursor that leads on."""
    ids = select(Order.id).where(Order.customer_id == customer_id, _in_view(view))
    found, leads_on = newest_ids(ids, Order, size=size, after=after)
    shown = orders_by_id(found) if found else {}
    return [shown[one] for one in found], leads_on


def customer_order_counts(customer_id: UUID) -> dict[str, int]:
    """How many orders of a customer belong to each view, in one statement."""
    counts = [func.count().filter(_in_view(view)).label(view) for view in VIEWS]
    statement = select(*counts).where(
        Order.shop_id == current_scope().shop_id, Order.customer_id == customer_id
    )
    return dict(zip(VIEWS, session().execute(statement).one(), strict=True))
