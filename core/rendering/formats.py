"""How storefront pages write amounts, times and translated words: the visitor's language, the shop's zone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from core.kernel import clock, i18n
from core.kernel.money import MINUS, Money, format_money, plain_amount
from core.rendering.sandbox import TemplateRefused

# "CN¥", "US$": letters that a shop with one currency does not need.
_COUNTRY_LETTERS = re.compile(r"(?<![A-Z])[A-Z]{2,3}(?=[¥$€£₩₹฿₫])")
_DIGITS = re.compile(r"[0-9][0-9.,\u00a0\u202f]*[0-9]|[0-9]")
_PLACEHOLDER = re.compile(r"%(?:\((\w{1,40})\)[sd]|(%)|)")

_UTC = ZoneInfo("UTC")
_zone: ContextVar[ZoneInfo] = ContextVar("storefront_zone", default=_UTC)


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Show all times inside the block in the time zone `name`."""
    token = _zone.set(ZoneInfo(name))
    try:
        yield
    finally:
        _zone.reset(token)


def money(value: Money) -> str:
    """ "¥1,234.50", "−$3.00"."""
    return _money(_checked(value), i18n.current_locale())


@lru_cache(maxsize=4096)
def _money(value: Money, locale: Locale) -> str:
    return _COUNTRY_LETTERS.sub("", format_money(value, locale))


def price(value: Money) -> Markup:
    """The amount with its sign set small: `<small>¥</small>89.00`."""
    return _price(_checked(value), i18n.current_locale())


@lru_cache(maxsize=4096)
def _price(value: Money, locale: Locale) -> Markup:
    text = _money(value, locale)
    found = _DIGITS.search(text)
    if found is None:
        return escape(text)
    before, digits, after = text[: found.start()], found[0], text[found.end() :]
    small = Markup("<small>{}</small>")
    return Markup("").join(
        (small.format(before) if before else "", digits, small.format(after.strip()) if after.strip() else "")
    )


def amount(value: Money) -> str:
    """The digits alone, for columns that name their currency once: "1,234.50", "−39.00"."""
    text = money(value)
    found = _DIGITS.search(text)
    return f"{MINUS if value.minor < 0 else ''}{found[0] if found else text}"


def _checked(value: Any) -> Money:
    if not isinstance(value, Money):
        raise TemplateRefused(f"a {type(value).__name__} is not money")
    return value


def _local(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TemplateRefused(f"a {type(value).__name__} is not an instant")
    return value.astimezone(_zone.get())


def time(value: datetime) -> str:
    """Time of day in the shop's zone, 24 hours: "20:08"."""
    return _local(value).strftime("%H:%M")


def day(value: datetime) -> str:
    """The day in the shop's zone: "Nov 23" or "11月23日", with its year when it is another one."""
    local = _local(value)
    if local.year != clock.now().astimezone(_zone.get()).year:
        return format_date(local.date(), format="medium", locale=i18n.current_locale())
    return str(format_skeleton("MMMd", local, tzinfo=_zone.get(), locale=i18n.current_locale()))


def moment(value: datetime) -> str:
    """Day and time in the shop's zone: "Nov 23, 20:08", "11月23日 20:08"; only the time when it is today."""
    if _local(value).date() == clock.now().astimezone(_zone.get()).date():
        return time(value)
    return full_moment(value)


def full_moment(value: datetime) -> str:
    """Day and time in the shop's zone, also for today."""
    between = " " if i18n.current_locale().language == "zh" else ", "
    return f"{day(value)}{between}{time(value)}"


def iso(value: datetime) -> str:
    """The instant for a `datetime` attribute."""
    return _local(value).isoformat(timespec="seconds")


def number(value: int) -> str:
    """A whole number with the reader's separators."""
    return format_decimal(int(value), locale=i18n.current_locale())


def translated(message: str, **params: Any) -> str:
    """`message` in the visitor's language with `%(name)s` filled in; params that are HTML stay HTML."""
    return _filled(i18n.gettext(str(message)), params) if message else ""


def translated_number(singular: str, plural: str, n: int, **params: Any) -> str:
    """The form of `singular` / `plural` for `n`; `%(n)s` is `n`."""
    kept = {name: f"%({name})s" for name in params}
    return _filled(i18n.ngettext(_quoted(singular), _quoted(plural), int(n), **kept), {"n": n, **params})


def _quoted(message: str) -> str:
    # The kernel fills placeholders itself with Python's `%`; a width in there could be huge.
    if any(found.group(0) == "%" for found in _PLACEHOLDER.finditer(message)):
        raise TemplateRefused("a placeholder is written %(name)s")
    return message


def _filled(text: str, params: dict[str, Any]) -> str:
    if not params:
        return text
    html = any(hasattr(value, "__html__") for value in params.values())
    write: Callable[[Any], str] = escape if html else str

    def one(found: re.Match[str]) -> str:
        if found[2]:
            return "%"
        if found[1] is None or found[1] not in params:
            return found[0]
        return str(write(params[found[1]]))

    filled = _PLACEHOLDER.sub(one, str(escape(text)) if html else text)
    return Markup(filled) if html else filled  # noqa: S704 - text and params were escaped above


FILTERS: dict[str, Callable[..., Any]] = {
    "amount": amount,
    "day": day,
    "full_moment": full_moment,
    "iso": iso,
    "minor": lambda value: _checked(value).minor,
    "moment": moment,
    "money": money,
    "number": number,
    "plain_amount": lambda value: plain_amount(_checked(value)),
    "price": price,
    "t": translated,
    "time": time,
}
