"""Finished pages for visitors who are nobody in particular, kept in the process for seconds.

What is kept was drawn for somebody without cart, log-in and notices; it holds marks where time and nonce belong.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from core.hooks.dispatch import PluginSets

# A page may be this old although nothing announced a change: stock moves without one.
SECONDS = 5.0
_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class PageKey:
    """Everything a page depends on, besides its visitor; `path` carries the query that the page understands."""

    host: str
    shop_id: int
    path: str
    language: str
    epoch: int
    plugins: PluginSets
    # Whoever asks has closed the shop's announcement.
    closed: bool = False


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page with marks, and until when (of the cache's clock) it may be shown."""

    html: str
    until: float


class PageCache:
    """The pages used last, by key; safe in threads. Holds at most `most_bytes` of text."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self.hits = self.misses = 0
        self._clock = clock
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[PageKey, KeptPage] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: PageKey) -> str | None:
        """The page, if it is there and young enough."""
        with self._lock:
            found = self._pages.get(key)
            if found is None or found.until <= self._clock():
                self.misses += 1
                return None
            self._pages.move_to_end(key)
            self.hits += 1
            return found.html

    def put(self, key: PageKey, html: str, *, max_age: float | None = None) -> None:
        """Keep a page for `max_age` seconds, never longer than SECONDS."""
        seconds = SECONDS if max_age is None else min(max_age, SECONDS)
        if seconds <= 0:
            return
        with self._lock:
            self._drop(key)
            self._pages[key] = KeptPage(html, self._clock() + seconds)
            self._bytes += len(html)
            while self._bytes > self._most_bytes and self._pages:
                self._drop(next(iter(self._pages)))

    def forget(self) -> None:
        """Drop every page."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0

    def _drop(self, key: PageKey) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._bytes -= len(gone.html)
