"""Tables of the fulfilment room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Shipment(CreatedAt, TenantTable):
    """A parcel that left, or goods handed over at a pick-up point."""

    __tablename__ = "fulfilment_shipment"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        CheckConstraint("kind IN ('parcel', 'pickup', 'replacement')", name="kind"),
        Index(None, "shop_id", "order_id"),
        Index(None, "shop_id", "tracking_number"),
        Index(None, "shop_id", "shipped_at"),
        # Every term carries its shop, so this index begins with the shop although its column does not.
        Index("ix_fulfilment_shipment_search", "search_terms", postgresql_using="gin"),
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - the base declares its type

    order_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="parcel")
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    shipped_at: Mapped[datetime]
    # The staff member's name, to be told to a colleague who comes second.
    shipped_by: Mapped[str] = mapped_column(default="", server_default="")
    search_terms: Mapped[Any | None] = mapped_column(
        TSVECTOR, Computed("order_terms(shop_id, tracking_number)", persisted=True), deferred=True
    )


class ShipmentLine(TenantTable):
    """How many units of an order line a shipment holds."""

    __tablename__ = "fulfilment_shipment_line"
    __table_args__ = (
        tenant_fk("fulfilment_shipment", "shipment_id"),
        tenant_fk("orders_line", "order_line_id"),
        UniqueConstraint("shop_id", "shipment_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    shipment_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    quantity: Mapped[int]


class BulkRun(CreatedAt, TenantTable):
    """Something that is done with many orders at once: to whom (`selection`), how (`options`), and how far it is.

    `selection` is {"ids": [...]} or {"query": {...}}: the second means whatever fits the filters when it begins.
    """

    __tablename__ = "fulfilment_bulk_run"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'running', 'done', 'failed')", name="state"),
        Index(None, "shop_id", "created_at"),
        Index(
            "ix_fulfilment_bulk_run_drafts", "shop_id", "created_at", postgresql_where=text("state = 'draft'")
        ),
    )

    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    selection: Mapped[dict[str, Any]] = mapped_column(default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_name: Mapped[str] = mapped_column(default="")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    # Where the object store keeps the file that was made.
    result_path: Mapped[str] = mapped_column(default="")
    # {"message", "params"} of what ended it early.
    problem: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_by: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class BulkRow(TenantTable):
    """One order (or one line of a file) of a bulk run, and what became of it; `outcome` is empty until then."""

    __tablename__ = "fulfilment_bulk_row"
    __table_args__ = (
        tenant_fk("fulfilment_bulk_run", "run_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "run_id", "position"),
    )

    run_id: Mapped[UUID]
    position: Mapped[int]
    # The row of the file, as spreadsheets count; 0 without a file.
    line: Mapped[int] = mapped_column(default=0)
    order_number: Mapped[str] = mapped_column(default="")
    # Not a foreign key: a file may name orders that are not there.
    order_id: Mapped[UUID | None]
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    sku: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int | None]
    # Rows of one parcel have the same number and are shipped together.
    parcel: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(default="")
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CodeGuess(TenantTable):
    """How often somebody typed a pick-up code that does not exist, since when."""

    __tablename__ = "fulfilment_code_guess"
    __table_args__ = (UniqueConstraint("shop_id", "who"),)

    who: Mapped[str]
    wrong: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
