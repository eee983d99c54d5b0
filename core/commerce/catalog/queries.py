"""Reads about products and collections, as frozen values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core.commerce.catalog.drafts import Fact, ImageDraft, Option, ProductDraft, VariantDraft
from core.commerce.catalog.models import Collection, CollectionItem, Product, ProductImage, Variant
from core.commerce.catalog.provenance import Provenance
from core.commerce.catalog.tallies import TALLY_COLUMNS, TallyView, tally_of, with_tally
from core.commerce.media.models import Asset
from core.commerce.media.queries import Picture, picture
from core.kernel.db import session
from core.kernel.hot_statements import HotStatement


@dataclass(frozen=True, slots=True)
class CollectionLink:
    """A collection that a product is in."""

    id: UUID
    handle: str
    title: str


@dataclass(frozen=True, slots=True)
class VariantDetail:
    """A variant on its product's page: prices in minor units, weight in grams.

    `compare_at_minor` is there only when it is above the price; `picture_index` is its place among the pictures.
    """

    id: UUID
    title: str
    option_values: tuple[str, ...]
    sku: str
    price_minor: int
    compare_at_minor: int | None
    grams: int
    picture_index: int | None


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """Everything that a product's page says; `body_html` is already clean."""

    id: UUID
    handle: str
    title: str
    subtitle: str
    body_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    facts: tuple[Fact, ...]
    options: tuple[Option, ...]
    status: str
    updated_at: datetime
    variants: tuple[VariantDetail, ...]
    pictures: tuple[Picture, ...]
    collections: tuple[CollectionLink, ...]
    provenance: Provenance
    tally: TallyView


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product as an editor needs it: its draft (variants with their ids), its version, and its pictures by asset."""

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    draft: ProductDraft
    pictures: dict[UUID, Picture]


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A variant as carts, prices and orders need it; `for_sale` says that its product is active and it is not put away.

    Prices in minor units, weight in grams; `tags` and `kind` are the product's.
    """

    id: UUID
    product_id: UUID
    handle: str
    product_title: str
    title: str
    sku: str
    price_minor: int
    compare_at_minor: int | None
    grams: int
    for_sale: bool
    kind: str
    tags: tuple[str, ...]
    picture: Picture | None


_product, _variant, _image, _asset, _collection, _item = (
    table.__table__ for table in (Product, Variant, ProductImage, Asset, Collection, CollectionItem)
)


def former_price(price_minor: int, compare_at_minor: int | None) -> int | None:
    """The price to strike through: only one above the present price."""
    return compare_at_minor if compare_at_minor is not None and compare_at_minor > price_minor else None


def product_page(handle: str, *, drafts_too: bool = False) -> ProductDetail | None:
    """The product on sale at this handle, or None; with `drafts_too`, any that is not put away (for previews)."""
    statuses = ["active", "draft"] if drafts_too else ["active"]
    row = _PAGE.first(handle=handle, statuses=statuses)
    if row is None:
        return None
    places = {image["asset_id"]: index for index, image in enumerate(row.images)}
    return ProductDetail(
        id=row.id, handle=row.handle, title=row.title, subtitle=row.subtitle, body_html=row.body_html,
        vendor=row.vendor, kind=row.kind, tags=tuple(row.tags), facts=_facts(row), options=_options(row),
        status=row.status, updated_at=row.updated_at,
        variants=tuple(_variant_detail(variant, places) for variant in row.variants),
        pictures=tuple(_picture_from_json(image) for image in row.images),
        collections=tuple(CollectionLink(UUID(one["id"]), one["handle"], one["title"]) for one in row.collections),
        provenance=Provenance.from_json(row.provenance), tally=tally_of(row),
    )  # fmt: skip


