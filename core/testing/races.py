"""Parallel attempts that really overlap, and the proof that they did."""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, text

T = TypeVar("T")
_WAITING = text(
    "SELECT count(DISTINCT a.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE NOT l.granted AND a.datname = current_database()"
)


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


@contextmanager
def row_locked(engine: Engine, table: str, row_id: UUID) -> Iterator[None]:
    """Keep one row locked in the block: whoever needs it queues behind it, so that a race runs in a stated order."""
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"SELECT 1 FROM {table} WHERE id = :id FOR UPDATE"), {"id": row_id})  # noqa: S608
        yield


def wait_for_waiters(engine: Engine, count: int, *, seconds: float = 10) -> None:
    """Return when `count` transactions of this database wait for a lock; fails after `seconds`."""
    until = time.monotonic() + seconds
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(_WAITING).scalar_one() < count:
            assert time.monotonic() < until, f"fewer than {count} transactions wait for a lock"
            time.sleep(0.01)


class Started:
    """An attempt on its way in a thread with this thread's context; `result()` waits for it and raises its error."""

    def __init__(self, attempt: Callable[[], Any]) -> None:
        self._attempt = attempt
        self._value: Any = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._run,), daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._attempt()
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error

    def result(self) -> Any:
        """What the attempt returned."""
        self._thread.join(30)
        assert not self._thread.is_alive(), "the attempt never came to its end"
        if self._error is not None:
            raise self._error
        return self._value
