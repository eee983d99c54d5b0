"""The orders of a bulk run: chosen one by one, or whatever fits a filter; read in parts, whatever their number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.commerce.fulfilment.order_conditions import OrderQuery, conditions
from core.commerce.orders.models import Order
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class Selection:
    """`ids`, or everything that fits `query`."""

    ids: tuple[UUID, ...] = ()
    query: OrderQuery | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept."""
        return {"query": self.query.as_json()} if self.query else {"ids": [str(one) for one in self.ids]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Selection":
        """A selection that was kept."""
        if "query" in plain:
            return cls(query=OrderQuery.from_json(plain["query"]))
        return cls(tuple(UUID(one) for one in plain.get("ids", ())))

    def conditions(self, until: datetime | None = None) -> Sequence[ColumnElement[bool]]:
        """What its orders fulfil; with `until`, those placed by then."""
        known = [] if until is None else [Order.placed_at <= until]
        if self.query is None:
            return [Order.id.in_(self.ids), *known]
        return [*conditions(self.query), *known]


def selected_count(selection: Selection, until: datetime | None = None) -> int:
    """How many orders a selection holds, counted to the last."""
    wanted = select(func.count()).select_from(Order).where(Order.shop_id == current_scope().shop_id)
    return session().scalars(wanted.where(*selection.conditions(until))).one()


@dataclass(frozen=True, slots=True)
class Place:
    """An order of a selection, and where it stands in it."""

    id: UUID
    number: str
    placed_at: datetime


def selected_part(
    selection: Selection, *, until: datetime | None = None, after: Place | None = None, most: int = 500
) -> list[Place]:
    """The next orders of a selection behind `after`, oldest first."""
    statement = select(Order.id, Order.number, Order.placed_at).where(*selection.conditions(until))
    if after is not None:
        later = and_(Order.placed_at == after.placed_at, Order.id > after.id)
        statement = statement.where(
            Order.placed_at >= after.placed_at, or_(Order.placed_at > after.placed_at, later)
        )
    rows = session().execute(statement.order_by(Order.placed_at, Order.id).limit(most))
    return [Place(row.id, row.number, row.placed_at) for row in rows]


def selected_parts(
    selection: Selection, *, until: datetime | None = None, part: int = 500
) -> Iterator[Sequence[Place]]:
    """All orders of a selection, oldest first, `part` at a time."""
    after: Place | None = None
    while True:
        rows = selected_part(selection, until=until, after=after, most=part)
        if rows:
            yield rows
            after = rows[-1]
        if len(rows) < part:
            return
