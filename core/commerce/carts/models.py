"""Tables of the carts room."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Cart(CreatedAt, TenantTable):
    """A basket, found by its secret token (hash kept) or by its customer."""

    __tablename__ = "carts_cart"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "token_hash"),
        Index(None, "shop_id", "customer_id"),
    )

    token_hash: Mapped[str]
    customer_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=0)


class CartLine(CreatedAt, TenantTable):
    """A variant and a quantity; `marks` carry what plugins noted, and make equal variants different lines."""

    __tablename__ = "carts_line"
    __table_args__ = (
        tenant_fk("carts_cart", "cart_id", ondelete="CASCADE"),
        tenant_fk("catalog_variant", "variant_id"),
        UniqueConstraint("shop_id", "cart_id", "variant_id"),
        CheckConstraint("quantity BETWEEN 1 AND 9999", name="quantity"),
    )

    cart_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
