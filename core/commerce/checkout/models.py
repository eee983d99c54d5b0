"""Tables of the checkout room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Checkout(CreatedAt, TenantTable):
    """A basket on its way to an order; an abandoned one keeps the frozen price input it last quoted.

    `lines` is [{"key", "variant_id", "quantity", "marks"}]; `contact`, `address`, `delivery` and `choices` are what the
    buyer has said so far; `price_input` and `priced` are the pipeline's input and answer of the latest quote.
    """

    __tablename__ = "checkout_checkout"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "code"),
        CheckConstraint("state IN ('open', 'placed')", name="state"),
        Index(None, "shop_id", "created_at"),
        Index("ix_checkout_checkout_order", "shop_id", "order_id"),
    )

    code: Mapped[str]
    token_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    customer_id: Mapped[UUID | None]
    cart_id: Mapped[UUID | None]
    cart_version: Mapped[int | None]
    lines: Mapped[list[Any]]
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delivery: Mapped[dict[str, Any]] = mapped_column(default=dict)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    price_input: Mapped[dict[str, Any] | None]
    priced: Mapped[dict[str, Any] | None]
    # Until when what this checkout already reserved (a seat) is kept for it.
    held_until: Mapped[datetime | None]
    order_id: Mapped[UUID | None]


class OrderGrant(CreatedAt, TenantTable):
    """A browser that has proved an order to be its buyer's, by a code or a link that was sent to them."""

    __tablename__ = "checkout_order_grant"
    __table_args__ = (
        tenant_fk("orders_order", "order_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "order_id", "token_hash"),
    )

    order_id: Mapped[UUID]
    token_hash: Mapped[str]


class OrderSearch(TenantTable):
    """Somebody who looks for an order by its number and a contact: how often, and the code that was sent last.

    There is one row for each contact that was typed, whether the shop knows it or not.
    """

    __tablename__ = "checkout_order_search"
    __table_args__ = (
        UniqueConstraint("shop_id", "contact_hash"),
        CheckConstraint("times > 0", name="times"),
        CheckConstraint("tries >= 0", name="tries"),
    )

    contact_hash: Mapped[str]
    since: Mapped[datetime]
    times: Mapped[int]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
