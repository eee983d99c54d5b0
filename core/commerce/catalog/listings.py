"""Lists of products and of collections, page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    FromClause,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY, aggregate_order_by

from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.catalog.models import Collection, CollectionItem, Product, ProductImage, Variant
from core.commerce.catalog.queries import CollectionLink, former_price, picture_of
from core.commerce.catalog.tallies import NO_TALLY, TALLY_COLUMNS, TallyView, tally_of, with_tally
from core.commerce.media.models import Asset
from core.commerce.media.queries import Picture
from core.kernel.db import session
from core.kernel.hot_statements import HotStatement
from core.kernel.search_terms import search_query
from core.kernel.tenancy import current_scope

PER_PAGE = 24
# How shoppers may order a list; the first is the default of collections and of the whole range.
SORTS = ("manual", "newest", "price_up", "price_down", "title")

product, variant, image, asset, collection, item = (
    table.__table__ for table in (Product, Variant, ProductImage, Asset, Collection, CollectionItem)
)


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list: the price (minor units) of its cheapest variant, `compare_at_minor` only when above it."""

    id: UUID
    handle: str
    title: str
    subtitle: str
    kind: str
    tags: tuple[str, ...]
    price_minor: int
    compare_at_minor: int | None
    several_prices: bool
    variant_ids: tuple[UUID, ...]
    picture: Picture | None
    tally: TallyView = NO_TALLY


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: `page` from 1, `total` products on `pages` pages."""

    cards: tuple[Card, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class CollectionListing:
    """A collection with one page of its products; `body` is clean HTML."""

    id: UUID
    handle: str
    title: str
    body: str
    listing: Listing


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection in a list: how many products on sale it has, and the first picture of the first of them."""

    id: UUID
    handle: str
    title: str
    body: str
    visible: bool
    count: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class StoredCollection:
    """A collection as an editor needs it; `titles` are those of its products, in order."""

    id: UUID
    draft: CollectionDraft
    titles: tuple[str, ...]


def collection_listing(handle: str, *, page: int = 1, sort: str = "manual") -> CollectionListing | None:
    """The visible collection at this handle with one page of its products on sale, or None."""
    found = (
        session().scalars(select(Collection).where(Collection.handle == handle, Collection.visible)).first()
    )
    if found is None:
        return None
    listing = collection_products(found.id, page=page, sort=sort)
    return CollectionListing(found.id, found.handle, found.title, found.body, listing)


def collection_products(collection_id: UUID, *, page: int = 1, sort: str = "manual") -> Listing:
    """One page of the products on sale in a collection whose id is known already."""
    return _listing("collection", sort, page, {"collection_id": collection_id})


def all_products(*, page: int = 1, sort: str = "manual") -> Listing:
    """One page of everything on sale."""
    return _listing("all", sort, page, {})


def search_listing(query: str, *, page: int = 1, sort: str = "best") -> Listing:
    """One page of the products on sale that have every word of `query`; best first, or one of SORTS."""
    wanted = search_query(query)
    if wanted is None:
        return Listing((), 1, 0, 0)
    return _listing("search", sort if sort in SORTS[1:] else "best", page, {"terms": wanted})


def products_on_sale(
    *, collection_id: UUID | None = None, query: str = "", sort: str = "", limit: int, offset: int = 0
) -> tuple[Card, ...]:
    """A stretch of everything on sale, of a collection, or of what has every word of `query`; by one of SORTS."""
    wanted = search_query(query) if query else None
    if query and wanted is None:
        return ()
    bound: dict[str, Any] = {}
    source, usual = "all", SORTS[0]
    if wanted is not None:
        source, bound, usual = "search", {"terms": wanted}, "best"
    elif collection_id is not None:
        source, bound = "collection", {"collection_id": collection_id}
    chosen = sort if sort in SORTS and (sort != SORTS[0] or source != "search") else usual
    return cards_of(_run(source, chosen, limit, offset, bound))


def related_cards(product_id: UUID, *, limit: int = 4) -> tuple[Card, ...]:
    """Other products on sale from the collections that this one is in."""
    return cards_of(_run("related", "manual", limit, 0, {"product_id": product_id}))


