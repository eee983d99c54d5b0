"""Delivery slots on their dates: which can still be chosen, and the pool that limits each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.commerce.reservations.queries import PoolView, pools
from core.commerce.reservations.values import NewPool
from core.commerce.shops.opening import Opening, Window, at_minute

OWNER, KIND = "shipping", "slot"
# How many days ahead a buyer can choose.
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class SlotView:
    """A window of a weekday (0 is Monday) in minutes of the shop's day, with room for `capacity` orders."""

    id: UUID
    weekday: int
    from_minute: int
    to_minute: int
    cutoff_minutes: int
    capacity: int
    active: bool = True

    @property
    def window(self) -> Window:
        """When it is."""
        return Window(self.from_minute, self.to_minute)

    def closes_at(self, day: date, zone: ZoneInfo) -> datetime:
        """Until when orders are taken for it on that date."""
        return at_minute(day, self.from_minute, zone) - timedelta(minutes=self.cutoff_minutes)


@dataclass(frozen=True, slots=True)
class SlotDate:
    """A slot on one date; `left` is how many more orders fit."""

    slot: SlotView
    day: date
    left: int

    @property
    def key(self) -> str:
        """How a form names it: <slot>/<date>."""
        return slot_key(self.slot.id, self.day)


def slot_key(slot_id: UUID, day: date) -> str:
    """How a form, and the pool's subject, name a slot on a date."""
    return f"{slot_id}/{day.isoformat()}"


def slot_pool(slot: SlotView, day: date) -> NewPool:
    """The pool that limits a slot on a date; made when the first order wants it."""
    return NewPool(OWNER, KIND, slot_key(slot.id, day), slot.capacity)


def slot_dates(
    slots: Iterable[SlotView], moment: datetime, zone: ZoneInfo, opening: Opening | None = None
) -> list[SlotDate]:
    """What can be chosen from `moment` (aware) on, in order of time; days on which the shop is closed are left out."""
    found = list(_coming(list(slots), moment, zone, opening))
    kept = pools(slot_pool(slot, day).id for slot, day in found)
    return [SlotDate(slot, day, _left(kept, slot, day)) for slot, day in found]


def _coming(
    slots: list[SlotView], moment: datetime, zone: ZoneInfo, opening: Opening | None
) -> Iterator[tuple[SlotView, date]]:
    today = moment.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        if opening is not None and opening.days.get(day) == ():
            continue
        for slot in slots:
            if slot.weekday == day.weekday() and slot.active and slot.closes_at(day, zone) > moment:
                yield slot, day


def _left(kept: Mapping[UUID, PoolView], slot: SlotView, day: date) -> int:
    pool = kept.get(slot_pool(slot, day).id)
    available = pool.available if pool is not None else slot.capacity
    return max(0, slot.capacity if available is None else available)
