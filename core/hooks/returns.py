"""Compiles a hook's return annotation into a check that tells in words what is wrong with a value."""

import collections.abc as abc
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin

from core.hooks.errors import SpecError

# None when the value is as promised, else what is wrong with it.
Check = Callable[[Any], str | None]

_GROUPS: dict[object, Any] = {
    list: list,
    set: set,
    frozenset: frozenset,
    abc.Sequence: (list, tuple),
    abc.Collection: (list, tuple, set, frozenset),
    abc.Set: (set, frozenset),
}


def annotation_text(annotation: object) -> str:
    """An annotation as a person writes it: `dict[UUID, Badge] | None`, without module names."""
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is Ellipsis:
        return "…"
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " | ".join(annotation_text(one) for one in inner)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if origin is typing.Annotated:
        return annotation_text(inner[0])
    if isinstance(annotation, list):
        return f"[{', '.join(map(annotation_text, annotation))}]"
    name = getattr(origin or annotation, "__name__", str(annotation))
    return f"{name}[{', '.join(map(annotation_text, inner))}]" if inner else name


def check_for(annotation: object) -> Check:
    """The check that `annotation` promises.

    Understands classes, None, unions, Literal, Annotated, NewType, Callable, type[X], and list, set, frozenset,
    tuple, dict and their abstract forms with what they hold. Raises SpecError for what cannot be checked at run
    time (type variables, TypedDict, plain protocols).
    """
    if annotation in (Any, object):
        return _anything
    if annotation is None or annotation is type(None):
        return _nothing
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return check_for(inner[0])
    if origin in _GROUPS:
        return _check_group(annotation, _GROUPS[origin], inner[0])
    maker = _MAKERS.get(origin)
    return maker(annotation, inner) if maker else _check_plain(origin or annotation)


def _anything(value: Any) -> str | None:
    return None


def _nothing(value: Any) -> str | None:
    return None if value is None else f"returned {_seen(value)} where nothing (None) is promised"


def _callable(value: Any) -> str | None:
    return None if callable(value) else _wrong(value, "a function")


def _check_plain(kind: object) -> Check:
    if isinstance(kind, typing.NewType):
        return check_for(kind.__supertype__)
    if kind is abc.Callable:
        return _callable
    if not _checkable(kind):
        raise SpecError([f"values of {annotation_text(kind)} cannot be checked; use a class or a dataclass"])
    accepted: Any = (int, float) if kind is float else kind
    expected = annotation_text(kind)
    bool_is_wrong = kind in (int, float)

    def check(value: Any) -> str | None:
        if isinstance(value, accepted) and not (bool_is_wrong and isinstance(value, bool)):
            return None
        return _wrong(value, expected)

    return check


def _checkable(kind: object) -> bool:
    if not isinstance(kind, type) or typing.is_typeddict(kind):
        return False
    try:
        isinstance(None, kind)
    except TypeError:
        return False
    return True


def _check_union(annotation: object, members: tuple[object, ...]) -> Check:
    checks = [check_for(member) for member in members]
    containers = [check for check, member in zip(checks, members, strict=True) if get_origin(member)]
    expected = annotation_text(annotation)
    # Most values are of a plain class: to say why they are not of another one costs a `repr` each.
    plain: tuple[Any, ...] = tuple(kind for kind in members if _checkable(kind) and kind not in (int, float))

    def check(value: Any) -> str | None:
        if isinstance(value, plain):
            return None
        for one in checks:
            if one(value) is None:
                return None
        if len(containers) == 1 and value is not None:
            return containers[0](value)  # "an element of …" helps more than the whole union
        return _wrong(value, expected)

    return check


def _check_literal(_annotation: object, allowed: tuple[object, ...]) -> Check:
    def check(value: Any) -> str | None:
        if any(value == one and type(value) is type(one) for one in allowed):
            return None
        return f"returned {value!r} where one of {', '.join(map(repr, allowed))} is promised"

    return check


def _check_subclass(annotation: object, inner: tuple[Any, ...]) -> Check:
    parent = inner[0]
    expected = annotation_text(annotation)

    def check(value: Any) -> str | None:
        good = isinstance(value, type) and (parent is Any or issubclass(value, parent))
        return None if good else _wrong(value, expected)

    return check


def _check_group(annotation: object, kinds: Any, inner: object) -> Check:
    element = check_for(inner)
    expected = annotation_text(annotation)

    def check(value: Any) -> str | None:
        if not isinstance(value, kinds):
            return _wrong(value, expected)
        for item in value:
            wrong = element(item)
            if wrong is not None:
                return f"an element of {expected}: {wrong}"
        return None

    return check


def _check_tuple(annotation: object, inner: tuple[object, ...]) -> Check:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return _check_group(annotation, tuple, inner[0])
    checks = [check_for(one) for one in inner]
    expected = annotation_text(annotation)

    def check(value: Any) -> str | None:
        if not isinstance(value, tuple) or len(value) != len(checks):
            return _wrong(value, expected)
        found = (one(item) for one, item in zip(checks, value, strict=True))
        return next((f"in {expected}: {wrong}" for wrong in found if wrong), None)

    return check


def _check_mapping(annotation: object, inner: tuple[object, ...]) -> Check:
    check_key, check_value = map(check_for, inner)
    expected = annotation_text(annotation)

    def check(value: Any) -> str | None:
        if not isinstance(value, abc.Mapping):
            return _wrong(value, expected)
        for key, item in value.items():
            wrong = check_key(key)
            if wrong is not None:
                return f"key {key!r} of {expected}: {wrong}"
            wrong = check_value(item)
            if wrong is not None:
                return f"value of {key!r} in {expected}: {wrong}"
        return None

    return check


def _wrong(value: Any, expected: str) -> str:
    return f"returned {_seen(value)} where {expected} is promised"


def _seen(value: Any) -> str:
    return "None" if value is None else f"{type(value).__name__} {_short(value)}"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


_MAKERS: dict[object, Callable[[object, tuple[Any, ...]], Check]] = {
    Union: _check_union,
    types.UnionType: _check_union,
    Literal: _check_literal,
    abc.Callable: lambda annotation, inner: _callable,
    type: _check_subclass,
    tuple: _check_tuple,
    dict: _check_mapping,
    abc.Mapping: _check_mapping,
    abc.MutableMapping: _check_mapping,
}
