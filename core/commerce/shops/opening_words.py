"""Hours and days in the reader's words."""

from collections.abc import Iterator
from datetime import date, datetime

from babel.dates import format_skeleton, get_day_names

from core.commerce.shops.opening import Opening, Windows, grouped_week
from core.kernel.clock import now
from core.kernel.i18n import N_, current_locale, gettext
from core.kernel.tenancy import current_scope


def day_words(day: date) -> str:
    """A day without its year: Mon, Nov 23 · 11月23日周一; today and tomorrow by name."""
    away = (day - now().astimezone(current_scope().zone).date()).days
    if away in (0, 1):
        return gettext(N_("today")) if away == 0 else gettext(N_("tomorrow"))
    return str(format_skeleton("MMMEd", day, locale=current_locale()))


def full_day_words(day: date) -> str:
    """A day that may lie far away: Mon, Nov 23, 2026."""
    return str(format_skeleton("yMMMEd", day, locale=current_locale()))


def opening_moment(moment: datetime) -> str:
    """When it opens: tomorrow 09:00."""
    local = moment.astimezone(current_scope().zone)
    between = "" if current_locale().language == "zh" else " "
    return f"{day_words(local.date())}{between}{local:%H:%M}"


def weekday_name(weekday: int) -> str:
    """The short name of a weekday, Monday is 0."""
    return str(get_day_names("abbreviated", "format", current_locale())[weekday])


def windows_words(windows: Windows) -> str:
    """The hours of a day, or closed."""
    separator = "、" if current_locale().language == "zh" else ", "
    return separator.join(one.text for one in windows) or gettext(N_("closed"))


def week_lines(opening: Opening) -> Iterator[tuple[str, str]]:
    """(days, hours) of the week, neighbouring days with equal hours together; nothing without hours."""
    if not opening.has_hours:
        return
    for first, last, windows in grouped_week(opening):
        days = weekday_name(first) if first == last else f"{weekday_name(first)}–{weekday_name(last)}"
        yield days, windows_words(windows)


def week_words(opening: Opening) -> str:
    """The week in one line; empty without hours."""
    separator = "；" if current_locale().language == "zh" else "; "
    return separator.join(f"{days} {hours}" for days, hours in week_lines(opening))


def coming_exceptions(opening: Opening, *, days: int = 14) -> list[tuple[date, str]]:
    """Days of the near future that differ from the week, with their hours in words."""
    today = now().astimezone(current_scope().zone).date()
    return [
        (day, windows_words(windows))
        for day, windows in sorted(opening.days.items())
        if 0 <= (day - today).days < days
    ]