def _page_statement() -> Select[Any]:
    """Everything about one product in one round trip: its rows below it come as JSON lists, each in order."""
    columns = ("id", "handle", "title", "subtitle", "body_html", "vendor", "kind", "tags", "facts", "options")
    return select(
        *(_product.c[name] for name in (*columns, "status", "updated_at", "provenance")),
        *TALLY_COLUMNS,
        _listed(
            select(*(_variant.c[name] for name in _VARIANT_COLUMNS), _variant.c.position)
            .where(
                _variant.c.shop_id == bindparam("shop_id"),
                _variant.c.product_id == _product.c.id,
                ~_variant.c.archived,
            )
        ).label("variants"),
        _listed(
            select(*(_image.c[name] for name in ("asset_id", "alt", "tile", "position")),
                   *(_asset.c[name] for name in ("path", "mime", "width", "height")))
            .join_from(_image, _asset, and_(_asset.c.shop_id == _image.c.shop_id, _asset.c.id == _image.c.asset_id))
            .where(_image.c.shop_id == bindparam("shop_id"), _image.c.product_id == _product.c.id)
        ).label("images"),
        _listed(
            select(*(_collection.c[name] for name in ("id", "handle", "title", "position")))
            .join_from(
                _item, _collection,
                and_(_collection.c.shop_id == _item.c.shop_id, _collection.c.id == _item.c.collection_id),
            )
            .where(_item.c.shop_id == bindparam("shop_id"), _item.c.product_id == _product.c.id, _collection.c.visible)
        ).label("collections"),
    ).select_from(with_tally(_product)).where(
        _product.c.shop_id == bindparam("shop_id"),
        _product.c.handle == bindparam("handle"),
        _product.c.status == any_(bindparam("statuses", type_=ARRAY(Text))),
    )  # fmt: skip


def _listed(rows: Select[Any]) -> Any:
    """`rows`, which name their product and have a `position`, as one JSON list in that order."""
    inner = rows.correlate(_product).subquery()
    one = func.to_jsonb(inner.table_valued())
    found = select(func.jsonb_agg(aggregate_order_by(one, inner.c.position))).select_from(inner)
    return func.coalesce(found.scalar_subquery(), literal_column("'[]'::jsonb"))


_VARIANT_COLUMNS = (
    "id", "title", "option_values", "sku", "price_minor", "compare_at_minor", "grams", "asset_id",
)  # fmt: skip


_PAGE = HotStatement(_page_statement())


def _variant_detail(row: Mapping[str, Any], places: Mapping[str, int]) -> VariantDetail:
    return VariantDetail(
        id=UUID(row["id"]), title=row["title"], option_values=tuple(row["option_values"]), sku=row["sku"],
        price_minor=row["price_minor"],
        compare_at_minor=former_price(row["price_minor"], row["compare_at_minor"]),
        grams=row["grams"], picture_index=places.get(row["asset_id"]) if row["asset_id"] else None,
    )  # fmt: skip


def _picture_from_json(row: Mapping[str, Any]) -> Picture:
    return picture(**{name: row[name] for name in ("path", "mime", "width", "height", "alt", "tile")})


def _facts(row: Any) -> tuple[Fact, ...]:
    return tuple(Fact(one["label"], one["value"]) for one in row.facts)


def _options(row: Any) -> tuple[Option, ...]:
    return tuple(Option(one["name"], tuple(one["values"])) for one in row.options)


def _variant_rows(product_id: UUID) -> Sequence[Variant]:
    statement = select(Variant).where(Variant.product_id == product_id, Variant.archived.is_(False))
    return session().scalars(statement.order_by(Variant.position)).all()


def _image_rows(product_id: UUID) -> Sequence[Any]:
    columns = (
        ProductImage.asset_id,
        ProductImage.alt,
        ProductImage.tile,
        Asset.path,
        Asset.mime,
        Asset.width,
        Asset.height,
    )
    statement = (
        select(*columns)
        .join(Asset, and_(Asset.shop_id == ProductImage.shop_id, Asset.id == ProductImage.asset_id))
        .where(ProductImage.product_id == product_id)
        .order_by(ProductImage.position)
    )
    return session().execute(statement).all()


def picture_of(row: Any) -> Picture:
    """The picture for a row that has an asset's columns and `alt` and `tile`."""
    return picture(
        path=row.path, mime=row.mime, width=row.width, height=row.height, alt=row.alt, tile=row.tile
    )


