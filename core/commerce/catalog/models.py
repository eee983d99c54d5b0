"""Tables of the catalog room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.clock import now
from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Product(CreatedAt, TenantTable):
    """A product; `options` is [{"name", "values": […]}]; `version` grows with each save (a second editor gets 409)."""

    __tablename__ = "catalog_product"
    __table_args__ = (
        UniqueConstraint("shop_id", "handle"),
        CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
        CheckConstraint("tax_class IN ('standard', 'reduced', 'zero')", name="tax_class"),
        Index(None, "shop_id", "status", "position"),
        Index(None, "shop_id", "updated_at"),
    )

    handle: Mapped[str]
    title: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    body_html: Mapped[str] = mapped_column(default="")
    vendor: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    facts: Mapped[list[Any]] = mapped_column(default=list)
    options: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(default="draft")
    tax_class: Mapped[str] = mapped_column(default="standard")
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    # Where it comes from: origin, producer, story (HTML), batch, made_on (a date), shelf_life, storage; what is not known
    # is not there.
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    search_terms: Mapped[Any | None] = mapped_column(TSVECTOR, deferred=True)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Tally(TenantTable):
    """What buyers made of a product: its id is the product's. Kept by triggers; nobody can type these numbers.

    `sold` counts units of paid orders that nothing keeps from shipping, less refunded and cancelled ones; `stars_N` count
    shown reviews by their stars, `pictured` those with pictures, `hidden` those that the shop has hidden.
    """

    __tablename__ = "catalog_tally"
    __table_args__ = (tenant_fk("catalog_product", "id", ondelete="CASCADE"),)

    sold: Mapped[int] = mapped_column(default=0)
    stars_1: Mapped[int] = mapped_column(default=0)
    stars_2: Mapped[int] = mapped_column(default=0)
    stars_3: Mapped[int] = mapped_column(default=0)
    stars_4: Mapped[int] = mapped_column(default=0)
    stars_5: Mapped[int] = mapped_column(default=0)
    pictured: Mapped[int] = mapped_column(default=0)
    hidden: Mapped[int] = mapped_column(default=0)


class Variant(TenantTable):
    """What is priced, stocked and sold; its stock is the reservations pool (owner "catalog", kind "stock", subject id)."""

    __tablename__ = "catalog_variant"
    __table_args__ = (
        tenant_fk("catalog_product", "product_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "product_id", "title"),
        Index(
            "uq_catalog_variant_sku",
            "shop_id",
            "sku",
            unique=True,
            postgresql_where="sku <> '' AND NOT archived",
        ),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("compare_at_minor IS NULL OR compare_at_minor >= 0", name="compare_at"),
        CheckConstraint("grams >= 0", name="grams"),
        CheckConstraint("cost_minor IS NULL OR cost_minor >= 0", name="cost"),
    )

    product_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(default="")
    option_values: Mapped[list[Any]] = mapped_column(default=list)
    sku: Mapped[str] = mapped_column(default="")
    barcode: Mapped[str] = mapped_column(default="")
    price_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]
    # What one unit costs the shop; buyers never see it. None: not known.
    cost_minor: Mapped[int | None]
    grams: Mapped[int] = mapped_column(default=0)
    asset_id: Mapped[UUID | None]
    # A variant that orders refer to is never deleted, only put away.
    archived: Mapped[bool] = mapped_column(default=False)


class ProductImage(TenantTable):
    """A picture of a product, in order."""

    __tablename__ = "catalog_image"
    __table_args__ = (
        tenant_fk("catalog_product", "product_id", ondelete="CASCADE"),
        tenant_fk("media_asset", "asset_id"),
        Index(None, "shop_id", "product_id", "position"),
    )

    product_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    alt: Mapped[str] = mapped_column(default="")
    tile: Mapped[str] = mapped_column(default="")


class Collection(CreatedAt, TenantTable):
    """A hand-picked list of products."""

    __tablename__ = "catalog_collection"
    __table_args__ = (UniqueConstraint("shop_id", "handle"),)

    handle: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    visible: Mapped[bool] = mapped_column(default=True)


class CollectionItem(TenantTable):
    """A product's place in a collection."""

    __tablename__ = "catalog_collection_item"
    __table_args__ = (
        tenant_fk("catalog_collection", "collection_id", ondelete="CASCADE"),
        tenant_fk("catalog_product", "product_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "collection_id", "product_id"),
        Index(None, "shop_id", "product_id"),
    )

    collection_id: Mapped[UUID]
    product_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)


class ImportRun(CreatedAt, TenantTable):
    """One product file: uploaded, its columns mapped, checked, then carried out batch by batch, with its report.

    `sheet` holds the file's header and first rows, `mapping` our columns by place, `plan` what the check found,
    `pictures` what is in the archive of pictures. One import of a shop runs at a time; others are waiting.
    """

    __tablename__ = "catalog_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        Index(None, "shop_id", "created_at"),
        Index(
            "uq_catalog_import_running", "shop_id", unique=True, postgresql_where=text("state = 'running'")
        ),
    )

    file_name: Mapped[str]
    path: Mapped[str]
    state: Mapped[str] = mapped_column(default="checked")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    rows: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    sheet: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    pictures_path: Mapped[str] = mapped_column(default="", server_default="")
    pictures: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    finished_at: Mapped[datetime | None]


class ImportRow(TenantTable):
    """What an import did with one product of its file; written in the transaction that did it."""

    __tablename__ = "catalog_import_row"
    __table_args__ = (
        tenant_fk("catalog_import", "import_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "import_id", "place"),
        CheckConstraint("outcome IN ('create', 'update', 'skip')", name="outcome"),
    )

    import_id: Mapped[UUID]
    place: Mapped[int]
    line: Mapped[int]
    handle: Mapped[str]
    title: Mapped[str]
    outcome: Mapped[str]
    product_id: Mapped[UUID | None]
    problems: Mapped[list[Any]] = mapped_column(default=list)


class ImportMapping(TenantTable):
    """Which column of files with this header is which of ours, as somebody said last time."""

    __tablename__ = "catalog_import_mapping"
    __table_args__ = (UniqueConstraint("shop_id", "header"),)

    header: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]
