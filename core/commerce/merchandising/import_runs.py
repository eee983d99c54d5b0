"""Importing a product file: checked first, then carried out in chunks that can stop and go on at any point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.catalog.drafts import ProductDraft, VariantDraft
from core.commerce.catalog.events import ProductsChanged
from core.commerce.catalog.models import ImportRun
from core.commerce.catalog.queries import StoredProduct, stored_product_at
from core.commerce.media.storage import file_content, put_file, remove_file
from core.commerce.merchandising.actions import write_product_with_stock
from core.commerce.merchandising.errors import (
    FileGone,
    FileRefused,
    ImportNotStartable,
    UnknownImport,
    UnknownShop,
)
from core.commerce.merchandising.picture_fetch import PictureFetcher
from core.commerce.merchandising.picture_import import ImportedPictures, images_for
from core.commerce.merchandising.planner import (
    Kind,
    Plan,
    PlannedProduct,
    new_draft,
    plan_import,
    read_products,
)
from core.commerce.merchandising.product_file import MAXIMUM_ROWS, read_product_file
from core.commerce.merchandising.product_rows import ReadProduct
from core.commerce.merchandising.queries import ImportRunView, import_run, known_goods
from core.commerce.merchandising.row_problems import RowProblem, with_more
from core.commerce.shops.actions import bump_epoch
from core.commerce.shops.queries import scope_of_handle
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, PinpuError
from core.kernel.events import record
from core.kernel.i18n import N_, speaking
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, current_scope, shop_bound

CHUNK = 20
_LONGEST_NAME = 200


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

    `currency` is what prices in the file are taken for; `entries` are there in a dry run only.
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


def planned_import(content: bytes, *, most_rows: int = MAXIMUM_ROWS) -> Plan:
    """What importing this file into the bound shop would do; changes nothing. Raises a FileRefused."""
    file = read_product_file(content, most_rows=most_rows)
    products = read_products(file, current_scope().currency)
    skus = [variant.sku for read in products for variant in read.variants if variant.sku]
    with reading():
        known = known_goods([read.handle for read in products], skus)
    return plan_import(file, products, known)


def dry_run_report(*, file_name: str, content: bytes) -> ImportReport:
    """The plan as a report. Raises a FileRefused."""
    plan = planned_import(content)
    entries = tuple(
        PlanEntry(
            one.read.line,
            one.read.handle,
            one.read.title,
            one.kind,
            len(one.read.variants),
            len(one.read.pictures),
        )
        for one in plan.products
    )
    return ImportReport(
        file_name=file_name, currency=current_scope().currency, dry_run=True, total=len(entries),
        created=plan.count("create"), updated=plan.count("update"), skipped=plan.count("skip"),
        problems=tuple(plan.all_problems), entries=entries,
    )  # fmt: skip


def preview(run_id: UUID) -> ImportReport:
    """The dry run of a checked import, from its stored file. Raises UnknownImport, FileGone."""
    with reading():
        run = session().scalars(select(ImportRun).where(ImportRun.id == run_id)).first()
        if run is None:
            raise UnknownImport
        content = file_content(run.path)
        if content is None:
            raise FileGone
        return dry_run_report(file_name=run.file_name, content=content)


@command("catalog.edit")
def check_products_file(*, file_name: str, content: bytes, most_rows: int = MAXIMUM_ROWS) -> UUID:
    """Read a file, keep it with what importing it would do, and return the id of the import; nothing is imported yet.

    Raises a FileRefused.
    """
    plan = planned_import(content, most_rows=most_rows)
    run_id = new_id()
    path = f"imports/{current_scope().shop_id}/{run_id}.csv"
    put_file(path, content)
    session().add(
        ImportRun(
            id=run_id,
            file_name=file_name[-_LONGEST_NAME:].replace("\x00", ""),
            path=path,
            total=len(plan.products),
            created=plan.count("create"),
            updated=plan.count("update"),
            skipped=plan.count("skip"),
            problems=with_more([], plan.all_problems),
        )
    )
    return run_id


@command("catalog.edit")
def start_products_import(*, run_id: UUID) -> None:
    """Let the worker carry a checked import out. Raises UnknownImport, ImportNotStartable."""
    run = _locked(run_id)
    if run.state != "checked":
        raise ImportNotStartable
    run.state, run.done, run.created, run.updated, run.skipped, run.problems = "running", 0, 0, 0, 0, []
    jobs.defer(import_products, run_id=str(run_id))


@jobs.job("merchandising.import_products", queue="bulk", says=N_("importing products"))
def import_products(run_id: str) -> None:
    """Carry an import out from where it stands."""
    carry_out_import(run_id=UUID(run_id))


def carry_out_import(
    *,
    run_id: UUID,
    pictures: ImportedPictures | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Import what is left of a running import, a chunk per transaction; two workers at it do nothing twice.

    Pictures are fetched between the transactions. `on_progress` hears (done, total) after each chunk.
    """
    with reading():
        run = session().scalars(select(ImportRun).where(ImportRun.id == run_id)).first()
    if run is None or run.state != "running":
        return
    with speaking(current_scope().language):
        content = file_content(run.path)
        try:
            if content is None:
                raise FileGone
            plan = planned_import(content)
        except FileRefused as refused:
            fail_import(run_id=run_id, problem=RowProblem(0, "", refused.message, refused.params))
            return
        _carry_out(run_id, run.done, plan, pictures or ImportedPictures(), on_progress or _unheard)
        remove_file(run.path)


