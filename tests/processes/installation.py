"""One installation of the program for crash tests: a database, a data folder and a clock of its own, real processes."""

import json
import multiprocessing
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from core.testing import cluster

ROOT = Path(__file__).resolve().parents[2]
# A process forked from here starts with everything imported, so that a kill meets work and not an import.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["core.app", "core.jobs.worker", "tests.processes.people", "tests.processes.racers"]
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """Settings that all its processes share, and the processes it has started."""

    home: Path
    database: cluster.TestDatabase
    plugin_folder: Path | None = None
    port: int = field(default_factory=free_port)
    gateway_port: int = field(default_factory=free_port)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    forks: list[ForkServerProcess] = field(default_factory=list)
    owner: psycopg.Connection | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told."""
        told = {
            "PINPU_HOME": str(self.home),
            "PINPU_PORT": str(self.port),
            "PINPU_GATEWAY_PORT": str(self.gateway_port),
            "PINPU_CLOCK_FILE": str(self.home / "clock"),
            "PINPU_SECRET_KEY": self.secret_key,
            "DATABASE_URL": self.database.database_url,
            "DATABASE_OWNER_URL": self.database.database_owner_url,
            "DATABASE_PLATFORM_URL": self.database.database_platform_url,
            "PINPU_WEB_WORKERS": "2",
            "PYTHONUNBUFFERED": "1",
        }
        if self.plugin_folder is not None:
            told["PINPU_PLUGIN_FOLDER"] = str(self.plugin_folder)
            told["PYTHONPATH"] = f"{self.plugin_folder.parent}{os.pathsep}{ROOT}"
        return told

    @property
    def gateway_url(self) -> str:
        """Where the test gateway listens."""
        return f"http://127.0.0.1:{self.gateway_port}"

    def advance(self, **delta: float) -> None:
        """Move the clock of all processes forward."""
        clock = self.home / "clock"
        offset = float(clock.read_text()) if clock.exists() else 0.0
        fresh = clock.with_suffix(".new")
        fresh.write_text(str(offset + timedelta(**delta).total_seconds()))
        fresh.replace(clock)

    def run(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program of ours as a user would, what it says kept in the data folder."""
        log = self.home / f"{arguments[1].rsplit('.', 1)[-1]}-{len(self.programs)}.log"
        with log.open("ab") as file:
            program = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.programs.append(program)
        return program

    def start_gateway(self) -> None:
        """Start the test gateway and wait until it answers."""
        place = ("--port", str(self.gateway_port), "--home", str(self.home / "test-gateway"))
        self.run("-m", "core.testing.gateway", *place)
        wait_until(lambda: answers(f"{self.gateway_url}/health"), seconds=30)

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start the worker as `pinpu serve` does."""
        return self.run("-m", "core.cli", "worker")

    def fork(self, target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
        """Run `target(environment, *arguments)` in a process of its own, ready within milliseconds."""
        process = _FORKS.Process(target=target, args=(self.environment, *arguments))
        process.start()
        self.forks.append(process)
        return process

    def pipe(self) -> tuple[Connection, Connection]:
        """Both ends of a pipe between the test and a process that it forks."""
        return _FORKS.Pipe()

    def act(self, target: Callable[..., Any], **arguments: Any) -> Any:
        """Run `target(environment, **arguments)` in a process of its own and return its answer."""
        ours, theirs = _FORKS.Pipe(duplex=False)
        process = _FORKS.Process(target=_answer, args=(theirs, target, self.environment, arguments))
        process.start()
        theirs.close()
        try:
            kind, value = ours.recv()
        except EOFError:
            process.join(10)
            raise AssertionError(f"{target.__name__} ended with code {process.exitcode}") from None
        process.join(30)
        if kind == "error":
            raise AssertionError(f"{target.__name__} failed:\n{value}")
        return value

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows as the owner of the tables sees them: of every shop."""
        if self.owner is None:
            url = make_url(self.database.database_owner_url).set(drivername="postgresql")
            self.owner = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        return self.owner.execute(statement, values).fetchall()

    def gateway_list(self, name: str, key: str) -> list[dict[str, Any]]:
        """Every payment or refund that the gateway itself has for an account."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            request = urllib.request.Request(
                f"{self.gateway_url}/v1/{name}?limit=100{after}", headers={"Authorization": f"Bearer {key}"}
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                page = json.load(answer)
            found += page[name]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def logs(self) -> str:
        """The end of what every process said, for a failing test."""
        said = (
            f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.home.glob("*.log")
        )
        return "\n".join(said)

    def stop(self) -> None:
        """End whatever still runs."""
        if self.owner is not None:
            self.owner.close()
        for fork in self.forks:
            if fork.is_alive():
                fork.kill()
            fork.join(10)
        for program in self.programs:
            if program.poll() is None:
                program.send_signal(signal.SIGKILL)
            program.wait(10)


def _answer(pipe: Any, target: Callable[..., Any], environment: Mapping[str, str], arguments: Any) -> None:
    import traceback

    try:
        pipe.send(("value", target(environment, **arguments)))
    except BaseException:
        pipe.send(("error", traceback.format_exc()))
        raise


def answers(url: str) -> bool:
    """Whether somebody answers there without failing."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status < 500)
    except OSError:
        return False


def wait_until(
    true: Callable[[], object], *, seconds: float, otherwise: Callable[[], Any] = str, pause: float = 0.02
) -> None:
    """Look until it is true; `otherwise` says what is wrong when it takes too long."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {otherwise()}"
        time.sleep(pause)
