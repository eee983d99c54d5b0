"""Writes many new products with few statements, for imports; joins the caller's transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Text, bindparam, cast, insert, select
from sqlalchemy.dialects.postgresql import TSVECTOR

from core.commerce.catalog.actions import SavedProduct
from core.commerce.catalog.drafts import ProductDraft
from core.commerce.catalog.models import Product, ProductImage, Variant
from core.commerce.catalog.product_rows import next_position, plain_values, search_vector
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

_PRODUCTS: Any = Product.__table__
_VARIANTS: Any = Variant.__table__
_IMAGES: Any = ProductImage.__table__


def write_new_products(drafts: Sequence[ProductDraft]) -> list[SavedProduct]:
    """Insert tidied, faultless drafts behind the shop's other products; pictures must be the shop's own.

    Somebody who was faster with a handle or a SKU makes the database raise IntegrityError: nothing is written then.
    """
    if not drafts:
        return []
    saved = []
    rows: list[dict[str, Any]] = []
    variants: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    place = next_position()
    for position, draft in enumerate(drafts, place):
        product_id = new_id()
        rows.append(_product_row(product_id, draft, position))
        own = [_variant_row(product_id, draft, index) for index in range(len(draft.variants))]
        variants += own
        images += _image_rows(product_id, draft)
        saved.append(SavedProduct(product_id, draft.handle, 1, tuple(row["id"] for row in own), created=True))
    connection = session()
    connection.execute(_insertion(rows[0]), rows)
    connection.execute(insert(_VARIANTS), variants)
    if images:
        connection.execute(insert(_IMAGES), images)
    return saved


def taken_handles(handles: Sequence[str]) -> set[str]:
    """Which of these handles products of the shop have."""
    return set(session().scalars(select(Product.handle).where(Product.handle.in_(list(handles)))))


def _insertion(row: dict[str, Any]) -> Insert:
    values: dict[str, Any] = {name: bindparam(name) for name in row if name != "vector"}
    values["search_terms"] = cast(bindparam("vector", type_=Text()), TSVECTOR)
    return insert(_PRODUCTS).values(values)


def _product_row(product_id: UUID, draft: ProductDraft, position: int) -> dict[str, Any]:
    moment = now()
    return {
        **plain_values(draft), "shop_id": current_scope().shop_id, "id": product_id, "handle": draft.handle,
        "position": position, "version": 1, "created_at": moment, "updated_at": moment, "vector": search_vector(draft),
    }  # fmt: skip


def _variant_row(product_id: UUID, draft: ProductDraft, index: int) -> dict[str, Any]:
    one = draft.variants[index]
    return {
        "shop_id": current_scope().shop_id, "id": new_id(), "product_id": product_id, "position": index,
        "title": one.title, "option_values": list(one.option_values), "sku": one.sku, "barcode": one.barcode,
        "price_minor": one.price_minor, "compare_at_minor": one.compare_at_minor,
        "cost_minor": one.cost_minor, "grams": one.grams, "asset_id": one.asset_id, "archived": False,
    }  # fmt: skip


def _image_rows(product_id: UUID, draft: ProductDraft) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": current_scope().shop_id, "id": new_id(), "product_id": product_id, "asset_id": image.asset_id,
            "position": position, "alt": image.alt, "tile": image.tile,
        }
        for position, image in enumerate(draft.images)
    ]  # fmt: skip
