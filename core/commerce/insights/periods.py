"""Periods that figures are about, in days of the shop's zone, and what each is compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.commerce.fulfilment.order_conditions import start_of_day
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope

LONGEST_DAYS = 366
# Visitors are counted by so many minutes of the day.
PART_MINUTES = 10
_FIRST_DAY = date(2000, 1, 1)
# Name → how many days it has, and how many days ago it ends.
_NAMED = {"today": (1, 0), "yesterday": (1, 1), "7d": (7, 0), "30d": (30, 0)}
NAMED = tuple(_NAMED)


class PeriodRefused(PinpuError):
    """A period ends after it begins, not in the future, and is a year at most."""

    code = "insights.period_refused"
    status = 422
    message = N_("These days make no period.")
    fix = N_("Choose a first and a last day up to today, at most a year apart.")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; `until` is where it ends before its last day does (UTC), or None."""

    first: date
    last: date
    until: datetime | None = None

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def begin(self) -> datetime:
        """The first instant, UTC."""
        return start_of_day(self.first)

    @property
    def end(self) -> datetime:
        """The instant after the last, UTC."""
        return self.until or start_of_day(self.last + timedelta(days=1))

    @property
    def is_one_day(self) -> bool:
        """Whether it is drawn by the time of day."""
        return self.first == self.last

    def each_day(self) -> Iterator[date]:
        """Its days in their order."""
        return (self.first + timedelta(days=one) for one in range(self.days))

    @property
    def whole(self) -> "Period":
        """The same days to the end of the last."""
        return Period(self.first, self.last)

    @property
    def is_open(self) -> bool:
        """Whether it is still going on."""
        return self.last == today()

    @property
    def before(self) -> "Period":
        """What it is compared with: for one day the same weekday a week before, else as many days right before it.

        A period that is going on is compared until the same time by the clock on the wall.
        """
        back = timedelta(days=7 if self.is_one_day else self.days)
        first, last = self.first - back, self.last - back
        return Period(first, last, _same_time(last) if self.is_open else None)


def today() -> date:
    """The day by the shop's clock."""
    return now().astimezone(current_scope().zone).date()


def _same_time(day: date) -> datetime:
    """The instant after the time that it is now, on another day; an hour that the day does not have is the next one."""
    local = now().astimezone(current_scope().zone)
    return datetime.combine(day, local.time(), current_scope().zone).astimezone(UTC) + datetime.resolution


def named_period(name: str) -> Period:
    """One of NAMED."""
    days, ago = _NAMED[name]
    last = today() - timedelta(days=ago)
    return Period(last - timedelta(days=days - 1), last)


def own_period(first: date, last: date) -> Period:
    """From one day to another. Raises PeriodRefused."""
    if not _FIRST_DAY <= first <= last <= today() or (last - first).days >= LONGEST_DAYS:
        raise PeriodRefused
    return Period(first, last)


def part_of_day(moment: datetime) -> int:
    """Which ten minutes of its day it is by the shop's clock, from 0."""
    local = moment.astimezone(current_scope().zone)
    return (local.hour * 60 + local.minute) // PART_MINUTES
