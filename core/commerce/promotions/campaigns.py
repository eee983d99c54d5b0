"""Campaigns of all plugins as the calendar shows them, and which of them get in each other's way; pure values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal
from uuid import UUID

from core.commerce.pricing.stages import Stage

State = Literal["scheduled", "running", "paused", "ended"]
# Pairs grow with the square: of more campaigns only the first ones are compared.
MOST_COMPARED = 400
# The one slot that needs no name: of all activity prices a line gets the lowest.
ACTIVITY_PRICE = "activity price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign of a plugin. Instants are aware UTC; `ends_at` None: until somebody ends it.

    `key`              the `rule_id` of its adjustments, as in a CampaignResult.
    `title`            its name, as the merchant wrote it.
    `kind`             what it is, in the reader's language: "Group-buy", "Coupon".
    `stage`            the stage of its adjustments; two in the campaign stage compete for the activity price.
    `exclusive_group`  that of its adjustments; of one group only one rule applies to a basket.
    `product_ids`      the products it is for; None: any.
    `url`              its own page in the console.
    `paused`           it stands still by somebody's wish.
    `plugin` is filled in by core.
    """

    key: str
    title: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None = None
    stage: Stage
    exclusive_group: str = ""
    product_ids: frozenset[UUID] | None = None
    url: str = ""
    paused: bool = False
    plugin: str = ""

    def state(self, moment: datetime) -> State:
        """How it stands at `moment`."""
        if self.ends_at is not None and self.ends_at <= moment:
            return "ended"
        if moment < self.starts_at:
            return "scheduled"
        return "paused" if self.paused else "running"

    def touches(self, since: datetime, until: datetime) -> bool:
        """Whether it runs at any time from `since` to before `until`."""
        return self.starts_at < until and (self.ends_at is None or self.ends_at > since)

    @property
    def slots(self) -> frozenset[str]:
        """What only one campaign can have at a time."""
        named = {self.exclusive_group} if self.exclusive_group else set()
        return frozenset(named | ({ACTIVITY_PRICE} if self.stage is Stage.CAMPAIGN else set()))


@dataclass(frozen=True, slots=True)
class Collision:
    """Two campaigns of which only one can win: `slot` is what for, from `since` to `until` (None: open end).

    `product_ids` are the goods they share; None: both are for any.
    """

    first: Campaign
    second: Campaign
    slot: str
    since: datetime
    until: datetime | None
    product_ids: frozenset[UUID] | None


def collisions(campaigns: Sequence[Campaign]) -> list[Collision]:
    """Every pair that wants the same slot for the same goods at the same time, the earliest first."""
    found: list[Collision] = []
    for one, other in combinations(campaigns[:MOST_COMPARED], 2):
        found += _collisions(one, other)
    return sorted(
        found, key=lambda one: (one.since, one.first.plugin, one.first.key, one.second.key, one.slot)
    )


def _collisions(one: Campaign, other: Campaign) -> Iterator[Collision]:
    since = max(one.starts_at, other.starts_at)
    ends = [end for end in (one.ends_at, other.ends_at) if end is not None]
    until = min(ends) if ends else None
    shared = _shared(one.product_ids, other.product_ids)
    if (until is not None and until <= since) or (shared is not None and not shared):
        return
    for slot in sorted(one.slots & other.slots):
        yield Collision(one, other, slot, since, until, shared)


def _shared(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other
