"""The filters and tests every template has: a short list, each with its result bounded before it is made."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import UUID

from jinja2 import Undefined
from markupsafe import Markup, escape, soft_str

from core.kernel.money import Money
from core.rendering.sandbox.budget import MAX_ITEMS, MAX_NUMBER, TemplateRefused, charge, charge_text
from core.rendering.sandbox.views import MISSING, read_field

_PRINTABLE = (str, int, float, Undefined, UUID)
_SCALARS = (str, int, float, bool, type(None), UUID, datetime, date, Money, Undefined)


def _plain(value: Any) -> Any:
    if isinstance(value, _SCALARS):
        return value
    raise TemplateRefused(f"a {type(value).__name__} cannot be compared")


def _plain_items(value: Any) -> Any:
    if isinstance(value, str | range):
        return value
    for item in _sized(value):
        _plain(item)
    return value


def _sized(value: Any) -> Sequence[Any]:
    """`value` as something whose length is known, counted."""
    if isinstance(value, Undefined):
        return list(value)
    if isinstance(value, MappingProxyType | dict):
        value = tuple(value)
    if not isinstance(value, tuple | list | range):
        raise TemplateRefused(f"a {type(value).__name__} has no items to go through")
    if len(value) > MAX_ITEMS:
        raise TemplateRefused(f"more than {MAX_ITEMS} items")
    charge(len(value) + 1)
    return value


def _joined(parts: Sequence[Any]) -> str:
    texts = [part if hasattr(part, "__html__") else str(printable(part)) for part in parts]
    charge_text(sum(map(len, texts)))
    if any(hasattr(part, "__html__") for part in texts):
        return Markup("").join(texts)
    return "".join(texts)


def printable(value: Any) -> Any:
    """`value` if a page may print it, nothing for None; raises TemplateRefused for objects and lists."""
    kind = type(value)
    if kind is str or kind is Markup:
        return value
    if isinstance(value, _PRINTABLE):
        if isinstance(value, int) and abs(value) > MAX_NUMBER:
            raise TemplateRefused("a number that is too large")
        return value
    if value is None:
        return ""
    raise TemplateRefused(
        f"a {type(value).__name__} cannot be printed; name one of its fields, or use a filter"
    )


def _text(value: Any) -> str:
    text = soft_str(printable(value))
    charge_text(len(text))
    return text


def _join(value: Any, separator: str = "") -> str:
    items = _sized(value)
    parts: list[Any] = []
    for index, item in enumerate(items):
        parts += [separator, item] if index else [item]
    return _joined(parts)


def _default(value: Any, other: Any = "", empty_too: bool = False) -> Any:
    if isinstance(value, Undefined) or (empty_too and not value):
        return other
    return value


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(_sized(value))


def _first(value: Any) -> Any:
    items = _sized(value)
    return items[0] if items else ""


def _last(value: Any) -> Any:
    items = _sized(value)
    return items[-1] if items else ""


def _replace(value: Any, old: str, new: str) -> str:
    text, old, new = str(escape(_text(value))), str(escape(_text(old))), str(escape(_text(new)))
    if not old:
        raise TemplateRefused("nothing to replace")
    charge_text(len(text) + text.count(old) * len(new))
    return Markup(text.replace(old, new))  # noqa: S704 - all three parts are escaped above


def _truncate(value: Any, length: int = 80) -> str:
    text = _text(value)
    if isinstance(text, Markup):
        text = text.striptags()
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise TemplateRefused("not a number of ordinary size")
    return value


def _round(value: Any, digits: int = 0) -> float | int:
    result = round(_number(value), max(0, min(int(digits), 6)))
    return int(result) if digits == 0 else result


def _int(value: Any, other: int = 0) -> int:
    try:
        return int(str(value)[:16])
    except ValueError:
        return other


def _list(value: Any) -> list[Any]:
    return list(_sized(value))


def _batch(value: Any, size: int) -> list[tuple[Any, ...]]:
    items = _sized(value)
    size = max(1, min(int(size), MAX_ITEMS))
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def _take(value: Any, count: int) -> Sequence[Any]:
    return _sized(value)[: max(0, int(count))]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise TemplateRefused("only a mapping has pairs")
    charge(len(value) + 1)
    return [(str(key), item) for key, item in value.items()]


def _kept(value: Any, name: str, wanted: Any, keep: bool) -> list[Any]:
    def holds(item: Any) -> bool:
        found = read_field(item, name)
        if found is MISSING:
            return False
        return bool(found) if wanted is _ANY else bool(_plain(found) == _plain(wanted))

    return [item for item in _sized(value) if holds(item) is keep]


_ANY = object()


def _where(value: Any, name: str, wanted: Any = _ANY) -> list[Any]:
    return _kept(value, name, wanted, True)


def _without(value: Any, name: str, wanted: Any = _ANY) -> list[Any]:
    return _kept(value, name, wanted, False)


def _pluck(value: Any, name: str) -> list[Any]:
    found = (read_field(item, name) for item in _sized(value))
    return [None if item is MISSING else item for item in found]


def _urlencode(value: Any) -> str:
    return quote(_text(value), safe="/")


def _json(value: Any) -> str:
    """JSON for a data attribute or a JSON-LD script: nothing in it can end the element."""
    text = json.dumps(_jsonable(value, 6), ensure_ascii=False)
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027")):
        text = text.replace(sign, code)
    charge_text(len(text))
    return Markup(text)  # noqa: S704 - no sign that HTML knows is left, except in quotes of JSON


def _jsonable(value: Any, depth: int) -> Any:
    charge()
    if depth == 0:
        raise TemplateRefused("nested too deeply for JSON")
    if value is None or isinstance(value, str | bool | int | float):
        return value if isinstance(value, bool) else printable(value) if value is not None else None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item, depth - 1) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_jsonable(item, depth - 1) for item in _sized(value)]
    raise TemplateRefused(f"a {type(value).__name__} has no JSON")


FILTERS: dict[str, Callable[..., Any]] = {
    "_bounded": _sized,
    "_joined": _joined,
    "_plain": _plain,
    "_plain_items": _plain_items,
    "abs": lambda value: abs(_number(value)),
    "batch": _batch,
    "count": _length,
    "d": _default,
    "default": _default,
    "e": lambda value: escape(_text(value)),
    "escape": lambda value: escape(_text(value)),
    "first": _first,
    "int": _int,
    "join": _join,
    "json": _json,
    "last": _last,
    "length": _length,
    "list": _list,
    "lower": lambda value: _text(value).lower(),
    "pairs": _pairs,
    "pluck": _pluck,
    "replace": _replace,
    "round": _round,
    "take": _take,
    "trim": lambda value: _text(value).strip(),
    "truncate": _truncate,
    "upper": lambda value: _text(value).upper(),
    "urlencode": _urlencode,
    "where": _where,
    "without": _without,
}

TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda value: not isinstance(value, Undefined),
    "divisibleby": lambda value, by: _number(value) % _number(by) == 0,
    "even": lambda value: _number(value) % 2 == 0,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "odd": lambda value: _number(value) % 2 == 1,
    "string": lambda value: isinstance(value, str),
    "undefined": lambda value: isinstance(value, Undefined),
}
