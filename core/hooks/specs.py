"""Reads the hook declarations of a room and refuses, by name, those nobody could implement or document."""

import collections.abc as abc
import inspect
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, get_origin

from core.hooks.docstrings import HookDoc, hook_doc
from core.hooks.errors import SpecError
from core.hooks.families import FAMILIES, Activation, Family, family_of
from core.hooks.markers import SPEC_OPTIONS, Judge, SpecOptions
from core.hooks.returns import Check, annotation_text, check_for

# `call(hook, failed=…)` and `first(hook, among=…)` keep these names for themselves.
_RESERVED = ("failed", "among")
_MUTABLE: dict[object, str] = {
    list: "tuple[X, ...]",
    dict: "Mapping[K, V]",
    set: "frozenset[X]",
    abc.MutableMapping: "Mapping[K, V]",
    abc.MutableSequence: "tuple[X, ...]",
    abc.MutableSet: "frozenset[X]",
}


@dataclass(frozen=True, slots=True)
class HookSpec:
    """One declared hook: everything that is known about it before any plugin is loaded."""

    name: str
    family: Family
    arguments: dict[str, object]
    returns: object
    doc: HookDoc
    activation: Activation
    since: str
    budget_ms: float | None
    stages: tuple[str, ...]
    module: str
    check: Check
    judge: Judge | None = None

    @property
    def transactional(self) -> bool:
        """Whether implementations write in the caller's transaction, which a failure must then undo."""
        return self.family.name in ("claim", "switch")

    @property
    def budget_ns(self) -> int:
        """The budget in nanoseconds; a whole day, which nothing exceeds, where none was stated."""
        return int((self.budget_ms or 86_400_000) * 1_000_000)

    @property
    def signature(self) -> str:
        """`check_cart(cart: CartView) -> list[Refusal]`, without module names."""
        arguments = ", ".join(f"{name}: {annotation_text(kind)}" for name, kind in self.arguments.items())
        return f"{self.name}({arguments}) -> {annotation_text(self.returns)}"


def specs_of(modules: Iterable[ModuleType]) -> dict[str, HookSpec]:
    """All hooks that `modules` declare, by name; raises SpecError naming every declaration that is wrong."""
    found: dict[str, HookSpec] = {}
    problems: list[str] = []
    for module in modules:
        for name, function in _declarations(module):
            try:
                spec = _read(name, function, module.__name__)
            except SpecError as error:
                problems += error.problems
                continue
            if name in found:
                problems.append(f"hook {name} is declared twice: {found[name].module} and {module.__name__}")
            found[name] = spec
    if problems:
        raise SpecError(problems)
    return found


def _declarations(module: ModuleType) -> Iterable[tuple[str, FunctionType]]:
    """Marked functions, and public ones written here that look like a hook: those were left unmarked."""
    for name, thing in vars(module).items():
        if not isinstance(thing, FunctionType) or name.startswith("_"):
            continue
        marked = hasattr(thing, SPEC_OPTIONS)
        if marked or (thing.__module__ == module.__name__ and family_of(name)):
            yield name, thing


def _read(name: str, function: FunctionType, module: str) -> HookSpec:
    place = f"hook {name} in {module}"
    family = family_of(name)
    options: SpecOptions | None = getattr(function, SPEC_OPTIONS, None)
    if options is None:
        raise SpecError([f"{place} lacks @hookspec"])
    if family is None:
        raise SpecError([f"{place} belongs to no family; names begin with {_known_beginnings()}"])
    doc = hook_doc(function)
    problems = (
        [] if doc else [f"{place} has no docstring: say when it runs, its arguments and what it returns"]
    )
    problems += _shape_problems(place, function, family) + _option_problems(place, family, options)
    if problems or doc is None:
        raise SpecError(problems)
    hints = _hints(place, function)
    returns = hints.pop("return")
    problems += _mutable_problems(place, hints)
    try:
        check = check_for(returns)
    except SpecError as error:
        problems += [f"{place}: {problem}" for problem in error.problems]
    if problems:
        raise SpecError(problems)
    activation: Activation = (
        "named" if family.activation == "named" else options.activation or family.activation
    )
    return HookSpec(
        name,
        family,
        hints,
        returns,
        doc,
        activation,
        options.since,
        options.budget_ms,
        options.stages,
        module,
        check,
        options.judge,
    )


def _known_beginnings() -> str:
    return (
        ", ".join(sorted(family.prefix for family in FAMILIES.values() if not family.members))
        + ", and "
        + (", ".join(sorted(name for family in FAMILIES.values() for name in family.members)))
    )


def _shape_problems(place: str, function: FunctionType, family: Family) -> list[str]:
    signature = inspect.signature(function)
    problems = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.default is not parameter.empty:
            problems.append(f"{place}: argument {name} must be plain, without *, / or a default")
        if parameter.annotation is parameter.empty:
            problems.append(f"{place}: argument {name} has no annotation")
        if name in _RESERVED:
            problems.append(
                f"{place}: the dispatcher keeps the name {name} for itself; call the argument otherwise"
            )
    if signature.return_annotation is signature.empty:
        problems.append(f"{place} has no return annotation")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        problems.append(f"{place} must be a plain function")
    if family.name == "declare" and signature.parameters:
        problems.append(f"{place}: a declaration is made once, at boot, and takes no arguments")
    if family.name == "on" and signature.return_annotation not in (None, "None", signature.empty):
        problems.append(f"{place}: nobody reads what an on_ hook returns; annotate None")
    return problems


def _option_problems(place: str, family: Family, options: SpecOptions) -> list[str]:
    problems = []
    fixed = {"declare": "all", "answer": "all"}.get(family.name)
    if options.activation not in (None, "offer", "obligation", "all"):
        problems.append(f"{place}: activation {options.activation!r} is not offer, obligation or all")
    elif options.activation and (
        family.activation == "named" or options.activation != (fixed or options.activation)
    ):
        problems.append(f"{place}: the activation of {family.prefix} hooks cannot be chosen")
    if options.judge is not None and family.name != "declare":
        problems.append(f"{place}: only declarations are judged")
    if options.budget_ms is not None and options.budget_ms <= 0:
        problems.append(f"{place}: budget_ms must be above 0")
    if not options.stages or len(set(options.stages)) != len(options.stages):
        problems.append(f"{place}: stages must be named, each once")
    return problems


def _hints(place: str, function: FunctionType) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise SpecError([f"{place}: an annotation cannot be resolved at run time: {error}"]) from error


def _mutable_problems(place: str, arguments: dict[str, object]) -> list[str]:
    """Plugins share their arguments: what one changes the next one would see."""
    found = {name: get_origin(kind) or kind for name, kind in arguments.items()}
    return [
        f"{place}: argument {name} is a mutable {annotation_text(kind)}; hand over {_MUTABLE[kind]}"
        for name, kind in found.items()
        if kind in _MUTABLE
    ]
