"""From a file that somebody hands in to a checked import: kept, its columns mapped, every product looked at."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.catalog.models import ImportMapping, ImportRun
from core.commerce.media.storage import put_stream
from core.commerce.merchandising.errors import ColumnsMissing, FileRefused, ImportOver
from core.commerce.merchandising.import_files import (
    forget_files,
    opened,
    pictures_path,
    plan_path,
    table_path,
    write_entries,
)
from core.commerce.merchandising.import_plans import ImportPlan
from core.commerce.merchandising.import_states import (
    end_import,
    fail_import,
    give_up_import,
    locked_import,
)
from core.commerce.merchandising.kept_tables import KeptTable, copy_table
from core.commerce.merchandising.picture_archive import PictureArchive
from core.commerce.merchandising.planner import PlannedProduct
from core.commerce.merchandising.product_columns import (
    detected_mapping,
    header_mark,
    is_understood,
    missing_columns,
)
from core.commerce.merchandising.row_problems import RowProblem, with_more
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope, require

# So many rows are checked while somebody waits for the answer; more are checked by the worker.
CHECKED_AT_ONCE = 2_000
FORGOTTEN_AFTER = timedelta(days=7)
_LONGEST_NAME = 200
_FIRST = 20
_MOST_NAMES = 200


def upload_products_file(
    *, file_name: str, content: BinaryIO | bytes, pictures: BinaryIO | None = None, explained: bool = False
) -> UUID:
    """Read a product file, keep its rows (and a ZIP file of pictures) and return the id of the import.

    Its columns are mapped as last time for the same header, or as they are called; see `is_ready`. Nothing is imported.
    With `explained`, a file whose columns do not explain themselves is refused. Raises a SheetRefused, a FileRefused,
    PermissionRefused.
    """
    require("catalog.edit")
    run_id = new_id()
    archive: dict[str, Any] = {}
    if pictures is not None:
        packed = PictureArchive(pictures)
        archive = {"count": packed.count, "unfit": [one.as_json() for one in packed.unfit[:_MOST_NAMES]]}
        packed.close()
    with TemporaryFile() as target:
        kept = copy_table(content, target)
        if explained and (missing := missing_columns(detected_mapping(kept.header))):
            raise ColumnsMissing(columns=gettext(", ").join(missing))
        put_stream(table_path(run_id), target)
    if pictures is not None:
        put_stream(pictures_path(run_id), pictures)
    _note_upload(run_id=run_id, file_name=file_name, kept=kept, archive=archive)
    return run_id


@command("catalog.edit")
def _note_upload(*, run_id: UUID, file_name: str, kept: KeptTable, archive: dict[str, Any]) -> None:
    session().add(
        ImportRun(
            id=run_id,
            file_name=file_name[-_LONGEST_NAME:].replace("\x00", ""),
            path=table_path(run_id),
            state="uploaded",
            rows=kept.rows,
            sheet={"kind": kept.kind, "header": list(kept.header), "samples": list(map(list, kept.samples))},
            mapping=_remembered(kept.header) or detected_mapping(kept.header),
            pictures_path=pictures_path(run_id) if archive else "",
            pictures=archive,
        )
    )
    jobs.defer(forget_import, at=now() + FORGOTTEN_AFTER, run_id=str(run_id))


def _remembered(header: tuple[str, ...]) -> dict[str, int] | None:
    """What was said last time about files with these columns, in whatever order they stand now."""
    stored = session().scalar(
        select(ImportMapping.mapping).where(ImportMapping.header == header_mark(header))
    )
    if stored is None:
        return None
    positions = {name: position for position, name in reversed(list(enumerate(header)))}
    return {ours: positions[theirs] for ours, theirs in stored.items() if theirs in positions}


def is_ready(run_id: UUID) -> bool:
    """Whether the file's columns explain themselves, or somebody explained such a file before."""
    with reading():
        run = session().scalars(select(ImportRun).where(ImportRun.id == run_id)).one()
        header = tuple(run.sheet["header"])
        return is_understood(header, run.mapping) or _remembered(header) is not None


def check_products_import(*, run_id: UUID, mapping: Mapping[str, int] | None = None) -> None:
    """Find out what importing would do, with these columns (our name → position) or the ones that are set already.

    Larger files are checked by the worker: the import is then "checking" for a while. Raises UnknownImport, ImportOver,
    ColumnsMissing.
    """
    if _begin_check(run_id=run_id, mapping=mapping) <= CHECKED_AT_ONCE:
        carry_out_check(run_id=run_id)


@command("catalog.edit")
def _begin_check(*, run_id: UUID, mapping: Mapping[str, int] | None) -> int:
    run = locked_import(run_id)
    if run.state not in ("uploaded", "checked"):
        raise ImportOver
    if mapping is not None:
        run.mapping = dict(mapping)
    header = run.sheet["header"]
    missing = missing_columns(run.mapping)
    if missing:
        raise ColumnsMissing(columns=gettext(", ").join(missing))
    if mapping is not None:
        _remember(header, run.mapping)
    run.state, run.done, run.total, run.plan, run.problems = "checking", 0, 0, {}, []
    run.created = run.updated = run.skipped = 0
    if run.rows > CHECKED_AT_ONCE:
        jobs.defer(check_products, run_id=str(run_id))
    return run.rows


