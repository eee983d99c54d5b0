"""Finds a plugin's hook functions and refuses what could never be called as its author means."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from core.hooks.errors import LoadProblem
from core.hooks.markers import IMPL_OPTIONS, PLUGGY_IMPL, ImplOptions
from core.hooks.specs import HookSpec

# From this likeness on, an unmarked name is taken for a misspelt hook rather than for a function of its own.
_NEARLY = 0.88
_ORDER_OF_PLUGGY = ("tryfirst", "trylast", "optionalhook", "specname")


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook, checked and ready to be ordered and called."""

    plugin: str
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    options: ImplOptions
    stage: str
    file: str
    line: int | None

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Findings:
    """The implementations of one plugin and everything that is wrong with them."""

    implementations: tuple[Implementation, ...]
    problems: tuple[LoadProblem, ...]


def implementations_of(
    namespace: object,
    *,
    plugin: str,
    specs: Mapping[str, HookSpec],
    root: Path | None,
    may_answer: bool = False,
) -> Findings:
    """What `namespace` (a module or a `Plugin` object) implements.

    Args:
        namespace: where the functions are.
        plugin: the name they are counted under.
        specs: all declared hooks.
        root: reports show files relative to this folder.
        may_answer: whether `answer_` hooks are allowed; they are tenants' business, never a plugin's.
    """
    found: list[Implementation] = []
    problems: list[LoadProblem] = []
    for name, function in _candidates(namespace):
        file, line = _place(function, namespace, root)
        marked = _is_marked(function)
        said = list(_reasons(name, function, specs, may_answer=may_answer)) if marked else []
        said += [] if marked else _unmarked_problems(name, function, namespace, specs)
        problems += [LoadProblem(file, message, line, fix) for message, fix in said]
        if marked and not said:
            options: ImplOptions = getattr(function, IMPL_OPTIONS, ImplOptions())
            arguments = tuple(inspect.signature(function).parameters)
            stage = options.stage or "main"
            found.append(Implementation(plugin, name, function, arguments, options, stage, file, line))
    return Findings(tuple(found), tuple(problems))


def shown_path(file: str, root: Path | None) -> str:
    """`file` relative to `root` when it lies below, else its name alone."""
    path = Path(file)
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return "/".join(path.parts[-3:])


def _candidates(namespace: object) -> Iterable[tuple[str, Callable[..., Any]]]:
    """Everything that is a function or is marked like one."""
    for name in dir(namespace):
        # Static: looking must run no property and wake no proxy.
        static = inspect.getattr_static(namespace, name)
        inner = static.__func__ if _is_a(static, staticmethod, classmethod) else static
        if not name.startswith("__") and (_is_a(inner, FunctionType) or _is_marked(inner)):
            yield name, getattr(namespace, name)


def _is_a(thing: object, *kinds: type) -> bool:
    """`isinstance` by the true type: a proxy answers for what it stands for, which may not be there yet."""
    return issubclass(type(thing), kinds)


def _is_marked(thing: object) -> bool:
    inner = thing.__func__ if _is_a(thing, MethodType) and isinstance(thing, MethodType) else thing
    return isinstance(inspect.getattr_static(inner, PLUGGY_IMPL, None), dict)


def _place(function: Callable[..., Any], namespace: object, root: Path | None) -> tuple[str, int | None]:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is not None:
        return shown_path(code.co_filename, root), code.co_firstlineno
    return shown_path(
        inspect.getfile(namespace if isinstance(namespace, ModuleType) else type(namespace)), root
    ), None


def _unmarked_problems(
    name: str, function: Callable[..., Any], namespace: object, specs: Mapping[str, HookSpec]
) -> list[tuple[str, str]]:
    if name.startswith("_"):
        return []
    if name in specs:
        return [(f"{name} is a hook but is not marked.", "Write @hookimpl above it.")]
    imported = isinstance(namespace, ModuleType) and function.__module__ != namespace.__name__
    near = [] if imported else difflib.get_close_matches(name, specs, n=1, cutoff=_NEARLY)
    fix = "Correct and mark it, or begin its name with _."
    return [(f"{name} is not marked and looks like the hook {near[0]}.", fix)] if near else []


def _reasons(
    name: str, function: Callable[..., Any], specs: Mapping[str, HookSpec], *, may_answer: bool
) -> Iterable[tuple[str, str]]:
    """What is wrong with one marked function: message and fix."""
    spec = specs.get(name)
    if spec is None:
        near = difflib.get_close_matches(name, specs, n=1, cutoff=0.6)
        yield (
            f"{name} is marked as a hook, but there is no such hook.",
            f"Did you mean {near[0]}?" if near else "",
        )
        return
    if spec.family.name == "answer" and not may_answer:
        yield f"{name} is answered by the platform, not by plugins.", "Remove it."
    if not isinstance(function, (FunctionType, MethodType)):
        yield f"{name} is a {type(function).__name__}.", "Mark a plain function."
        return
    yield from _nature_problems(name, function)
    yield from _argument_problems(name, function, spec)
    options: ImplOptions = getattr(function, IMPL_OPTIONS, ImplOptions())
    if (options.stage or "main") not in spec.stages:
        said = (
            f"stage {options.stage!r} does not exist in {name}."
            if options.stage
            else f"{name} needs a stage."
        )
        yield said, f"Its stages: {', '.join(spec.stages)}."


def _nature_problems(name: str, function: Callable[..., Any]) -> Iterable[tuple[str, str]]:
    options = getattr(function, PLUGGY_IMPL)
    if options.get("wrapper") or options.get("hookwrapper"):
        yield (
            f"{name} is a wrapper; it could change what other plugins return.",
            "Return your own value instead.",
        )
    elif inspect.isgeneratorfunction(function):
        yield f"{name} is a generator; nobody would run it.", "Return the whole value."
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"{name} is asynchronous; nobody would await it.", "Write def instead of async def."
    for option in _ORDER_OF_PLUGGY:
        if options.get(option):
            yield f"{name} uses pluggy's {option}.", "Use hookimpl(before=…, after=…, stage=…)."


def _argument_problems(name: str, function: Callable[..., Any], spec: HookSpec) -> Iterable[tuple[str, str]]:
    known = ", ".join(spec.arguments) or "none"
    for argument, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield f"{name} takes *{argument}.", f"Name the arguments you need, of: {known}."
        elif parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            yield f"{name}: argument {argument} must be plain, without * or /.", ""
        elif argument not in spec.arguments:
            near = difflib.get_close_matches(argument, spec.arguments, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            yield f"{name} has no argument {argument}.", f"{hint}Its arguments: {known}."
