"""The one source of the current time; tests and stories move it, production never does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def _system_time() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place that may ask the machine


class MovableClock:
    """A clock for tests: it runs with the machine until `freeze`, and `advance` moves it."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self.frozen: datetime | None = None

    def __call__(self) -> datetime:
        """The clock's present reading."""
        return (self.frozen or _system_time()) + self.offset

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop the clock at `at` (aware; default: the present reading) and return that instant."""
        self.frozen, self.offset = at or self(), timedelta()
        return self.frozen

    def advance(self, **delta: float) -> datetime:
        """Move the clock forward by `timedelta(**delta)` and return the new reading."""
        self.offset += timedelta(**delta)
        return self()

    def reset(self) -> None:
        """Follow the machine again."""
        self.frozen, self.offset = None, timedelta()


class FileClock:
    """A clock whose offset in seconds stands in a file, so that a story can move several processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> datetime:
        """The machine's time plus the file's offset; a missing or unreadable file means none."""
        try:
            seconds = float(self.path.read_text() or 0)
        except (OSError, ValueError):
            seconds = 0.0
        return _system_time() + timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Let every process that reads this file read `moment` (aware) now, and go on from there."""
        offset = (moment - _system_time()).total_seconds()
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(f"{offset:.6f}")
        fresh.replace(self.path)


_read: Callable[[], datetime] = _system_time


def install(clock: Callable[[], datetime]) -> None:
    """Use `clock` for this process from now on."""
    global _read
    _read = clock


def install_system_clock() -> None:
    """Follow the machine again."""
    install(_system_time)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _read()
