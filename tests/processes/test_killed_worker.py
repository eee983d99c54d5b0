"""Workers are killed again and again while captures, deadlines and refunds are due; money moves once all the same."""

import contextlib
import random

import pytest

from tests.processes.fates import bring_to_rest, check_everything, forget_dead_workers
from tests.processes.installation import wait_until
from tests.processes.people import Diary, open_tea_shop, sell, work

pytestmark = pytest.mark.slow
KILLS = 20


def test_worker_killed_twenty_times_moves_money_once(installation):
    seed = random.randrange(1_000_000)
    print("seed", seed)
    chance = random.Random(seed)
    installation.start_gateway()
    place = installation.act(open_tea_shop, handle="killed-worker")
    diary = Diary(installation.home / "diary")
    selling = installation.fork(sell, place, str(diary.path), 3, False, 160)
    wait_until(lambda: diary.lines() > 100, seconds=60, otherwise=installation.logs)
    broken = []
    for kill in range(KILLS):
        # A random amount of work, not of time: a busy machine must not move every kill to the beginning.
        enough = effects(installation) + chance.randint(1, 12)
        earlier = begun(installation)
        worker = installation.fork(work)
        # On a busy machine a worker takes its time to begin; once it works, it is not given long.
        wait_until(
            lambda earlier=earlier: begun(installation) > earlier, seconds=60, otherwise=installation.logs
        )
        with contextlib.suppress(AssertionError):
            wait_until(lambda enough=enough: effects(installation) >= enough, seconds=8)
        assert worker.is_alive(), installation.logs()
        worker.kill()
        worker.join()
        broken += in_hand(installation)
        # Deadlines of groups and of unpaid orders, and the next try of refunds, come between the kills.
        installation.advance(minutes=4)
        if kill % 3 == 2:
            forget_dead_workers(installation)
    selling.kill()
    selling.join()
    assert len({job for job, _ in broken}) >= 10, f"the kills hit only {broken}: they prove nothing"
    assert len({name for _, name in broken}) >= 2, f"the kills hit only {broken}: they prove nothing"
    installation.fork(sell, place, str(diary.path), 6, True).join(60)
    forget_dead_workers(installation)
    installation.start_worker()
    bring_to_rest(installation, place, diary)
    check_everything(installation, place, diary)


def effects(installation):
    """How much workers have done: captures, closed orders, calls about refunds."""
    return installation.rows(
        "SELECT (SELECT count(*) FROM payments_payment WHERE state = 'captured')"
        "     + (SELECT count(*) FROM orders_order WHERE lifecycle = 'cancelled')"
        "     + (SELECT coalesce(sum(attempts), 0) FROM payments_refund)"
    )[0][0]


def begun(installation):
    """How many workers have begun to take jobs, dead ones included."""
    return installation.rows(
        "SELECT coalesce(pg_sequence_last_value(seq), 0) FROM (SELECT pg_get_serial_sequence("
        "'procrastinate_workers', 'id')::regclass AS seq) s"
    )[0][0]


def in_hand(installation):
    """Jobs that the killed workers had begun."""
    return installation.rows("SELECT id, task_name FROM procrastinate_jobs WHERE status = 'doing'")