def _unheard(done: int, total: int) -> None:
    """Progress that nobody listens to."""


def _carry_out(
    run_id: UUID, done: int, plan: Plan, pictures: ImportedPictures, on_progress: Callable[[int, int], None]
) -> None:
    while True:
        chunk = plan.products[done : done + CHUNK]
        pictures.load(wish for one in chunk if one.kind != "skip" for wish in one.read.pictures)
        done = write_chunk(run_id=run_id, start=done, chunk=chunk, plan=plan, pictures=pictures)
        on_progress(done, len(plan.products))
        if done >= len(plan.products):
            return


@command("catalog.edit")
def write_chunk(
    *, run_id: UUID, start: int, chunk: Sequence[PlannedProduct], plan: Plan, pictures: ImportedPictures
) -> int:
    """Write products and progress in one transaction; returns where the import stands now.

    Somebody else may have been here already: then nothing is written, and the answer says where to go on.
    """
    run = _locked(run_id)
    if run.state != "running" or run.done != start:
        return run.done if run.state == "running" else run.total
    changed: list[UUID] = []
    found = list(plan.problems) if start == 0 else []
    for planned in chunk:
        found += planned.problems
        if planned.kind == "skip":
            run.skipped += 1
            continue
        problems = _import_one(run, planned.read, pictures, changed)
        found += problems
    run.done = start + len(chunk)
    run.problems = with_more(run.problems, found)
    if run.done >= len(plan.products):
        run.state, run.finished_at = "done", now()
    if changed:
        record(ProductsChanged(product_ids=tuple(changed)))
        bump_epoch()
    return run.done


def _import_one(
    run: ImportRun, read: ReadProduct, pictures: ImportedPictures, changed: list[UUID]
) -> list[RowProblem]:
    """Write one product on its own: what is refused here is reported, and the others land."""
    try:
        with session().begin_nested():
            existing = stored_product_at(read.handle)
            draft = merged_draft(read, existing, pictures)
            saved = write_product_with_stock(
                draft=draft, stock=read.stock, product_id=existing.id if existing else None
            )
    except InputRefused as refused:
        run.skipped += 1
        return [RowProblem(read.line, "", message) for message in _leaves(refused.fields)]
    except PinpuError as refused:
        run.skipped += 1
        return [RowProblem(read.line, "", refused.message, refused.params)]
    changed.append(saved.id)
    run.created += saved.created
    run.updated += not saved.created
    return pictures.problems(read)


def _leaves(fields: object) -> list[str]:
    if isinstance(fields, dict):
        return [message for below in fields.values() for message in _leaves(below)]
    if isinstance(fields, list):
        return [message for below in fields for message in _leaves(below)]
    return [str(fields)]


def merged_draft(
    read: ReadProduct, existing: StoredProduct | None, pictures: ImportedPictures
) -> ProductDraft:
    """The product after the import: the file's columns win, what it has no column for stays."""
    images = images_for(read, existing, pictures.assets)
    shown = {image.asset_id for image in images}
    known = {draft.title: draft for draft in existing.draft.variants} if existing else {}
    variants = []
    for draft, url in zip(read.variants, read.variant_pictures, strict=True):
        before = known.get(draft.title)
        kept = {} if before is None else _unnamed_fields(before, read.variant_fields)
        asset_id = pictures.assets.get(url) or (before.asset_id if before else None)
        variants.append(replace(draft, **kept, asset_id=asset_id if asset_id in shown else None))
    if existing is None:
        return replace(new_draft(read), variants=tuple(variants), images=images)
    return replace(
        existing.draft,
        **read.fields,
        options=read.options,
        variants=tuple(variants),
        images=images,
        collection_ids=None,
    )


def _unnamed_fields(before: VariantDraft, named: frozenset[str]) -> dict[str, Any]:
    names = ("compare_at_minor", "sku", "barcode", "grams")
    return {name: getattr(before, name) for name in names if name not in named}


@command("catalog.edit")
def fail_import(*, run_id: UUID, problem: RowProblem) -> None:
    """End a running import that cannot go on."""
    run = _locked(run_id)
    if run.state == "running":
        run.state, run.finished_at, run.problems = "failed", now(), with_more(run.problems, [problem])


def _locked(run_id: UUID) -> ImportRun:
    wanted = select(ImportRun).where(ImportRun.id == run_id).with_for_update()
    run = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if run is None:
        raise UnknownImport
    return run


def import_products_file(
    handle: str,
    path: Path,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    fetcher: PictureFetcher | None = None,
) -> ImportReport:
    """Import a file into the shop with this handle, as the system, here and now; for the command line.

    A worker finishes it should this process die. Raises UnknownShop, a FileRefused, OSError.
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
    )  # fmt: skip
