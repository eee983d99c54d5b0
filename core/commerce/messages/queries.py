"""Reads of messages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.commerce.messages.models import Message
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
