"""What sold best lately, counted over the newest paid orders only, so that it costs the same in every shop."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func, select

from core.commerce.orders.models import Order, OrderLine
from core.kernel.db import session
from core.kernel.tenancy import current_scope

# So many of the newest paid orders count.
NEWEST_ORDERS = 1_000


def best_sold_products(limit: int) -> Sequence[UUID]:
    """Ids of the products of which most units were sold and kept, best first; at most `limit`."""
    newest = (
        select(Order.shop_id, Order.id)
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.financial.in_(["paid", "partly_refunded"]),
            ~Order.is_test,
        )
        .order_by(Order.placed_at.desc())
        .limit(NEWEST_ORDERS)
        .subquery()
    )
    kept = func.sum(OrderLine.quantity - OrderLine.refunded)
    statement = (
        select(OrderLine.product_id)
        .join(newest, and_(newest.c.shop_id == OrderLine.shop_id, newest.c.id == OrderLine.order_id))
        .where(OrderLine.shop_id == current_scope().shop_id)
        .group_by(OrderLine.product_id)
        .having(kept > 0)
        .order_by(kept.desc(), OrderLine.product_id)
        .limit(limit)
    )
    return session().scalars(statement).all()
