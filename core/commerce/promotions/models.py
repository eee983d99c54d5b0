"""Tables of the promotions room."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable


class Backtest(CreatedAt, TenantTable):
    """Orders of a period priced again as if the rules of a plugin had been in force; `done` of `total` orders so far.

    `moment` is when those rules are read at: now, or a day on which a scheduled campaign runs.
    """

    __tablename__ = "promotions_backtest"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'finished', 'failed')", name="state"),
        Index(None, "shop_id", "created_at"),
    )

    plugin: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    moment: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
