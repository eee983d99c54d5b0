"""Reads of bulk runs and of what became of their rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.fulfilment.bulk_outcomes import DONE, PROBLEMS, READY, outcome_tone, outcome_words
from core.commerce.fulfilment.carriers import carrier_name
from core.commerce.fulfilment.models import BulkRow, BulkRun
from core.commerce.fulfilment.selections import Selection
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class BulkRunView:
    """A bulk run; `problem` is {"message", "params"} of what ended it early."""

    id: UUID
    kind: str
    state: str
    selection: Selection
    options: Mapping[str, Any]
    file_name: str
    total: int
    done: int
    result_path: str
    problem: Mapping[str, Any]
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class BulkRowView:
    """A row of a bulk run."""

    position: int
    line: int
    order_number: str
    order_id: UUID | None
    carrier_code: str
    tracking_number: str
    sku: str
    quantity: int | None
    outcome: str
    said: Mapping[str, Any]

    @property
    def carrier(self) -> str:
        """The carrier in words."""
        return carrier_name(self.carrier_code)

    @property
    def words(self) -> str:
        """What became of it."""
        return outcome_words(self.outcome, self.said)

    @property
    def tone(self) -> str:
        """How that is drawn."""
        return outcome_tone(self.outcome)


def bulk_run(run_id: UUID) -> BulkRunView | None:
    """One bulk run of the shop."""
    statement = select(BulkRun).where(BulkRun.id == run_id).execution_options(populate_existing=True)
    row = session().scalars(statement).first()
    return _view(row) if row else None


def bulk_runs(limit: int = 30) -> list[BulkRunView]:
    """The last bulk runs that were begun, newest first."""
    statement = (
        select(BulkRun)
        .where(BulkRun.state != "draft")
        .order_by(BulkRun.created_at.desc(), BulkRun.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in session().scalars(statement)]


def _view(row: BulkRun) -> BulkRunView:
    fields = {name: getattr(row, name) for name in BulkRunView.__slots__ if name != "selection"}
    return BulkRunView(selection=Selection.from_json(row.selection), **fields)


def outcome_counts(run_id: UUID) -> dict[str, int]:
    """How many rows came to each outcome."""
    statement = (
        select(BulkRow.outcome, func.count().label("rows"))
        .where(BulkRow.shop_id == current_scope().shop_id, BulkRow.run_id == run_id)
        .group_by(BulkRow.outcome)
    )
    return {row.outcome: row.rows for row in session().execute(statement)}


@dataclass(frozen=True, slots=True)
class Tally:
    """A run in four numbers."""

    done: int
    nothing: int
    problems: int
    waiting: int


def tally(counts: Mapping[str, int]) -> Tally:
    """Outcomes added up."""
    done = sum(count for outcome, count in counts.items() if outcome in DONE)
    problems = sum(count for outcome, count in counts.items() if outcome in PROBLEMS)
    waiting = counts.get("", 0) + counts.get(READY, 0)
    return Tally(done, sum(counts.values()) - done - problems - waiting, problems, waiting)


def bulk_rows(run_id: UUID, *, problems_only: bool = False, limit: int = 200) -> list[BulkRowView]:
    """The first rows of a run in the order of its file; with `problems_only`, those that somebody has to look at."""
    statement = select(BulkRow).where(BulkRow.run_id == run_id)
    if problems_only:
        statement = statement.where(BulkRow.outcome.in_(PROBLEMS))
    statement = statement.order_by(BulkRow.line, BulkRow.position).limit(limit)
    return [_row(row) for row in session().scalars(statement.execution_options(populate_existing=True))]


def all_bulk_rows(run_id: UUID, *, part: int = 1000) -> Iterator[Sequence[BulkRowView]]:
    """Every row of a run, `part` at a time."""
    start = 0
    while True:
        statement = (
            select(BulkRow)
            .where(BulkRow.run_id == run_id, BulkRow.position >= start)
            .order_by(BulkRow.position)
            .limit(part)
        )
        rows = [_row(row) for row in session().scalars(statement)]
        if rows:
            yield rows
            start = rows[-1].position + 1
        session().expunge_all()
        if len(rows) < part:
            return


def _row(row: BulkRow) -> BulkRowView:
    return BulkRowView(
        row.position,
        row.line,
        row.order_number,
        row.order_id,
        row.carrier,
        row.tracking_number,
        row.sku,
        row.quantity,
        row.outcome,
        row.said,
    )