def product_cards(ids: Iterable[UUID]) -> dict[UUID, Card]:
    """Cards of products on sale, by id, in the order asked for."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    cards = {card.id: card for card in cards_of(_run("ids", "manual", len(wanted), 0, {"ids": wanted}))}
    return {one: cards[one] for one in wanted if one in cards}


def _listing(source: str, sort: str, page: int, parameters: dict[str, Any]) -> Listing:
    page = min(max(page, 1), 10_000)
    sort = sort if sort in (*SORTS, "best") else SORTS[0]
    rows = _run(source, sort, PER_PAGE, (page - 1) * PER_PAGE, parameters)
    if rows or page == 1:
        total = rows[0].total if rows else 0
    else:  # behind the end: say how long the list is, so that the visitor can be led back
        last = _run(source, sort, 1, 0, parameters)
        total = last[0].total if last else 0
    return Listing(cards_of(rows), page, -(-total // PER_PAGE), total)


def _run(source: str, sort: str, limit: int, offset: int, parameters: dict[str, Any]) -> Sequence[Any]:
    return _statement(source, sort).rows(limit=limit, offset=offset, **parameters)


def first_picture(of_product: Any) -> Any:
    """A lateral of the first picture of the product that `of_product` (an id column of product) names."""
    return (
        select(image.c.alt, image.c.tile, asset.c.path, asset.c.mime, asset.c.width, asset.c.height)
        .join_from(image, asset, and_(asset.c.shop_id == image.c.shop_id, asset.c.id == image.c.asset_id))
        .where(image.c.shop_id == bindparam("shop_id"), image.c.product_id == of_product)
        .order_by(image.c.position)
        .limit(1)
        .lateral()
    )


def with_cards(rows: FromClause) -> Select[Any]:
    """`rows` of products with everything that `cards_of` needs besides; each has shop_id, id and CARD_COLUMNS."""
    shown, sold = first_picture(rows.c.id), _variants(rows.c.id)
    joined = with_tally(rows).outerjoin(shown, true()).join(sold, sold.c.variant_ids.is_not(None))
    return select(rows, shown, sold, *TALLY_COLUMNS).select_from(joined)


def _variants(of_product: Any) -> Any:
    """A lateral of a product's variants in their order, as arrays."""
    columns = {"variant_ids": "id", "prices": "price_minor", "compare_at": "compare_at_minor"}
    return (
        select(
            *(
                func.array_agg(aggregate_order_by(variant.c[name], variant.c.position)).label(label)
                for label, name in columns.items()
            )
        )
        .where(
            variant.c.shop_id == bindparam("shop_id"), variant.c.product_id == of_product, ~variant.c.archived
        )
        .lateral()
    )


CARD_COLUMNS = ("id", "handle", "title", "subtitle", "kind", "tags")


@lru_cache(maxsize=32)
def _statement(source: str, sort: str) -> HotStatement:
    """One page of a list; pictures, prices and tallies are looked up for its rows only."""
    order = (*_order(source, sort), product.c.id)
    page = (
        select(
            *(product.c[name] for name in ("shop_id", *CARD_COLUMNS)),
            func.count().over().label("total"),
            func.row_number().over(order_by=order).label("place"),
        )
        .select_from(_source(source))
        .where(product.c.shop_id == bindparam("shop_id"), product.c.status == "active", *_conditions(source))
        .order_by(*order)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .subquery("listed")
    )
    return HotStatement(with_cards(page).order_by(page.c.place))


def found_products() -> Any:
    """The reviewed search function as a table: product_id, rank for the bound `terms`."""
    query = cast(bindparam("terms", type_=Text()), TSQUERY)
    return func.catalog_search(query).table_valued(column("product_id", Uuid()), "rank").render_derived()


@lru_cache(maxsize=1)
def _found() -> Any:
    return found_products()


def _source(source: str) -> FromClause:
    if source == "collection":
        return product.join(
            item, and_(item.c.shop_id == product.c.shop_id, item.c.product_id == product.c.id)
        )
    if source == "search":
        return product.join(_found(), _found().c.product_id == product.c.id)
    return product


def _conditions(source: str) -> Sequence[Any]:
    if source == "collection":
        return [item.c.collection_id == bindparam("collection_id")]
    if source == "ids":
        return [product.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))]
    if source == "related":
        own, other = item.alias(), item.alias()
        shared = exists().where(
            own.c.shop_id == bindparam("shop_id"),
            own.c.product_id == bindparam("product_id"),
            other.c.shop_id == own.c.shop_id,
            other.c.collection_id == own.c.collection_id,
            other.c.product_id == product.c.id,
        )
        return [product.c.id != bindparam("product_id"), shared]
    return []


def _order(source: str, sort: str) -> Sequence[Any]:
    if sort == "newest":
        return [product.c.created_at.desc()]
    if sort == "title":
        return [product.c.title]
    if sort in ("price_up", "price_down"):
        cheapest = (
            select(func.min(variant.c.price_minor))
            .where(
                variant.c.shop_id == product.c.shop_id,
                variant.c.product_id == product.c.id,
                ~variant.c.archived,
            )
            .scalar_subquery()
        )
        return [cheapest.desc() if sort == "price_down" else cheapest, product.c.position]
    if sort == "best":
        return [_found().c.rank.desc(), product.c.position]
    return [item.c.position if source == "collection" else product.c.position]


def cards_of(rows: Iterable[Any]) -> tuple[Card, ...]:
    """Cards for rows of `with_cards`."""
    return tuple(map(_card, rows))