def _remember(header: list[str], mapping: Mapping[str, int]) -> None:
    named = {ours: header[position] for ours, position in mapping.items() if 0 <= position < len(header)}
    row = {
        "shop_id": current_scope().shop_id, "id": new_id(), "header": header_mark(header), "mapping": named,
        "changed_at": now(),
    }  # fmt: skip
    statement = insert(ImportMapping).values(row)
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["shop_id", "header"], set_={"mapping": named, "changed_at": row["changed_at"]}
        )
    )


@jobs.job(
    "merchandising.check_products",
    queue="bulk",
    max_attempts=7,
    says=N_("checking a product file"),
    gives_up=give_up_import,
)
def check_products(run_id: str) -> None:
    """Check a large file."""
    carry_out_check(run_id=UUID(run_id))


def carry_out_check(*, run_id: UUID) -> None:
    """Look at every product of an import that is being checked; begun anew when it was cut off."""
    with reading():
        run = session().scalars(select(ImportRun).where(ImportRun.id == run_id)).first()
    if run is None or run.state != "checking":
        return
    try:
        with opened(run) as (plan, archive):
            findings = _Findings()
            note_checked(run_id=run_id, done=0, total=plan.count())
            with TemporaryFile() as target:
                for batch in plan.batches():
                    findings.take(batch, archive)
                    write_entries(target, map(_entry, batch))
                    if findings.due():
                        note_checked(run_id=run_id, done=findings.total)
                put_stream(plan_path(run_id), target)
            _finish_check(run_id=run_id, findings=findings.as_values(plan, archive))
    except FileRefused as refused:
        fail_import(run_id=run_id, problem=RowProblem(0, "", refused.message, refused.params))


def _entry(planned: PlannedProduct) -> dict[str, Any]:
    read = planned.read
    return {
        "line": read.line, "handle": read.handle, "title": read.title, "kind": planned.kind,
        "variants": len(read.variants), "pictures": len(read.pictures),
        "problems": [problem.as_json() for problem in planned.problems],
    }  # fmt: skip


class _Findings:
    """What a check found so far."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.stock: Counter[str] = Counter()
        self.first: dict[str, list[dict[str, Any]]] = {"create": [], "update": [], "skip": []}
        self.problems: list[dict[str, Any]] = []
        self.matched = 0
        self._told = 0

    @property
    def total(self) -> int:
        return sum(self.kinds.values())

    def due(self) -> bool:
        """Whether it is time to tell how far the check is."""
        if self.total - self._told < 500:
            return False
        self._told = self.total
        return True

    def take(self, batch: list[PlannedProduct], archive: PictureArchive | None) -> None:
        found: list[RowProblem] = []
        for planned in batch:
            self.kinds[planned.kind] += 1
            found += planned.problems
            if len(self.first[planned.kind]) < _FIRST:
                self.first[planned.kind].append(_entry(planned))
            if planned.kind != "skip":
                self.stock.update(
                    "left" if wish == "leave" else "untracked" if wish is None else "tracked"
                    for wish in planned.read.stock
                )
        if archive is not None:
            found += archive.missing(one.read for one in batch if one.kind != "skip")
        self.problems = with_more(self.problems, found)

    def as_values(self, plan: ImportPlan, archive: PictureArchive | None) -> dict[str, Any]:
        loose = with_more([], plan.problems())
        unmatched = archive.unmatched() if archive is not None else []
        return {
            "total": self.total, "created": self.kinds["create"], "updated": self.kinds["update"],
            "skipped": self.kinds["skip"], "problems": with_more(self.problems, plan.problems()),
            "plan": {"split": plan.split, "first": self.first, "stock": dict(self.stock), "loose": loose},
            "unmatched": len(unmatched), "unmatched_names": unmatched[:_MOST_NAMES],
        }  # fmt: skip


@command("catalog.edit")
def note_checked(*, run_id: UUID, done: int, total: int | None = None) -> None:
    """How far a check is."""
    run = locked_import(run_id)
    if run.state == "checking":
        run.done = done
        run.total = run.total if total is None else total


@command("catalog.edit")
def _finish_check(*, run_id: UUID, findings: dict[str, Any]) -> None:
    run = locked_import(run_id)
    if run.state != "checking":
        return
    for name in ("total", "created", "updated", "skipped", "problems", "plan"):
        setattr(run, name, findings[name])
    run.done, run.state = 0, "checked"
    if run.pictures:
        more = {"unmatched": findings["unmatched"], "unmatched_names": findings["unmatched_names"]}
        run.pictures = {**run.pictures, **more}


@jobs.job("merchandising.forget_import", queue="bulk", says=N_("removing an old product file"))
def forget_import(run_id: str) -> None:
    """Remove the files of an import that nobody started, and what another one may have left."""
    end_import(run_id=UUID(run_id), states=("uploaded", "checking", "checked"))
    with reading():
        run = session().get(ImportRun, (current_scope().shop_id, UUID(run_id)))
    if run is None or run.state not in ("waiting", "running"):
        forget_files(UUID(run_id))


def check_products_file(*, file_name: str, content: BinaryIO | bytes) -> UUID:
    """Upload a file whose columns explain themselves and check it here and now; returns the id of the import.

    Raises a SheetRefused, a FileRefused.
    """
    run_id = upload_products_file(file_name=file_name, content=content, explained=True)
    _begin_check(run_id=run_id, mapping=None)
    carry_out_check(run_id=run_id)
    return run_id
