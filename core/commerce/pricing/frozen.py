"""JSON values that nobody can change: what plugins noted on lines and rules, kept beside a price for years."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")

_PLAIN = frozenset({int, bool, type(None)})
_MAPPINGS = (dict, MappingProxyType)
_EMPTY: Mapping[str, Any] = MappingProxyType({})


def frozen(value: object) -> Any:
    """A deep, unchangeable copy of the JSON value: mappings read-only, lists as tuples.

    Raises ValueError for what JSON (or PostgreSQL's JSONB) cannot hold: other types, NaN, keys that are no text,
    the character NUL.
    """
    kind = type(value)
    # Nearly everything is one of these: asking for the abstract Mapping first would cost more than all the rest.
    if kind in _PLAIN or (kind is str and "\0" not in value):  # type: ignore[operator]
        return value
    if kind in _MAPPINGS or isinstance(value, Mapping):
        return MappingProxyType(_mapping(value)) if value else _EMPTY  # type: ignore[arg-type]
    if isinstance(value, list | tuple):
        return tuple([frozen(item) for item in value])
    if isinstance(value, str) and "\0" in value:
        raise ValueError("text holds the character NUL")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not JSON")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{type(value).__name__} is not JSON")


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    found = {}
    for key, item in value.items():
        kind = type(item)
        if not isinstance(key, str) or "\0" in key:
            raise ValueError(f"key {key!r} is not text")
        found[key] = item if kind in _PLAIN or (kind is str and "\0" not in item) else frozen(item)
    return found


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(made: type) -> tuple[str, ...]:
    known = _NAMES.get(made)
    if known is None:
        known = _NAMES[made] = tuple(one.name for one in fields(made))
    return known


def changed(value: T, **changes: object) -> T:
    """A frozen dataclass with some of its fields changed to what was checked elsewhere: nothing is looked at again."""
    kind = type(value)
    made = object.__new__(kind)
    for name in _names(kind):
        object.__setattr__(made, name, changes[name] if name in changes else getattr(value, name))
    return made


def thawed(value: Any) -> Any:
    """The frozen value as plain dicts and lists, ready for `json.dumps`."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thawed(item) for item in value]
    return value


def canonical(value: Any) -> str:
    """One text for equal JSON values, whatever the order of their keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
