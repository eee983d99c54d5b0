"""Jobs that failed for the last time and wait for a person: how many, what they were to do, and another try."""

from typing import NamedTuple

from sqlalchemy import text

from core.kernel.command import command
from core.kernel.db import app_engine, session
from core.kernel.jobs import job_types
from core.kernel.tenancy import current_scope

_ALL = text(
    "SELECT task_name, count(*) AS jobs FROM procrastinate_jobs WHERE status = 'failed'"
    " GROUP BY task_name ORDER BY task_name"
)
_OF_SHOP = text(
    "SELECT task_name, args ->> 'plugin' AS plugin, count(*) AS jobs FROM procrastinate_jobs"
    " WHERE status = 'failed' AND (args ->> 'shop_id')::bigint = :shop_id"
    " GROUP BY 1, 2 ORDER BY min(id)"
)
_RETRY = text(
    "SELECT procrastinate_retry_job_v2(id, NULL, NULL, NULL, NULL) FROM procrastinate_jobs"
    " WHERE status = 'failed' AND (args ->> 'shop_id')::bigint = :shop_id ORDER BY id"
)


class ParkedJobs(NamedTuple):
    """Parked jobs of one kind: what they do in words (a message id, "" if unknown), for which plugin, how many."""

    says: str
    plugin: str
    number: int


def parked_by_name() -> dict[str, int]:
    """How many jobs of all shops are parked, by name; for operators."""
    with app_engine().connect() as connection:
        return {row.task_name: row.jobs for row in connection.execute(_ALL)}


def parked_jobs() -> list[ParkedJobs]:
    """The bound shop's parked jobs, oldest kind first."""
    known = job_types()
    rows = session().execute(_OF_SHOP, {"shop_id": current_scope().shop_id}).all()
    return [
        ParkedJobs(known[row.task_name].says if row.task_name in known else "", row.plugin or "", row.jobs)
        for row in rows
    ]


@command("shop.edit")
def retry_parked_jobs() -> int:
    """Put the bound shop's parked jobs back in the queue, each for one more attempt; returns how many."""
    return len(session().execute(_RETRY, {"shop_id": current_scope().shop_id}).all())