def stored_product(product_id: UUID) -> StoredProduct | None:
    """The product with this id as an editor needs it, or None."""
    return _stored(Product.id == product_id)


def stored_product_at(handle: str) -> StoredProduct | None:
    """The product with this handle, whatever its status, or None."""
    return _stored(Product.handle == handle)


def _stored(condition: Any) -> StoredProduct | None:
    row = session().scalars(select(Product).where(condition)).first()
    if row is None:
        return None
    images = _image_rows(row.id)
    memberships = select(CollectionItem.collection_id).where(CollectionItem.product_id == row.id)
    draft = ProductDraft(
        title=row.title, handle=row.handle, subtitle=row.subtitle, body_html=row.body_html, vendor=row.vendor,
        kind=row.kind, tags=tuple(row.tags), facts=_facts(row), options=_options(row), status=row.status,
        tax_class=row.tax_class,
        variants=tuple(map(_variant_draft, _variant_rows(row.id))),
        images=tuple(ImageDraft(asset_id=image.asset_id, alt=image.alt, tile=image.tile) for image in images),
        collection_ids=tuple(session().scalars(memberships.order_by(CollectionItem.collection_id))),
        provenance=Provenance.from_json(row.provenance),
    )  # fmt: skip
    pictures = {image.asset_id: picture_of(image) for image in images}
    return StoredProduct(row.id, row.version, row.created_at, row.updated_at, draft, pictures)


def _variant_draft(row: Variant) -> VariantDraft:
    return VariantDraft(
        id=row.id, option_values=tuple(row.option_values), sku=row.sku, barcode=row.barcode,
        price_minor=row.price_minor, compare_at_minor=row.compare_at_minor, cost_minor=row.cost_minor, grams=row.grams,
        asset_id=row.asset_id,
    )  # fmt: skip


# Built once: carts and checkouts ask it all the time.
_one_picture = (
    select(_image.c.alt, _image.c.tile, _asset.c.path, _asset.c.mime, _asset.c.width, _asset.c.height)
    .join_from(_image, _asset, and_(_asset.c.shop_id == _image.c.shop_id, _asset.c.id == _image.c.asset_id))
    .where(_image.c.shop_id == _variant.c.shop_id, _image.c.product_id == _variant.c.product_id)
    .order_by(func.coalesce(_image.c.asset_id == _variant.c.asset_id, false()).desc(), _image.c.position)
    .limit(1)
    .lateral()
)
_SOLD = HotStatement(
    select(
        *(_variant.c[name] for name in (
            "id", "product_id", "title", "sku", "price_minor", "compare_at_minor", "grams", "archived",
        )),
        *(_product.c[name] for name in ("handle", "status", "kind", "tags")),
        _product.c.title.label("product_title"),
        _one_picture,
    )
    .join(_product, and_(_product.c.shop_id == _variant.c.shop_id, _product.c.id == _variant.c.product_id))
    .outerjoin(_one_picture, true())
    .where(_variant.c.shop_id == bindparam("shop_id"), _variant.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)  # fmt: skip


def sold_variants(ids: Iterable[UUID]) -> dict[UUID, SoldVariant]:
    """Variants by id, also those that are put away; ids that the shop does not have are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: _sold(row) for row in _SOLD.rows(ids=wanted)}


def product_titles(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What products are called now, by id."""
    statement = select(Product.id, Product.title).where(Product.id.in_(list(ids)))
    return {row.id: row.title for row in session().execute(statement)}


def _sold(row: Any) -> SoldVariant:
    return SoldVariant(
        id=row.id, product_id=row.product_id, handle=row.handle, product_title=row.product_title, title=row.title,
        sku=row.sku, price_minor=row.price_minor,
        compare_at_minor=former_price(row.price_minor, row.compare_at_minor), grams=row.grams,
        for_sale=row.status == "active" and not row.archived, kind=row.kind, tags=tuple(row.tags),
        picture=None if row.path is None else picture_of(row),
    )  # fmt: skip
