"""Reads of orders for the people who sell: a buyer's history, and orders by what somebody remembers of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.orders.models import Order
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class BuyerHistory:
    """What a customer has bought so far: orders placed, what was paid and kept, and since when."""

    orders: int
    paid: Money
    first_at: datetime | None


def buyer_history(customer_id: UUID) -> BuyerHistory:
    """A customer's orders in numbers."""
    statement = select(
        func.count().label("orders"),
        func.coalesce(func.sum(Order.captured_minor - Order.refunded_minor), 0).label("paid"),
        func.min(Order.placed_at).label("first_at"),
    ).where(Order.shop_id == current_scope().shop_id, Order.customer_id == customer_id, ~Order.is_test)
    row = session().execute(statement).one()
    return BuyerHistory(row.orders, Money(int(row.paid), current_scope().currency), row.first_at)


def order_id_of_number(number: str) -> UUID | None:
    """The order with this number, whatever the case of its letters."""
    statement = select(Order.id).where(Order.number.in_({number, number.upper()}))
    return session().scalars(statement).first()
