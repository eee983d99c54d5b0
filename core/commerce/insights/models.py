"""Tables of the insights room."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import TenantTable

# What visitors do before they pay, in the order in which they do it.
STEPS = ("visit", "product", "cart", "checkout")


class VisitorStep(TenantTable):
    """How many visitors came as far as a step on a day of the shop's zone; no row is about anybody.

    A day's number is the sum over its slots, between which visitors are spread so that a busy shop has no hot row.
    `by_time` counts them by the ten minutes of the day in which it happened ({"87": 3}: from 14:30 to 14:40).
    """

    __tablename__ = "insights_step"
    __table_args__ = (
        UniqueConstraint("shop_id", "day", "step", "slot"),
        CheckConstraint("step IN ('visit', 'product', 'cart', 'checkout')", name="step"),
        CheckConstraint("visitors > 0", name="visitors"),
    )

    day: Mapped[date] = mapped_column(Date)
    step: Mapped[str]
    slot: Mapped[int]
    visitors: Mapped[int]
    by_time: Mapped[dict[str, Any]]
