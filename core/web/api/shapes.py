"""Schemas from type hints: a dataclass is a JSON object, a function's keyword arguments are a body or a query string."""

import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, dataclass, is_dataclass
from dataclasses import Field as DataclassField
from dataclasses import fields as dataclass_fields
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from core.hooks.docstrings import hook_doc
from core.kernel.money import Money
from core.web.api.fields import (
    Base64,
    IdOrName,
    MinorUnits,
    Moment,
    MoneyField,
    NumberOrWord,
    Seconds,
    WholeNumber,
    YesNo,
)

# What one list of a body may hold.
_LONGEST_LIST = 1000
_MINOR = "_minor"
_LISTS: dict[Any, Callable[[Any], Any]] = {
    list: list, Sequence: tuple, Iterable: tuple, Collection: tuple, tuple: tuple,
    set: set, frozenset: frozenset, AbstractSet: frozenset,
}  # fmt: skip
_MAPPINGS = (dict, Mapping)
Maker = Callable[..., fields.Field[Any]]
_PLAIN: dict[Any, Maker] = {
    str: fields.String, float: fields.Float, UUID: fields.UUID, datetime: Moment, date: fields.Date, timedelta: Seconds,
    bytes: Base64, Money: MoneyField, Any: fields.Raw, object: fields.Raw,
}  # fmt: skip


# No default: the value must be given.
REQUIRED: Any = object()


class Unshapely(TypeError):
    """A type hint of which no JSON can be made: a programming mistake that is told when the process starts."""


class ApiSchema(Schema):
    """A schema of the API: what it does not know is refused."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE


class _ListField(fields.List[Any]):
    """A list that becomes what the hint says: a tuple, a frozenset."""

    def __init__(self, inner: fields.Field[Any], into: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(inner, validate=validate.Length(max=_LONGEST_LIST), **more)
        self._into = into

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return self._into(super()._deserialize(value, attr, data, **more))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One named value that a schema is to have."""

    name: str
    hint: Any
    default: Any = REQUIRED
    about: str = ""

    def options(self) -> dict[str, Any]:
        """What every field is told."""
        more: dict[str, Any] = {"metadata": {"description": self.about} if self.about else {}}
        if self.default is REQUIRED:
            more["required"] = True
        else:
            more["load_default"] = self.default
        return more


def know_shape(hint: Any, maker: Maker) -> None:
    """Let values of `hint` travel as `maker(**options)` says; for classes that are no dataclasses of plain values."""
    _PLAIN[hint] = maker


def field_of(wanted: Wanted, *, as_text: bool = False, money: Collection[str] = ()) -> fields.Field[Any]:
    """The field for a named value; `as_text` for query strings, where numbers are digits."""
    options = wanted.options()
    hint, optional = _without_none(wanted.hint)
    if optional:
        options["allow_none"] = True
    if hint is int and (wanted.name.endswith(_MINOR) or wanted.name in money):
        return MinorUnits(
            data_key=wanted.name.removesuffix(_MINOR),
            attribute=wanted.name,
            **_without_plain_default(options),
        )
    try:
        return _field(hint, options, as_text)
    except Unshapely as error:
        raise Unshapely(f"{wanted.name}: {error}") from None


def _without_plain_default(options: dict[str, Any]) -> dict[str, Any]:
    """A default amount is a number to us and no amount to the documentation."""
    default = options.get("load_default")
    return {**options, "load_default": lambda: default} if default is not None else options


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is typing.Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    members = [one for one in get_args(hint) if one is not type(None)]
    left = members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007 - made at run time
    return left, len(members) < len(get_args(hint))


def _field(hint: Any, options: dict[str, Any], as_text: bool) -> fields.Field[Any]:
    if hint in (int, bool):
        kind = WholeNumber if hint is int else YesNo
        return kind(as_text=as_text, **options)
    try:
        if hint in _PLAIN:
            return _PLAIN[hint](**options)
    except TypeError:
        pass  # an unhashable hint is none of the plain ones
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        # A mere choice; what is compared is what was written.
        return fields.Raw(validate=validate.OneOf(inner), **_as_strings(options))
    if origin in (Union, types.UnionType):
        return _either(set(inner), options)
    if origin in _MAPPINGS or hint in _MAPPINGS:
        return _mapping(inner, options)
    if origin in _LISTS:
        return _list(origin, inner, options, as_text)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return fields.Enum(hint, by_value=True, **options)
    if is_shape(hint):
        return fields.Nested(lambda: schema_of(hint)(), **options)  # noqa: PLW0108 - a shape may hold itself
    raise Unshapely(f"no JSON is known for {hint}")


def _as_strings(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "metadata": {**options["metadata"], "type": "string"}}


