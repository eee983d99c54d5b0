"""Parallel attempts that really overlap, and the proof that they did."""

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its result or error, and when it ran (seconds of a monotonic clock)."""

    value: Any
    error: Exception | None
    began: float
    ended: float


def race(attempts: Sequence[Callable[[], Any]]) -> list[Attempt]:
    """Run all attempts in threads released by one barrier; each thread starts from this thread's context."""
    barrier = threading.Barrier(len(attempts))
    results: list[Attempt | None] = [None] * len(attempts)

    def run(index: int, attempt: Callable[[], Any]) -> None:
        barrier.wait()
        began = time.monotonic()
        value, error = None, None
        try:
            value = attempt()
        except Exception as caught:  # noqa: BLE001 - the race reports every outcome
            error = caught
        results[index] = Attempt(value, error, began, time.monotonic())

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, index, attempt))
        for index, attempt in enumerate(attempts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [result for result in results if result is not None]
    assert len(done) == len(attempts)
    return done


def overlapping_pairs(attempts: Sequence[Attempt]) -> int:
    """How many pairs of attempts ran at the same time; a race test asserts that this is many."""
    return sum(
        1
        for index, one in enumerate(attempts)
        for other in attempts[index + 1 :]
        if one.began < other.ended and other.began < one.ended
    )
