"""Form fields about where and when: places by their names, hours of a day, a point on the globe, kilometres."""

import re
from functools import lru_cache
from typing import Any

from babel import Locale

from core.commerce.shipping.distances import Point, read_point
from core.commerce.shipping.offers import kilometres
from core.commerce.shops.opening import Window, Windows, read_windows, typed_windows
from core.kernel.i18n import N_
from core.kernel.regions import is_place, place_name, place_of
from core.rendering.console.fields import TypedField, refuse
from core.rendering.console.formats import plain_digits

_KILOMETRES = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]{1,3}))?")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names of countries in both languages → code."""
    return {
        str(name).casefold(): str(code)
        for locale in (Locale.parse("en"), Locale.parse("zh_Hans"))
        for code, name in locale.territories.items()
        if len(str(code)) == 2
    }


def place_named(words: str) -> str:
    """The place that people call this, in Chinese or English, or by its code; "" for none that we know."""
    code = words.strip().upper()
    if is_place(code):
        return code
    for country in ("CN", "US", "CA"):
        found = place_of(country, words)
        if found != country:
            return found
    return _countries().get(words.strip().casefold(), "")


class PlaceField(TypedField[str]):
    """A country or province, typed by its name in either language; loads to its code."""

    def _loaded(self, value: Any) -> str:
        found = place_named(str(value))
        if not found:
            raise refuse(N_("“%(name)s” is no country or province that we know."), name=str(value)[:40])
        return found

    def _typed(self, value: Any) -> str:
        return place_name(value) if is_place(str(value)) else str(value)


class PlacesField(TypedField[list[str]]):
    """Countries and provinces with commas between them; loads to their codes, each once."""

    def _loaded(self, value: Any) -> list[str]:
        words = value if isinstance(value, list) else re.split(r"[,，、;；\n]", str(value))
        codes = dict.fromkeys(PlaceField().deserialize(word.strip()) for word in words if word.strip())
        if self.required and not codes:
            raise refuse(N_("Fill this in."))
        return list(codes)

    def _typed(self, value: Any) -> str:
        return value if isinstance(value, str) else ", ".join(map(place_name, value))


class WindowsField(TypedField[Windows]):
    """The hours of a day as people type them; empty is closed. Loads to windows."""

    def _loaded(self, value: Any) -> Windows:
        if isinstance(value, (list, tuple)):
            return tuple(one if isinstance(one, Window) else Window(*one) for one in value)
        try:
            return read_windows(str(value))
        except ValueError as error:
            words = N_(
                "Write hours like 9:00-12:00, 13:30-18:00; hours after midnight belong to the next day."
            )
            raise refuse(words) from error

    def _typed(self, value: Any) -> str:
        return value if isinstance(value, str) else typed_windows(self._loaded(value))


class PointField(TypedField[Point]):
    """A point on the globe: latitude, longitude in degrees."""

    def _loaded(self, value: Any) -> Point:
        found = value if isinstance(value, Point) else read_point(plain_digits(str(value)))
        if found is None:
            raise refuse(N_("Write latitude and longitude like 30.2467, 120.1485."))
        return found

    def _typed(self, value: Any) -> str:
        return value.text if isinstance(value, Point) else str(value)


class KilometresField(TypedField[int]):
    """A distance typed in kilometres; loads to metres."""

    def _loaded(self, value: Any) -> int:
        if type(value) is int:
            return value
        found = _KILOMETRES.fullmatch(plain_digits(str(value)))
        if found is None:
            raise refuse(N_("Write kilometres like 3 or 2.5."))
        return int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0"))

    def _typed(self, value: Any) -> str:
        return kilometres(value) if type(value) is int else str(value)
