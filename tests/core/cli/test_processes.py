"""Supervision of child processes, tried on small real ones: order, readiness, restarts, deaths."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.cli.problems import CommandProblem
from core.cli.processes import Program, Supervisor, programs_for, require_free_port, stop_signals
from core.cli.source_watch import Change
from core.kernel.embedded_postgres import throwaway_postgres
from core.settings import Settings

SERVER = """
import http.server, os, pathlib, signal, sys
name, port, diary = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
def stop(*_):
    with diary.open("a") as book: book.write(f"{name}\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", port), Quiet).serve_forever()
"""
SUPERVISOR = """
import os, sys, time
from core.cli.processes import Program, Supervisor
programs = [Program(n, (sys.executable, "-c", "import time; time.sleep(600)"), dict(os.environ)) for n in "ab"]
supervisor = Supervisor(programs)
supervisor.start()
print(*(process.pid for process in supervisor._running.values()), flush=True)
time.sleep(600)
"""


@pytest.fixture
def ports() -> list[int]:
    """Three ports that were free a moment ago."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """Where programs write their name when they are told to stop."""
    return tmp_path / "diary"


def web(name: str, port: int, diary: Path, **more) -> Program:
    """A program that answers on a port."""
    return python(name, SERVER, name, str(port), str(diary), ready_url=f"http://127.0.0.1:{port}/", **more)


def python(name: str, code: str, *arguments: str, **more) -> Program:
    """A program of a few lines."""
    return Program(name, (sys.executable, "-c", code, *arguments), dict(os.environ), **more)


def test_programs_are_ready_after_start_and_stop_in_reverse_order(ports: list[int], diary: Path) -> None:
    programs = [
        web(name, port, diary) for name, port in zip(("gateway", "worker", "web"), ports, strict=True)
    ]
    supervisor = Supervisor(programs)
    supervisor.start()
    for port in ports:
        socket.create_connection(("127.0.0.1", port)).close()
    supervisor.stop()
    assert diary.read_text().split() == ["web", "worker", "gateway"]


@pytest.mark.parametrize(
    ("change", "heard", "said"),
    [
        (
            Change(("plugins/tea.py",), plugins_only=True),
            ["web hup", "worker start"],
            "plugins/tea.py changed: loading the plugins again.",
        ),
        (
            Change(("core/app.py",), plugins_only=False),
            ["web start", "worker start"],
            "core/app.py changed: loading everything again.",
        ),
    ],
)
def test_changed_sources_are_signalled_or_restarted_as_each_program_wishes(
    change: Change, heard: list[str], said: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    code = """
import os, pathlib, signal, sys, time
book = pathlib.Path(sys.argv[2])
def tell(what): book.open("a").write(f"{sys.argv[1]} {what}\\n")
signal.signal(signal.SIGHUP, lambda *_: tell("hup"))
tell("start")
while True: time.sleep(0.05)
"""
    programs = [
        python("gateway", code, "gateway", str(told)),
        python("worker", code, "worker", str(told), on_change="restarts"),
        python("web", code, "web", str(told), on_change="hangs up"),
    ]
    changes, notes = [change], []
    supervisor = Supervisor(programs, changed=lambda: changes.pop() if changes else None, note=notes.append)
    supervisor.start()
    try:
        wait_for(lambda: told.exists() and len(told.read_text().splitlines()) == 3)
        supervisor.look_after()
        wait_for(lambda: len(told.read_text().splitlines()) == 5)
        supervisor.look_after()
    finally:
        supervisor.stop()
    assert sorted(told.read_text().splitlines()[3:]) == heard
    assert notes == [said]


def wait_for(true, seconds=20.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def test_program_that_does_not_start_is_quoted_and_stops_the_others(
    ports: list[int], diary: Path, tmp_path: Path
) -> None:
    broken = python(
        "web", "import sys; sys.exit('no such wheel')", log=tmp_path / "web.log", ready_url="http://x/"
    )
    with pytest.raises(CommandProblem, match=r"The web did not start: no such wheel \(log: .*web\.log\)"):
        Supervisor([web("gateway", ports[0], diary), broken]).start()
    assert diary.read_text().split() == ["gateway"]


def test_program_that_ends_is_started_again(tmp_path: Path) -> None:
    marker, notes = tmp_path / "marker", []
    code = (
        "import pathlib, sys, time; p = pathlib.Path(sys.argv[1])\nif p.exists(): time.sleep(600)\np.touch()"
    )
    supervisor = Supervisor([python("worker", code, str(marker))], note=notes.append)
    supervisor.start()
    until = time.monotonic() + 10
    while not notes and time.monotonic() < until:
        supervisor.look_after()
        time.sleep(0.05)
    again = supervisor._running["worker"]
    assert notes == ["The worker ended (exit code 0) and is started again."]
    assert again.poll() is None
    supervisor.stop()
    assert again.poll() is not None


def test_program_that_keeps_ending_ends_the_run(tmp_path: Path) -> None:
    supervisor = Supervisor([python("worker", "raise SystemExit('it hurts')", log=tmp_path / "worker.log")])
    supervisor.start()
    with pytest.raises(CommandProblem, match="The worker keeps ending: it hurts"):
        supervisor.run()
    supervisor.stop()


def test_program_that_ignores_the_request_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(600)"
    supervisor = Supervisor([python("web", code, stop_seconds=0.5)])
    supervisor.start()
    process = supervisor._running["web"]
    time.sleep(0.5)
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_programs_die_with_their_supervisor(how: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    children = [int(pid) for pid in process.stdout.readline().split()]
    assert len(children) == 2
    process.send_signal(how)
    process.communicate()
    until = time.monotonic() + 10
    while any(map(alive, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, children))


@pytest.mark.slow
def test_database_that_stops_ends_the_run() -> None:
    with throwaway_postgres() as server:
        supervisor = Supervisor([], database=server)
        assert server._process is not None
        server._process.kill()
        server._process.wait(10)
        with pytest.raises(CommandProblem, match="The database stopped unexpectedly"):
            supervisor.run()
        supervisor.stop()


@pytest.mark.parametrize("address", ["127.0.0.1", ""])
def test_taken_port_is_one_sentence_with_the_variable(address: str) -> None:
    with socket.create_server((address, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CommandProblem, match=rf"^Port {port} is taken: .* PINPU_PORT\.$"):
            require_free_port(port, "PINPU_PORT")
    require_free_port(port, "PINPU_PORT")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stop_signals_end_the_block_like_ctrl_c(how: signal.Signals) -> None:
    def send() -> None:
        time.sleep(0.2)
        os.kill(os.getpid(), how)

    threading.Thread(target=send).start()
    with pytest.raises(KeyboardInterrupt), stop_signals():
        time.sleep(10)


def test_children_get_the_settings_through_their_environment(tmp_path: Path) -> None:
    settings = Settings.from_environment({"PINPU_HOME": str(tmp_path), "PINPU_PORT": "9100"})
    gateway, worker, web_program = programs_for(settings, logs=tmp_path / "logs")
    assert [gateway.name, worker.name, web_program.name] == ["gateway", "worker", "web"]
    assert Settings.from_environment(web_program.environment) == settings
    assert "--no-control-socket" in web_program.command
    assert settings.secret_key not in repr(web_program)


def test_gateway_elsewhere_is_not_started(tmp_path: Path) -> None:
    env = {"PINPU_HOME": str(tmp_path), "PINPU_TEST_GATEWAY_URL": "https://pay.example"}
    assert [one.name for one in programs_for(Settings.from_environment(env), logs=None)] == ["worker", "web"]


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")
