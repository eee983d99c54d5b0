"""Ends a server that outlived its supervisor, and forgets one whose process number was given to another."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from core.kernel.embedded_postgres.home import EmbeddedPostgresError

# First it gets a moment for itself: its death watch has already told it to stop.
_STEPS = ((None, 3), (signal.SIGINT, 30), (signal.SIGQUIT, 15), (signal.SIGKILL, 15))


def end_leftover(data: Path) -> None:
    """Returns when no server uses the data folder any more; removes a process file that names a stranger."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if not _is_server_of(pid, data):
        pid_file.unlink(missing_ok=True)
        return
    for how, seconds in _STEPS:
        if how is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not _is_server_of(pid, data):
                return
            time.sleep(0.05)
    raise EmbeddedPostgresError(
        f"An earlier PostgreSQL (process {pid}) cannot be stopped; end it and try again."
    )


def _is_server_of(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL server with this data folder."""
    try:
        if Path("/proc/self/cmdline").exists():
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        else:
            line = subprocess.run(  # noqa: S603 - a constant program and a number
                ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - the system's own
                check=False,
                capture_output=True,
            ).stdout
    except OSError:
        return False
    return b"postgres" in line and os.fsencode(data) in line
