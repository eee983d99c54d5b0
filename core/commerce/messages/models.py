"""Tables of the messages room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.clock import now
from core.kernel.db import CreatedAt, TenantTable, tenant_fk
from core.kernel.sealed import SealedJson

OPEN_STATES = "state IN ('queued', 'sending')"


class Occasion(CreatedAt, TenantTable):
    """Something to tell somebody, once: written in the transaction that made it true, before any words are chosen.

    `contact` holds {"email", "sms", "language"} as far as known; `about` holds the facts that variables are made of.
    `reason` says why nothing was written.
    """

    __tablename__ = "messages_occasion"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "topic", "dedupe_key"),
        CheckConstraint("state IN ('new', 'written', 'skipped')", name="state"),
        Index("ix_messages_occasion_new", "shop_id", "created_at", postgresql_where="state = 'new'"),
    )

    topic: Mapped[str]
    dedupe_key: Mapped[str]
    customer_id: Mapped[UUID | None]
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="new")
    reason: Mapped[str] = mapped_column(default="")


class Message(CreatedAt, TenantTable):
    """Words to one receiver through one channel, kept as they were written, and what became of sending them.

    States: kept (nothing is configured to send it), queued (is sent at `due_at`), sending (handed to the provider by
    try `try_id`), sent, failed (for good), unknown (the process died while sending). `tries` is what happened so far:
    [{"at", "outcome", "answer"}]. `secrets` are words that nobody but the receiver may read.
    """

    __tablename__ = "messages_message"
    __table_args__ = (
        tenant_fk("messages_occasion", "occasion_id"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "occasion_id", "channel", "recipient"),
        CheckConstraint("channel IN ('email', 'sms', 'robot')", name="channel"),
        CheckConstraint("state IN ('kept', 'queued', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        Index(None, "shop_id", "recipient", "created_at"),
        Index(None, "shop_id", "created_at"),
        Index(None, "shop_id", "topic", "created_at"),
        Index(None, "shop_id", "state", "created_at"),
        Index(None, "shop_id", "customer_id", "created_at"),
        Index("ix_messages_message_open", "shop_id", "due_at", postgresql_where=OPEN_STATES),
    )

    topic: Mapped[str]
    channel: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    occasion_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="kept")
    reason: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    try_id: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    tries: Mapped[list[Any]] = mapped_column(default=list)
    secrets: Mapped[list[Any]] = mapped_column(default=list)


class ChannelSetting(TenantTable):
    """How a shop sends through one channel; `secrets` are sealed and never shown again.

    `rests_until`: the provider did not answer, and nothing is tried before then.
    """

    __tablename__ = "messages_channel"
    __table_args__ = (
        UniqueConstraint("shop_id", "channel"),
        CheckConstraint("channel IN ('email', 'sms', 'robot')", name="channel"),
    )

    channel: Mapped[str]
    on: Mapped[bool] = mapped_column("is_on", default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[dict[str, Any]] = mapped_column(SealedJson("messages.channel"), default=dict)
    silent: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)


class TopicSwitch(TenantTable):
    """A merchant's own decision whether a topic goes through a channel; without a row the topic's default stands."""

    __tablename__ = "messages_topic_switch"
    __table_args__ = (UniqueConstraint("shop_id", "topic", "channel"),)

    topic: Mapped[str]
    channel: Mapped[str]
    on: Mapped[bool] = mapped_column("is_on")


class TemplateText(TenantTable):
    """A merchant's own words for a topic, channel and language; without a row the topic's default stands."""

    __tablename__ = "messages_template"
    __table_args__ = (UniqueConstraint("shop_id", "topic", "channel", "language"),)

    topic: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=now)


class OptOut(CreatedAt, TenantTable):
    """A receiver who wants no more messages of one group of topics; the address says the channel."""

    __tablename__ = "messages_opt_out"
    __table_args__ = (UniqueConstraint("shop_id", "contact", "topic_group"),)

    contact: Mapped[str]
    topic_group: Mapped[str]


class SendingRule(TenantTable):
    """When a shop sends and who hears of its own business: quiet hours in minutes of the day, in the shop's zone."""

    __tablename__ = "messages_rule"
    __table_args__ = (
        UniqueConstraint("shop_id"),
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="quiet"),
    )

    quiet: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[int] = mapped_column(default=22 * 60)
    quiet_until: Mapped[int] = mapped_column(default=8 * 60)
    # Topics whose answer to "does it wait for the morning" differs from their default: {topic: waits}.
    waits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sms_always: Mapped[bool] = mapped_column(default=False)
    merchant_emails: Mapped[list[Any]] = mapped_column(default=list)
