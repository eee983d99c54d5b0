"""The files of an import in the object store: the table, what the check found, the pictures; all go when it is over."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from uuid import UUID

from core.commerce.catalog.models import ImportRun
from core.commerce.media.storage import file_stream, remove_file
from core.commerce.merchandising.errors import FileGone
from core.commerce.merchandising.import_plans import ImportPlan
from core.commerce.merchandising.picture_archive import PictureArchive
from core.commerce.merchandising.product_columns import file_columns
from core.kernel.tenancy import current_scope


def table_path(run_id: UUID) -> str:
    """Where the table of an import lies."""
    return f"imports/{current_scope().shop_id}/{run_id}.csv"


def pictures_path(run_id: UUID) -> str:
    """Where its pictures lie."""
    return f"imports/{current_scope().shop_id}/{run_id}.zip"


def plan_path(run_id: UUID) -> str:
    """Where it is written what the check found about each product."""
    return f"imports/{current_scope().shop_id}/{run_id}.plan"


@contextmanager
def opened(run: ImportRun) -> Iterator[tuple[ImportPlan, PictureArchive | None]]:
    """The plan of an import from its stored files. Raises FileGone, ArchiveRefused."""
    table = _there(run.path)
    packed: BinaryIO | None = None
    archive = None
    try:
        if run.pictures_path:
            packed = _there(run.pictures_path)
            archive = PictureArchive(packed)
        columns = file_columns(run.sheet["header"], run.mapping)
        yield ImportPlan(table, columns, split=run.plan.get("split"), archive=archive), archive
    finally:
        if archive is not None:
            archive.close()
        for stream in filter(None, (table, packed)):
            stream.close()


def _there(path: str) -> BinaryIO:
    stream = file_stream(path)
    if stream is None:
        raise FileGone
    return stream


def write_entries(target: BinaryIO, entries: Iterable[dict[str, Any]]) -> None:
    """Add what the check found about some products."""
    target.writelines(
        json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for entry in entries
    )


def plan_entries(run_id: UUID) -> Iterator[dict[str, Any]]:
    """What the check found about each product, in the order of the file. Raises FileGone."""
    stream = _there(plan_path(run_id))
    with stream:
        for line in stream:
            yield json.loads(line)


def forget_files(run_id: UUID) -> None:
    """Remove every file of an import; none there is fine."""
    for path in (table_path(run_id), pictures_path(run_id), plan_path(run_id)):
        remove_file(path)
