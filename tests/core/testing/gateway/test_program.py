"""Integration: the gateway as a program of its own, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from core.testing.gateway import RunningGateway

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[4]


@dataclass
class Program:
    """A gateway process and where it listens."""

    process: subprocess.Popen[str]
    base_url: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(port: int, home: Path) -> list[str]:
    return [sys.executable, "-m", "core.testing.gateway", "--port", str(port), "--home", str(home)]


@contextmanager
def program(port: int, home: Path, **environment: str) -> Iterator[Program]:
    process = subprocess.Popen(
        command(port, home), cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_port(port, process)
        yield Program(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.communicate()


def wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    until = monotonic() + 20
    while monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.05)
    raise AssertionError(f"the gateway did not start: {process.communicate()[1]}")


def merchant_of(running: Program, shop, merchant_at):
    return merchant_at(RunningGateway(running.base_url, None), shop)


def test_killed_program_sends_after_its_restart_what_was_due(tmp_path, shop, merchant_at):
    port = free_port()
    with program(port, tmp_path) as running:
        merchant = merchant_of(running, shop, merchant_at)
        merchant.control(hold_notifications=True)
        paid = merchant.paid()
        refund = merchant.refund(paid, 400, "refund-row")
        late = merchant.paid("late", delay="")
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
    assert shop.heard == []
    with program(port, tmp_path):
        merchant.control(hold_notifications=False)
        heard = shop.wait_for(2)
        assert heard[0].read(merchant.credentials).gateway_ref in (paid.gateway_ref, late.gateway_ref)
        assert merchant.status(paid) == "captured"
        assert merchant.refund(paid, 400, "refund-row").gateway_ref == refund.gateway_ref
        merchant.press(late, "pay_now")
        assert merchant.status(late) == "captured"


def test_notification_on_the_wire_at_the_kill_is_sent_again(tmp_path, shop, merchant_at):
    port = free_port()
    shop.answers = [-1]
    with program(port, tmp_path) as running:
        merchant = merchant_of(running, shop, merchant_at)
        merchant.paid()
        shop.wait_for(1)
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
    with program(port, tmp_path):
        first, second = shop.wait_for(2)
        assert second.event_id == first.event_id
        assert [sent["state"] for sent in merchant.sent()] == ["delivered"]


def test_program_follows_the_clock_file(tmp_path, shop, merchant_at):
    moved = tmp_path / "clock"
    moved.write_text("0")
    with program(free_port(), tmp_path / "home", PINPU_CLOCK_FILE=str(moved)) as running:
        merchant = merchant_of(running, shop, merchant_at)
        late = merchant.paid("late", delay="3600")
        assert merchant.status(late) == "pending"
        moved.write_text("3700")
        assert merchant.status(late) == "captured"


def test_program_ends_quietly_when_asked_to(tmp_path):
    with program(free_port(), tmp_path) as running:
        running.process.terminate()
        assert running.process.communicate(timeout=10)[1] == ""
        assert running.process.returncode == 0


def test_taken_port_is_one_clear_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command(port, tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: The test gateway cannot start at port {port} with its data in {tmp_path}:"
        " Address already in use.\n"
    )


def test_unusable_folder_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        command(free_port(), tmp_path / "file" / "home"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The test gateway cannot start")
    assert "Traceback" not in done.stderr
