"""Periods, and the days that they are compared with, in words."""

from datetime import date, datetime

from babel.dates import format_date, get_day_names

from core.commerce.insights.periods import NAMED, Period, named_period
from core.kernel.clock import now
from core.kernel.i18n import N_, current_locale, gettext
from core.kernel.tenancy import current_scope

NAMES = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "7d": N_("7 days"),
    "30d": N_("30 days"),
}
assert tuple(NAMES) == NAMED


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return current_locale().language == "zh"


def day_words(day: date) -> str:
    """A day: "Aug 6", with its year when it is another one."""
    this_year = day.year == now().astimezone(current_scope().zone).year
    if is_chinese():
        return format_date(day, "M月d日" if this_year else "y年M月d日", locale=current_locale())
    return format_date(day, "MMM d" if this_year else "MMM d, y", locale=current_locale())


def long_day(moment: datetime) -> str:
    """The day of an instant with its weekday."""
    pattern = "M月d日 EEEE" if is_chinese() else "EEEE, MMMM d"
    return format_date(moment.astimezone(current_scope().zone).date(), pattern, locale=current_locale())


def days_words(period: Period) -> str:
    """From when to when."""
    if period.is_one_day:
        return day_words(period.first)
    return f"{day_words(period.first)} – {day_words(period.last)}"


def compared_with(period: Period) -> str:
    """What a period is compared with: "last Thursday", "Aug 6", "Jul 1 – Jul 7"."""
    if period.is_one_day and period.first == named_period("today").first:
        weekday = get_day_names("wide", locale=current_locale())[period.first.weekday()]
        return gettext(
            N_("last %(weekday)s"), weekday=weekday.removeprefix("星期") if is_chinese() else weekday
        )
    return days_words(period.before)


def before_words(period: Period, value: str) -> str:
    """A figure of the days that a period is compared with."""
    said = N_("%(day)s by this hour %(value)s") if period.is_open else N_("%(day)s %(value)s")
    return gettext(said, day=compared_with(period), value=value)
