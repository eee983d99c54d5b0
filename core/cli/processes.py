"""Runs web, worker and test gateway as one program: starts, watches, restarts and stops them in order."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from core.cli.problems import CommandProblem
from core.cli.source_watch import Change
from core.kernel.death_watch import DeathWatch
from core.kernel.embedded_postgres import EmbeddedPostgres
from core.settings import ROOT, Settings

READY_SECONDS = 60.0
# A program that ends this often within a minute will not be helped by another start.
MOST_RESTARTS = 3
LARGEST_LOG = 10_000_000
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - only for the doors that `demo --lan` opens


@dataclass(frozen=True, slots=True)
class Program:
    """One child process: what to run, when it is ready, how long it may take to stop, and how it takes new code."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(repr=False)
    ready_url: str | None = None
    stop_seconds: float = 15.0
    log: Path | None = None
    on_change: Literal["stays", "hangs up", "restarts"] = "stays"


def programs_for(settings: Settings, *, logs: Path | None) -> list[Program]:
    """Gateway, worker and web in starting order; they stop the other way round, web first.

    Args:
        settings: with database addresses.
        logs: a folder for what they print; None lets it through to our own output.
    """
    environment = {
        **os.environ,
        **settings.environment(),
        "PYTHONPATH": _import_path(),
        "PYTHONUNBUFFERED": "1",
    }

    def program(name: str, *command: str, ready_url: str | None = None) -> Program:
        log = logs / f"{name}.log" if logs else None
        return Program(name, (sys.executable, *command), environment, ready_url, log=log)

    found = []
    if settings.starts_test_gateway:
        place = ["--port", str(settings.gateway_port), "--home", str(settings.home / "test-gateway")]
        if settings.lan_doors:
            place += ["--host", _EVERYWHERE, "--public-url", settings.test_gateway_pages]
        found.append(
            program("gateway", "-m", "core.testing.gateway", *place, ready_url=settings.test_gateway_url)
        )
    # The worker finishes the jobs it has in hand, for 20 seconds at most.
    worker = program("worker", "-m", "core.cli", "worker")
    found.append(replace(worker, stop_seconds=25.0, on_change="restarts"))
    ready = f"http://127.0.0.1:{settings.port}/livez"
    web = program("web", "-m", "gunicorn", *_gunicorn_options(settings), ready_url=ready)
    # Gunicorn forks new workers on this signal, and lets the old ones finish.
    found.append(replace(web, on_change="hangs up"))
    return found


def _gunicorn_options(settings: Settings) -> list[str]:
    options = ["--bind", f"127.0.0.1:{settings.port}", "--worker-class", "gthread", "--no-control-socket"]
    for port, _ in settings.lan_doors:
        options += ["--bind", f"{_EVERYWHERE}:{port}"]
    # While a plugin is written one process is enough, and it says once what became of the plugin.
    workers = 1 if settings.dev else settings.web_workers
    options += ["--workers", str(workers), "--threads", str(settings.web_threads)]
    options += ["--graceful-timeout", "10", "--log-level", "warning", "--chdir", str(ROOT)]
    options += ["--logger-class", "core.web.gunicorn_logs.RoutedLogger"]
    return [*options, "--config", "python:core.cli.gunicorn_warm", "core.app:create_app()"]


def _import_path() -> str:
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(ROOT), *([given] if given else [])])


