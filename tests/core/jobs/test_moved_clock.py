"""Timers follow the clock that a story moves, although the queue's own clock is the machine's."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.jobs.worker import bring_forward
from core.kernel.clock import now
from core.testing.jobs import remove_jobs

_ADD = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, attempts, scheduled_at)"
    " VALUES ('bulk', 'nothing', '{}', :attempts, :at) RETURNING id"
)
_WAITING = text(
    "SELECT id FROM procrastinate_jobs WHERE id = ANY(:ids) AND scheduled_at IS NOT NULL ORDER BY id"
)


@pytest.fixture
def timers(platform, owner_engine, clock):
    """Jobs due in ten minutes, in ten after a failure, and in twenty; their ids in this order."""
    with owner_engine.begin() as connection:
        ids = [
            connection.scalar(_ADD, {"attempts": attempts, "at": now() + timedelta(minutes=minutes)})
            for minutes, attempts in ((10, 0), (10, 1), (20, 0))
        ]
    yield ids
    remove_jobs(owner_engine, ids)


def test_due_timers_run_now_and_failed_ones_keep_their_wait(timers, clock, owner_engine):
    def waiting():
        with owner_engine.connect() as connection:
            return list(connection.execute(_WAITING, {"ids": timers}).scalars())

    bring_forward()
    assert waiting() == timers
    clock.advance(minutes=11)
    bring_forward()
    assert waiting() == timers[1:]
