"""Tables of the shops room."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.clock import now
from core.kernel.db import CreatedAt, ReferenceTable, TenantTable


class DirectoryEntry(ReferenceTable):
    """Gives out shop ids: one row per shop of the platform."""

    __tablename__ = "shops_directory"
    __table_args__ = (
        UniqueConstraint("handle"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    handle: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Shop(CreatedAt, TenantTable):
    """One shop. `epoch` grows with every change that cached pages must see."""

    __tablename__ = "shops_shop"
    __table_args__ = (
        UniqueConstraint("shop_id"),
        ForeignKeyConstraint(["shop_id"], ["shops_directory.shop_id"]),
        CheckConstraint("epoch >= 0", name="epoch"),
    )

    name: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    language: Mapped[str]
    timezone: Mapped[str]
    announcement: Mapped[str] = mapped_column(default="")
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
    theme: Mapped[dict[str, Any]] = mapped_column(default=dict)
    logo_asset: Mapped[str] = mapped_column(default="")
    # Minutes an unpaid order keeps its stock before it closes by itself.
    payment_window: Mapped[int] = mapped_column(default=30)
    # The standard rate; `tax` holds the rest: see shops.taxes.
    tax_basis_points: Mapped[int] = mapped_column(default=0)
    tax: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Weekly hours, days that differ, and whether orders are taken meanwhile: see shops.opening.
    opening: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The least margin of a promotion, and whether a return counts its threshold again: see shops.price_rules.
    pricing: Mapped[dict[str, Any]] = mapped_column(default=dict)
    epoch: Mapped[int] = mapped_column(default=0)
