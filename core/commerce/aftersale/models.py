"""Tables of the after-sale room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import TenantTable, tenant_fk


class Policy(TenantTable):
    """What a shop promises after a sale; without a row the values of `policy.Promises` hold."""

    __tablename__ = "aftersale_policy"
    __table_args__ = (UniqueConstraint("shop_id"),)

    promises: Mapped[dict[str, Any]]


class Case(TenantTable):
    """Something that a buyer asks for after an order: its kind, how it stands, until when, and the money of it.

    `due_at` is when the state it is in ends by itself. Amounts in minor units of `currency`: `offered_minor` is what the
    chosen units give back, `wanted_minor` what the buyer asked for, `agreed_minor` what the merchant agreed to.
    """

    __tablename__ = "aftersale_case"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        tenant_fk("customers_customer", "customer_id"),
        tenant_fk("payments_refund", "refund_id"),
        tenant_fk("fulfilment_shipment", "shipment_id"),
        UniqueConstraint("shop_id", "code"),
        UniqueConstraint("shop_id", "number"),
        CheckConstraint("kind IN ('cancel', 'refund', 'return', 'exchange')", name="kind"),
        CheckConstraint(
            "state IN ('open', 'accepted', 'sent', 'received', 'refunding', 'replaced', 'declined', 'withdrawn',"
            " 'lapsed')",
            name="state",
        ),
        CheckConstraint(
            "wanted_minor BETWEEN 0 AND offered_minor AND (agreed_minor IS NULL OR agreed_minor >= 0)",
            name="amounts",
        ),
        Index(None, "shop_id", "order_id"),
        Index(None, "shop_id", "customer_id"),
        Index(None, "shop_id", "opened_at"),
        Index(None, "shop_id", "state", "opened_at"),
        Index("ix_aftersale_case_due", "shop_id", "due_at", postgresql_where="due_at IS NOT NULL"),
    )

    order_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    number: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    # {"key", "label", "fault"}: as the shop's list said when it was chosen.
    reason: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    offered_minor: Mapped[int]
    # Freight that is part of what is offered.
    shipping_minor: Mapped[int] = mapped_column(default=0)
    wanted_minor: Mapped[int]
    agreed_minor: Mapped[int | None]
    # What the merchant said to it, shown to the buyer.
    answer: Mapped[str] = mapped_column(default="")
    # Where goods go back to, as it was agreed; "": the shop's own address stands.
    return_to: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # The parcel in which goods come back.
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    refund_id: Mapped[UUID | None]
    shipment_id: Mapped[UUID | None]


class CaseLine(TenantTable):
    """Units of an order line in a case; while it is live no other case can have units of that line."""

    __tablename__ = "aftersale_case_line"
    __table_args__ = (
        tenant_fk("aftersale_case", "case_id"),
        tenant_fk("orders_line", "order_line_id"),
        UniqueConstraint("shop_id", "case_id", "order_line_id"),
        CheckConstraint("quantity > 0 AND taken >= 0 AND taken + quantity <= sold", name="units"),
        Index(
            "uq_aftersale_case_line_live", "shop_id", "order_line_id", unique=True, postgresql_where="live"
        ),
    )

    case_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    key: Mapped[str]
    quantity: Mapped[int]
    sold: Mapped[int]
    # Units of the line that were refunded or exchanged before.
    taken: Mapped[int]
    # The variant that replaces it, in an exchange.
    replacement_id: Mapped[UUID | None]
    live: Mapped[bool] = mapped_column(default=True)


class CaseStep(TenantTable):
    """One step of a case, in words both languages know; `note` is what somebody wrote besides."""

    __tablename__ = "aftersale_step"
    __table_args__ = (tenant_fk("aftersale_case", "case_id"), Index(None, "shop_id", "case_id", "at"))

    case_id: Mapped[UUID]
    at: Mapped[datetime]
    text: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(default="")
    actor_kind: Mapped[str]
    actor_name: Mapped[str] = mapped_column(default="")
    # Shown to the buyer as well.
    public: Mapped[bool] = mapped_column(default=True)


class CasePicture(TenantTable):
    """A picture that a buyer showed with a case; only the two sides of the case see it."""

    __tablename__ = "aftersale_picture"
    __table_args__ = (
        tenant_fk("aftersale_case", "case_id"),
        UniqueConstraint("shop_id", "code"),
        UniqueConstraint("shop_id", "case_id", "position"),
    )

    case_id: Mapped[UUID]
    position: Mapped[int]
    code: Mapped[str]
    # Folder in the object store, never below the shop's public pictures.
    path: Mapped[str]
    mime: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
