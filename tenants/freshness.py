"""Answers kept for a moment, so that a question of every request costs a query only twice a second."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

# A change is seen by every process within this many seconds.
FRESH_SECONDS = 0.5
_MOST = 20_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class KeptAnswers(Generic[Key, Value]):
    """Values by key, each asked for again when it is older than FRESH_SECONDS; safe in threads."""

    def __init__(self, ask: Callable[[Key], Value]) -> None:
        self._ask = ask
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()
        self._forgotten = 0

    def get(self, key: Key) -> Value:
        """The value of `key`, at most FRESH_SECONDS old."""
        found = self._kept.get(key)
        if found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
            return found[1]
        # Its age counts from the question, not from the answer.
        asked, generation = time.monotonic(), self._forgotten
        value = self._ask(key)
        self._store(key, asked, value, generation)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Note a value that was just read with something else."""
        self._store(key, time.monotonic(), value, self._forgotten)

    def _store(self, key: Key, asked: float, value: Value, generation: int) -> None:
        with self._lock:
            # What was asked before a change may be the state before it.
            if generation != self._forgotten:
                return
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = (asked, value)

    def forget(self) -> None:
        """Ask anew for every key: this process has just changed something."""
        with self._lock:
            self._forgotten += 1
            self._kept.clear()
