"""Reads of checkouts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select

from core.commerce.checkout.models import Checkout, OrderGrant
from core.commerce.pricing.priced import PricedCart
from core.kernel.db import session
from core.kernel.hot_statements import HotStatement
from core.kernel.tenancy import current_scope


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


_COLUMNS = select(*(Checkout.__table__.c[name] for name in CheckoutView.__slots__)).where(
    Checkout.shop_id == bindparam("shop_id")
)
_OF_CODE = HotStatement(_COLUMNS.where(Checkout.code == bindparam("code")))
_OF_ORDER = HotStatement(_COLUMNS.where(Checkout.order_id == bindparam("order_id")))


def checkout_of_code(code: str) -> CheckoutView | None:
    """The checkout with this public code, or None."""
    return _view(_OF_CODE.first(code=code))


def checkout_of_order(order_id: UUID) -> CheckoutView | None:
    """The checkout that became this order, or None."""
    return _view(_OF_ORDER.first(order_id=order_id))


def has_order(order_id: UUID, secret: str) -> bool:
    """Whether the browser with this secret placed the order, or has proved it; never for an empty secret."""
    if not secret:
        return False
    mine = hashlib.sha256(secret.encode()).hexdigest()
    shop_id = current_scope().shop_id
    placed = exists().where(
        Checkout.shop_id == shop_id, Checkout.order_id == order_id, Checkout.token_hash == mine
    )
    proved = exists().where(
        OrderGrant.shop_id == shop_id, OrderGrant.order_id == order_id, OrderGrant.token_hash == mine
    )
    return bool(session().scalar(select(placed | proved)))


def _view(row: Any) -> CheckoutView | None:
    if row is None:
        return None
    return CheckoutView(
        **{**row._asdict(), "priced": PricedCart.from_json(row.priced) if row.priced else None}
    )
