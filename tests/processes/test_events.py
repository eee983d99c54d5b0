"""An event reaches each plugin once, though the worker dies between the handler and its commit."""

import signal

import pytest

from tests.processes.audit import offences
from tests.processes.fates import forget_dead_workers
from tests.processes.installation import wait_until
from tests.processes.people import Diary, open_tea_shop, sell, work

pytestmark = pytest.mark.slow
# A one-file plugin: its effect stands in the order's timeline, its calls in a file outside of the transaction.
LISTENER = '''
"""Hears of payments, slowly."""

import pathlib
import time

from core.sdk.hooks import Plugin, hookimpl
from core.sdk.orders import note

HERE = pathlib.Path(__file__).parent


class Listener(Plugin):
    """Writes each payment down."""

    version = "0.1.0"
    sdk = ">=0.1,<1"
    title = {"en": "Listener", "zh": "听众"}
    summary = {"en": "Hears of payments.", "zh": "记录付款。"}

    @hookimpl
    def on_order_paid(self, event):
        note(order_id=event.order_id, kind="heard", text="The listener heard of it.")
        with (HERE / "calls").open("a") as calls:
            calls.write(f"{event.order_id}\\n")
        time.sleep(float((HERE / "seconds").read_text()))
'''
HEARD = "SELECT order_id::text FROM orders_entry WHERE kind = 'heard'"


@pytest.fixture
def listening(installation, tmp_path):
    """A shop with only the listener on, and four paid orders that it has not heard of yet."""
    folder = tmp_path / "listeners"
    folder.mkdir()
    (folder / "listener.py").write_text(LISTENER)
    (folder / "calls").touch()
    installation.plugin_folder = folder
    installation.start_gateway()
    place = installation.act(open_tea_shop, handle="events", plugins=("listener",))
    diary = Diary(tmp_path / "diary")
    installation.fork(sell, place, str(diary.path), 1, False, 8, ("returns",)).join(60)
    paid = installation.rows("SELECT id::text FROM orders_order WHERE financial = 'paid'")
    assert len(paid) == 8
    return place


def calls(installation):
    return (installation.plugin_folder / "calls").read_text().split()


def take(installation, seconds):
    (installation.plugin_folder / "seconds").write_text(str(seconds))


def test_event_is_heard_once_though_the_worker_dies_before_the_commit(installation, listening):
    take(installation, 60)
    worker = installation.fork(work)
    wait_until(lambda: len(calls(installation)) >= 2, seconds=30, otherwise=installation.logs)
    worker.kill()
    worker.join()
    assert installation.rows(HEARD) == [], "the handlers had not committed"
    interrupted = calls(installation)
    take(installation, 0)
    forget_dead_workers(installation)
    installation.start_worker()
    wait_until(lambda: len(installation.rows(HEARD)) >= 8, seconds=60, otherwise=installation.logs, pause=0.2)
    wait_until(
        lambda: not installation.rows("SELECT id FROM procrastinate_jobs WHERE status = 'doing'"), seconds=30
    )
    heard = [row[0] for row in installation.rows(HEARD)]
    assert len(heard) == len(set(heard)) == 8
    assert all(calls(installation).count(order) == 1 + (order in interrupted) for order in heard)
    assert offences(installation, listening) == {}


def test_worker_that_is_told_to_stop_finishes_the_jobs_in_hand(installation, listening):
    take(installation, 3)
    worker = installation.start_worker()
    wait_until(lambda: len(calls(installation)) >= 1, seconds=30, otherwise=installation.logs)
    begun = len(calls(installation))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0, installation.logs()
    assert begun <= len(installation.rows(HEARD)) == len(calls(installation)) < 8
    left = installation.rows("SELECT status FROM procrastinate_jobs WHERE task_name LIKE 'events.%%'")
    assert {row[0] for row in left} == {"todo"}
