"""Reads of carts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from core.commerce.carts.models import Cart, CartLine
from core.commerce.customers.contacts import secret_hash
from core.kernel.hot_statements import HotStatement


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line of a cart."""

    id: UUID
    variant_id: UUID
    quantity: int
    marks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart with its lines, oldest first."""

    id: UUID
    version: int
    lines: tuple[CartLineView, ...]


_CART = HotStatement(
    select(
        Cart.id.label("cart_id"),
        Cart.version,
        CartLine.id,
        CartLine.variant_id,
        CartLine.quantity,
        CartLine.marks,
    )
    .outerjoin(CartLine, (CartLine.shop_id == Cart.shop_id) & (CartLine.cart_id == Cart.id))
    .where(Cart.shop_id == bindparam("shop_id"), Cart.token_hash == bindparam("token_hash"))
    .order_by(CartLine.created_at)
)


def cart_of_token(token: str) -> CartView | None:
    """The browser's cart, or None."""
    rows = _CART.rows(token_hash=secret_hash(token))
    if not rows:
        return None
    lines = (row for row in rows if row.id is not None)
    return CartView(
        rows[0].cart_id,
        rows[0].version,
        tuple(CartLineView(line.id, line.variant_id, line.quantity, line.marks) for line in lines),
    )


_PIECES = HotStatement(
    select(func.coalesce(func.sum(CartLine.quantity), 0).label("pieces"))
    .join(Cart, (Cart.shop_id == CartLine.shop_id) & (Cart.id == CartLine.cart_id))
    .where(CartLine.shop_id == bindparam("shop_id"), Cart.token_hash == bindparam("token_hash"))
)


def pieces_in_cart(token: str) -> int:
    """How many pieces the browser's cart holds."""
    return int(_PIECES.first(token_hash=secret_hash(token)).pieces)
