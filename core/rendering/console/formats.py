"""How the console writes money, numbers and times: the reader's language, the shop's currency and zone."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_decimal
from babel.units import format_unit

from core.kernel import clock
from core.kernel.i18n import current_locale, gettext
from core.kernel.money import MINUS, Money, format_money
from core.kernel.tenancy import scope_or_none

_SEPARATORS = re.compile(r"(?<=[0-9])[, \u00a0](?=[0-9]{3}(?:[^0-9]|$))")


def ui_locale() -> Locale:
    """The Babel locale of the page."""
    return current_locale()


def shop_zone() -> ZoneInfo:
    """The bound shop's zone; UTC on platform pages."""
    scope = scope_or_none()
    return scope.zone if scope else ZoneInfo("UTC")


def plain_digits(text: str) -> str:
    """`text` with full-width digits made ordinary, without thousands separators and outer blanks."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).strip())


def money(value: Money | None, sign: bool = False) -> str:
    """`value` as the reader writes it: "¥1,234.50", "−¥25.93"; with `sign` a plus in front of gains."""
    if value is None:
        return "–"
    text = format_money(value)
    return f"+{text}" if sign and value.minor > 0 else text


def currency_sign(currency: str) -> str:
    """The sign that stands before an amount in an input: "¥", "$", or the code where there is none."""
    return re.sub(r"[0-9.,\s\u00a0]", "", format_money(Money(0, currency))) or currency


def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """A number with the reader's separators and a real minus sign; "–" for nothing."""
    if value is None:
        return "–"
    pattern = None if decimals is None else f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    below = value < 0
    text = format_decimal(-value if below else value, format=pattern, locale=ui_locale())
    return MINUS + text if below else text


def percent(points: int | None, decimals: int = 1) -> str:
    """Basis points as a percentage: 825 → "8.3%" (half away from zero)."""
    if points is None:
        return "–"
    exact = Decimal(points).scaleb(-2).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{number(exact, decimals)}%"


def compact(value: int) -> str:
    """A count for a small place: 1,284; 12 thousand and more lose their last digits ("1.2万", "12K")."""
    if abs(value) < 10_000:
        return number(value)
    if ui_locale().language == "zh":
        return f"{number(value / 10_000, 1).removesuffix('.0')}万"
    return f"{number(value / 1_000, 1).removesuffix('.0')}K" if abs(value) < 1_000_000 else _millions(value)


def _millions(value: int) -> str:
    return f"{number(value / 1_000_000, 1).removesuffix('.0')}M"


def day(value: datetime) -> str:
    """The day of an instant: "Today", "Yesterday", "Aug 6", or with its year when it is another one."""
    local, today = value.astimezone(shop_zone()), clock.now().astimezone(shop_zone())
    words = {0: gettext("Today"), -1: gettext("Yesterday"), 1: gettext("Tomorrow")}
    near = words.get((local.date() - today.date()).days)
    if near:
        return near
    if local.year == today.year:
        return str(format_skeleton("MMMd", local, tzinfo=shop_zone(), locale=ui_locale()))
    return format_date(local.date(), format="medium", locale=ui_locale())


def moment(value: datetime | None, seconds: bool = False) -> str:
    """An instant in the shop's zone: "Today 14:28", "Aug 6, 2025 14:28"; "–" for nothing."""
    if value is None:
        return "–"
    return f"{day(value)} {hour(value, seconds)}"


def hour(value: datetime, seconds: bool = False) -> str:
    """The time of day of an instant in the shop's zone, 24 hours: "14:28"."""
    return value.astimezone(shop_zone()).strftime("%H:%M:%S" if seconds else "%H:%M")


def ago(value: datetime | None) -> str:
    """How far an instant is from now: "3 minutes ago", "in 2 hours"."""
    if value is None:
        return "–"
    distance = value - clock.now()
    if abs(distance) < timedelta(minutes=1):
        return gettext("just now") if distance <= timedelta() else gettext("in a moment")
    return format_timedelta(distance, add_direction=True, threshold=1.2, locale=ui_locale())


def length(amount: int, unit: str) -> str:
    """A length of time: `length(1, "hour")` → "1 hour", "1小时"; units are minute, hour and day."""
    return format_unit(amount, f"duration-{unit}", length="long", locale=ui_locale())


def instant(value: datetime) -> str:
    """ISO 8601 in UTC, for `datetime` attributes and scripts."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def initial(name: str) -> str:
    """What stands on an avatar: the first sign of a Chinese name, one or two initials of another."""
    words = name.split()
    if not words:
        return "?"
    if unicodedata.east_asian_width(words[0][0]) in "WF":
        return words[0][0]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
