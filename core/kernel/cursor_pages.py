"""Pages of rows, newest first, by cursors instead of numbers: the thousandth page costs what the first one does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, tuple_

from core.kernel.db import session
from core.kernel.ids import as_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Dated(Protocol):
    """A table whose rows have an id and say when they were made."""

    id: Any
    created_at: Any


@dataclass(frozen=True, slots=True)
class CursorPage:
    """Rows as tuples, and the cursors that lead to the pages beside them, "" where there is none."""

    rows: Sequence[Any]
    after: str
    before: str


def newest_first(
    statement: Select[*tuple[Any, ...]], table: type[Dated], *, size: int, after: str, before: str
) -> CursorPage:
    """One page of `statement`, in one statement.

    Args:
        statement: selects an entity of `table` first, whatever else behind it; it is not ordered yet.
        table: what the rows are ordered by: its `created_at`, then its `id`.
        size: rows of a page.
        after, before: a cursor of another page, or ""; what is no cursor counts as none.
    """
    place, back, on = tuple_(table.created_at, table.id), _place(before), _place(after)
    if back is not None:
        wanted = statement.where(place > back).order_by(table.created_at, table.id)
    else:
        wanted = statement if on is None else statement.where(place < on)
        wanted = wanted.order_by(table.created_at.desc(), table.id.desc())
    found = session().execute(wanted.limit(size + 1)).all()
    more, rows = len(found) > size, found[:size]
    if back is not None:
        rows = rows[::-1]
    newer, older = (more, True) if back is not None else (on is not None, more)
    return CursorPage(
        rows, _cursor(rows[-1][0]) if rows and older else "", _cursor(rows[0][0]) if rows and newer else ""
    )


def newest_ids(ids: Select[UUID], table: type[Any], *, size: int, after: str) -> tuple[list[UUID], str]:
    """One page of row ids, newest made first, and the cursor of the next page ("" at the end), in one statement.

    Ids are ordered by the time they were made (uuid7) and every table's key is (shop_id, id): no list needs an index of
    its own for this order. `ids` selects `table.id`; a cursor that is none counts as none.
    """
    place = as_id(after)
    wanted = ids if place is None else ids.where(table.id < place)
    found = list(session().scalars(wanted.order_by(table.id.desc()).limit(size + 1)))
    page = found[:size]
    return page, str(page[-1]) if len(found) > size else ""


def _cursor(row: Dated) -> str:
    return f"{(row.created_at - _EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    moment, _, text = cursor.partition(".")
    found = as_id(text)
    if found is None or not moment.isdigit() or len(moment) > 17:
        return None
    return _EPOCH + timedelta(microseconds=int(moment)), found
