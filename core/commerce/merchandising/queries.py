"""Reads for the console: products with their stock, imports with their reports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, case, cast, exists, func, literal, select, true
from sqlalchemy.orm import load_only

from core.commerce.catalog.listings import first_picture, found_products
from core.commerce.catalog.models import ImportRow, ImportRun, Product, Variant
from core.commerce.catalog.queries import StoredProduct, picture_of, stored_product
from core.commerce.media.queries import Picture
from core.commerce.merchandising.planner import Known
from core.commerce.merchandising.row_problems import RowProblem, problem_from_json
from core.commerce.reservations.models import Pool
from core.commerce.reservations.stock import KIND, OWNER, StockView, stock_of
from core.kernel.db import session
from core.kernel.search_terms import search_query
from core.kernel.tenancy import current_scope

PER_PAGE = 50
VIEWS = ("all", "active", "draft", "archived", "low")
INDEX_SORTS = ("updated", "created", "title", "price", "stock", "position")
# At this many units or fewer a product on sale asks for attention.
LOW_STOCK = 10
_BATCH = 1000
_LISTED = (
    *("id", "shop_id", "file_name", "state", "total", "done", "created", "updated", "skipped"),
    *("created_at", "finished_at", "rows"),
)

product, variant, pool = (table.__table__ for table in (Product, Variant, Pool))


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A product in the console's list.

    Prices in minor units, from cheapest to dearest; `available` are units that can still be sold of all tracked
    variants (None: none is tracked); `low` and `sold_out` count its variants.
    """

    id: UUID
    handle: str
    title: str
    subtitle: str
    status: str
    kind: str
    picture: Picture | None
    price_from_minor: int
    price_to_minor: int
    variants: int
    available: int | None
    low: int
    sold_out: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """One page of the console's list, and how many products each view has."""

    rows: tuple[IndexRow, ...]
    page: int
    pages: int
    total: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class StockWork:
    """How many products there are, how many on sale are low, and how many of these have a variant that is sold out."""

    products: int
    low: int
    sold_out: int


@dataclass(frozen=True, slots=True)
class EditedProduct:
    """A product for its editor: everything stored, and the stock of each variant by id."""

    stored: StoredProduct
    stock: dict[UUID, StockView]


@dataclass(frozen=True, slots=True)
class ImportRunView:
    """An import: uploaded, checking, checked (counts say what would happen), then waiting, running, done, failed or
    cancelled (counts say what did).

    `currency` is what prices in the file are taken for; `sheet`, `mapping`, `plan`, `pictures` are as in `ImportRun`.
    """

    id: UUID
    file_name: str
    currency: str
    state: str
    total: int
    done: int
    created: int
    updated: int
    skipped: int
    problems: tuple[RowProblem, ...]
    created_at: datetime
    finished_at: datetime | None
    rows: int
    sheet: Mapping[str, Any]
    mapping: Mapping[str, int]
    plan: Mapping[str, Any]
    pictures: Mapping[str, Any]

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 if self.state == "done" else self.done * 100 // self.total if self.total else 0


