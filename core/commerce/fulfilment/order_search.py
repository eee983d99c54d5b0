"""Orders by words: through the index of terms when few orders have them, along the list when many do."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
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

from core.commerce.catalog.search_terms import search_query
from core.commerce.fulfilment.models import Shipment
from core.commerce.orders.models import Order, OrderLine
from core.kernel.db import session
from core.kernel.ids import as_id

# Words that more rows than this have are looked for along the list itself: the first page is full after a few orders.
MOST_BY_INDEX = 10_000


def says(words: str) -> ColumnElement[bool]:
    """Orders that say all `words` in number, buyer's name, phone or e-mail; in one line; or in a tracking number.

    Asks first how common the words are, with a statement of its own; words without letters and digits find nothing.
    """
    query = _query(words)
    if query is None:
        return false()
    if _few(found := func.orders_search(query, MOST_BY_INDEX + 1)):
        return Order.id.in_(_ids(found))
    parcels = exists().where(Shipment.order_id == Order.id, _has(Shipment.search_terms, query))
    return or_(_has(Order.search_terms, query), _line_with(_has(OrderLine.search_terms, query)), parcels)


def sells(words: str) -> ColumnElement[bool]:
    """Orders with a line of the product with this id, or of this SKU; when no line has it, with these words in one line.

    Asks first, as `says` does, unless it is an id.
    """
    product_id = as_id(words) if "-" in words else None
    if product_id is not None:
        return _line_with(OrderLine.product_id == product_id)
    query = _query(words)
    if query is None:
        return false()
    of_sku = select(OrderLine.order_id).where(OrderLine.sku == words)
    if session().scalars(select(of_sku.exists())).one():
        return Order.id.in_(of_sku)
    if _few(found := func.orders_line_search(query, MOST_BY_INDEX + 1)):
        return Order.id.in_(_ids(found))
    return _line_with(_has(OrderLine.search_terms, query))


def _query(words: str) -> ColumnElement[Any] | None:
    terms = search_query(words)
    return None if terms is None else cast(literal(terms, Text()), TSQUERY)


def _few(found: Any) -> bool:
    rows = select(func.count()).select_from(found.table_valued(column("order_id", Uuid())).render_derived())
    return session().scalars(rows).one() <= MOST_BY_INDEX


def _ids(found: Any) -> Any:
    return select(found.table_valued(column("order_id", Uuid())).render_derived().c.order_id)


def _has(terms: Any, query: ColumnElement[Any]) -> ColumnElement[bool]:
    has: ColumnElement[bool] = terms.op("@@", is_comparison=True)(query)
    return has


def _line_with(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(OrderLine.order_id == Order.id, condition)
