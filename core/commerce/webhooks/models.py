"""Tables of the webhooks room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk
from core.kernel.sealed import SealedText

# A shop has so many places for endpoints, and no two endpoints are in one place.
MOST_ENDPOINTS = 10


class Endpoint(CreatedAt, TenantTable):
    """An address of the merchant's that hears of events; `topics` [] means all.

    `secret` signs what is sent; after a change `former_secret` signs as well, until `former_until`. `paused_at`: nothing
    is sent, because the merchant said so or for `pause_reason` (gone: the receiver wants no more; silent: nothing arrived
    for days). `rests_until`: it did not answer `silent` times in a row, and nothing is tried before then.
    """

    __tablename__ = "webhooks_endpoint"
    __table_args__ = (
        UniqueConstraint("shop_id", "place"),
        CheckConstraint(f"place BETWEEN 1 AND {MOST_ENDPOINTS}", name="place"),
        CheckConstraint("pause_reason IN ('', 'gone', 'silent')", name="pause_reason"),
    )

    place: Mapped[int]
    url: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[Any]] = mapped_column(default=list)
    secret: Mapped[str] = mapped_column(SealedText("webhooks.secret"))
    former_secret: Mapped[str] = mapped_column(SealedText("webhooks.secret"), default="")
    former_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(default="")
    arrived_at: Mapped[datetime | None]
    silent: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]


class Delivery(CreatedAt, TenantTable):
    """One event on its way to one endpoint; `body` is sent as it was written, whatever happens meanwhile.

    States: waiting (is sent at `due_at`), sending (by try `try_id`, over at `due_at`), delivered, failed (for good), held
    (its endpoint is paused). `tries` is what happened so far: [{"at", "status", "reason", "ms"}].
    """

    __tablename__ = "webhooks_delivery"
    __table_args__ = (
        tenant_fk("webhooks_endpoint", "endpoint_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "endpoint_id", "event_id"),
        CheckConstraint("state IN ('waiting', 'sending', 'delivered', 'failed', 'held')", name="state"),
        Index(None, "shop_id", "created_at", "id"),
        Index(None, "shop_id", "state", "created_at"),
        Index(None, "shop_id", "endpoint_id", "created_at"),
        Index(
            "ix_webhooks_delivery_open",
            "shop_id",
            "due_at",
            postgresql_where="state IN ('waiting', 'sending')",
        ),
    )

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    topic: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    try_id: Mapped[UUID | None]
    delivered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    tries: Mapped[list[Any]] = mapped_column(default=list)
