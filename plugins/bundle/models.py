"""The table of bundles, in the schema plugin_bundle."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk.data import CreatedAt, TenantTable

SCHEMA = "plugin_bundle"


class Bundle(CreatedAt, TenantTable):
    """A bundle; `product_ids` are the goods of the set or the main products, `addon_ids` what is added to them.

    `price_minor` is that of `pieces` together, or of one add-on. `ends_at` None: until somebody ends it.
    """

    __tablename__ = "bundle"
    __table_args__ = (
        Index(None, "shop_id", "state"),
        CheckConstraint("kind IN ('any', 'addon')", name="kind"),
        CheckConstraint("pieces BETWEEN 1 AND 20", name="pieces"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        CheckConstraint("state IN ('draft', 'published', 'closed')", name="state"),
        {"schema": SCHEMA},
    )

    title: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    pieces: Mapped[int] = mapped_column(default=1)
    price_minor: Mapped[int]
    product_ids: Mapped[list[Any]] = mapped_column(default=list)
    addon_ids: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
