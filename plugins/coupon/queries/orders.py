"""What pages about coupons need to know of orders."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER


def order_codes(order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Public codes of orders, by id."""
    wanted = list(order_ids)
    if not wanted:
        return {}
    statement = select(ORDER.c.id, ORDER.c.code).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id.in_(wanted)
    )
    return {row.id: row.code for row in session().execute(statement)}
