"""What plugins were asked and said while one page was made; recorded in development only."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from core.hooks.specs import HookSpec

# What a panel can show of a value; a block of HTML would fill the page.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class TracedCall:
    """One call of one plugin: what it returned (shortened), how long it took, and what it raised or did wrong."""

    hook: str
    plugin: str
    result: str
    milliseconds: float
    error: str = ""


_calls: ContextVar[list[TracedCall] | None] = ContextVar("traced_calls", default=None)


def begin_trace() -> None:
    """Forget what was recorded in this context, and record from now on."""
    _calls.set([])


def traced_calls() -> tuple[TracedCall, ...]:
    """What was recorded since `begin_trace`, in order; empty without it."""
    return tuple(_calls.get() or ())


def traced(spec: HookSpec, plugin: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, recording each call where a trace has begun; what it returns or raises is unchanged."""

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        calls = _calls.get()
        if calls is None:
            return function(*arguments)
        value, error, begun = None, "", perf_counter_ns()
        try:
            value = function(*arguments)
            error = spec.check(value) or ""
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            raise
        finally:
            took = (perf_counter_ns() - begun) / 1e6
            calls.append(TracedCall(spec.name, plugin, _shown(value), took, error[:_LONGEST]))
        return value

    return run


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as problem:  # noqa: BLE001 - a plugin's own class may do anything
        text = f"<{type(value).__name__}, whose repr raised {type(problem).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
