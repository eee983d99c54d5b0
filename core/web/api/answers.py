"""What an address answers, from the type hint of what its function returns."""

import types
import typing
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from marshmallow import Schema, fields

from core.kernel.errors import PinpuError
from core.rendering.api import ApiPage
from core.web.api.shapes import (
    ApiSchema,
    Unshapely,
    Wanted,
    field_of,
    is_shape,
    know_shape,
    schema_of,
    unique_name,
)

_VALUES = (UUID, int, str, bool, datetime, date)
_MANY = (list, tuple, set, frozenset, typing.Sequence, AbstractSet)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a returned value becomes JSON; without a schema there is nothing to say (204).

    `paged`: the value is an ApiPage, whose cursor also becomes a Link header. `names`: the one name of a plain value.
    """

    schema: type[Schema] | None
    wrap: Callable[[Any], Any]
    paged: bool = False
    name: str = ""

    def document(self, value: Any) -> Any:
        """The value as JSON, or None."""
        return None if self.schema is None else self.schema().dump(self.wrap(value))


class _Refusal(fields.Field[Any]):
    """Why one of many could not be done; null where it was."""

    def _serialize(self, value: PinpuError | None, attr: str | None, obj: Any, **more: Any) -> Any:
        return None if value is None else {"code": value.code, "title": value.text, "fix": value.fix_text}


def _refusal(**options: Any) -> _Refusal:
    options["metadata"] = {**options.get("metadata", {}), "type": "object"}
    return _Refusal(**options)


know_shape(PinpuError, _refusal)


def answer_of(function: Callable[..., Any], name: str = "", money: Collection[str] = ()) -> Answer:
    """What `function` answers; `name` is that of a plain value. Raises Unshapely for what cannot travel."""
    hint = typing.get_type_hints(function).get("return")
    try:
        return _answer(hint, name, tuple(money))
    except Unshapely as error:
        raise Unshapely(f"{function.__module__}.{function.__qualname__} returns {error}") from None


def _answer(hint: Any, name: str, money: tuple[str, ...]) -> Answer:
    if hint is type(None) or hint is None:
        return Answer(None, lambda _: None)
    if get_origin(hint) is ApiPage:
        return Answer(_page_schema(get_args(hint)[0], money), _page, paged=True)
    plain, _optional = _optional_of(hint)
    if is_shape(plain):
        return Answer(schema_of(plain, money), lambda value: value)
    if plain in _VALUES or get_origin(plain) is Literal:
        return _named(hint, name or ("id" if plain is UUID else "count" if plain is int else "value"), money)
    origin = get_origin(plain) or plain
    if origin in (dict, Mapping):
        return _named(hint, name or "results", money)
    if isinstance(origin, type) and issubclass(origin, (list, tuple, AbstractSet, typing.Sequence)):
        many_ids = get_args(plain)[:1] == (UUID,)
        return _named(hint, name or ("ids" if many_ids else "items"), money)
    raise Unshapely(str(hint))


def _optional_of(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    left = [one for one in get_args(hint) if one is not type(None)]
    return (left[0] if len(left) == 1 else hint), True


def _named(hint: Any, name: str, money: tuple[str, ...]) -> Answer:
    return Answer(
        _named_schema(hint, name, tuple(one for one in money if one == name)),
        lambda value: {name: value},
        name=name,
    )


@cache
def _named_schema(hint: Any, name: str, money: tuple[str, ...]) -> type[ApiSchema]:
    field = field_of(Wanted(name, hint), money=money)
    title = unique_name(f"{_title(hint)}{name.title()}Answer", (str(hint), name, money), "api")
    return type(title, (ApiSchema,), {name: field})


def _title(hint: Any) -> str:
    """What is in it, as a part of a schema's name."""
    if inner := [one for one in get_args(hint) if one is not Ellipsis]:
        return "".join(map(_title, inner))
    return "OrNone" if hint is type(None) else str(getattr(hint, "__name__", "")).removesuffix("View").title()


@cache
def _page_schema(row: Any, money: tuple[str, ...]) -> type[ApiSchema]:
    inner = schema_of(row, money)
    return type(
        f"{inner.__name__}Page",
        (ApiSchema,),
        {
            "items": fields.List(fields.Nested(inner), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Give it as `after` to get the next page; null at the end."},
            ),
        },
    )


def _page(value: ApiPage[Any]) -> dict[str, Any]:
    return {"items": value.items, "next": value.after or None}
