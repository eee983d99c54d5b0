"""Orders by words: by the ids that an index tells when few orders have them, along the list when many do."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    any_,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from core.commerce.fulfilment.models import Shipment
from core.commerce.orders.models import Order, OrderLine
from core.kernel.db import session
from core.kernel.search_terms import search_query

# Words that more rows than this have are looked for along the list itself: the page is full after a few orders.
MOST_BY_INDEX = 2_000


def says(words: str) -> ColumnElement[bool]:
    """Orders that say all `words` in number, buyer's name, phone or e-mail; in one line; or in a tracking number.

    Asks first where the words stand and how often, with a statement of its own; words without letters and digits find
    nothing.
    """
    query = _query(words)
    if query is None:
        return false()
    return or_(false(), *(_in_place(place, ids, query) for place, ids in _places(query).items()))


def sells(words: str) -> ColumnElement[bool]:
    """Orders with a line of this SKU; when no line has it, with these words in one line. Asks first, as `says` does."""
    query = _query(words)
    if query is None:
        return false()
    of_sku = select(OrderLine.order_id).where(OrderLine.sku == words)
    if session().scalars(select(of_sku.exists())).one():
        return Order.id.in_(of_sku)
    places = _places(query)
    return _in_place("line", places["line"], query) if "line" in places else false()


def _query(words: str) -> ColumnElement[Any] | None:
    terms = search_query(words)
    return None if terms is None else cast(literal(terms, Text()), TSQUERY)


def _places(query: ColumnElement[Any]) -> dict[str, list[UUID] | None]:
    """Where the words stand ("order", "line", "parcel"), with the orders' ids, or None when there are too many."""
    found = func.orders_found(query, MOST_BY_INDEX + 1).table_valued(
        column("place", Text()), column("order_id", Uuid())
    )
    rows = found.render_derived()
    ids = func.array_agg(rows.c.order_id, type_=ARRAY(Uuid()))
    counted = select(rows.c.place, func.count().label("rows"), ids.label("ids")).group_by(rows.c.place)
    return {row.place: row.ids if row.rows <= MOST_BY_INDEX else None for row in session().execute(counted)}


def _in_place(place: str, ids: list[UUID] | None, query: ColumnElement[Any]) -> ColumnElement[bool]:
    if ids is not None:
        return Order.id == any_(literal(ids, ARRAY(Uuid())))
    if place == "order":
        return _has(Order.search_terms, query)
    if place == "line":
        return exists().where(OrderLine.order_id == Order.id, _has(OrderLine.search_terms, query))
    return exists().where(Shipment.order_id == Order.id, _has(Shipment.search_terms, query))


def _has(terms: Any, query: ColumnElement[Any]) -> ColumnElement[bool]:
    has: ColumnElement[bool] = terms.op("@@", is_comparison=True)(query)
    return has
