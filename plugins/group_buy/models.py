"""Tables of group-buy, in the schema plugin_group_buy. Seats are reservations of core; a group adds who and what for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk.data import CreatedAt, TenantTable, tenant_fk

SCHEMA = "plugin_group_buy"


class Activity(CreatedAt, TenantTable):
    """A group-buy offer on one product: size, time limit, limits and stock; edits make a new `version` for new groups."""

    __tablename__ = "activity"
    __table_args__ = (
        tenant_fk("catalog_product", "product_id"),
        Index(None, "shop_id", "product_id"),
        Index(None, "shop_id", "state", "ends_at"),
        CheckConstraint("size BETWEEN 2 AND 100", name="size"),
        CheckConstraint("window_minutes BETWEEN 1 AND 10080", name="window_minutes"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("hard_end_at >= ends_at", name="hard_end"),
        CheckConstraint("limit_per_customer IS NULL OR limit_per_customer > 0", name="limit_per_customer"),
        CheckConstraint("stock_cap IS NULL OR stock_cap > 0", name="stock_cap"),
        CheckConstraint("state IN ('draft', 'published', 'paused', 'closed')", name="state"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[UUID]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    size: Mapped[int]
    window_minutes: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Groups opened before ends_at live on until their own deadline, but never after this instant.
    hard_end_at: Mapped[datetime]
    limit_per_customer: Mapped[int | None]
    stock_cap: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    # `domain.rules.Rules` as JSON: kind, limits, audience, perk.
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ActivityPrice(TenantTable):
    """The group price of one variant."""

    __tablename__ = "activity_price"
    __table_args__ = (
        tenant_fk("plugin_group_buy.activity", "activity_id", ondelete="CASCADE"),
        tenant_fk("catalog_variant", "variant_id"),
        UniqueConstraint("shop_id", "activity_id", "variant_id"),
        CheckConstraint("price_minor > 0", name="price"),
        {"schema": SCHEMA},
    )

    activity_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    price_minor: Mapped[int]
    # The whole ladder of a tiered activity, [[size, price], …], which begins with `price_minor`; empty: one step.
    steps: Mapped[list[Any]] = mapped_column(default=list)


class Group(CreatedAt, TenantTable):
    """A group 团: its seats are the reservations of `pool_id`, and how it stands follows from that pool.

    Variant, price, size and `terms` are the activity's as they were when it was opened; later edits do not reach it.
    """

    __tablename__ = "group"
    __table_args__ = (
        tenant_fk("plugin_group_buy.activity", "activity_id"),
        tenant_fk("catalog_variant", "variant_id"),
        tenant_fk("reservations_pool", "pool_id"),
        tenant_fk("customers_customer", "leader_id"),
        UniqueConstraint("shop_id", "code"),
        UniqueConstraint("shop_id", "pool_id"),
        Index(None, "shop_id", "activity_id", "created_at"),
        CheckConstraint("size BETWEEN 2 AND 100", name="size"),
        CheckConstraint("price_minor > 0", name="price"),
        {"schema": SCHEMA},
    )

    code: Mapped[str]
    activity_id: Mapped[UUID]
    activity_version: Mapped[int]
    variant_id: Mapped[UUID]
    size: Mapped[int]
    price_minor: Mapped[int]
    terms: Mapped[dict[str, Any]]
    pool_id: Mapped[UUID]
    # Who opened it; when that person leaves, the member who paid next.
    leader_id: Mapped[UUID]
    steps: Mapped[list[Any]] = mapped_column(default=list)
    # The merchant gave it more time, which can be done once.
    extended_at: Mapped[datetime | None]
    # The merchant declared its success with so many paid seats; no seat, order or person was added.
    declared_at: Mapped[datetime | None]
    declared_paid: Mapped[int | None]
    declared_by: Mapped[str] = mapped_column(default="")
    # All that follows from success has been done: differences sent back, winners drawn, the perk noted.
    settled_at: Mapped[datetime | None]
    # What a piece costs in the end; None until it is settled.
    final_minor: Mapped[int | None]


class Seat(CreatedAt, TenantTable):
    """Whose place in a group, and the order that pays for it; whether it is held or paid is its reservation's state."""

    __tablename__ = "seat"
    __table_args__ = (
        tenant_fk("plugin_group_buy.group", "group_id"),
        tenant_fk("orders_order", "order_id", deferred=True),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "order_id"),
        Index(None, "shop_id", "group_id"),
        Index(None, "shop_id", "customer_id", "created_at"),
        {"schema": SCHEMA},
    )

    group_id: Mapped[UUID]
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    # When the order that pays for it was cancelled: the buyer left, did not pay, or the group ended.
    left_at: Mapped[datetime | None]
    # The entry in a draw, and what became of it.
    ticket: Mapped[str] = mapped_column(default="")
    won: Mapped[bool | None]


class Draw(CreatedAt, TenantTable):
    """The draw of a lottery group; `seed` is secret until `drawn_at`, its `commitment` is published from the beginning."""

    __tablename__ = "draw"
    __table_args__ = (
        tenant_fk("plugin_group_buy.group", "group_id"),
        UniqueConstraint("shop_id", "group_id"),
        CheckConstraint("winners > 0", name="winners"),
        {"schema": SCHEMA},
    )

    group_id: Mapped[UUID]
    seed: Mapped[str]
    commitment: Mapped[str]
    winners: Mapped[int]
    # The frozen list of tickets, and its fingerprint.
    entries: Mapped[str] = mapped_column(default="")
    entries_hash: Mapped[str] = mapped_column(default="")
    drawn_at: Mapped[datetime | None]


class LeaderPerk(CreatedAt, TenantTable):
    """What the leader of a group that succeeded is to get: given when nothing can come back, or refused."""

    __tablename__ = "perk"
    __table_args__ = (
        tenant_fk("plugin_group_buy.group", "group_id"),
        tenant_fk("orders_order", "order_id"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "group_id"),
        Index(None, "shop_id", "customer_id"),
        CheckConstraint("state IN ('waiting', 'given', 'refused')", name="state"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        {"schema": SCHEMA},
    )

    group_id: Mapped[UUID]
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    amount_minor: Mapped[int] = mapped_column(default=0)
    # When it is looked at next.
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Waiter(CreatedAt, TenantTable):
    """Somebody who asked to be told when pieces of an activity come back, until `told_at`."""

    __tablename__ = "waiter"
    __table_args__ = (
        tenant_fk("plugin_group_buy.activity", "activity_id", ondelete="CASCADE"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "activity_id", "customer_id"),
        Index(None, "shop_id", "customer_id"),
        {"schema": SCHEMA},
    )

    activity_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    told_at: Mapped[datetime | None]
