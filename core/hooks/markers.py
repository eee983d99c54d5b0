"""The two decorators: `hookspec` declares a hook in its room, `hookimpl` marks a plugin's function for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

import pluggy

PROJECT = "pinpu"
# pluggy leaves its own options under these names; ours travel beside them.
PLUGGY_SPEC, PLUGGY_IMPL = f"{PROJECT}_spec", f"{PROJECT}_impl"
SPEC_OPTIONS, IMPL_OPTIONS = f"{PROJECT}_spec_options", f"{PROJECT}_impl_options"

DEFAULT_STAGES = ("early", "main", "late")

F = TypeVar("F", bound=Callable[..., object])

# What is wrong with what a plugin declared, one sentence each: called with its name and the value.
Judge = Callable[[str, Any], Iterable[str]]

_pluggy_spec = pluggy.HookspecMarker(PROJECT)
_pluggy_impl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class SpecOptions:
    """What `@hookspec(…)` was told."""

    activation: Literal["offer", "obligation", "all"] | None = None
    since: str = "0.1"
    budget_ms: float | None = None
    stages: tuple[str, ...] = DEFAULT_STAGES
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class ImplOptions:
    """What `@hookimpl(…)` was told."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    stage: str | None = None


@overload
def hookspec(declaration: F, /) -> F: ...
@overload
def hookspec(
    *,
    activation: Literal["offer", "obligation", "all"] | None = None,
    since: str = "0.1",
    budget_ms: float | None = None,
    stages: tuple[str, ...] = DEFAULT_STAGES,
    judge: Judge | None = None,
) -> Callable[[F], F]: ...
def hookspec(
    declaration: F | None = None,
    /,
    *,
    activation: Literal["offer", "obligation", "all"] | None = None,
    since: str = "0.1",
    budget_ms: float | None = None,
    stages: tuple[str, ...] = DEFAULT_STAGES,
    judge: Judge | None = None,
) -> F | Callable[[F], F]:
    """Declare a hook; its name's prefix gives the family, its docstring is the documentation.

    The function has no body beyond its docstring, annotates every argument and its return value, and takes
    frozen values only. In the docstring, `Args:`, `Returns:`, `When:` and `Example:` begin sections that the
    reference page prints; what is not said comes from the family.

        @hookspec(since="0.2", budget_ms=5)
        def check_cart(cart: CartView) -> list[Refusal]:
            '''Refuse lines that the shop must not sell like this.

            Args:
                cart: the cart after the change, priced.
            '''

    Args:
        activation: whose plugins are called: "offer" (enabled: new business), "obligation" (enabled and
            draining: orders that exist), "all" (every installed plugin). Default: the family's.
        since: the sdk version that first had this hook.
        budget_ms: milliseconds one implementation should stay under; slower calls are counted.
        stages: the stages an implementation may choose from, first to last; "main" is the default stage.
        judge: for declarations: says what is wrong with a value of the right type; the plugin is quarantined for it.
    """

    def mark(function: F) -> F:
        setattr(function, SPEC_OPTIONS, SpecOptions(activation, since, budget_ms, tuple(stages), judge))
        return _pluggy_spec(function)

    return mark(declaration) if declaration is not None else mark


@overload
def hookimpl(implementation: F, /) -> F: ...
@overload
def hookimpl(
    *, before: tuple[str, ...] = (), after: tuple[str, ...] = (), stage: str | None = None
) -> Callable[[F], F]: ...
def hookimpl(
    implementation: F | None = None,
    /,
    *,
    before: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    stage: str | None = None,
) -> F | Callable[[F], F]:
    """Mark a function as this plugin's implementation of the hook that has its name.

    Name only the arguments you need; they arrive by name. Return a value of the type that the hook promises:
    values are never changed in place. Nothing more is needed:

        @hookimpl
        def check_cart(cart):
            return [Refusal("tea_club.too_many", _("At most two of these."))] if … else []

    Args:
        before: plugins that must run after this one in this hook; plugins that are not there do not matter.
        after: plugins that must run before this one in this hook.
        stage: one of the hook's stages; it counts before `before` and `after`, and those before the name.
    """

    def mark(function: F) -> F:
        # A static or class method gives its function away, not the marks it wears itself.
        inner = function.__func__ if isinstance(function, (staticmethod, classmethod)) else function
        setattr(inner, IMPL_OPTIONS, ImplOptions(_names(before), _names(after), stage))
        _pluggy_impl(inner)
        return function

    return mark(implementation) if implementation is not None else mark


def _names(plugins: tuple[str, ...] | str) -> tuple[str, ...]:
    return (plugins,) if isinstance(plugins, str) else tuple(plugins)
