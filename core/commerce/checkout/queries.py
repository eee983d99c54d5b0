"""Reads of checkouts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.checkout.models import Checkout
from core.commerce.pricing.priced import PricedCart
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """A checkout as it stands; `priced` is the price it quoted last, `held_until` how long a plugin keeps something."""

    id: UUID
    code: str
    token_hash: str
    state: str
    customer_id: UUID | None
    cart_id: UUID | None
    contact: Mapping[str, Any]
    address: Mapping[str, Any]
    delivery: Mapping[str, Any]
    choices: Mapping[str, Any]
    priced: PricedCart | None
    held_until: datetime | None
    order_id: UUID | None


def checkout_of_code(code: str) -> CheckoutView | None:
    """The checkout with this public code, or None."""
    return _one(Checkout.code == code)


def checkout_of_order(order_id: UUID) -> CheckoutView | None:
    """The checkout that became this order, or None."""
    return _one(Checkout.order_id == order_id)


def _one(condition: Any) -> CheckoutView | None:
    statement = select(Checkout).where(condition).execution_options(populate_existing=True)
    row = session().scalars(statement).first()
    if row is None:
        return None
    same = {name: getattr(row, name) for name in CheckoutView.__slots__ if name != "priced"}
    return CheckoutView(**same, priced=PricedCart.from_json(row.priced) if row.priced else None)
