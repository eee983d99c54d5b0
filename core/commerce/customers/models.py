"""Tables of the customers room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Customer(CreatedAt, TenantTable):
    """A customer of one shop; e-mail and phone are stored normalised and are unique in the shop.

    What they ordered, paid and got back is counted here by a trigger on orders, in the transaction that changes it.
    """

    __tablename__ = "customers_customer"
    __table_args__ = (
        UniqueConstraint("shop_id", "email"),
        UniqueConstraint("shop_id", "phone"),
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
        Index(None, "shop_id", "created_at", "id"),
        Index(None, "shop_id", "spent_minor", "id"),
        Index(None, "shop_id", "orders_paid", "id"),
        Index(None, "shop_id", "last_order_at", "id"),
        # Whoever never bought stands last, whichever way the list is turned.
        Index(
            "ix_customers_customer_bought_last",
            "shop_id",
            text("last_order_at DESC NULLS LAST"),
            text("id DESC"),
        ),
        # Every term carries its shop, so this index begins with the shop although its column does not.
        Index("ix_customers_customer_search", "search_terms", postgresql_using="gin"),
        Index("ix_customers_customer_source", "shop_id", "source", postgresql_where="source <> ''"),
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - the base declares its type

    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="")
    # Where they came from first, as known when they became a customer:
    # "link:<code>", "utm:<name>", "site:<host>", "import" or "".
    source: Mapped[str] = mapped_column(default="")
    first_touch: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_touch: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Whether they agreed to be written to about offers, and when that was last said.
    marketing_consent: Mapped[bool] = mapped_column(default=False)
    consent_at: Mapped[datetime | None]
    orders_placed: Mapped[int] = mapped_column(default=0)
    orders_paid: Mapped[int] = mapped_column(default=0)
    # What was paid less what went back, and what went back.
    spent_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    first_order_at: Mapped[datetime | None]
    last_order_at: Mapped[datetime | None]
    # Written by the database, and read by it only: what search finds the customer by.
    search_terms: Mapped[Any | None] = mapped_column(
        TSVECTOR, Computed("customers_terms(shop_id, name, email, phone)", persisted=True), deferred=True
    )


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


class CustomerTag(TenantTable):
    """A word that staff put on a customer."""

    __tablename__ = "customers_tag"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "customer_id", "tag"),
        Index(None, "shop_id", "tag", "customer_id"),
    )

    customer_id: Mapped[UUID]
    tag: Mapped[str]


class CustomerNote(CreatedAt, TenantTable):
    """A staff member's own words about a customer; customers never see them."""

    __tablename__ = "customers_note"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        Index(None, "shop_id", "customer_id", "created_at"),
    )

    customer_id: Mapped[UUID]
    text: Mapped[str]
    author: Mapped[str] = mapped_column(default="")


class CustomerImport(CreatedAt, TenantTable):
    """One file of customers: its columns mapped, checked, then carried out in chunks that can stop and go on.

    `sheet` holds the file's header and first rows, `mapping` our columns by place.
    """

    __tablename__ = "customers_import"
    __table_args__ = (
        CheckConstraint("state IN ('uploaded', 'checked', 'running', 'done', 'failed')", name="state"),
        Index(None, "shop_id", "created_at"),
        Index(
            "ix_customers_import_drafts",
            "shop_id",
            "created_at",
            postgresql_where=text("state IN ('uploaded', 'checked')"),
        ),
    )

    file_name: Mapped[str]
    path: Mapped[str]
    state: Mapped[str] = mapped_column(default="checked")
    sheet: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    # The first rows that were refused, each {"line", "message", "params"}.
    problems: Mapped[list[Any]] = mapped_column(default=list)
    finished_at: Mapped[datetime | None]
