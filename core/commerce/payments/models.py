"""Tables of the payments room."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk
from core.kernel.sealed import SealedJson


class Payment(CreatedAt, TenantTable):
    """One attempt to be paid for an order; its id is the idempotency key towards the gateway."""

    __tablename__ = "payments_payment"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        CheckConstraint("state IN ('created', 'pending', 'captured', 'failed', 'cancelled')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        UniqueConstraint("shop_id", "gateway", "gateway_ref"),
        Index(None, "shop_id", "order_id"),
        # At most one payment of an order is ever kept; a second capture is refunded.
        Index(
            "uq_payments_payment_kept",
            "shop_id",
            "order_id",
            unique=True,
            postgresql_where="state = 'captured' AND NOT surplus",
        ),
        Index(
            "ix_payments_payment_open",
            "shop_id",
            "created_at",
            postgresql_where="state IN ('created', 'pending')",
        ),
    )

    order_id: Mapped[UUID]
    # "" until the buyer has chosen how to pay.
    gateway: Mapped[str]
    mode: Mapped[str] = mapped_column(default="test", server_default="test")
    method: Mapped[str] = mapped_column(default="page", server_default="page")
    gateway_ref: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="created")
    amount_minor: Mapped[int]
    currency: Mapped[str]
    redirect_url: Mapped[str] = mapped_column(default="")
    # What the gateway was first asked (words, language, return address): a repeated start must say exactly the same.
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    failure_code: Mapped[str] = mapped_column(default="")
    captured_at: Mapped[datetime | None]
    # Captured, but its order did not want it (already paid, or cancelled): it goes back by itself.
    surplus: Mapped[bool] = mapped_column(default=False)


class Refund(CreatedAt, TenantTable):
    """Money on its way back for one payment; its id is the idempotency key, and the task is retried until settled."""

    __tablename__ = "payments_refund"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        tenant_fk("payments_payment", "payment_id"),
        CheckConstraint("state IN ('pending', 'sent', 'done', 'failed')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        UniqueConstraint("shop_id", "payment_id", "cause"),
        Index(None, "shop_id", "order_id"),
        Index(None, "shop_id", "created_at"),
        Index(
            "ix_payments_refund_open",
            "shop_id",
            "created_at",
            postgresql_where="state IN ('pending', 'sent')",
        ),
    )

    order_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    # What caused it: "hold_expired", "hold_cancelled", "surplus", "seat_lost", "stock_lost", "cancel:<reason>", or
    # "request:<id>" for a person's decision, "case:<id>" for what a buyer asked for, "cut:<source>" for a price that
    # fell while the goods are kept. Once per payment.
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    # Of discounts whose threshold the return broke, kept back; below zero: given back again. In `amount_minor` already.
    claw_back_minor: Mapped[int] = mapped_column(default=0)
    # Line key → units given back, and freight; empty for a whole payment.
    lines: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    failure_code: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class PaymentAccount(CreatedAt, TenantTable):
    """A shop's account with a gateway in one mode: sealed credentials, what the gateway said of them, whether it is offered.

    `shown` is what may be seen of each field: {"value"} or, of a secret, {"tail", "at"}. `methods` are those that buyers
    are offered. `facts` are the gateway's at `checked_at`, `trouble` why it would not or could not say them. `version` grows
    with each change; `history` is who changed what, newest first, without secrets.
    """

    __tablename__ = "payments_account"
    __table_args__ = (
        UniqueConstraint("shop_id", "gateway", "mode"),
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
    )

    gateway: Mapped[str]
    mode: Mapped[str]
    credentials: Mapped[dict[str, Any]] = mapped_column(SealedJson("payments.account"), default=dict)
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict)
    enabled: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    methods: Mapped[list[Any]] = mapped_column(default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    history: Mapped[list[Any]] = mapped_column(default=list)
    # When the day before is compared with the gateway's list.
    look_at: Mapped[datetime | None]


class Reconciliation(CreatedAt, TenantTable):
    """One day (of the shop's zone) of one account, compared with the gateway's own list: how much of it is explained.

    `matched` of `movements` are the same on both sides. `fees_minor` is what the gateway kept. `trouble`: its list could
    not be fetched.
    """

    __tablename__ = "payments_reconciliation"
    __table_args__ = (
        UniqueConstraint("shop_id", "gateway", "mode", "day"),
        CheckConstraint("matched BETWEEN 0 AND movements", name="matched"),
        Index(None, "shop_id", "day"),
    )

    gateway: Mapped[str]
    mode: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    movements: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    taken_minor: Mapped[int] = mapped_column(default=0)
    given_back_minor: Mapped[int] = mapped_column(default=0)
    fees_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    compared_at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(default="")


class Difference(CreatedAt, TenantTable):
    """Something of a compared day that only one side has, or that the sides tell differently; a person looks at it.

    `what`: missing_here, missing_there, amount. `key` names the movement, so that comparing again finds the same one.
    """

    __tablename__ = "payments_difference"
    __table_args__ = (
        tenant_fk("payments_reconciliation", "reconciliation_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "reconciliation_id", "key"),
        CheckConstraint("what IN ('missing_here', 'missing_there', 'amount')", name="what"),
        CheckConstraint("subject IN ('payment', 'refund', 'dispute')", name="subject"),
        Index(
            "ix_payments_difference_open",
            "shop_id",
            "occurred_at",
            postgresql_where="done_at IS NULL",
        ),
    )

    reconciliation_id: Mapped[UUID]
    key: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    gateway_ref: Mapped[str] = mapped_column(default="")
    order_id: Mapped[UUID | None]
    ours_minor: Mapped[int | None]
    theirs_minor: Mapped[int | None]
    currency: Mapped[str]
    occurred_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")


class Dispute(CreatedAt, TenantTable):
    """A buyer's bank takes a payment back or asks about it; the merchant answers at the gateway, until `respond_by`."""

    __tablename__ = "payments_dispute"
    __table_args__ = (
        tenant_fk("payments_payment", "payment_id"),
        UniqueConstraint("shop_id", "gateway", "mode", "gateway_ref"),
        CheckConstraint("status IN ('needs_response', 'under_review', 'won', 'lost')", name="status"),
        Index(None, "shop_id", "payment_id"),
        Index(
            "ix_payments_dispute_open",
            "shop_id",
            "respond_by",
            postgresql_where="status = 'needs_response'",
        ),
    )

    gateway: Mapped[str]
    mode: Mapped[str]
    gateway_ref: Mapped[str]
    payment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    respond_by: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class GatewayNotice(CreatedAt, TenantTable):
    """A notification of a gateway, kept before it is acted on; the same event twice is one row."""

    __tablename__ = "payments_notice"
    __table_args__ = (UniqueConstraint("shop_id", "gateway", "event_id"),)

    gateway: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    gateway_ref: Mapped[str]
    reference: Mapped[str]
