"""Products for the sections of a page: the first of several collections and named ones, in two statements at most."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Select, Text, and_, any_, bindparam, func, select

from core.commerce.catalog.listings import (
    CARD_COLUMNS,
    Card,
    cards_of,
    collection,
    item,
    product,
    with_cards,
)
from core.kernel.hot_statements import HotStatement


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
    wanted = list(handles)
    shelved = _SHELVED.rows(handles=list(limits), most=max(limits.values())) if limits else []
    named = _NAMED.rows(handles=wanted) if wanted else []
    cards = {card.id: card for card in cards_of({row.id: row for row in (*shelved, *named)}.values())}
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


def _shelved() -> Select[Any]:
    numbered = (
        select(
            *(product.c[name] for name in ("shop_id", *CARD_COLUMNS)),
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
            collection.c.handle == any_(bindparam("handles", type_=ARRAY(Text))),
            collection.c.visible,
            product.c.status == "active",
        )
        .subquery()
    )
    first = select(numbered).where(numbered.c.place <= bindparam("most")).subquery("first")
    return with_cards(first).order_by(first.c.collection_handle, first.c.place)


def _named() -> Select[Any]:
    named = (
        select(*(product.c[name] for name in ("shop_id", *CARD_COLUMNS)))
        .where(
            product.c.shop_id == bindparam("shop_id"),
            product.c.handle == any_(bindparam("handles", type_=ARRAY(Text))),
            product.c.status == "active",
        )
        .subquery("named")
    )
    return with_cards(named)


_SHELVED, _NAMED = HotStatement(_shelved()), HotStatement(_named())
