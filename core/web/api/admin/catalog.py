"""Products, their variants, stock and pictures; collections; imports of product files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from core.commerce.catalog.actions import (
    change_product_status,
    delete_collection,
    reorder_collections,
    reorder_products,
    restore_product_status,
    save_collection,
)
from core.commerce.catalog.listings import CollectionView, collections, stored_collection
from core.commerce.catalog.models import Collection, Product, Variant
from core.commerce.media.actions import register_asset, store_asset
from core.commerce.media.queries import AssetView, asset_views
from core.commerce.merchandising.actions import save_product_with_stock, set_variant_stock
from core.commerce.merchandising.import_states import (
    cancel_products_import,
    retry_products_import,
    start_products_import,
)
from core.commerce.merchandising.import_uploads import check_products_import, upload_products_file
from core.commerce.merchandising.queries import (
    ImportRunView,
    edited_product,
    import_rows,
    import_run,
    import_runs,
)
from core.commerce.reservations.stock import stock_of
from core.kernel.db import session
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.rendering.api_pages import page_of

READ, WRITE = "catalog.read", "catalog.edit"
_FILE = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProductShown:
    """A product in a list."""

    id: UUID
    handle: str
    title: str
    status: str
    kind: str
    vendor: str
    tags: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StockShown:
    """The stock of one variant in units; null in `on_hand` and `available` means that it is not counted."""

    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    on_hand: int | None
    reserved: int
    sold: int
    available: int | None


def list_products(
    *,
    page: PageAsked,
    status: Literal["draft", "active", "archived"] | None = None,
    handle: str | None = None,
    updated_since: datetime | None = None,
) -> ApiPage[ProductShown]:
    """The shop's products, newest first.

    Args:
        status: draft, active or archived.
        handle: the one with this handle.
        updated_since: changed at this instant or later.
    """
    ids = select(Product.id)
    if status is not None:
        ids = ids.where(Product.status == status)
    if handle is not None:
        ids = ids.where(Product.handle == handle)
    if updated_since is not None:
        ids = ids.where(Product.updated_at >= updated_since)
    return page_of(ids, Product, page, _products)


def _products(ids: Iterable[UUID]) -> Mapping[UUID, ProductShown]:
    names = [name for name in ProductShown.__slots__ if name != "tags"]
    return {
        row.id: ProductShown(**{name: getattr(row, name) for name in names}, tags=tuple(row.tags))
        for row in session().scalars(select(Product).where(Product.id.in_(list(ids))))
    }


def list_stock(
    *, page: PageAsked, product_id: UUID | None = None, sku: str | None = None
) -> ApiPage[StockShown]:
    """The stock of the shop's variants, newest first.

    Args:
        product_id: only this product's variants.
        sku: the variant with this SKU.
    """
    ids = select(Variant.id).where(Variant.archived.is_(False))
    if product_id is not None:
        ids = ids.where(Variant.product_id == product_id)
    if sku is not None:
        ids = ids.where(Variant.sku == sku)
    return page_of(ids, Variant, page, _stock)


def _stock(ids: Iterable[UUID]) -> Mapping[UUID, StockShown]:
    wanted = list(ids)
    levels = stock_of(wanted)
    return {
        row.id: StockShown(
            variant_id=row.id,
            product_id=row.product_id,
            sku=row.sku,
            title=row.title,
            on_hand=levels[row.id].on_hand,
            reserved=levels[row.id].reserved,
            sold=levels[row.id].sold,
            available=levels[row.id].available,
        )
        for row in session().scalars(select(Variant).where(Variant.id.in_(wanted)))
    }


def list_imports() -> list[ImportRunView]:
    """The latest imports of product files, newest first."""
    return list(import_runs())


def show_asset(asset_id: UUID) -> AssetView | None:
    """A picture that was uploaded: its id goes into a product's `images`."""
    return asset_views([asset_id]).get(asset_id)


def list_collections() -> list[CollectionView]:
    """The shop's collections in their order, hidden ones too."""
    return list(collections(hidden_too=True))


ROOM = ApiRoom(
    name="catalog",
    title=N_("Catalog"),
    about=N_("Products with their variants, pictures and stock; collections; imports of product files."),
    routes=(
        Get("/products", list_products, READ),
        Get("/products/<uuid:product_id>", edited_product, READ, row=Product),
        Send("POST", "/products", save_product_with_stock, fixed={"product_id": None, "version": None}),
        Send("PUT", "/products/<uuid:product_id>", save_product_with_stock, fixed={"version": None}),
        Send("POST", "/products/status", change_product_status),
        Send("POST", "/products/status/restore", restore_product_status),
        Send("PUT", "/products/order", reorder_products),
        Get("/stock", list_stock, READ),
        Send("PUT", "/stock", set_variant_stock),
        Get("/assets/<uuid:asset_id>", show_asset, READ),
        Send(
            "POST",
            "/assets",
            store_asset,
            scope=WRITE,
            fixed={"trusted": False},
            stands_for=register_asset,
            body_limit=_FILE,
        ),
        Get("/collections", list_collections, READ),
        Get("/collections/<uuid:collection_id>", stored_collection, READ, row=Collection),
        Send("POST", "/collections", save_collection, whole="draft", fixed={"collection_id": None}),
        Send("PUT", "/collections/<uuid:collection_id>", save_collection, whole="draft"),
        Send("DELETE", "/collections/<uuid:collection_id>", delete_collection),
        Send("PUT", "/collections/order", reorder_collections),
        Get("/product-imports", list_imports, READ),
        Get("/product-imports/<uuid:run_id>", import_run, READ),
        Get("/product-imports/<uuid:run_id>/rows", import_rows, READ),
        Send(
            "POST",
            "/product-imports",
            upload_products_file,
            scope=WRITE,
            fixed={"pictures": None, "explained": False},
            body_limit=_FILE,
        ),
        Send("POST", "/product-imports/<uuid:run_id>/check", check_products_import, scope=WRITE),
        Send("POST", "/product-imports/<uuid:run_id>/start", start_products_import),
        Send("POST", "/product-imports/<uuid:run_id>/retry", retry_products_import, answer="again"),
        Send("POST", "/product-imports/<uuid:run_id>/cancel", cancel_products_import),
    ),
)
