"""The Jinja environment of themes: deny by default, and everything that runs is counted."""

import operator
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

from jinja2 import BaseLoader, ChainableUndefined, StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from core.rendering.sandbox.budget import (
    MAX_NUMBER,
    Limits,
    TemplateRefused,
    charge,
    charge_load,
    charge_text,
    running,
)
from core.rendering.sandbox.filters import FILTERS, TESTS, printable
from core.rendering.sandbox.syntax import MAX_SOURCE, Guard
from core.rendering.sandbox.views import MISSING, read_field

_LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0", "depth"})
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def _counted_join(parts: Iterable[str]) -> str:
    """Put rendered parts together (macros, set blocks, super()), counting before joining."""
    pieces = parts if isinstance(parts, list) else list(parts)
    charge_text(sum(map(len, pieces)))
    return "".join(pieces)


class SafeEnvironment(ImmutableSandboxedEnvironment):
    """Templates see plain values only: fields of frozen dataclasses, mappings, tuples, text and numbers.

    Args:
        loader: where templates come from.
        strict: True makes an unknown name an error instead of nothing (development and tests).
        reload: True looks for changed files (development).
        functions: the callables templates may use, by name; no other object can be called.
        filters: further filters, by name.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    concat = staticmethod(_counted_join)

    def __init__(
        self,
        *,
        loader: BaseLoader,
        strict: bool,
        reload: bool = False,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        filters: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        super().__init__(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined if strict else ChainableUndefined,
            auto_reload=reload,
            cache_size=-1,
            finalize=printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = {**FILTERS, **(filters or {})}
        self.tests = dict(TESTS)
        functions = {"range": _short_range, **(functions or {})}
        self.globals = dict(functions)
        self._callable = frozenset(map(id, functions.values()))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > MAX_SOURCE:
            raise TemplateSyntaxError(f"more than {MAX_SOURCE} characters of template", 1, name, filename)
        tree = Guard(filename or name).visit(super()._parse(source, name, filename))
        assert isinstance(tree, nodes.Template)
        return tree

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002
        charge_load()
        return super()._load_template(name, globals)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field or key called `attribute`; never a Python attribute."""
        found = read_field(obj, attribute)
        if found is not MISSING:
            return found
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, TemplateModule) and not attribute.startswith("_"):
            found = obj.__dict__.get(attribute, MISSING)
            if isinstance(found, Macro):
                return found
        if isinstance(obj, StrictUndefined):
            str(obj)  # raises, and says which name was unknown
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A key of a mapping, a field of a view, or an item of a sequence by its number."""
        charge()
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, tuple | list | str) and isinstance(argument, int | slice):
            try:
                return obj[argument]
            except (IndexError, ValueError, TypeError):
                return self.undefined(obj=obj, name=f"[{type(argument).__name__}]")
        return self.undefined(obj=obj, name=f"[{type(argument).__name__}]")

    def is_safe_callable(self, obj: Any) -> bool:
        """Only the functions given to the environment, macros and `super()`."""
        return isinstance(obj, Macro | BlockReference) or id(obj) in self._callable

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """No Python attribute is safe; `getattr` above never asks."""
        return False

    def call(__self, __context: Context, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a function of ours or a macro, counted."""
        charge(4)
        if not __self.is_safe_callable(__obj):
            raise TemplateRefused(f"{type(__obj).__name__} cannot be called")
        return __context.call(__obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers of ordinary size; `+` also puts two texts together."""
        charge()
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            charge_text(len(left) + len(right))
            return left + right
        for number in (left, right):
            if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > MAX_NUMBER:
                raise TemplateRefused(f"{operator} needs numbers of ordinary size")
        if operator == "+":
            return left + right
        if operator not in _OPERATORS:
            raise TemplateRefused(f"{operator} is not known here")
        try:
            return _OPERATORS[operator](left, right)
        except ZeroDivisionError:
            raise TemplateRefused("division by zero") from None


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > 1_000:
        raise TemplateRefused("a range of more than 1000 numbers")
    return numbers


def rendered(template: Template, variables: Mapping[str, Any], limits: Limits) -> Markup:
    """The HTML of `template` with `variables`, within `limits`.

    Raises TemplateRefused for too much work or a forbidden act, and Jinja's own errors for mistakes.
    """
    with running(limits):
        try:
            context = template.new_context(dict(variables))
            pieces: list[str] = []
            length = 0
            for piece in template.root_render_func(context):
                length += len(piece)
                if length > limits.output:
                    raise TemplateRefused(f"more than {limits.output} characters of output")
                pieces.append(piece)
        except RecursionError:
            raise TemplateRefused("templates nested too deeply") from None
    return Markup("".join(pieces))  # noqa: S704 - the engine escaped every value on its way
