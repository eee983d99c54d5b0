"""Tables of the shipping room."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable


class ShippingMethod(CreatedAt, TenantTable):
    """A way to send goods: a flat fee, free from a goods value on."""

    __tablename__ = "shipping_method"
    __table_args__ = (
        CheckConstraint("fee_minor >= 0", name="fee"),
        CheckConstraint("free_from_minor IS NULL OR free_from_minor >= 0", name="free_from"),
        Index(None, "shop_id", "position"),
    )

    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    fee_minor: Mapped[int]
    free_from_minor: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class PickupPoint(CreatedAt, TenantTable):
    """A place where buyers fetch their goods themselves, without a fee."""

    __tablename__ = "shipping_pickup_point"
    __table_args__ = (Index(None, "shop_id", "position"),)

    name: Mapped[str]
    address: Mapped[str]
    hours: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