def require_free_port(port: int, variable: str) -> None:
    """Raises a CommandProblem that names the variable when the port is taken or not allowed."""
    # Asked first: a program that listens on all addresses may still let this one be bound.
    taken = _accepts(port)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CommandProblem(
                f"Port {port} may not be used by this account: choose one above 1023 with {variable}."
            ) from None
        except OSError:
            taken = True
    if taken:
        raise CommandProblem(
            f"Port {port} is taken: stop the program that listens there, or choose another with {variable}."
        )


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def stop_signals() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP end the block like Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    kept = {
        number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


class Supervisor:
    """Keeps programs running until it is interrupted; a database of ours is watched along with them."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        database: EmbeddedPostgres | None = None,
        changed: Callable[[], Change | None] = lambda: None,
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._programs = programs
        self._database = database
        self._changed = changed
        self._note = note
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: dict[str, deque[float]] = {
            program.name: deque(maxlen=MOST_RESTARTS) for program in programs
        }
        self._watch = DeathWatch()

    def start(self) -> None:
        """Starts all programs and returns when each is ready; stops them again if one is not."""
        try:
            for program in self._programs:
                self._launch(program)
            for program in self._programs:
                self._await_ready(program)
        except BaseException:
            self.stop()
            raise

    def run(self) -> None:
        """Watches until interrupted; restarts what ends, and gives up with a CommandProblem if it keeps ending."""
        while True:
            self.look_after()
            time.sleep(0.2)

    def look_after(self) -> None:
        """One look at the sources, at the database and at each program."""
        if change := self._changed():
            named = ", ".join(change.files[:3]) + (" …" if change.files[3:] else "")
            self._note(
                f"{named} changed: loading {'the plugins' if change.plugins_only else 'everything'} again."
            )
            self._reload(plugins_only=change.plugins_only)
        if self._database is not None and not self._database.running:
            raise CommandProblem(self._why_database_ended())
        for program in self._programs:
            if self._running[program.name].poll() is not None:
                self._restart(program)

    def stop(self) -> None:
        """Stops web, worker, gateway, each after the one before it; a second Ctrl-C makes it abrupt."""
        for program in reversed(self._programs):
            process = self._running.pop(program.name, None)
            if process is not None:
                self._stop(process, program.stop_seconds)
                self._watch.forget(process.pid)
        self._watch.close()

    def _reload(self, *, plugins_only: bool) -> None:
        # Web first: somebody looks at it.
        for program in reversed(self._programs):
            process = self._running[program.name]
            if program.on_change == "hangs up" and plugins_only:
                process.send_signal(signal.SIGHUP)
            elif program.on_change != "stays":
                self._stop(process, program.stop_seconds)
                self._watch.forget(process.pid)
                self._launch(program)

    def _launch(self, program: Program) -> None:
        log = None
        if program.log is not None:
            program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if program.log.exists() and program.log.stat().st_size > LARGEST_LOG:
                program.log.replace(program.log.with_suffix(".log.1"))
            log = program.log.open("ab")
        with log or contextlib.nullcontext():
            process = subprocess.Popen(  # noqa: S603 - our own programs
                program.command,
                env=program.environment,
                stdin=subprocess.DEVNULL,
                stdout=log or sys.stderr,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[program.name] = process
        self._watch.watch(process.pid, signal.SIGTERM)

    def _await_ready(self, program: Program) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            code = self._running[program.name].poll()
            if code is not None:
                raise CommandProblem(f"The {program.name} did not start: {_last_words(program, code)}")
            if program.ready_url is None or _answers(program.ready_url):
                return
            time.sleep(0.1)
        raise CommandProblem(
            f"The {program.name} did not answer within {READY_SECONDS:.0f} seconds{_see_log(program)}."
        )

    def _restart(self, program: Program) -> None:
        code = self._running[program.name].returncode
        self._watch.forget(self._running[program.name].pid)
        ended = self._ended[program.name]
        ended.append(time.monotonic())
        if len(ended) == MOST_RESTARTS and ended[-1] - ended[0] < 60:
            raise CommandProblem(f"The {program.name} keeps ending: {_last_words(program, code)}")
        self._note(f"The {program.name} ended ({_code_words(code)}) and is started again.")
        self._launch(program)

    def _stop(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        for how, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                    process.wait(patience)

    def _why_database_ended(self) -> str:
        assert self._database is not None
        try:
            end = self._database.log_path.read_bytes()[-4000:].decode(errors="replace")
        except OSError:
            end = ""
        if "No space left on device" in end:
            return f"The disk that holds {self._database.home} is full, so the database stopped: free some space."
        return (
            f"The database stopped unexpectedly (log: {self._database.log_path}): start again to recover it."
        )


def _answers(url: str) -> bool:
    """Whether somebody speaks HTTP there and is not failing."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False


def _last_words(program: Program, code: int) -> str:
    if program.log is None or not program.log.exists():
        return f"{_code_words(code)}, see its output above."
    lines = program.log.read_bytes()[-4000:].decode(errors="replace").strip().splitlines()
    return f"{lines[-1].strip() if lines else _code_words(code)}{_see_log(program)}."


def _see_log(program: Program) -> str:
    return f" (log: {program.log})" if program.log else ""


def _code_words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