def _either(members: set[Any], options: dict[str, Any]) -> fields.Field[Any]:
    if members == {UUID, str}:
        return IdOrName(**options)
    if bytes in members:
        return Base64(**options)
    if int in members and all(one is int or get_origin(one) is Literal for one in members):
        return NumberOrWord([word for one in members for word in get_args(one)], **options)
    raise Unshapely(f"one of {members} cannot be told apart")


def _mapping(inner: tuple[Any, ...], options: dict[str, Any]) -> fields.Field[Any]:
    if not inner or inner == (str, Any):
        return fields.Dict(keys=fields.String(), **options)
    keys = field_of(Wanted("key", inner[0]))
    values = field_of(Wanted("value", inner[1]))
    return fields.Dict(keys=keys, values=values, **options)


def _list(origin: Any, inner: tuple[Any, ...], options: dict[str, Any], as_text: bool) -> fields.Field[Any]:
    member = inner[0] if inner else Any
    if origin is tuple and len(inner) > 1 and inner[1] is not Ellipsis and len(set(inner)) > 1:
        raise Unshapely("a tuple of different things")
    return _ListField(field_of(Wanted("member", member), as_text=as_text), _LISTS[origin], **options)


def is_shape(hint: Any) -> bool:
    """Whether values of this class travel as JSON objects."""
    return isinstance(hint, type) and (is_dataclass(hint) or hasattr(hint, "_fields"))


def schema_of(shape: type[Any], money: Collection[str] = ()) -> type[ApiSchema]:
    """The schema of a dataclass or a named tuple; loading makes one, its own checks included."""
    owner: Any = shape
    return _schema_of(owner, frozenset(name for name, _ in _members(shape) if name in money))


@cache
def _schema_of(shape: Any, money: frozenset[str]) -> type[ApiSchema]:
    described = _arguments_of(shape)
    hints = typing.get_type_hints(shape)
    members: dict[str, Any] = {
        name: field_of(Wanted(name, hints[name], default, described.get(name, "")), money=money)
        for name, default in _members(shape)
    }

    def make(_schema: Schema, data: dict[str, Any], **_: Any) -> Any:
        try:
            return shape(**data)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    members["make"] = post_load(make)
    return type(_name_of(shape, money), (ApiSchema,), members)


# Names that the framework's own schemas have.
_names: dict[str, Any] = {"Problem": None, "Money": None}


def unique_name(name: str, owner: Any, module: str) -> str:
    """`name` for the schema of `owner`; with its room before it where another room uses the same, then counted."""
    if _names.setdefault(name, owner) == owner:
        return name
    parts = [part for part in module.split(".") if part not in ("core", "commerce", "plugins", "web", "api")]
    name = "".join(word.title() for word in "".join(parts[:1]).split("_")) + name
    tried, count = name, 1
    while _names.setdefault(tried, owner) != owner:
        count += 1
        tried = f"{name}{count}"
    return tried


def _name_of(shape: type[Any], money: frozenset[str]) -> str:
    return unique_name(shape.__name__.removesuffix("View").lstrip("_"), (shape, money), shape.__module__)


def _members(shape: type[Any]) -> list[tuple[str, Any]]:
    if not is_dataclass(shape):
        defaults: Mapping[str, Any] = getattr(shape, "_field_defaults", {})
        return [(name, defaults.get(name, REQUIRED)) for name in shape._fields]
    return [(one.name, _field_default(one)) for one in dataclass_fields(shape) if one.init]


def _field_default(one: DataclassField[Any]) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory
    return REQUIRED if one.default is MISSING else one.default


def _arguments_of(documented: Any) -> dict[str, str]:
    doc = hook_doc(documented)
    return doc.arguments if doc else {}


def schema_of_call(
    function: Callable[..., Any],
    without: Collection[str],
    *,
    as_text: bool = False,
    money: Collection[str] = (),
) -> type[ApiSchema]:
    """The schema of a function's keyword arguments, apart from those named in `without`."""
    return _schema_of_call(function, frozenset(without), as_text, frozenset(money))


@cache
def _schema_of_call(
    function: Callable[..., Any], without: frozenset[str], as_text: bool, money: frozenset[str]
) -> type[ApiSchema]:
    described = _arguments_of(function)
    hints = typing.get_type_hints(function)
    members: dict[str, Any] = {
        name: field_of(
            Wanted(name, hints.get(name, Any), _default(parameter), described.get(name, "")),
            as_text=as_text,
            money=money,
        )
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in without
    }
    words = "".join(word.title() for word in function.__name__.split("_"))
    name = f"{words}{'Filters' if as_text else 'Body'}"
    owner = (function, frozenset(members), money)
    return type(unique_name(name, owner, function.__module__), (ApiSchema,), members)


def _default(parameter: inspect.Parameter) -> Any:
    return REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default
