"""Values that may be a little old: asked for again when they are older than they may be."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Fresh(Generic[Key, Value]):
    """Keeps one value per key for `seconds`; safe in threads, where two may ask at once and the later answer stays.

    Beyond `most` keys everything is asked anew.
    """

    def __init__(
        self, seconds: float, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self.most = most
        self._clock = clock
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(
        self, key: Key, ask: Callable[[], Value], *, fits: Callable[[Value], bool] | None = None
    ) -> Value:
        """The kept value unless it is old or does not fit any more, else what `ask` answers now."""
        found = self._kept.get(key)
        if found is not None and self._clock() - found[0] < self.seconds and (not fits or fits(found[1])):
            return found[1]
        value = ask()
        with self._lock:
            if len(self._kept) >= self.most:
                self._kept.clear()
            self._kept[key] = (self._clock(), value)
        return value

    def last(self, key: Key) -> Value | None:
        """The value that was kept last, however old; for pages that must be shown while the database is away."""
        found = self._kept.get(key)
        return found[1] if found else None

    def forget(self) -> None:
        """Ask anew for everything."""
        with self._lock:
            self._kept.clear()
