"""The fence around every call into a plugin: checks what comes back, counts what it cost, reports what failed."""

import logging
from collections.abc import Callable, Mapping
from time import perf_counter_ns
from typing import Any

from core.hooks.counters import Counters
from core.hooks.errors import WrongReturnError
from core.hooks.plans import Plan, Step
from core.hooks.results import PluginFailure
from core.kernel.db import TransactionEnded, fenced
from core.kernel.errors import PinpuError

_logger = logging.getLogger("pinpu.hooks")


def log_failure(failure: PluginFailure) -> None:
    """Write `failure` with its traceback to the log `pinpu.hooks`; what a Dispatcher does unless told otherwise."""
    _logger.error("%s failed in %s: %s", failure.plugin, failure.hook, failure.error, exc_info=failure.cause)


def run_step(plan: Plan, step: Step, arguments: Mapping[str, Any], started: int) -> Any:
    """Call one implementation and count it; raises what it raises, or WrongReturnError.

    `started` is the caller's reading of `perf_counter_ns`, so that a failure can be timed too.
    """
    _, function, pick, counter = step
    value = function(*pick(arguments))
    wrong = plan.check(value)
    if wrong is not None:
        raise WrongReturnError(wrong)
    counter.add(perf_counter_ns() - started)
    return value


class Guard:
    """Where failures of all shops' calls come together."""

    def __init__(
        self,
        counters: Counters,
        on_problem: Callable[[PluginFailure], None],
        passes: tuple[type[Exception], ...],
    ) -> None:
        self.counters = counters
        self.passes: tuple[type[Exception], ...] = (PinpuError, *passes)
        self._on_problem = on_problem

    def failed(self, plan: Plan, step: Step, error: Exception, started: int) -> PluginFailure:
        """Count and report that `step` raised `error`."""
        failure = PluginFailure(step[0], plan.hook, error)
        self.counters.failed(step[3], failure, perf_counter_ns() - started)
        self.report(failure)
        return failure

    def report(self, failure: PluginFailure) -> None:
        """Tell `on_problem`; that it fails itself is logged and harms nobody."""
        try:
            self._on_problem(failure)
        except Exception:
            _logger.exception("reporting a failure of %s in %s failed itself", failure.plugin, failure.hook)

    def attempt(self, plan: Plan, step: Step, arguments: Mapping[str, Any]) -> Any:
        """The implementation's value, or None when it failed."""
        started = perf_counter_ns()
        try:
            with fenced():
                return run_step(plan, step, arguments, started)
        except TransactionEnded:
            raise
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            self.failed(plan, step, error, started)
            return None

    def let_through(self, plan: Plan, step: Step, arguments: Mapping[str, Any]) -> Any:
        """The implementation's value; what it raises reaches the caller, counted unless it passes."""
        started = perf_counter_ns()
        try:
            return run_step(plan, step, arguments, started)
        except self.passes:
            step[3].calls += 1
            raise
        except Exception as error:
            self.failed(plan, step, error, started)
            raise
