"""Store hours: weekly windows, days that differ, the next opening, and clocks that change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.shops.opening import DAY, Opening, Window, read_windows, typed_windows

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
WORKDAYS = Opening(week=(*[(Window(540, 720), Window(810, 1080))] * 5, (), ()))


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-23 08:59", False, "2026-11-23 09:00"),
        ("2026-11-23 09:00", True, "2026-11-23 13:30"),
        ("2026-11-23 12:00", False, "2026-11-23 13:30"),
        ("2026-11-27 18:00", False, "2026-11-30 09:00"),
        ("2026-11-29 23:59", False, "2026-11-30 09:00"),
    ],
)
def test_week_by_the_clocks_of_the_shop(moment, is_open, opens):
    now = at(moment).astimezone(UTC)
    assert WORKDAYS.is_open(now, SHANGHAI) is is_open
    assert WORKDAYS.next_opening(now, SHANGHAI) == at(opens)


def test_days_that_differ_come_before_the_week():
    monday, sunday = date(2026, 11, 30), date(2026, 11, 29)
    hours = Opening(week=WORKDAYS.week, days={monday: (), sunday: (Window(600, 660),)})
    assert hours.next_opening(at("2026-11-27 20:00"), SHANGHAI) == at("2026-11-29 10:00")
    assert hours.next_opening(at("2026-11-29 12:00"), SHANGHAI) == at("2026-12-01 09:00")
    assert hours.open_days(sunday, 3) == [sunday, date(2026, 12, 1)]


def test_without_hours_it_is_always_open_but_for_closed_days():
    assert Opening().is_open(at("2026-11-29 03:00"), SHANGHAI)
    holiday = Opening(days={date(2026, 11, 29): ()})
    assert not holiday.is_open(at("2026-11-29 03:00"), SHANGHAI)
    assert holiday.next_opening(at("2026-11-29 03:00"), SHANGHAI) == at("2026-11-30 00:00")


def test_opening_follows_the_wall_clock_when_the_clocks_change():
    sundays = Opening(week=((), (), (), (), (), (), (Window(540, 600),)))
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert sundays.next_opening(before, LONDON).astimezone(UTC) == datetime(2026, 3, 29, 8, tzinfo=UTC)


def test_never_open_has_no_next_opening():
    shut = Opening(week=WORKDAYS.week, days={date(2026, 1, 1) + timedelta(days=n): () for n in range(800)})
    assert shut.next_opening(at("2026-05-01 12:00"), SHANGHAI) is None


windows = st.lists(st.integers(0, DAY), min_size=0, max_size=8, unique=True).map(
    lambda edges: tuple(Window(*pair) for pair in zip(*[iter(sorted(edges))] * 2, strict=False))
)
openings = st.builds(
    Opening,
    week=st.lists(windows, min_size=7, max_size=7).map(tuple),
    days=st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 4, 30)), windows, max_size=5),
    paused=st.booleans(),
    refuses=st.booleans(),
    note=st.text(max_size=10),
)


@given(openings)
def test_hours_survive_storage_and_typing(hours):
    assert Opening.from_json(hours.as_json()) == hours
    assert all(read_windows(typed_windows(one)) == one for one in hours.week)


@given(
    openings,
    st.integers(0, 60 * DAY),
    st.sampled_from([SHANGHAI, LONDON]),
)
def test_it_is_open_when_it_opens_next_and_not_before(hours, minutes, zone):
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens = hours.next_opening(moment, zone)
    if opens is None:
        return
    assert opens > moment
    assert hours.is_open(opens, zone)
    if not hours.is_open(moment, zone):
        between = moment + (opens.astimezone(UTC) - moment) / 2
        assert not hours.is_open(between, zone)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("9:00-18:00", (Window(540, 1080),)),
        ("13:30–18:00， ９：００～12:00", (Window(540, 720), Window(810, 1080))),
        ("0:00-24:00", (Window(0, DAY),)),
    ],
)
def test_spans_are_read_as_people_type_them(text, found):
    assert read_windows(text) == found


@pytest.mark.parametrize(
    "text", ["9-18", "18:00-9:00", "9:00-12:00, 11:00-13:00", "9:00-24:01", "9:75-10:00", "closed"]
)
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do, the form has its own
        read_windows(text)
