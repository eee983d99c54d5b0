"""Reads of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.commerce.messages.models import Message, Occasion
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it was written."""

    topic: str
    channel: str
    recipient: str
    subject: str
    body: str
    at: datetime


def latest_messages(*, limit: int = 50) -> list[MessageView]:
    """The newest messages of the bound shop."""
    rows = session().scalars(
        select(Message).order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)
    )
    return [
        MessageView(row.topic, row.channel, row.recipient, row.subject, row.body, row.created_at)
        for row in rows
    ]


def unwritten_occasions(*, late: datetime, limit: int) -> Sequence[UUID]:
    """Occasions of before `late` that still have no words, oldest first."""
    statement = (
        select(Occasion.id)
        .where(Occasion.state == "new", Occasion.created_at <= late)
        .order_by(Occasion.created_at)
        .limit(limit)
    )
    return session().scalars(statement).all()