def products_index(
    *, view: str = "all", search: str = "", sort: str = "updated", page: int = 1
) -> ProductIndex:
    """One page of the shop's products as the console lists them.

    `view` is one of VIEWS, `sort` of INDEX_SORTS; unknown words mean the first. `search` finds by title, tags, SKU …
    """
    view = view if view in VIEWS else VIEWS[0]
    sort = sort if sort in INDEX_SORTS else INDEX_SORTS[0]
    page = min(max(page, 1), 10_000)
    shop_id = current_scope().shop_id
    counts = dict(session().execute(_counts(), {"shop_id": shop_id}).mappings().one())
    bound = {"shop_id": shop_id, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    words = bool(search.strip())
    terms = search_query(search) if words else None
    if words and terms is None:
        return ProductIndex((), 1, 0, 0, counts)
    rows = (
        session().execute(_index(view, sort, words), {**bound, **({"terms": terms} if words else {})}).all()
    )
    total = (rows[0].total if rows else 0) if words else counts[view]
    return ProductIndex(tuple(map(_index_row, rows)), page, -(-total // PER_PAGE), total, counts)


def stock_work() -> StockWork:
    """Products in numbers, for who must know whether some need a person; `low` are the rows of the view "low"."""
    found = session().execute(_work(), {"shop_id": current_scope().shop_id}).one()
    return StockWork(found.products, found.low, found.sold_out)


@lru_cache(maxsize=1)
def _work() -> Any:
    return select(
        func.count().label("products"),
        _low_products(LOW_STOCK).label("low"),
        _low_products(0).label("sold_out"),
    ).where(product.c.shop_id == bindparam("shop_id"))


def _index_row(row: Any) -> IndexRow:
    return IndexRow(
        id=row.id, handle=row.handle, title=row.title, subtitle=row.subtitle, status=row.status, kind=row.kind,
        picture=None if row.path is None else picture_of(row),
        price_from_minor=row.price_from or 0, price_to_minor=row.price_to or 0, variants=row.variants,
        available=None if row.available is None else int(row.available), low=row.low, sold_out=row.sold_out,
        updated_at=row.updated_at,
    )  # fmt: skip


def _stock_of_variants() -> tuple[Any, Any]:
    """Variants with their pools, and the units that can still be sold."""
    joined = variant.outerjoin(
        pool,
        and_(
            pool.c.shop_id == variant.c.shop_id,
            pool.c.owner == OWNER,
            pool.c.kind == KIND,
            pool.c.subject == cast(variant.c.id, Text()),
        ),
    )
    return joined, pool.c.capacity - pool.c.confirmed - pool.c.reserved


def _low_products(most: int) -> Any:
    """How many products on sale have a variant of which `most` are left; one join, not a look at each product."""
    joined, left = _stock_of_variants()
    low = product.alias("low")
    return (
        select(func.count(variant.c.product_id.distinct()))
        .select_from(
            joined.join(low, and_(low.c.shop_id == variant.c.shop_id, low.c.id == variant.c.product_id))
        )
        .where(
            variant.c.shop_id == bindparam("shop_id"),
            low.c.status == "active",
            ~variant.c.archived,
            left <= most,
        )
        .scalar_subquery()
    )


def _is_low() -> Any:
    joined, left = _stock_of_variants()
    return exists(
        select(literal(1))
        .select_from(joined)
        .where(
            variant.c.shop_id == product.c.shop_id,
            variant.c.product_id == product.c.id,
            ~variant.c.archived,
            left <= LOW_STOCK,
        )
    )


@lru_cache(maxsize=1)
def _counts() -> Select[Any]:
    def of(condition: Any) -> Any:
        return func.count(case((condition, 1)))

    return select(
        func.count().label("all"),
        *(of(product.c.status == status).label(status) for status in ("active", "draft", "archived")),
        _low_products(LOW_STOCK).label("low"),
    ).where(product.c.shop_id == bindparam("shop_id"))


@lru_cache(maxsize=64)
def _index(view: str, sort: str, words: bool) -> Select[Any]:
    """One page: which products stand on it is found first, and only for these are stock and picture looked up.

    Orders by price and by stock need the variants of every product; the others follow a column.
    """
    by_goods = {"price": "price_from", "stock": "available"}.get(sort)
    source: Any = product
    if words:
        found = found_products()
        source = product.join(found, found.c.product_id == product.c.id)
    if by_goods:
        every = _goods_of(product)
        source, key = source.outerjoin(every, true()), every.c[by_goods]
    else:
        key = product.c[{"updated": "updated_at", "created": "created_at"}.get(sort, sort)]
    total: Any = func.count().over() if words else literal(0)
    columns = ("shop_id", "id", "handle", "title", "subtitle", "status", "kind", "updated_at")
    listed = (
        select(*(product.c[name] for name in columns), key.label("key"), total.label("total"))
        .select_from(source)
        .where(product.c.shop_id == bindparam("shop_id"), *_view(view))
        .order_by(_directed(key, sort), product.c.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .subquery("listed")
    )
    goods, shown = _goods_of(listed), first_picture(listed.c.id)
    return (
        select(*(listed.c[name] for name in (*columns, "total")), goods, shown)
        .select_from(listed.outerjoin(goods, true()).outerjoin(shown, true()))
        .order_by(_directed(listed.c.key, sort), listed.c.id)
    )


def _directed(key: Any, sort: str) -> Any:
    if sort in ("updated", "created"):
        return key.desc()
    return key.asc().nulls_last() if sort == "stock" else key


def _goods_of(goods: Any) -> Any:
    """A lateral of what the variants of a product, a row of `goods`, cost and how many of them there are."""
    joined, left = _stock_of_variants()
    return (
        select(
            func.min(variant.c.price_minor).label("price_from"),
            func.max(variant.c.price_minor).label("price_to"),
            func.count().label("variants"),
            func.sum(left).label("available"),
            func.count(case((left <= LOW_STOCK, 1))).label("low"),
            func.count(case((left <= 0, 1))).label("sold_out"),
        )
        .select_from(joined)
        .where(variant.c.shop_id == goods.c.shop_id, variant.c.product_id == goods.c.id, ~variant.c.archived)
        .lateral()
    )


def _view(view: str) -> Sequence[Any]:
    if view == "low":
        return [product.c.status == "active", _is_low()]
    return [] if view == "all" else [product.c.status == view]


def edited_product(product_id: UUID) -> EditedProduct | None:
    """The product for its editor, or None."""
    stored = stored_product(product_id)
    if stored is None:
        return None
    ids = [draft.id for draft in stored.draft.variants if draft.id is not None]
    return EditedProduct(stored, stock_of(ids))


def known_goods(handles: Sequence[str], skus: Sequence[str]) -> Known:
    """Which of these handles and SKUs the shop has already."""
    ids: dict[str, UUID] = {}
    owners: dict[str, str] = {}
    for start in range(0, len(handles), _BATCH):
        batch = handles[start : start + _BATCH]
        rows = session().execute(select(Product.handle, Product.id).where(Product.handle.in_(batch)))
        ids.update({row.handle: row.id for row in rows})
    for start in range(0, len(skus), _BATCH):
        owned = (
            select(Variant.sku, Product.handle)
            .join(Product, and_(Product.shop_id == Variant.shop_id, Product.id == Variant.product_id))
            .where(
                Variant.sku.in_(skus[start : start + _BATCH]), Variant.archived.is_(False), Variant.sku != ""
            )
        )
        owners.update({row.sku: row.handle for row in session().execute(owned)})
    return Known(ids, owners)


def import_run(run_id: UUID) -> ImportRunView | None:
    """The import with this id, or None."""
    found = select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    row = session().scalars(found).first()
    return None if row is None else _run_view(row)


def import_runs(*, limit: int = 20) -> tuple[ImportRunView, ...]:
    """The latest imports, newest first; without their plans and problems, which a list does not show."""
    wanted = (
        select(ImportRun)
        .options(
            load_only(*(getattr(ImportRun, name) for name in _LISTED), raiseload=True),
        )
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
    )
    return tuple(_run_view(row, listed=True) for row in session().scalars(wanted.limit(limit)))


@dataclass(frozen=True, slots=True)
class ImportRowView:
    """What an import did with one product: `outcome` is create, update or skip; `place` counts from 0."""

    place: int
    line: int
    handle: str
    title: str
    outcome: str
    product_id: UUID | None
    problems: tuple[RowProblem, ...]


def import_rows(
    run_id: UUID, *, outcome: str = "", after: int = -1, limit: int = 50
) -> tuple[ImportRowView, ...]:
    """What became of the products of a file, in its order, behind the place `after`; with `outcome` only those."""
    wanted = select(ImportRow).where(ImportRow.import_id == run_id, ImportRow.place > after)
    if outcome:
        wanted = wanted.where(ImportRow.outcome == outcome)
    return tuple(
        ImportRowView(
            row.place, row.line, row.handle, row.title, row.outcome, row.product_id,
            tuple(problem_from_json(one) for one in row.problems),
        )
        for row in session().scalars(wanted.order_by(ImportRow.place).limit(limit))
    )  # fmt: skip


def all_import_rows(run_id: UUID) -> Iterator[ImportRowView]:
    """Every product of a file with what became of it, in its order."""
    after = -1
    while rows := import_rows(run_id, after=after, limit=_BATCH):
        yield from rows
        after = rows[-1].place
        session().expunge_all()


def _run_view(row: ImportRun, *, listed: bool = False) -> ImportRunView:
    return ImportRunView(
        id=row.id, file_name=row.file_name, currency=current_scope().currency, state=row.state, total=row.total,
        done=row.done, created=row.created, updated=row.updated, skipped=row.skipped,
        problems=() if listed else tuple(problem_from_json(one) for one in row.problems),
        created_at=row.created_at, finished_at=row.finished_at, rows=row.rows,
        sheet={} if listed else row.sheet, mapping={} if listed else row.mapping,
        plan={} if listed else row.plan, pictures={} if listed else row.pictures,
    )  # fmt: skip
