"""Tables of the customers room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Customer(CreatedAt, TenantTable):
    """A customer of one shop; e-mail and phone are stored normalised and are unique in the shop."""

    __tablename__ = "customers_customer"
    __table_args__ = (
        UniqueConstraint("shop_id", "email"),
        UniqueConstraint("shop_id", "phone"),
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
        Index(None, "shop_id", "created_at"),
    )

    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")


class Address(CreatedAt, TenantTable):
    """A delivery address that a customer used."""

    __tablename__ = "customers_address"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        Index(None, "shop_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    name: Mapped[str]
    phone: Mapped[str]
    country: Mapped[str] = mapped_column(default="CN")
    region: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    line1: Mapped[str]
    line2: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")


class LoginCode(CreatedAt, TenantTable):
    """A one-time code sent to an e-mail address or phone; only its hash is kept."""

    __tablename__ = "customers_login_code"
    __table_args__ = (
        Index(None, "shop_id", "contact", "created_at"),
        CheckConstraint("tries >= 0", name="tries"),
    )

    contact: Mapped[str]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class CustomerSession(CreatedAt, TenantTable):
    """A logged-in browser; only the token's hash is kept, and revoking is one update."""

    __tablename__ = "customers_session"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "token_hash"),
        Index(None, "shop_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
