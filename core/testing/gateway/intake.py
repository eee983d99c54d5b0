"""What the test gateway's API accepts: every field named, checked and bounded; anything else is refused."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from core.kernel.money import MAXIMUM_AMOUNT, MoneyError, exponent
from core.testing.gateway.refusals import Refusal

Check = Callable[[Any], bool]


def fields_of(body: bytes, required: Mapping[str, Check], optional: Mapping[str, Check]) -> dict[str, Any]:
    """The JSON object in `body` with its fields checked; raises Refusal (400) that names the field."""
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refusal(400, "unreadable_body", "The body must be a JSON object.")
    checks = {**required, **optional}
    for name in content:
        if name not in checks:
            raise Refusal(400, "unknown_field", f"There is no field {name[:60]!r}.")
    for name, check in checks.items():
        if (name in content or name in required) and not check(content.get(name)):
            raise Refusal(400, f"bad_{name}", f"The field {name!r} is missing or not acceptable.")
    return content


def is_amount(value: Any) -> bool:
    """Whole minor units above zero; a JSON true is no amount."""
    return type(value) is int and 0 < value <= MAXIMUM_AMOUNT


def is_currency(value: Any) -> bool:
    """An ISO 4217 code in capitals."""
    try:
        exponent(value)
    except (MoneyError, TypeError):
        return False
    return True


def is_text(longest: int) -> Check:
    """Text of at most `longest` characters that every system can store."""

    def check(value: Any) -> bool:
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            return False
        return not any("\ud800" <= character <= "\udfff" for character in value)

    return check


def is_one_of(*known: str) -> Check:
    """One of these words."""
    return lambda value: isinstance(value, str) and value in known


def is_web_address(value: Any) -> bool:
    """An absolute http or https address without blanks, which would split a header."""
    if not is_text(2000)(value) or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_instant(value: Any) -> bool:
    """An ISO 8601 time with its zone."""
    try:
        known = datetime.fromisoformat(value)
        return known.tzinfo is not None and known.astimezone(UTC).year > 1
    except (ValueError, TypeError, OverflowError):
        return False


def instant(text: str) -> float:
    """Seconds since 1970 of a text that `is_instant`."""
    return datetime.fromisoformat(text).timestamp()


def is_number(smallest: float, largest: float) -> Check:
    """A number between the two, no boolean and no NaN."""

    def check(value: Any) -> bool:
        return type(value) in (int, float) and isfinite(value) and smallest <= value <= largest

    return check


def is_count(value: Any) -> bool:
    """A whole number from 1 to 1000."""
    return type(value) is int and 1 <= value <= 1000


def is_flag(value: Any) -> bool:
    """true or false."""
    return isinstance(value, bool)
