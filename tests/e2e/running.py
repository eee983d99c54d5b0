"""The whole program as a newcomer starts it: `pinpu demo` with a data folder, ports and a clock of its own."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
# The first start plays a month of two shops; a slow machine may take its time.
READY_SECONDS = 420.0
STOP_SECONDS = 60.0


@dataclass
class Program:
    """A running demo: where its pages are, and the levers of its clock."""

    home: Path
    port: int
    gateway_port: int
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str] = field(default_factory=dict)
    openings: list[dict[str, str]] = field(default_factory=list)

    @property
    def console(self) -> str:
        """The console's address."""
        return f"http://localhost:{self.port}/console/"

    @property
    def gateway(self) -> str:
        """The test gateway's address."""
        return f"http://127.0.0.1:{self.gateway_port}"

    def shop(self, handle: str, path: str = "/") -> str:
        """An address of a shop's storefront."""
        return f"http://{handle}.localhost:{self.port}{path}"

    def advance(self, **delta: float) -> None:
        """Move the clock of web, worker and gateway forward."""
        clock = self.home / "clock"
        fresh = clock.with_suffix(".new")
        fresh.write_text(str((self._moved() + timedelta(**delta)).total_seconds()))
        fresh.replace(clock)

    def advance_to(self, hour: int, zone: str) -> None:
        """Move the clock forward to the next time that it is `hour` o'clock in `zone`."""
        there = datetime.now(ZoneInfo(zone)) + self._moved()
        wanted = there.replace(hour=hour, minute=0, second=0, microsecond=0)
        if wanted <= there:
            wanted += timedelta(days=1)
        self.advance(seconds=(wanted - there).total_seconds())

    def _moved(self) -> timedelta:
        clock = self.home / "clock"
        return timedelta(seconds=float(clock.read_text()) if clock.exists() else 0.0)

    def said(self) -> str:
        """The end of everything that the programs printed."""
        files = [self.home / "demo.log", *sorted((self.home / "logs").glob("*.log"))]
        return "\n".join(
            f"== {one.name}\n{one.read_text(errors='replace')[-4000:]}" for one in files if one.exists()
        )


@contextlib.contextmanager
def running_demo(home: Path) -> Iterator[Program]:
    """Start `pinpu demo` in `home`, wait until it says what to open, and stop it by Ctrl-C at the end.

    Raises AssertionError when it does not start, ends with an error, or leaves something running.
    """
    port, gateway_port = free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PINPU_", "DATABASE_"))},
        "PINPU_HOME": str(home),
        "PINPU_PORT": str(port),
        "PINPU_GATEWAY_PORT": str(gateway_port),
        "PINPU_CLOCK_FILE": str(home / "clock"),
        # The mail server of a story listens on this machine.
        "PINPU_PRIVATE_ADDRESSES": "1",
    }
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "demo", "--json"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    program = Program(home, port, gateway_port, process, environment)
    try:
        program.openings = _what_to_open(program)
        yield program
    except BaseException:
        _interrupt(process)
        raise
    _interrupt(process)
    assert process.returncode == 0, f"pinpu demo ended with {process.returncode}\n{program.said()}"
    assert left_running(home) == [], "Ctrl-C left something running"


def _what_to_open(program: Program) -> list[dict[str, str]]:
    out = program.process.stdout
    assert out is not None
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if select.select([out], [], [], 1.0)[0]:
            line = out.readline()
            assert line, f"pinpu demo did not start\n{program.said()}"
            told: dict[str, Any] = json.loads(line)
            assert told["ready"] is True, told
            found: list[dict[str, str]] = told["open"]
            return found
    raise AssertionError(f"pinpu demo was not ready within {READY_SECONDS:.0f} s\n{program.said()}")


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"Ctrl-C did not end pinpu demo within {STOP_SECONDS:.0f} s") from None


def left_running(home: Path) -> list[str]:
    """Command lines of processes that still belong to the data folder."""
    shown = (
        ["ps", "axeww", "-o", "pid=,args="]
        if sys.platform == "linux"
        else ["ps", "-axEww", "-o", "pid=,command="]
    )
    lines = subprocess.run(
        shown, check=True, capture_output=True, text=True, errors="replace"
    ).stdout.splitlines()
    own = f"{os.getpid()} "
    return [line[:200] for line in lines if str(home) in line and not line.strip().startswith(own)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
