"""Counts what each plugin costs and how often it fails; cheap enough to be always on."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.hooks.results import PluginFailure
from core.kernel.clock import now


class Counter:
    """Running totals of one plugin in one hook; times in nanoseconds.

    The dispatcher adds to `calls` and `total_ns` itself and asks `over_limit` only when a call took longer than
    `limit_ns`: that is rare, and a call into Python per call into a plugin would be felt. There is no lock: under
    CPython's global lock an addition to a slot is not interrupted by another thread's, and a lost count harms nobody.
    """

    __slots__ = (
        "budget_ns", "calls", "errors", "hook", "last_error", "last_error_at", "limit_ns", "max_ns", "plugin",
        "slow", "total_ns",
    )  # fmt: skip

    def __init__(self, plugin: str, hook: str, budget_ns: int) -> None:
        self.plugin, self.hook, self.budget_ns = plugin, hook, budget_ns
        self.calls = self.errors = self.slow = self.total_ns = self.max_ns = self.limit_ns = 0
        self.last_error = ""
        self.last_error_at: datetime | None = None

    def add(self, took_ns: int) -> None:
        """Count one call."""
        self.calls += 1
        self.total_ns += took_ns
        if took_ns > self.limit_ns:
            self.over_limit(took_ns)

    def over_limit(self, took_ns: int) -> None:
        """Note a call that is the slowest so far, or over the budget."""
        self.slow += took_ns > self.budget_ns
        self.max_ns = max(self.max_ns, took_ns)
        self.limit_ns = min(self.max_ns, self.budget_ns)


@dataclass(frozen=True, slots=True)
class HookCount:
    """The totals of one plugin in one hook since this process started; times in nanoseconds."""

    plugin: str
    hook: str
    calls: int
    errors: int
    slow: int
    total_ns: int
    max_ns: int


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """How one plugin has done since this process started.

    Attributes:
        calls, errors, slow: how often it was called, failed, or took longer than the hook's budget.
        total_ms, max_ms: time spent in it, and its slowest call, in milliseconds.
        last_error, last_error_hook, last_error_at: its latest failure as one line, where and when (UTC); empty
            and None when it never failed.
    """

    plugin: str
    calls: int = 0
    errors: int = 0
    slow: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0
    last_error: str = ""
    last_error_hook: str = ""
    last_error_at: datetime | None = None


class Counters:
    """All counters of this process, one per plugin and hook."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, str], Counter] = {}
        self._lock = threading.Lock()

    def counter(self, plugin: str, hook: str, budget_ns: int) -> Counter:
        """The counter of `plugin` in `hook`, made on first use and shared from then on."""
        with self._lock:
            return self._counters.setdefault((plugin, hook), Counter(plugin, hook, budget_ns))

    def failed(self, counter: Counter, failure: PluginFailure, took_ns: int | None = None) -> None:
        """Count `failure`: a call that raised after `took_ns`, or (None) a call whose value was found unusable later."""
        with self._lock:
            if took_ns is not None:
                counter.add(took_ns)
            counter.errors += 1
            counter.last_error, counter.last_error_at = failure.error, now()

    def rows(self) -> tuple[HookCount, ...]:
        """One row per plugin and hook that was ever compiled, by name; for metrics."""
        return tuple(
            HookCount(c.plugin, c.hook, c.calls, c.errors, c.slow, c.total_ns, c.max_ns)
            for c in self._sorted()
        )

    def health(self, plugins: Iterable[str]) -> dict[str, PluginHealth]:
        """The health of each of `plugins`, also of those that were never called."""
        counters = self._sorted()
        return {name: _health(name, [c for c in counters if c.plugin == name]) for name in sorted(plugins)}

    def _sorted(self) -> list[Counter]:
        with self._lock:
            return [self._counters[key] for key in sorted(self._counters)]


def _health(plugin: str, counters: list[Counter]) -> PluginHealth:
    failed = [(counter.last_error_at, counter) for counter in counters if counter.last_error_at]
    latest = max(failed, key=lambda pair: pair[0])[1] if failed else None
    return PluginHealth(
        plugin,
        calls=sum(counter.calls for counter in counters),
        errors=sum(counter.errors for counter in counters),
        slow=sum(counter.slow for counter in counters),
        total_ms=sum(counter.total_ns for counter in counters) / 1e6,
        max_ms=max((counter.max_ns for counter in counters), default=0) / 1e6,
        last_error=latest.last_error if latest else "",
        last_error_hook=latest.hook if latest else "",
        last_error_at=latest.last_error_at if latest else None,
    )
