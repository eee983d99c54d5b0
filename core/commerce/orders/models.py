"""Tables of the orders room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class OrderCounter(TenantTable):
    """The shop's next order number; taken in a short transaction of its own, so gaps are allowed."""

    __tablename__ = "orders_counter"
    __table_args__ = (UniqueConstraint("shop_id"),)

    prefix: Mapped[str] = mapped_column(default="")
    next_number: Mapped[int] = mapped_column(default=10001)


class Order(TenantTable):
    """An order: four orthogonal axes of state, the money facts, and the frozen input and answer of its price."""

    __tablename__ = "orders_order"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "number"),
        UniqueConstraint("shop_id", "code"),
        UniqueConstraint("shop_id", "checkout_id"),
        CheckConstraint("lifecycle IN ('placed', 'completed', 'cancelled')", name="lifecycle"),
        CheckConstraint("financial IN ('unpaid', 'paid', 'partly_refunded', 'refunded')", name="financial"),
        CheckConstraint("fulfilment IN ('unfulfilled', 'partial', 'fulfilled')", name="fulfilment"),
        CheckConstraint("holds_open >= 0", name="holds_open"),
        CheckConstraint("total_minor >= 0 AND captured_minor >= 0", name="amounts"),
        CheckConstraint("captured_minor <= total_minor", name="captured"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="refunded"),
        UniqueConstraint("shop_id", "pickup_code"),
        Index(None, "shop_id", "placed_at", "id"),
        Index(None, "shop_id", "customer_id", "placed_at"),
        Index(None, "shop_id", "delivery_kind", "placed_at"),
        Index(None, "shop_id", "financial", "placed_at"),
        Index(None, "shop_id", "paid_at"),
        Index(None, "shop_id", "total_minor", "id"),
        Index("ix_orders_order_noted", "shop_id", "placed_at", "id", postgresql_where="contact ? 'note'"),
        Index(
            "ix_orders_order_marked", "shop_id", "placed_at", "id", postgresql_where="marks <> '{}'::jsonb"
        ),
        # Every term carries its shop, so this index begins with the shop although its column does not.
        Index("ix_orders_order_search", "search_terms", postgresql_using="gin"),
        Index("ix_orders_order_source", "shop_id", "source", postgresql_where="source <> ''"),
        Index(
            "ix_orders_order_paid",
            "shop_id",
            "paid_at",
            "customer_id",
            postgresql_where="paid_at IS NOT NULL AND NOT is_test",
            postgresql_include=["captured_minor", "source"],
        ),
        Index(
            "ix_orders_order_unpaid",
            "shop_id",
            "pay_by",
            postgresql_where="lifecycle = 'placed' AND financial = 'unpaid'",
        ),
        Index(
            "ix_orders_order_open",
            "shop_id",
            "placed_at",
            postgresql_where="lifecycle = 'placed' AND financial <> 'unpaid' AND fulfilment <> 'fulfilled'",
        ),
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - the base declares its type

    number: Mapped[str]
    code: Mapped[str]
    checkout_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    lifecycle: Mapped[str] = mapped_column(default="placed")
    financial: Mapped[str] = mapped_column(default="unpaid")
    fulfilment: Mapped[str] = mapped_column(default="unfulfilled")
    holds_open: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    items_minor: Mapped[int]
    discount_minor: Mapped[int]
    shipping_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    captured_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    refunded_shipping_minor: Mapped[int] = mapped_column(default=0)
    price_input: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    priced: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    contact: Mapped[dict[str, Any]]
    address: Mapped[dict[str, Any]]
    delivery: Mapped[dict[str, Any]]
    # method | pickup: `delivery["kind"]` where an index can see it.
    delivery_kind: Mapped[str] = mapped_column(default="", server_default="")
    # What the buyer shows at the pick-up point; opaque, and only for orders that are fetched.
    pickup_code: Mapped[str | None]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    placed_at: Mapped[datetime]
    pay_by: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")
    # Where the buyer came from last, as Customer.source, and the first and last touch as the sources room writes them.
    source: Mapped[str] = mapped_column(default="")
    source_touch: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    # Placed by the merchant to see how it goes: shipped like any other, and counted nowhere.
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Written by the database, and read by it only: what search finds the order by.
    search_terms: Mapped[Any | None] = mapped_column(
        TSVECTOR,
        Computed("orders_order_terms(shop_id, number, contact, address)", persisted=True),
        deferred=True,
    )


