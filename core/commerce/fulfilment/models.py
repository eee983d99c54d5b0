"""Tables of the fulfilment room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Shipment(CreatedAt, TenantTable):
    """A parcel that left, or goods handed over at a pick-up point."""

    __tablename__ = "fulfilment_shipment"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        CheckConstraint("kind IN ('parcel', 'pickup')", name="kind"),
        Index(None, "shop_id", "order_id"),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="parcel")
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    shipped_at: Mapped[datetime]


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
