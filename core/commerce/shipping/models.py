"""Tables of the shipping room."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class ShippingMethod(CreatedAt, TenantTable):
    """A way to bring goods to buyers, as a parcel or by the shop itself ("local").

    `fee_minor` is the fee, or that of the first grams or pieces; `free_from_minor` is the goods value from which on it
    is free. `rules` holds steps, zones and what is excluded (see pricing.freight), `area` where local delivery goes.
    """

    __tablename__ = "shipping_method"
    __table_args__ = (
        CheckConstraint("fee_minor >= 0", name="fee"),
        CheckConstraint("free_from_minor IS NULL OR free_from_minor >= 0", name="free_from"),
        CheckConstraint("kind IN ('parcel', 'local')", name="kind"),
        Index(None, "shop_id", "position"),
    )

    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    fee_minor: Mapped[int]
    free_from_minor: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="parcel")
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    area: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class PickupPoint(CreatedAt, TenantTable):
    """A place where buyers fetch their goods themselves, without a fee.

    `opening` holds its weekly hours and closed days (see shops.opening), `hours` what else there is to say about them.
    """

    __tablename__ = "shipping_pickup_point"
    __table_args__ = (Index(None, "shop_id", "position"),)

    name: Mapped[str]
    address: Mapped[str]
    hours: Mapped[str] = mapped_column(default="")
    opening: Mapped[dict[str, Any]] = mapped_column(default=dict)
    phone: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class DeliverySlot(CreatedAt, TenantTable):
    """A window of a weekday (0 is Monday) in which the shop delivers, in minutes of the shop's day.

    Orders for it are taken until `cutoff_minutes` before it begins, `capacity` of them on each date: a pool per date
    (owner "shipping", kind "slot", subject "<slot>/<date>").
    """

    __tablename__ = "shipping_slot"
    __table_args__ = (
        tenant_fk("shipping_method", "method_id", ondelete="CASCADE"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="window"),
        CheckConstraint("cutoff_minutes >= 0", name="cutoff"),
        CheckConstraint("capacity >= 1", name="capacity"),
        Index(None, "shop_id", "method_id"),
    )

    method_id: Mapped[UUID]
    weekday: Mapped[int]
    from_minute: Mapped[int]
    to_minute: Mapped[int]
    cutoff_minutes: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
