"""Runs jobs in the process that asks, without a worker: for filling example shops, and for tests of whole parts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import text

from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import app_engine

log = structlog.get_logger(__name__)

_DUE = text(
    "SELECT id, task_name, args, scheduled_at FROM procrastinate_jobs WHERE status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= :moment) AND NOT id = ANY(:passed)"
    " AND (CAST(:shop AS bigint) IS NULL OR (args ->> 'shop_id')::bigint = CAST(:shop AS bigint))"
    " ORDER BY scheduled_at NULLS FIRST, id LIMIT 100"
)
_DONE = text("DELETE FROM procrastinate_jobs WHERE id = ANY(:ids)")


class DueJob(NamedTuple):
    """A job that may run now; `scheduled_at` None means at once."""

    id: int
    name: str
    arguments: dict[str, Any]
    scheduled_at: datetime | None


def run_due_jobs_here(
    *,
    shop_id: int | None = None,
    until: datetime | None = None,
    move_to: Callable[[datetime], None] | None = None,
) -> int:
    """Run what is due by the clock (of one shop, or of all), and what that defers; returns how many ran.

    With `until`, everything due by then runs, each at its own time: `move_to` moves the clock there first.
    A job leaves the queue after it ran, so a process that dies in between runs it again; one that fails stays there for
    the worker. Only for a database on which no worker works.
    """
    failed: list[int] = []
    done = 0
    while due := _due(shop_id, until or now(), failed):
        ran: list[int] = []
        for job in due:
            if move_to is not None and job.scheduled_at is not None and job.scheduled_at > now():
                move_to(job.scheduled_at)
            (ran if _ran(job) else failed).append(job.id)
        with app_engine().begin() as connection:
            connection.execute(_DONE, {"ids": ran})
        done += len(ran)
    return done


def _due(shop_id: int | None, moment: datetime, passed: list[int]) -> list[DueJob]:
    with app_engine().connect() as connection:
        rows = connection.execute(_DUE, {"moment": moment, "passed": passed, "shop": shop_id}).all()
    due = [DueJob(row.id, row.task_name, row.args, row.scheduled_at) for row in rows]
    # What is due at once comes before what waits for its time: a job may bring others that are due before the rest.
    at_once = [job for job in due if job.scheduled_at is None or job.scheduled_at <= now()]
    return at_once or due[:1]


def _ran(job: DueJob) -> bool:
    try:
        jobs.run_job(job.name, **job.arguments)
    except jobs.ShopGone:
        return True
    except Exception:
        log.exception("job failed", job=job.name, arguments=job.arguments)
        return False
    return True
