"""Runs jobs in the process that asks, without a worker: for filling example shops, and for tests of whole parts."""

from collections.abc import Iterator
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


def run_due_jobs_here(*, shop_id: int | None = None) -> int:
    """Run what is due by the clock (of one shop, or of all), and what that defers; returns how many ran.

    A job leaves the queue after it ran, so a process that dies in between runs it again; one that fails stays there for
    the worker. Only for a database on which no worker works.
    """
    failed: list[int] = []
    done = 0
    while due := list(_due(shop_id, failed)):
        ran = [job.id for job in due if _ran(job)]
        failed += [job.id for job in due if job.id not in ran]
        with app_engine().begin() as connection:
            connection.execute(_DONE, {"ids": ran})
        done += len(ran)
    return done


def _due(shop_id: int | None, passed: list[int]) -> Iterator[DueJob]:
    with app_engine().connect() as connection:
        rows = connection.execute(_DUE, {"moment": now(), "passed": passed, "shop": shop_id}).all()
    for row in rows:
        yield DueJob(row.id, row.task_name, row.args, row.scheduled_at)


def _ran(job: DueJob) -> bool:
    try:
        jobs.run_job(job.name, **job.arguments)
    except jobs.ShopGone:
        return True
    except Exception:
        log.exception("job failed", job=job.name, arguments=job.arguments)
        return False
    return True