class OrderLine(TenantTable):
    """A line as it was sold; words and prices are copies, `unit_nets` is what each unit cost after all adjustments."""

    __tablename__ = "orders_line"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        UniqueConstraint("shop_id", "order_id", "key"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("net_minor >= 0", name="net"),
        CheckConstraint(
            "shipped >= 0 AND refunded >= 0 AND shipped <= quantity AND refunded <= quantity", name="units"
        ),
        Index(None, "shop_id", "variant_id"),
        Index(None, "shop_id", "sku"),
        # Every term carries its shop, so this index begins with the shop although its column does not.
        Index("ix_orders_line_search", "search_terms", postgresql_using="gin"),
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - the base declares its type

    order_id: Mapped[UUID]
    position: Mapped[int]
    key: Mapped[str]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    title: Mapped[str]
    variant_title: Mapped[str] = mapped_column(default="")
    sku: Mapped[str] = mapped_column(default="")
    image: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int]
    unit_list_minor: Mapped[int]
    net_minor: Mapped[int]
    unit_nets: Mapped[list[Any]]
    # What of each unit's price went back while the buyer keeps it (see payments.actions.cuts); empty: nothing did.
    unit_cuts: Mapped[list[Any]] = mapped_column(default=list)
    shipped: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    search_terms: Mapped[Any | None] = mapped_column(
        TSVECTOR,
        Computed("order_terms(shop_id, title || ' ' || variant_title || ' ' || sku)", persisted=True),
        deferred=True,
    )


class OrderAdjustment(TenantTable):
    """One reason the price is what it is: which plugin and rule, who pays for it, and how it spread over the lines."""

    __tablename__ = "orders_adjustment"
    __table_args__ = (tenant_fk("orders_order", "order_id"), Index(None, "shop_id", "order_id"))

    order_id: Mapped[UUID]
    position: Mapped[int]
    stage: Mapped[str]
    plugin: Mapped[str]
    plugin_version: Mapped[str]
    rule_id: Mapped[str]
    rule_snapshot: Mapped[dict[str, Any]]
    kind: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[dict[str, Any]]
    funding: Mapped[dict[str, Any]]
    # Line key (or "shipping") → minor units; sums to amount_minor. Refunds use exactly this.
    allocation: Mapped[dict[str, Any]]


class OrderHold(CreatedAt, TenantTable):
    """What keeps an order from shipping: a pool that must fill. Released with the pool, or the order is refunded."""

    __tablename__ = "orders_hold"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        tenant_fk("reservations_pool", "pool_id"),
        UniqueConstraint("shop_id", "order_id", "pool_id"),
        CheckConstraint("state IN ('pending', 'waiting', 'released', 'expired', 'dropped')", name="state"),
        Index(None, "shop_id", "pool_id"),
    )

    order_id: Mapped[UUID]
    pool_id: Mapped[UUID]
    plugin: Mapped[str]
    # pending: the order is not paid yet; waiting: paid, keeps it from shipping.
    state: Mapped[str] = mapped_column(default="pending")
    reason: Mapped[dict[str, Any]]
    release_by: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class OrderEntry(TenantTable):
    """One entry of an order's timeline, in words both languages know (`text` is a message id, `params` fill it)."""

    __tablename__ = "orders_entry"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        Index(None, "shop_id", "order_id", "at"),
        Index("ix_orders_entry_notes", "shop_id", "order_id", postgresql_where="kind = 'note'"),
    )

    order_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str]
    text: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor_kind: Mapped[str]
    actor_name: Mapped[str] = mapped_column(default="")
    plugin: Mapped[str] = mapped_column(default="")
    # Shown to the buyer as well.
    public: Mapped[bool] = mapped_column(default=True)


class Tag(TenantTable):
    """A word with a colour that staff put on orders to find them again."""

    __tablename__ = "orders_tag"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    name: Mapped[str]
    colour: Mapped[str] = mapped_column(default="grey")


class TaggedOrder(TenantTable):
    """A tag on an order."""

    __tablename__ = "orders_tagged_order"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        tenant_fk("orders_tag", "tag_id"),
        UniqueConstraint("shop_id", "order_id", "tag_id"),
        Index(None, "shop_id", "tag_id", "order_id"),
    )

    order_id: Mapped[UUID]
    tag_id: Mapped[UUID]
