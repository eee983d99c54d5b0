"""Products for the sections of a page: the first of several collections and named ones, in three statements at most."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select, true

from core.commerce.catalog.listings import (
    Card,
    cards_of,
    collection,
    first_picture,
    item,
    product,
)
from core.kernel.db import session
from core.kernel.tenancy import current_scope

_COLUMNS = ("id", "handle", "title", "subtitle", "kind", "tags")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The first products on sale of a visible collection; `total` is how many it has in all."""

    title: str
    total: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Shelves:
    """Shelves by the handle of their collection, and named products by their own; what is not there is left out."""

    collections: Mapping[str, Shelf]
    products: Mapping[str, Card]


def shelves(limits: Mapping[str, int], handles: Iterable[str] = ()) -> Shelves:
    """The first products of collections (handle → how many at most) and the products with these handles."""
    shelved = _run(_shelved(), handles=list(limits), most=max(limits.values(), default=0)) if limits else []
    named = _run(_named(), handles=list(handles)) if handles else []
    distinct = list({row.id: row for row in (*shelved, *named)}.values())
    cards = {card.id: card for card in cards_of(distinct)}
    by_collection: dict[str, list[Any]] = {}
    for row in shelved:
        by_collection.setdefault(row.collection_handle, []).append(row)
    return Shelves(
        {handle: _shelf(rows[: limits[handle]], cards) for handle, rows in by_collection.items()},
        {row.handle: cards[row.id] for row in named if row.id in cards},
    )


def _shelf(rows: Sequence[Any], cards: Mapping[Any, Card]) -> Shelf:
    found = tuple(cards[row.id] for row in rows if row.id in cards)
    return Shelf(rows[0].collection_title, rows[0].total, found)


def _run(statement: Select[Any], **parameters: Any) -> Sequence[Any]:
    return session().execute(statement, {"shop_id": current_scope().shop_id, **parameters}).all()


@lru_cache(maxsize=1)
def _shelved() -> Select[Any]:
    numbered = (
        select(
            *(product.c[name] for name in _COLUMNS),
            collection.c.handle.label("collection_handle"),
            collection.c.title.label("collection_title"),
            func.count().over(partition_by=collection.c.id).label("total"),
            func.row_number()
            .over(partition_by=collection.c.id, order_by=(item.c.position, product.c.id))
            .label("place"),
        )
        .select_from(item)
        .join(
            collection, and_(collection.c.shop_id == item.c.shop_id, collection.c.id == item.c.collection_id)
        )
        .join(product, and_(product.c.shop_id == item.c.shop_id, product.c.id == item.c.product_id))
        .where(
            item.c.shop_id == bindparam("shop_id"),
            collection.c.handle.in_(bindparam("handles", expanding=True)),
            collection.c.visible,
            product.c.status == "active",
        )
        .subquery()
    )
    shown = first_picture(numbered.c.id)
    return (
        select(numbered, shown)
        .select_from(numbered.outerjoin(shown, true()))
        .where(numbered.c.place <= bindparam("most"))
        .order_by(numbered.c.collection_handle, numbered.c.place)
    )


@lru_cache(maxsize=1)
def _named() -> Select[Any]:
    shown = first_picture(product.c.id)
    return (
        select(*(product.c[name] for name in _COLUMNS), shown)
        .select_from(product.outerjoin(shown, true()))
        .where(
            product.c.shop_id == bindparam("shop_id"),
            product.c.handle.in_(bindparam("handles", expanding=True)),
            product.c.status == "active",
        )
    )
