"""Runs deferred jobs inside the test's process, by the test's clock, with the real job rows."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import app_engine
from core.testing.shops import made_shop

_TAKE = text(
    "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= :moment) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING task_name, args, attempts"
)
_PUT_BACK = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, attempts, scheduled_at)"
    " VALUES ('retry', :name, CAST(:args AS jsonb), :attempts, :at)"
)


def run_due_jobs(limit: int = 10_000) -> int:
    """Run due jobs one after the other until none is left; a failing job is put back a minute later, as the worker does.

    Returns how many ran. Raises the last error when a job used up its attempts.
    """
    jobs.install_scope_lookup(made_shop)
    ran = 0
    while ran < limit:
        taken = _take()
        if taken is None:
            return ran
        ran += 1
        _run(*taken)
    raise AssertionError(f"more than {limit} jobs: something defers itself for ever")


def _take() -> tuple[str, dict[str, Any], int] | None:
    with app_engine().begin() as connection:
        row = connection.execute(_TAKE, {"moment": now()}).first()
    return (row.task_name, row.args, row.attempts) if row else None


def _run(name: str, args: dict[str, Any], attempts: int) -> None:
    if made_shop(args.get("shop_id", 0)) is None:
        return
    try:
        jobs.run_job(name, **args)
    except Exception:
        if attempts + 1 >= jobs.job_types()[name].max_attempts:
            jobs.give_up_job(name, **args)
            raise
        with app_engine().begin() as connection:
            connection.execute(
                _PUT_BACK,
                {
                    "name": name,
                    "args": json.dumps(args),
                    "attempts": attempts + 1,
                    "at": now() + timedelta(minutes=1),
                },
            )


_PARK = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, attempts, status)"
    " VALUES ('events', :name, CAST(:args AS jsonb), 12, 'failed') RETURNING id"
)


def park_job(owner: Engine, name: str, arguments: dict[str, Any]) -> int:
    """The row of a job that failed for the last time."""
    with owner.begin() as connection:
        return int(connection.execute(_PARK, {"name": name, "args": json.dumps(arguments)}).scalar_one())


def remove_jobs(owner: Engine, ids: list[int]) -> None:
    """Take jobs out of the queue, whatever became of them."""
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_events WHERE job_id = ANY(:ids)"), {"ids": ids})
        connection.execute(text("DELETE FROM procrastinate_jobs WHERE id = ANY(:ids)"), {"ids": ids})
