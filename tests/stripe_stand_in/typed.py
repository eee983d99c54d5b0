"""Stripe's published API description, as the SDK's own classes carry it: fields, which are required, which words exist."""

import sys
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

import stripe
import stripe.checkout
from stripe import ListObject, StripeObject
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from tests.stripe_stand_in.wire import Json, Problem

_ABSENT = object()
# What the SDK takes beside the parameters; it never travels in the body.
_OPTIONS = frozenset(RequestOptions.__annotations__)


class _Names(dict[str, Any]):
    """Names that the SDK imports for type checkers only."""

    def __missing__(self, name: str) -> Any:
        if name == "UntypedStripeObject":
            return UntypedStripeObject
        short = name.removesuffix("Resource")
        for home in (stripe, stripe.checkout):
            found = getattr(home, name, None) or getattr(home, short, None)
            if found is not None:
                return found
        raise KeyError(name)


def _resolved(hint: Any, module: str) -> Any:
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        try:
            return eval(hint, vars(sys.modules[module]), _Names())
        except (NameError, KeyError):
            # An object of another corner of Stripe: any content will do.
            return Any
    return hint


@cache
def fields_of(cls: type) -> dict[str, tuple[Any, bool]]:
    """Each field of an object's class or of a params class, with its type and whether it is always there."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, raw in vars(cls).get("__annotations__", {}).items():
        if name.isupper() or name.startswith("_") or (is_typeddict(cls) and name in _OPTIONS):
            continue
        hint, required = _resolved(raw, cls.__module__), True
        if get_origin(hint) in (NotRequired, Required):
            required = get_origin(hint) is Required
            hint = _resolved(get_args(hint)[0], cls.__module__)
        if not is_typeddict(cls):
            required = NoneType not in get_args(hint)
        found[name] = (hint, required)
    return found


def _branches(hint: Any, module: str) -> list[Any]:
    hint = _resolved(hint, module)
    if get_origin(hint) in (Union, UnionType):
        return [inner for part in get_args(hint) for inner in _branches(part, module)]
    return [hint]


def blank(cls: type) -> Json:
    """An object of `cls` whose fields that may be empty are empty; the others are still missing."""
    return {name: None for name, (_, required) in fields_of(cls).items() if not required}


# Objects: what is wrong with one that the stand-in answered


def object_problems(value: Any, cls: type, path: str = "") -> Iterator[str]:
    """Everything in which `value` is not what the SDK's class says."""
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    fields = fields_of(cls)
    for name in value:
        if name not in fields:
            yield f"{path}.{name}: Stripe has no such field"
    for name, (hint, required) in fields.items():
        content = value.get(name, _ABSENT)
        if content is _ABSENT or content is None:
            if required:
                yield f"{path}.{name}: missing"
        else:
            yield from _value_problems(content, hint, cls.__module__, f"{path}.{name}")


def _value_problems(value: Any, hint: Any, module: str, path: str) -> Iterator[str]:
    branches = [branch for branch in _branches(hint, module) if branch is not NoneType]
    if Any in branches:
        return
    words = [word for branch in branches if get_origin(branch) is Literal for word in get_args(branch)]
    if words and isinstance(value, str):
        if value not in words:
            yield f"{path}: {value!r} is none of Stripe's words"
        return
    fitting = [branch for branch in branches if _fits(value, branch)]
    if not fitting:
        yield f"{path}: {value!r} is no {branches}"
        return
    yield from _inner_problems(value, fitting[0], module, path)


def _inner_problems(value: Any, branch: Any, module: str, path: str) -> Iterator[str]:
    origin = get_origin(branch) or branch
    if origin is list:
        for number, one in enumerate(value):
            yield from _value_problems(one, get_args(branch)[0], module, f"{path}[{number}]")
    elif origin is ListObject:
        for number, one in enumerate(value["data"]):
            yield from _value_problems(one, get_args(branch)[0], module, f"{path}.data[{number}]")
    elif isinstance(origin, type) and issubclass(origin, StripeObject) and origin is not UntypedStripeObject:
        yield from object_problems(value, origin, path)


def _fits(value: Any, branch: Any) -> bool:
    origin = get_origin(branch) or branch
    if origin is Literal:
        return value in get_args(branch)
    if origin is list:
        return isinstance(value, list)
    if origin in (bool, int, str):
        return type(value) is origin
    if origin is float:
        return type(value) in (int, float)
    return isinstance(value, dict) and _named(value, origin)


def _named(value: Json, cls: Any) -> bool:
    wanted = getattr(cls, "OBJECT_NAME", None)
    return "object" not in value or wanted is None or value["object"] == wanted


# Requests: text into typed values, refused as Stripe refuses it


def typed_params(values: Json, cls: type, path: str = "") -> Json:
    """The fields of a request with their types; raises Problem for one that Stripe does not know, or that is missing."""
    fields = fields_of(cls)
    taken: Json = {}
    for name, value in values.items():
        where = f"{path}[{name}]" if path else name
        if name not in fields:
            message = f"Received unknown parameter: {where}"
            raise Problem(400, message, code="parameter_unknown", param=where, validation=True)
        taken[name] = _typed(value, fields[name][0], cls.__module__, where)
    for name, (_, required) in fields.items():
        if required and name not in values:
            where = f"{path}[{name}]" if path else name
            message = f"Missing required param: {where}."
            raise Problem(400, message, code="parameter_missing", param=where, validation=True)
    return taken


def _typed(value: Any, hint: Any, module: str, path: str) -> Any:
    branches = _branches(hint, module)
    if isinstance(value, dict):
        return _typed_object(value, branches, path)
    if isinstance(value, list):
        inner = next((get_args(branch)[0] for branch in branches if get_origin(branch) is list), None)
        if inner is None:
            raise Problem(400, f"Invalid array: {path}", param=path, validation=True)
        return [_typed(one, inner, module, f"{path}[{number}]") for number, one in enumerate(value)]
    # An empty word unsets a field, and stands among the words of free text as well.
    words = {word for branch in branches if get_origin(branch) is Literal for word in get_args(branch)} - {""}
    if value in words or not words or int in branches or bool in branches:
        return value if value in words else _typed_word(value, branches, path)
    listed = ", ".join(sorted(str(word) for word in words))
    raise Problem(400, f"Invalid {path}: must be one of {listed}", param=path, validation=True)


def _typed_object(value: Json, branches: list[Any], path: str) -> Json:
    for branch in branches:
        if is_typeddict(branch):
            return typed_params(value, branch, path)
    if any((get_origin(branch) or branch) in (dict, UntypedStripeObject) for branch in branches):
        return {name: str(one) for name, one in value.items()}
    raise Problem(400, f"Invalid hash: {path}", param=path, validation=True)


def _typed_word(value: str, branches: list[Any], path: str) -> Any:
    if bool in branches and value in ("true", "false"):
        return value == "true"
    if int in branches:
        try:
            return int(value)
        except ValueError:
            message = f"Invalid integer: {value}"
            raise Problem(
                400, message, code="parameter_invalid_integer", param=path, validation=True
            ) from None
    if str in branches:
        return value
    raise Problem(400, f"Invalid value for {path}", param=path, validation=True)