def _card(row: Any) -> Card:
    price, compare_at = min(zip(row.prices, row.compare_at, strict=True), key=lambda one: one[0])
    return Card(
        id=row.id, handle=row.handle, title=row.title, subtitle=row.subtitle, kind=row.kind, tags=tuple(row.tags),
        price_minor=price,
        compare_at_minor=former_price(price, compare_at),
        several_prices=any(one != price for one in row.prices),
        variant_ids=tuple(row.variant_ids),
        picture=None if row.path is None else picture_of(row),
        tally=tally_of(row),
    )  # fmt: skip


def collections(
    *, hidden_too: bool = False, limit: int | None = None, offset: int = 0
) -> tuple[CollectionView, ...]:
    """The shop's collections in the merchant's order, `limit` of them; without `hidden_too` only the visible ones."""
    return _collection_views(_collections(hidden_too, named=False), limit=limit, offset=offset)


def collection_count(*, hidden_too: bool = False) -> int:
    """How many collections the shop has; without `hidden_too` only the visible ones."""
    statement = select(func.count()).select_from(Collection)
    statement = statement.where(Collection.shop_id == current_scope().shop_id)
    return session().scalars(statement if hidden_too else statement.where(Collection.visible)).one()


def collection_at(handle: str) -> CollectionView | None:
    """The visible collection with this handle."""
    found = _collection_views(_collections(False, named=True), limit=1, offset=0, handle=handle)
    return found[0] if found else None


def _collection_views(statement: Select[Any], **parameters: Any) -> tuple[CollectionView, ...]:
    rows = session().execute(statement, {"shop_id": current_scope().shop_id, **parameters})
    return tuple(
        CollectionView(
            row.id,
            row.handle,
            row.title,
            row.body,
            row.visible,
            row.products,
            None if row.path is None else picture_of(row),
        )
        for row in rows
    )


@lru_cache(maxsize=4)
def _collections(hidden_too: bool, *, named: bool) -> Select[Any]:
    asked = (
        select(*(collection.c[name] for name in ("id", "handle", "title", "body", "visible", "position")))
        .where(collection.c.shop_id == bindparam("shop_id"))
        .order_by(collection.c.position, collection.c.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )
    if not hidden_too:
        asked = asked.where(collection.c.visible)
    if named:
        asked = asked.where(collection.c.handle == bindparam("handle"))
    asked_ones = asked.cte("asked")
    filled = _filled(asked_ones)
    shown = first_picture(filled.c.first)
    return (
        select(
            *(asked_ones.c[name] for name in ("id", "handle", "title", "body", "visible")),
            func.coalesce(filled.c.products, 0).label("products"),
            shown,
        )
        .select_from(
            asked_ones.outerjoin(filled, filled.c.collection_id == asked_ones.c.id).outerjoin(shown, true())
        )
        .order_by(asked_ones.c.position, asked_ones.c.id)
    )


def _filled(asked: CTE) -> Subquery:
    """How many products on sale each collection has, and which is first.

    One join for all collections: asked for one by one, a plan made before the tables were analysed may read every
    product of the shop once for each of them.
    """
    places: Any = func.array_agg(aggregate_order_by(product.c.id, item.c.position, item.c.id))
    return (
        select(item.c.collection_id, func.count().label("products"), places[1].label("first"))
        .join_from(
            item, product, and_(product.c.shop_id == item.c.shop_id, product.c.id == item.c.product_id)
        )
        .where(
            item.c.shop_id == bindparam("shop_id"),
            item.c.collection_id.in_(select(asked.c.id)),
            product.c.status == "active",
        )
        .group_by(item.c.collection_id)
        .subquery("filled")
    )


def collection_choices() -> tuple[CollectionLink, ...]:
    """Every collection of the shop, for a form that lets one choose."""
    statement = select(Collection.id, Collection.handle, Collection.title)
    rows = session().execute(statement.order_by(Collection.position, Collection.id))
    return tuple(CollectionLink(row.id, row.handle, row.title) for row in rows)


def stored_collection(collection_id: UUID) -> StoredCollection | None:
    """The collection with this id as an editor needs it, or None."""
    row = session().scalars(select(Collection).where(Collection.id == collection_id)).first()
    if row is None:
        return None
    members = (
        session()
        .execute(
            select(Product.id, Product.title)
            .join(
                CollectionItem,
                and_(CollectionItem.shop_id == Product.shop_id, CollectionItem.product_id == Product.id),
            )
            .where(CollectionItem.collection_id == collection_id)
            .order_by(CollectionItem.position, CollectionItem.id)
        )
        .all()
    )
    draft = CollectionDraft(
        title=row.title, handle=row.handle, body=row.body, visible=row.visible,
        product_ids=tuple(member.id for member in members),
    )  # fmt: skip
    return StoredCollection(row.id, draft, tuple(member.title for member in members))


def product_titles(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles of products by id, whatever their status; ids that the shop does not have are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session().execute(select(Product.id, Product.title).where(Product.id.in_(wanted)))
    return {row.id: row.title for row in rows}
