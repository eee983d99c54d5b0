"""The states of imports and who may go on: one import of a shop runs at a time, the others wait for their turn."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.commerce.catalog.models import ImportRun
from core.commerce.merchandising.errors import ImportNotStartable, ImportOver, UnknownImport
from core.commerce.merchandising.import_files import forget_files
from core.commerce.merchandising.row_problems import RowProblem, with_more
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.i18n import N_

OPEN = ("uploaded", "checking", "checked", "waiting", "running")
# Set by `import_runs`, which stands above: what carries a running import out.
_carrier: list[jobs.JobType] = []


def carried_out_by(job_type: jobs.JobType) -> jobs.JobType:
    """Let `job_type` carry out imports that begin to run."""
    _carrier[:] = [job_type]
    return job_type


def locked_import(run_id: UUID) -> ImportRun:
    """The import, locked until the transaction ends. Raises UnknownImport."""
    wanted = select(ImportRun).where(ImportRun.id == run_id).with_for_update()
    run = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if run is None:
        raise UnknownImport
    return run


@command("catalog.edit")
def start_products_import(*, run_id: UUID) -> None:
    """Let the worker carry a checked import out, at once or after the one that runs.

    Raises UnknownImport, ImportNotStartable.
    """
    busy = _somebody_runs()
    run = locked_import(run_id)
    if run.state != "checked":
        raise ImportNotStartable
    run.done = run.created = run.updated = run.skipped = 0
    _take_turn(run, busy=busy)


def _take_turn(run: ImportRun, *, busy: bool) -> None:
    """Let a locked import run now, or after the one that runs."""
    run.problems = run.plan.get("loose", [])
    run.state = "waiting"
    session().flush()
    if not busy:
        try:
            with session().begin_nested():
                run.state = "running"
                session().flush()
        except IntegrityError:
            # Somebody else's began a moment ago: wait for that one's lock, so that its end sees this one waiting.
            session().refresh(run)
            _somebody_runs()
            return
        go_on(run.id)


@command("catalog.edit")
def retry_products_import(*, run_id: UUID) -> bool:
    """Go on with an import that failed, where it stopped; False when it failed in its check, which begins anew.

    Raises UnknownImport, ImportNotStartable.
    """
    busy = _somebody_runs()
    run = locked_import(run_id)
    if run.state != "failed":
        raise ImportNotStartable
    run.finished_at = None
    if not run.plan:
        run.state, run.problems = "uploaded", []
        return False
    _take_turn(run, busy=busy)
    return True


def _somebody_runs() -> bool:
    """Whether an import of the shop runs; its end waits until this transaction is over."""
    running = select(ImportRun.id).where(ImportRun.state == "running").with_for_update()
    return session().scalars(running).first() is not None


def go_on(run_id: UUID) -> None:
    """Have the worker carry on with a running import after this transaction."""
    jobs.defer(_carrier[0], run_id=str(run_id))


def finish(run: ImportRun, state: str) -> None:
    """End a locked import, and let the next one begin if it was running; joins the caller's command."""
    was_running = run.state == "running"
    run.state, run.finished_at = state, now()
    session().flush()
    if not was_running:
        return
    waiting = (
        select(ImportRun).where(ImportRun.state == "waiting").order_by(ImportRun.created_at, ImportRun.id)
    )
    following = session().scalars(waiting.limit(1).with_for_update()).first()
    if following is not None:
        following.state = "running"
        go_on(following.id)


@command("catalog.edit")
def fail_import(*, run_id: UUID, problem: RowProblem) -> None:
    """End an import that cannot go on, and say why."""
    run = locked_import(run_id)
    if run.state in OPEN:
        run.problems = with_more([problem.as_json()], ())
        finish(run, "failed")


def give_up_import(run_id: str) -> None:
    """Its job failed for the last time."""
    unexpected = N_("Something went wrong that nobody expected. Nothing is lost: try again.")
    fail_import(run_id=UUID(run_id), problem=RowProblem(0, "", unexpected, {}))


@command("catalog.edit")
def end_import(*, run_id: UUID, states: Collection[str]) -> bool:
    """Cancel an import that is in one of these states; says whether it was."""
    run = locked_import(run_id)
    if run.state not in states:
        return False
    finish(run, "cancelled")
    return True


def cancel_products_import(*, run_id: UUID) -> None:
    """Stop an import wherever it is; products that it wrote so far stay. Raises UnknownImport, ImportOver."""
    if not end_import(run_id=run_id, states=OPEN):
        raise ImportOver
    forget_files(run_id)
