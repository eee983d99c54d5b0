"""Tables of the reservations room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Pool(CreatedAt, TenantTable):
    """A limited thing: `capacity` units ever (None: untracked), of which some are reserved and some confirmed for good.

    A pool with a `threshold` closes by itself when that many units are confirmed. Its deadline is fixed at the first
    confirmation: `window_seconds` later, but never after `hard_deadline`. With `least`, so many confirmed units are enough
    when the deadline comes: the pool is then as filled as at its threshold.
    """

    __tablename__ = "reservations_pool"
    __table_args__ = (
        UniqueConstraint("shop_id", "owner", "kind", "subject"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("confirmed >= 0", name="confirmed"),
        CheckConstraint("capacity IS NULL OR reserved + confirmed <= capacity", name="capacity"),
        CheckConstraint("least IS NULL OR (least > 0 AND least <= threshold)", name="least"),
        CheckConstraint(
            "closed_as IS NULL OR closed_as IN ('filled', 'expired', 'cancelled')", name="closed_as"
        ),
        Index("ix_reservations_pool_due", "shop_id", "deadline", postgresql_where="closed_as IS NULL"),
    )

    owner: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[int] = mapped_column(default=0)
    threshold: Mapped[int | None]
    least: Mapped[int | None]
    window_seconds: Mapped[int | None]
    hard_deadline: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    closed_as: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class Reservation(CreatedAt, TenantTable):
    """Units of a pool kept for one holder (a checkout, then its order) until `expires_at`, or confirmed for good."""

    __tablename__ = "reservations_reservation"
    __table_args__ = (
        tenant_fk("reservations_pool", "pool_id"),
        UniqueConstraint("shop_id", "pool_id", "holder_kind", "holder_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("state IN ('held', 'confirmed', 'released')", name="state"),
        Index(None, "shop_id", "holder_id"),
        Index("ix_reservations_reservation_due", "shop_id", "expires_at", postgresql_where="state = 'held'"),
    )

    pool_id: Mapped[UUID]
    holder_kind: Mapped[str]
    holder_id: Mapped[UUID]
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(default="held")
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
