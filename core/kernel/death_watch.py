"""Stops child processes when their supervisor dies, however it dies: a shell waits for a pipe to close."""

import contextlib
import signal
import subprocess
from typing import Self

# The shell keeps the last line it was sent ("INT:12 TERM:34") and acts on it when the pipe closes.
_SCRIPT = """
last=
while read -r line; do last=$line; done
for entry in $last; do kill -"${entry%%:*}" "${entry##*:}"; done
"""


class DeathWatch:
    """Names the processes that must not outlive this one, not even after `kill -9`; for Linux and macOS."""

    def __init__(self) -> None:
        self._watched: dict[int, signal.Signals] = {}
        self._shell = subprocess.Popen(  # noqa: S603 - a constant script
            ["/bin/sh", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def watch(self, pid: int, how: signal.Signals) -> None:
        """Sends `how` to the process `pid` when this process dies."""
        self._watched[pid] = how
        self._tell()

    def forget(self, pid: int) -> None:
        """Takes a process that has ended off the list, before its number is given to another."""
        if self._watched.pop(pid, None) is not None:
            self._tell()

    def close(self) -> None:
        """Ends the watch without touching anything."""
        self._watched.clear()
        self._tell()
        if self._shell.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.close()
        self._shell.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self) -> None:
        line = " ".join(f"{how.name.removeprefix('SIG')}:{pid}" for pid, how in self._watched.items())
        if self._shell.stdin is not None and not self._shell.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.write(line.encode() + b"\n")
                self._shell.stdin.flush()
