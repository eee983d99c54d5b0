"""How a shop deals with reviews, as a frozen value; kept in one row, defaults without one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.commerce.reviews.models import ReviewRules
from core.kernel.db import session
from core.kernel.tenancy import current_scope

# A review that nobody decided on is shown after so many days: silence is not a way to hide.
UNDECIDED_DAYS = 7
FOLLOW_UP_DAYS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the shop decided.

    Args:
        approve: reviews wait until somebody of the shop has read them.
        edit_days: for so many days a buyer may change what they wrote.
        sold_from: pages say how many were sold from so many units on; None: never.
        ask: buyers are asked for a review by themselves.
        ask_after_days: so many days after the last parcel left.
        asked_until: shipments until then were looked at.
    """

    approve: bool = False
    edit_days: int = 30
    sold_from: int | None = 10
    ask: bool = False
    ask_after_days: int = 7
    asked_until: datetime | None = None


def review_rules() -> Rules:
    """The bound shop's rules."""
    row = session().scalars(select(ReviewRules).where(ReviewRules.shop_id == current_scope().shop_id)).first()
    return Rules() if row is None else Rules(**{name: getattr(row, name) for name in Rules.__slots__})
