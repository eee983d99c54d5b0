"""What a shop told a customer, and what they no longer want to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.commerce.messages.models import Message, OptOut
from core.kernel.db import session

# Messages with secrets are between the customer and the shop's program.
_PRIVATE = ("login_code",)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in a list: its topic and subject, the channel, and how far it got."""

    id: UUID
    topic: str
    channel: str
    subject: str
    state: str
    at: datetime


def messages_to(customer_id: UUID, limit: int = 20) -> list[MessageLine]:
    """The newest messages to a customer, without those that only they may read."""
    statement = (
        select(
            Message.id,
            Message.topic,
            Message.channel,
            Message.subject,
            Message.body,
            Message.state,
            Message.created_at,
        )
        .where(Message.customer_id == customer_id, Message.topic.not_in(_PRIVATE))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return [
        MessageLine(row.id, row.topic, row.channel, row.subject or row.body[:80], row.state, row.created_at)
        for row in session().execute(statement)
    ]


def opted_out(contacts: Iterable[str]) -> tuple[str, ...]:
    """The groups of topics that the owner of these contacts wants no more messages of."""
    known = [one for one in contacts if one]
    if not known:
        return ()
    statement = (
        select(OptOut.topic_group).where(OptOut.contact.in_(known)).distinct().order_by(OptOut.topic_group)
    )
    return tuple(session().scalars(statement))
