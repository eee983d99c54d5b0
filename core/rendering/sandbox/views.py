"""What of an object a template can see: the fields of frozen dataclasses and the keys of mappings, no attribute else."""

from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

_fields_of: dict[type, frozenset[str]] = {}
_NOTHING: frozenset[str] = frozenset()
MISSING = object()


def visible_fields(kind: type) -> frozenset[str]:
    """Names of the fields that templates can read on instances of `kind`; none unless it is a frozen dataclass."""
    found = _fields_of.get(kind)
    if found is None:
        frozen = is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        names = frozenset(field.name for field in fields(kind)) if frozen else _NOTHING
        found = _fields_of[kind] = frozenset(name for name in names if not name.startswith("_"))
    return found


def read_field(value: Any, name: Any) -> Any:
    """Field or key `name` of `value`, or MISSING; Python's own attributes and methods are never reached."""
    kind = type(value)
    names = _fields_of.get(kind)
    if names is None:
        names = visible_fields(kind)
    if type(name) is str:
        if name in names:
            return getattr(value, name)
        if kind is dict or kind is MappingProxyType:
            return value.get(name, MISSING)
    return MISSING
