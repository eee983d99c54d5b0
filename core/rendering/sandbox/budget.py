"""How much one rendering may do: steps, characters, nesting and processor time, counted while it runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from jinja2.exceptions import SecurityError

# Without a run (constant folding while a template is compiled) only small work is done.
_COMPILE_TIME_STEPS = 1_000


class TemplateRefused(SecurityError):
    """A template asked for something the sandbox does not give; the message says what."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may use.

    Args:
        steps: loop rounds, calls, filters and template loads together.
        output: characters of the result, and of any text put together on the way.
        seconds: processor time of this thread: waiting for a turn on a busy machine is nobody's fault.
        loads: templates included, imported or extended.
    """

    steps: int = 100_000
    output: int = 2_000_000
    seconds: float = 2.0
    loads: int = 400


MAX_TEXT = Limits().output
MAX_NUMBER = 10**15
MAX_ITEMS = 2_000


class _Run:
    __slots__ = ("characters", "deadline", "limits", "loads", "next_look", "steps")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.steps = self.loads = self.characters = 0
        self.next_look = 64
        self.deadline = time.thread_time() + limits.seconds


_run: ContextVar[_Run | None] = ContextVar("template_run", default=None)


@contextmanager
def running(limits: Limits) -> Iterator[None]:
    """Count everything inside the block against `limits`; an inner run has its own count."""
    token = _run.set(_Run(limits))
    try:
        yield
    finally:
        _run.reset(token)


def charge(steps: int = 1) -> None:
    """Count `steps` of work; raises TemplateRefused when there were too many, or when time is up."""
    run = _run.get()
    if run is None:
        if steps > _COMPILE_TIME_STEPS:
            raise TemplateRefused("too much work for a constant")
        return
    run.steps += steps
    if run.steps >= run.next_look:
        _look(run)


def _look(run: _Run) -> None:
    if run.steps > run.limits.steps:
        raise TemplateRefused(f"more than {run.limits.steps} steps")
    if time.thread_time() > run.deadline:
        raise TemplateRefused(f"more than {run.limits.seconds} seconds")
    run.next_look = run.steps + 64


def charge_load() -> None:
    """Count one more template loaded."""
    run = _run.get()
    if run is not None:
        run.loads += 1
        if run.loads > run.limits.loads:
            raise TemplateRefused(f"more than {run.limits.loads} templates in one page")


def charge_text(length: int) -> None:
    """Count `length` characters put together; call it before they are."""
    run = _run.get()
    limit = run.limits.output if run else MAX_TEXT
    if length > limit:
        raise TemplateRefused(f"a text of more than {limit} characters")
    if run is not None:
        run.characters += length
        # Text may pass through several macros on its way out, so the sum is allowed more than the page.
        if run.characters > 8 * limit:
            raise TemplateRefused("too much text put together")
        charge(length >> 10)
