"""Jobs: named functions that run later, in a shop, deferred inside the transaction that wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from sqlalchemy.exc import OperationalError

from core.kernel.db import Unit, current_unit
from core.kernel.errors import PinpuError
from core.kernel.tenancy import SYSTEM, NoScope, ShopScope, current_scope, shop_bound

Queue = Literal["money", "events", "messages", "bulk"]


@dataclass(frozen=True, slots=True)
class JobType:
    """A job by name: its function takes only ids and plain values, as keywords; `says` what it does, for merchants.

    `gives_up` is called with the same arguments when the last attempt has failed.
    """

    name: str
    queue: Queue
    run: Callable[..., None]
    max_attempts: int
    says: str = ""
    gives_up: Callable[..., None] | None = None


class ShopGone(PinpuError):
    """A job names a shop that no longer exists; nothing is left to do."""

    code = "kernel.shop_gone"


_types: dict[str, JobType] = {}
_scope_for_id: Callable[[int], ShopScope | None] = lambda shop_id: None  # noqa: E731 - set once at boot
# Only used to write job rows on our own connection; it is never opened.
_writer = App(connector=PsycopgConnector())


def job(
    name: str,
    *,
    queue: Queue,
    max_attempts: int = 12,
    says: str = "",
    gives_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], JobType]:
    """Declare a job type; it must be safe to run twice, because a killed worker's job is run again.

    `says` (a message id such as "sending a refund") tells the merchant what failed, should it fail for good; `gives_up`
    then says so where somebody waits for it.
    """

    def declare(run: Callable[..., None]) -> JobType:
        if name in _types:
            raise ValueError(f"two jobs are called {name}")
        _types[name] = JobType(name, queue, run, max_attempts, says, gives_up)
        return _types[name]

    return declare


def job_types() -> dict[str, JobType]:
    """All declared job types by name."""
    return dict(_types)


def install_scope_lookup(lookup: Callable[[int], ShopScope | None]) -> None:
    """Let `lookup(shop_id)` find the scope that a job runs in."""
    global _scope_for_id
    _scope_for_id = lookup


def scope_for_id(shop_id: int) -> ShopScope | None:
    """The scope of `shop_id`, or None."""
    return _scope_for_id(shop_id)


def defer(job_type: JobType, *, at: datetime | None = None, **arguments: Any) -> None:
    """Run `job_type` after this transaction commits (`at`: not before that instant); rolled back, it never was."""
    unit = current_unit()
    if unit is None or not unit.writing:
        raise NoScope("jobs are deferred inside a command")
    unit.touch()
    unit.deferred_jobs.append(
        Job(
            id=None,
            queue=job_type.queue,
            lock=None,
            queueing_lock=None,
            task_name=job_type.name,
            task_kwargs={"shop_id": current_scope().shop_id, **arguments},
            scheduled_at=at,
        )
    )


def send_deferred(unit: Unit) -> None:
    """Write the unit's job rows on its own connection, just before it commits."""
    if not unit.deferred_jobs:
        return
    connection = unit.session.connection().connection.dbapi_connection
    try:
        _writer.job_manager.batch_defer_jobs(unit.deferred_jobs, connection=connection)
    except ConnectorException as error:
        if not isinstance(error.__cause__, psycopg.OperationalError):
            raise
        # As the rest of the transaction would report it, so that `@command` knows whether to try again.
        unit.session.invalidate()
        raise OperationalError("INSERT INTO procrastinate_jobs", None, error.__cause__) from error
    unit.deferred_jobs.clear()


def run_job(name: str, *, shop_id: int, **arguments: Any) -> None:
    """Run one job now, in its shop, as the system."""
    scope = _scope_for_id(shop_id)
    if scope is None:
        raise ShopGone
    with shop_bound(scope, SYSTEM):
        _types[name].run(**arguments)


def give_up_job(name: str, *, shop_id: int, **arguments: Any) -> None:
    """Say that a job has failed for good, in its shop, as the system; does nothing for a job that nobody waits for."""
    scope, gives_up = _scope_for_id(shop_id), _types[name].gives_up
    if scope is not None and gives_up is not None:
        with shop_bound(scope, SYSTEM):
            gives_up(**arguments)
