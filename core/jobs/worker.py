"""The worker process: one procrastinate worker per queue with slots of its own, sweeps, and rescue of stalled jobs."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy
from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.jobs import sweeps
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import app_engine
from core.kernel.logs import log_context
from core.platform import Platform
from core.settings import Settings

log = structlog.get_logger(__name__)

# Slots per queue: a flood of events never delays money, a mail server that hangs delays nothing else.
SLOTS = {"money": 3, "events": 2, "messages": 2, "bulk": 1}
# Database connections that jobs and sweeps may need at once; boot the process with this pool size.
CONNECTIONS = sum(SLOTS.values()) + 4
_STALLED_SECONDS = 30.0
_BRING_FORWARD = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
    " WHERE status = 'todo' AND attempts = 0 AND scheduled_at <= :moment"
)


class BackOff(BaseRetryStrategy):
    """Tries again after 2, 4, 8 … seconds, at most an hour; after `max_attempts` the job is parked as failed."""

    def __init__(self, max_attempts: int) -> None:
        self.max_attempts = max_attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None to park the job."""
        attempts = job.attempts + 1
        if attempts >= self.max_attempts:
            log.error("job parked", job=job.task_name, arguments=job.task_kwargs, error=repr(exception))
            return None
        wait = timedelta(seconds=min(2**attempts, 3600))
        # The queue's clock is the machine's: a story that moves ours must not hide a retry in the future.
        return RetryDecision(retry_at=datetime.now(UTC) + wait)  # noqa: TID251


def make_queue(database_url: str) -> App:
    """The procrastinate application with every declared job, connected as the application's role."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=CONNECTIONS))
    for job_type in jobs.job_types().values():
        retry = BackOff(job_type.max_attempts)
        app.task(name=job_type.name, queue=job_type.queue, retry=retry, pass_context=True)(_runner(job_type))
    return app


def _runner(job_type: jobs.JobType) -> Callable[..., None]:
    def run(context: JobContext, **arguments: Any) -> None:
        with log_context(job=job_type.name):
            try:
                jobs.run_job(job_type.name, **arguments)
            except jobs.ShopGone:
                log.warning("job of a shop that is gone")
            except Exception:
                if context.job.attempts + 1 >= job_type.max_attempts:
                    _give_up(job_type.name, arguments)
                raise

    return run


def _give_up(name: str, arguments: dict[str, Any]) -> None:
    """Tell whoever waits for a job that it failed for good; a failure of that is only logged."""
    try:
        jobs.give_up_job(name, **arguments)
    except Exception:
        log.exception("nobody could be told that a job failed", arguments=arguments)


def run_worker(platform: Platform) -> None:
    """Work until SIGTERM or SIGINT; jobs in hand are finished first (at most 20 seconds)."""
    asyncio.run(_work(platform.settings))


async def _work(settings: Settings) -> None:
    app = make_queue(settings.database_url)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    pace = 1.0 if settings.clock_file else 5.0
    async with app.open_async():
        tasks = [asyncio.create_task(_queue_worker(app, queue, slots)) for queue, slots in SLOTS.items()]
        tasks.append(asyncio.create_task(_every(pace, lambda: _in_thread(sweeps.OFTEN))))
        tasks.append(asyncio.create_task(_every(pace * 6, lambda: _in_thread(sweeps.SELDOM))))
        if settings.clock_file:
            tasks.append(asyncio.create_task(_every(pace, lambda: asyncio.to_thread(bring_forward))))
        tasks.append(asyncio.create_task(_every(_STALLED_SECONDS / 2, lambda: _rescue(app))))
        stopper = asyncio.create_task(stop.wait())
        log.info("worker ready")
        finished, _ = await asyncio.wait([stopper, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in [stopper, *tasks]:
            task.cancel()
        await asyncio.gather(stopper, *tasks, return_exceptions=True)
        for task in finished - {stopper}:
            task.result()


async def _queue_worker(app: App, queue: str, slots: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=slots,
        delete_jobs="successful",
        install_signal_handlers=False,
        shutdown_graceful_timeout=20,
        fetch_job_polling_interval=2,
        stalled_worker_timeout=_STALLED_SECONDS,
    )


async def _in_thread(what: frozenset[str]) -> None:
    await asyncio.to_thread(sweeps.sweep, what)


def bring_forward() -> None:
    """Let jobs run now that are due by our clock, which a story has moved ahead of the machine's.

    A job that failed keeps its back-off, which is told in the machine's time.
    """
    with app_engine().begin() as connection:
        connection.execute(_BRING_FORWARD, {"moment": now()})


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("sweep failed")
        await asyncio.sleep(seconds)


async def _rescue(app: App) -> None:
    """Put the jobs of workers that were killed back in the queue."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        log.warning("job of a lost worker is run again", job=job.task_name, job_id=job.id)
        await app.job_manager.retry_job(job)
