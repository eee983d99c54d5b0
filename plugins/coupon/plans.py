"""A campaign as a merchant writes it down; pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plugins.coupon.terms import Terms

# How people come by a coupon.
WAYS = ("centre", "code", "trigger", "staff", "fission")
# What gives a coupon by itself; any other name is an event that some plugin tells as a reward.
TRIGGERS = ("signup", "paid", "birthday", "lottery_consolation", "group_leader", "live_stay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign as a merchant wrote it down; money in minor units, instants in UTC."""

    name: str
    terms: Terms
    way: str = "centre"
    trigger: str = ""
    audience: str = ""
    claim_from: datetime | None = None
    claim_to: datetime | None = None
    total: int | None = None
    per_customer: int | None = 1
    per_day: int | None = None
    random_total: int | None = None
    budget_minor: int | None = None
    budget_uses: int | None = None
    budget_day_minor: int | None = None
    holdout_points: int = 0
    hourly_alarm: int | None = None
    fission_need: int | None = None
    fission_hours: int = 24
    per_device: int | None = None
    consolation_id: UUID | None = None
    announced: bool = False
