"""When a shop or a pick-up point is open: weekly hours, days that differ, and the next opening; pure values."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

DAY = 24 * 60
# Further than this nobody plans; a shop that opens later is closed until it says otherwise.
_HORIZON_DAYS = 400
_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:.](\d{2})")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９：－～，、；", "0123456789:-~,,;")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of one day in minutes after midnight of the shop's zone; `to_minute` is not in it any more."""

    from_minute: int
    to_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_minute < self.to_minute <= DAY:
            raise ValueError("a window begins before it ends, within one day")

    @property
    def text(self) -> str:
        """As people write it: 09:00–18:00."""
        return f"{clock_time(self.from_minute)}–{clock_time(self.to_minute)}"


Windows = tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Weekly hours (Monday first) and `days` that differ from them (no windows: closed); without any, always open.

    Args:
        paused: no orders are taken until the merchant says so.
        refuses: no orders are taken outside of the hours; otherwise they are, and ship when the shop opens.
        note: the merchant's words to buyers while orders are not taken.
    """

    week: tuple[Windows, ...] = ()
    days: Mapping[date, Windows] = field(default_factory=dict)
    paused: bool = False
    refuses: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.week) not in (0, 7):
            raise ValueError("a week has seven days")

    @property
    def has_hours(self) -> bool:
        """Whether any weekly hours are stated."""
        return any(self.week)

    def windows_on(self, day: date) -> Windows:
        """The hours of one day."""
        if day in self.days:
            return self.days[day]
        return self.week[day.weekday()] if self.has_hours else (Window(0, DAY),)

    def is_open(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether it is open at `moment` (aware) by the clocks of `zone`."""
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        return any(one.from_minute <= minute < one.to_minute for one in self.windows_on(local.date()))

    def next_opening(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When it opens next, an aware instant after `moment`; None when that is not in sight."""
        today = moment.astimezone(zone).date()
        for ahead in range(_HORIZON_DAYS):
            day = today + timedelta(days=ahead)
            for window in sorted(self.windows_on(day)):
                begins = at_minute(day, window.from_minute, zone)
                if begins > moment:
                    return begins
        return None

    def open_days(self, first: date, count: int) -> list[date]:
        """Of `count` days from `first` on, those with hours."""
        days = (first + timedelta(days=ahead) for ahead in range(count))
        return [day for day in days if self.windows_on(day)]

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        return {
            "week": [_stored(windows) for windows in self.week],
            "days": {day.isoformat(): _stored(windows) for day, windows in sorted(self.days.items())},
            "paused": self.paused,
            "refuses": self.refuses,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Opening":
        """The inverse of `as_json`; {} is always open."""
        return cls(
            week=tuple(map(_windows, data.get("week", ()))),
            days={date.fromisoformat(day): _windows(pairs) for day, pairs in data.get("days", {}).items()},
            paused=bool(data.get("paused", False)),
            refuses=bool(data.get("refuses", False)),
            note=str(data.get("note", "")),
        )


def at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The aware instant of a minute of a day; 1440 is the next midnight."""
    whole, rest = divmod(minute, DAY)
    return datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), tzinfo=zone)


def clock_time(minute: int) -> str:
    """A minute of the day as 09:30; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_windows(text: str) -> Windows:
    """Spans as people type them: "9:00-12:00, 13:30-18:00"; empty is closed. Raises ValueError for anything else."""
    plain = text.translate(_FULL_WIDTH).strip()
    parts = [part.strip() for part in re.split(r"[,;]", plain) if part.strip()]
    found = sorted(map(_span, parts))
    if any(later.from_minute < earlier.to_minute for earlier, later in pairwise(found)):
        raise ValueError("spans overlap")
    return tuple(found)


def _span(text: str) -> Window:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"no span: {text}")
    hours = [int(one) for one in found.groups()]
    if hours[1] > 59 or hours[3] > 59:
        raise ValueError("a minute has two digits below 60")
    return Window(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])


def typed_windows(windows: Iterable[Window]) -> str:
    """Windows as they are typed again: 09:00-12:00, 13:30-18:00."""
    return ", ".join(one.text.replace("–", "-") for one in windows)


def grouped_week(opening: Opening) -> Iterator[tuple[int, int, Windows]]:
    """(first weekday, last weekday, hours) of neighbouring days with equal hours, Monday is 0."""
    first = 0
    for day in range(1, len(opening.week) + 1):
        if day == len(opening.week) or opening.week[day] != opening.week[first]:
            yield first, day - 1, opening.week[first]
            first = day


def _stored(windows: Windows) -> list[list[int]]:
    return [[one.from_minute, one.to_minute] for one in windows]


def _windows(pairs: Iterable[Iterable[int]]) -> Windows:
    return tuple(Window(*pair) for pair in pairs)
