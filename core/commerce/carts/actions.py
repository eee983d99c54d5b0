"""Putting things into a cart and taking them out; a cart belongs to a browser, and to its customer after log-in."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.carts.errors import CartFull, QuantityRefused, VariantUnavailable
from core.commerce.carts.models import Cart, CartLine
from core.commerce.catalog.models import Product, Variant
from core.commerce.customers.contacts import secret_hash
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.hot_statements import HotStatement, insert_into
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

_MOST_LINES = 100
_MOST = 9999


# Every buyer presses "add to cart": what it asks and writes is built once.
_SELLABLE = HotStatement(
    select(Variant.id)
    .join(Product, (Product.shop_id == Variant.shop_id) & (Product.id == Variant.product_id))
    .where(
        Variant.shop_id == bindparam("shop_id"),
        Variant.id == bindparam("variant_id"),
        Variant.archived.is_(False),
        Product.status == "active",
    )
)
_TOUCHED = HotStatement(
    update(Cart)
    .where(Cart.shop_id == bindparam("shop_id"), Cart.token_hash == bindparam("token_hash"))
    .values(
        version=Cart.version + 1,
        customer_id=func.coalesce(bindparam("customer", type_=Uuid), Cart.customer_id),
    )
    .returning(Cart.id)
)
_NEW_CART = insert_into(Cart)
_NEW_LINE = insert(CartLine).values({one.key: bindparam(one.key) for one in CartLine.__table__.columns})
_PUT_IN = HotStatement(
    _NEW_LINE.on_conflict_do_update(
        index_elements=["shop_id", "cart_id", "variant_id"],
        set_={"quantity": func.least(CartLine.quantity + _NEW_LINE.excluded.quantity, _MOST)},
    )
)
_LINES = HotStatement(
    select(func.count().label("lines"))
    .select_from(CartLine)
    .where(CartLine.shop_id == bindparam("shop_id"), CartLine.cart_id == bindparam("cart_id"))
)


@dataclass(frozen=True, slots=True)
class CartTouched:
    """The cart after a change; `token` is the browser's secret (new when the cart is new)."""

    cart_id: UUID
    token: str


def _check(quantity: int) -> None:
    if not 1 <= quantity <= _MOST:
        raise QuantityRefused


@command("buyer")
def add_to_cart(
    *, token: str | None, variant_id: UUID, quantity: int, customer_id: UUID | None = None
) -> CartTouched:
    """Put `quantity` of a variant into the cart of `token`, or into a new one; equal variants add up to at most 9999.

    Raises QuantityRefused, VariantUnavailable, CartFull.
    """
    _check(quantity)
    if _SELLABLE.first(variant_id=variant_id) is None:
        raise VariantUnavailable
    touched = _cart(token, customer_id)
    _PUT_IN.run(
        id=new_id(),
        cart_id=touched.cart_id,
        variant_id=variant_id,
        quantity=quantity,
        marks={},
        created_at=now(),
    )
    if _LINES.first(cart_id=touched.cart_id).lines > _MOST_LINES:
        raise CartFull
    return touched


@command("buyer")
def open_cart(*, token: str, customer_id: UUID | None = None) -> None:
    """Let there be a cart of `token`: programs have their token before they have a cart."""
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "token_hash": secret_hash(token),
        "customer_id": customer_id,
        "version": 1,
        "created_at": now(),
    }
    session().execute(insert(Cart).values(values).on_conflict_do_nothing())


@command("buyer")
def hand_over_cart(*, token: str, to: str, customer_id: UUID) -> None:
    """Let the cart of one token, if there is one, belong to another and to its customer, who has just logged in."""
    moved = (
        update(Cart)
        .where(Cart.shop_id == current_scope().shop_id, Cart.token_hash == secret_hash(token))
        .values(token_hash=secret_hash(to), customer_id=customer_id, version=Cart.version + 1)
    )
    session().execute(moved.execution_options(synchronize_session=False))


def _cart(token: str | None, customer_id: UUID | None) -> CartTouched:
    if token:
        found = _TOUCHED.first(token_hash=secret_hash(token), customer=customer_id)
        if found is not None:
            return CartTouched(found.id, token)
    fresh, cart_id = secrets.token_urlsafe(24), new_id()
    _NEW_CART.run(
        id=cart_id, token_hash=secret_hash(fresh), customer_id=customer_id, version=1, created_at=now()
    )
    return CartTouched(cart_id, fresh)


@command("buyer")
def set_quantity(*, token: str, line_id: UUID, quantity: int) -> None:
    """Change a line's quantity; 0 takes it out. Raises QuantityRefused, NotFound."""
    cart_id = _own_cart(token)
    changed: Any = delete(CartLine)
    if quantity:
        _check(quantity)
        changed = update(CartLine).values(quantity=quantity)
    changed = changed.where(*_line(cart_id, line_id)).returning(CartLine.id)
    if session().scalars(changed.execution_options(synchronize_session=False)).first() is None:
        raise NotFound


def _line(cart_id: UUID, line_id: UUID):  # type: ignore[no-untyped-def]  # noqa: ANN202 - conditions of one line
    return (CartLine.shop_id == current_scope().shop_id, CartLine.cart_id == cart_id, CartLine.id == line_id)


def _own_cart(token: str) -> UUID:
    touched = (
        update(Cart)
        .where(Cart.shop_id == current_scope().shop_id, Cart.token_hash == secret_hash(token))
        .values(version=Cart.version + 1)
        .returning(Cart.id)
    )
    cart_id = session().scalars(touched.execution_options(synchronize_session=False)).first()
    if cart_id is None:
        raise NotFound
    return cart_id
