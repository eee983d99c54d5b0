"""Form fields of our own: money, percent, shop-local time, duration, tags and a chosen image.

Each takes two kinds of input and tells them apart by type. *Text* is what a person typed: major units,
the shop's zone. *Stored values* are what JSON keeps: minor units, basis points, seconds, ISO 8601 in UTC.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.money import MAXIMUM_AMOUNT, Money, MoneyInputError, parse_amount, plain_amount
from core.kernel.tenancy import current_scope
from core.rendering.console.formats import length, plain_digits
from core.rendering.console.formats import money as money_words

T = TypeVar("T")

UNITS: dict[str, int] = {"minutes": 60, "hours": 3_600, "days": 86_400}
UNIT_LABELS: dict[str, str] = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}
MAXIMUM_DURATION = 3_660 * 86_400

_PERCENT = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,2}))?|\.([0-9]{1,2})")
_WHOLE = re.compile(r"[0-9]{1,9}")


def refuse(message: str, **params: Any) -> ValidationError:
    """The error for one field, `message` put into the current language and filled with `params`."""
    return ValidationError(gettext(message, **params))


def check_bounds(value: int, least: int | None, most: int | None, words: Callable[[int], str]) -> None:
    """Refuse `value` outside `least`…`most`, both allowed; `words` writes a bound the way people do."""
    if least is not None and value < least:
        raise refuse(N_("Enter %(bound)s or more."), bound=words(least))
    if most is not None and value > most:
        raise refuse(N_("Enter %(bound)s or less."), bound=words(most))


class TypedField(fields.Field[T]):
    """A field that loads what people type, stores plain JSON values and can show them again for editing.

    A subclass writes `_loaded` (raises ValidationError, in words that help), `_stored` and `_typed`.
    """

    def _loaded(self, value: Any) -> T:
        raise NotImplementedError

    def _stored(self, value: T) -> Any:
        return value

    def _typed(self, value: Any) -> Any:
        return str(value)

    def as_typed(self, value: Any) -> Any:
        """What the input shows for `value`, loaded or stored."""
        return self._typed(value)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> T:
        return self._loaded(value)

    def _serialize(self, value: T | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self._stored(value)


class MoneyField(TypedField[Money]):
    """An amount in the bound shop's currency: loads to Money, is stored as minor units.

    `least` and `most` are minor units.
    """

    def __init__(self, *, least: int | None = None, most: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _loaded(self, value: Any) -> Money:
        currency = current_scope().currency
        if isinstance(value, Money) and value.currency == currency:
            value = value.minor
        try:
            minor = parse_amount(value, currency) if isinstance(value, str) else value
        except MoneyInputError as error:
            raise ValidationError(error.text) from error
        if type(minor) is not int or not 0 <= minor <= MAXIMUM_AMOUNT:
            raise refuse(N_("This is not an amount. Write it like 1234.50."))
        check_bounds(minor, self.least, self.most, lambda bound: money_words(Money(bound, currency)))
        return Money(minor, currency)

    def _stored(self, value: Money) -> int:
        return value.minor

    def _typed(self, value: Any) -> str:
        return plain_amount(value if isinstance(value, Money) else Money(value, current_scope().currency))


class PercentField(TypedField[int]):
    """A share of a whole: loads to basis points (8.5 % is 850). `least` and `most` are basis points."""

    def __init__(self, *, least: int = 0, most: int = 10_000, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _loaded(self, value: Any) -> int:
        points = self._basis_points(value) if isinstance(value, str) else value
        if type(points) is not int:
            raise refuse(N_("This is not a percentage. Write it like 8.5."))
        check_bounds(points, self.least, self.most, lambda bound: f"{self._typed(bound)}%")
        return points

    @staticmethod
    def _basis_points(text: str) -> int | None:
        found = _PERCENT.fullmatch(plain_digits(text).removesuffix("%").strip())
        if found is None:
            return None
        return int(found[1] or 0) * 100 + int((found[2] or found[3] or "0").ljust(2, "0"))

    def _typed(self, value: Any) -> str:
        whole, rest = divmod(value, 100)
        return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


class LocalDateTimeField(TypedField[datetime]):
    """An instant typed in the shop's zone: loads to an aware UTC datetime, is stored as ISO 8601 in UTC."""

    def _loaded(self, value: Any) -> datetime:
        try:
            when = value if isinstance(value, datetime) else datetime.fromisoformat(plain_digits(str(value)))
        except ValueError as error:
            raise refuse(N_("This is not a date and time. Write it like 2026-08-06 20:00.")) from error
        try:
            return (when if when.tzinfo else self._in_zone(when, current_scope().zone)).astimezone(UTC)
        except OverflowError as error:
            raise refuse(N_("This date is too far away.")) from error

    @staticmethod
    def _in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
        local = wall.replace(tzinfo=zone)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
            raise refuse(N_("The clocks change then and this time does not exist. Choose an hour later."))
        return local

    def _stored(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _typed(self, value: Any) -> str:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return when.astimezone(current_scope().zone).strftime("%Y-%m-%dT%H:%M")


class DurationField(TypedField[timedelta]):
    """A length of time typed as number and unit: loads to timedelta, is stored as whole seconds.

    `least` and `most` are seconds; `units` says which of minutes, hours and days are offered.
    """

    def __init__(
        self,
        *,
        least: int = 60,
        most: int = MAXIMUM_DURATION,
        units: Iterable[str] = tuple(UNITS),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.least, self.most, self.units = least, most, tuple(units)

    def _loaded(self, value: Any) -> timedelta:
        if isinstance(value, timedelta):
            value = int(value.total_seconds())
        seconds = self._seconds(value) if isinstance(value, Mapping) else value
        if type(seconds) is not int:
            raise refuse(N_("Enter a whole number and choose a unit."))
        check_bounds(seconds, self.least, self.most, self._words)
        return timedelta(seconds=seconds)

    def _seconds(self, typed: Mapping[str, Any]) -> int | None:
        amount, unit = plain_digits(str(typed.get("amount", ""))), typed.get("unit")
        if unit not in self.units or not _WHOLE.fullmatch(amount):
            return None
        return int(amount) * UNITS[str(unit)]

    def _words(self, seconds: int) -> str:
        typed = self._typed(seconds)
        return length(int(typed["amount"]), typed["unit"].removesuffix("s"))

    def _stored(self, value: timedelta) -> int:
        return int(value.total_seconds())

    def _typed(self, value: Any) -> dict[str, str]:
        seconds = int(value.total_seconds()) if isinstance(value, timedelta) else int(value)
        fitting = [unit for unit in self.units if seconds % UNITS[unit] == 0] or [self.units[0]]
        unit = max(fitting, key=lambda name: UNITS[name])
        return {"amount": str(seconds // UNITS[unit]), "unit": unit}


class TagsField(TypedField[list[str]]):
    """Short words, typed one after another with commas or line breaks: loads to a list without repeats."""

    def __init__(self, *, most: int = 50, longest: int = 60, **options: Any) -> None:
        super().__init__(**options)
        self.most, self.longest = most, longest

    def _loaded(self, value: Any) -> list[str]:
        given = re.split(r"[,，、;；\n]", value) if isinstance(value, str) else value
        if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
            raise refuse(N_("Write words with commas between them."))
        words = list(dict.fromkeys(filter(None, (" ".join(word.split()) for word in given))))
        if self.required and not words:
            raise refuse(N_("Fill this in."))
        if len(words) > self.most:
            raise refuse(
                N_("At most %(most)s, please; these are %(count)s."), most=self.most, count=len(words)
            )
        for word in words:
            if len(word) > self.longest:
                raise refuse(
                    N_("“%(word)s…” is too long: at most %(most)s characters."),
                    word=word[:12],
                    most=self.longest,
                )
        return words

    def _typed(self, value: Any) -> str:
        return value if isinstance(value, str) else ", ".join(value)


class ImageField(TypedField[UUID]):
    """The id of a picture in the shop's media; a freshly chosen file comes through `Form.uploads`."""

    def _loaded(self, value: Any) -> UUID:
        found = value if isinstance(value, UUID) else as_id(value)
        if found is None:
            raise refuse(N_("This picture is gone. Choose another one."))
        return found

    def _stored(self, value: UUID) -> str:
        return str(value)
