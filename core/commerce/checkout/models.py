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
