"""Carrying out a checked import: batch by batch, each with its place in one transaction, so that it can stop anywhere."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from core.commerce.catalog.events import ProductsChanged
from core.commerce.catalog.models import ImportRow, ImportRun
from core.commerce.merchandising.errors import ColumnsMissing, FileRefused, UnknownImport, UnknownShop
from core.commerce.merchandising.import_files import forget_files, opened
from core.commerce.merchandising.import_plans import ImportPlan
from core.commerce.merchandising.import_states import (
    carried_out_by,
    fail_import,
    finish,
    give_up_import,
    go_on,
    locked_import,
    start_products_import,
)
from core.commerce.merchandising.import_uploads import check_products_file
from core.commerce.merchandising.import_writing import Outcome, write_products
from core.commerce.merchandising.kept_tables import copy_table
from core.commerce.merchandising.picture_fetch import PictureFetcher
from core.commerce.merchandising.picture_import import ImportedPictures
from core.commerce.merchandising.planner import Kind, PlannedProduct
from core.commerce.merchandising.product_columns import detected_mapping, file_columns, missing_columns
from core.commerce.merchandising.queries import ImportRunView, import_run
from core.commerce.merchandising.row_problems import RowProblem, with_more
from core.commerce.shops.actions import bump_epoch
from core.commerce.shops.queries import scope_of_handle
from core.kernel import jobs
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.events import record
from core.kernel.i18n import N_, gettext, speaking
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, current_scope, shop_bound

# A job hands on to the next one after so long, so that other shops' work gets its turn.
SLICE_SECONDS = 20.0
_ROWS: Any = ImportRow.__table__


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One product of a file in the dry run."""

    line: int
    handle: str
    title: str
    kind: Kind
    variants: int
    pictures: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would do (`dry_run`) or did: counts of products, and every problem by line.

    `currency` is what prices in the file are taken for; `entries` are there in a dry run only; `state` is that of the
    import ("waiting": another one runs, and nothing was done yet).
    """

    file_name: str
    currency: str
    dry_run: bool
    total: int
    created: int
    updated: int
    skipped: int
    problems: tuple[RowProblem, ...]
    entries: tuple[PlanEntry, ...] = ()
    state: str = ""


def dry_run_report(*, file_name: str, content: bytes) -> ImportReport:
    """What importing a file into the bound shop would do; keeps and changes nothing. Raises SheetRefused, FileRefused."""
    with TemporaryFile() as table:
        kept = copy_table(BytesIO(content), table)
        mapping = detected_mapping(kept.header)
        if missing := missing_columns(mapping):
            raise ColumnsMissing(columns=gettext(", ").join(missing))
        plan = ImportPlan(table, file_columns(kept.header, mapping))
        planned = [one for batch in plan.batches() for one in batch]
        problems = [*plan.problems(), *(problem for one in planned for problem in one.problems)]
    kinds = [one.kind for one in planned]
    return ImportReport(
        file_name=file_name, currency=current_scope().currency, dry_run=True, total=len(planned),
        created=kinds.count("create"), updated=kinds.count("update"), skipped=kinds.count("skip"),
        problems=tuple(sorted(problems, key=lambda one: one.line)), entries=tuple(map(_entry, planned)),
    )  # fmt: skip


def _entry(one: PlannedProduct) -> PlanEntry:
    read = one.read
    return PlanEntry(read.line, read.handle, read.title, one.kind, len(read.variants), len(read.pictures))


@jobs.job(
    "merchandising.import_products",
    queue="bulk",
    max_attempts=7,
    says=N_("importing products"),
    gives_up=give_up_import,
)
def import_products(run_id: str) -> None:
    """Carry an import out from where it stands."""
    carry_out_import(run_id=UUID(run_id), seconds=SLICE_SECONDS)


carried_out_by(import_products)


def carry_out_import(
    *,
    run_id: UUID,
    pictures: ImportedPictures | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    seconds: float | None = None,
) -> None:
    """Import what is left of a running import, a batch per transaction; two workers at it do nothing twice.

    Pictures are fetched between the transactions. `on_progress` hears (done, total) after each batch. After `seconds`
    the rest is left to another job.
    """
    with reading():
        run = session().scalars(select(ImportRun).where(ImportRun.id == run_id)).first()
    if run is None or run.state != "running":
        return
    with speaking(current_scope().language):
        try:
            with opened(run) as (plan, archive):
                loader = pictures or ImportedPictures()
                loader.archive = archive
                over = _carry_out(run, plan, loader, on_progress or _unheard, seconds)
        except FileRefused as refused:
            fail_import(run_id=run_id, problem=RowProblem(0, "", refused.message, refused.params))
            over = True
    if over:
        forget_files(run_id)


def _unheard(done: int, total: int) -> None:
    """Progress that nobody listens to."""


def _carry_out(
    run: ImportRun,
    plan: ImportPlan,
    pictures: ImportedPictures,
    on_progress: Callable[[int, int], None],
    seconds: float | None,
) -> bool:
    """Batch by batch; whether the import is over, or False when somebody else goes on with it."""
    began, done = time.monotonic(), run.done
    if done >= run.total:
        return write_chunk(run_id=run.id, start=done, chunk=(), pictures=pictures) is None
    for batch in plan.batches(done):
        pictures.load(wish for one in batch if one.kind != "skip" for wish in one.read.pictures)
        hand_on = seconds is not None and time.monotonic() - began > seconds
        place = write_chunk(run_id=run.id, start=done, chunk=batch, pictures=pictures, hand_on=hand_on)
        done += len(batch)
        on_progress(done if place is None else place, run.total)
        if place is None:
            return True
        if hand_on or place != done:
            return False
    return False


@command("catalog.edit")
def write_chunk(
    *,
    run_id: UUID,
    start: int,
    chunk: Sequence[PlannedProduct],
    pictures: ImportedPictures,
    hand_on: bool = False,
) -> int | None:
    """Write products, what became of them and how far the import is in one transaction; returns that place, None when over.

    Somebody else may have been here already: then nothing is written, and the answer says where the import stands.
    """
    run = locked_import(run_id)
    if run.state != "running":
        return None
    if run.done != start:
        return run.done
    outcomes = write_products(chunk, pictures)
    _note_outcomes(run, outcomes)
    changed = [one.product_id for one in outcomes if one.product_id is not None]
    if changed:
        record(ProductsChanged(product_ids=tuple(changed)))
        bump_epoch()
    if run.done >= run.total:
        finish(run, "done")
        return None
    if hand_on:
        go_on(run_id)
    return run.done


def _note_outcomes(run: ImportRun, outcomes: Sequence[Outcome]) -> None:
    rows = [
        {
            "shop_id": run.shop_id, "id": new_id(), "import_id": run.id, "place": place, "line": one.read.line,
            "handle": one.read.handle, "title": one.read.title[:255].replace("\x00", ""), "outcome": one.kind,
            "product_id": one.product_id, "problems": [problem.as_json() for problem in one.problems],
        }
        for place, one in enumerate(outcomes, run.done)
    ]  # fmt: skip
    if rows:
        session().execute(insert(_ROWS), rows)
    kinds = [one.kind for one in outcomes]
    run.created += kinds.count("create")
    run.updated += kinds.count("update")
    run.skipped += kinds.count("skip")
    run.done += len(outcomes)
    run.problems = with_more(run.problems, (problem for one in outcomes for problem in one.problems))


def import_products_file(
    handle: str,
    path: Path,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    fetcher: PictureFetcher | None = None,
) -> ImportReport:
    """Import a file into the shop with this handle, as the system, here and now; for the command line.

    A worker finishes it should this process die, or begins it when another import of the shop runs. Raises
    UnknownShop, a SheetRefused, a FileRefused, OSError.
    """
    scope = scope_of_handle(handle)
    if scope is None:
        raise UnknownShop(handle=handle)
    content = path.read_bytes()
    with shop_bound(scope, SYSTEM):
        if dry_run:
            return dry_run_report(file_name=path.name, content=content)
        run_id = check_products_file(file_name=path.name, content=content)
        start_products_import(run_id=run_id)
        pictures = ImportedPictures(fetcher or PictureFetcher())
        carry_out_import(run_id=run_id, pictures=pictures, on_progress=on_progress)
        with reading():
            run = import_run(run_id)
    if run is None:
        raise UnknownImport
    return report_of(run)


def report_of(run: ImportRunView) -> ImportReport:
    """What an import did so far, as a report."""
    return ImportReport(
        file_name=run.file_name, currency=run.currency, dry_run=False, total=run.total, created=run.created,
        updated=run.updated, skipped=run.skipped, problems=tuple(sorted(run.problems, key=lambda one: one.line)),
        state=run.state,
    )  # fmt: skip
