"""The outbox: every message of a shop as it was written, one page at a time, and one with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from core.commerce.messages.models import Message
from core.commerce.messages.outside import outside
from core.commerce.messages.templates import masked_secrets
from core.kernel.cursor_pages import newest_first
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.tenancy import current_scope

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try to send a message: when, what came of it, and what the provider said."""

    at: datetime
    outcome: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message as it was written and how it stands; log-in codes are blanked outside of the demo."""

    id: UUID
    topic: str
    channel: str
    recipient: str
    subject: str
    body: str
    language: str
    state: str
    reason: str
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    customer_id: UUID | None
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of the outbox, newest first; the cursors lead to the pages beside it, "" where there is none."""

    rows: Sequence[OutboxMessage]
    after: str
    before: str


def outbox_page(
    *,
    topic: str = "",
    channel: str = "",
    state: str = "",
    recipient: str = "",
    customer_id: UUID | None = None,
    size: int = 20,
    after: str = "",
    before: str = "",
) -> OutboxPage:
    """Messages of the bound shop that fit; `recipient` is the beginning of an address or number."""
    statement = select(Message).where(*_conditions(topic, channel, state, recipient, customer_id))
    found = newest_first(statement, Message, size=size, after=after, before=before)
    return OutboxPage([_view(row) for (row,) in found.rows], found.after, found.before)


def counting_messages(*, state: str) -> Select[Any]:
    """The statement that counts messages in a state, for who counts more at once; no further than MOST_COUNTED + 1."""
    some = select(Message.id).where(Message.shop_id == current_scope().shop_id, Message.state == state)
    return select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())


def _conditions(
    topic: str, channel: str, state: str, recipient: str, customer_id: UUID | None
) -> list[ColumnElement[bool]]:
    found = [column == value for column, value in (
        (Message.topic, topic), (Message.channel, channel), (Message.state, state)
    ) if value]  # fmt: skip
    if customer_id is not None:
        found.append(Message.customer_id == customer_id)
    if recipient:
        # A range, because LIKE does not use its index under row-level security.
        found += [Message.recipient >= recipient, Message.recipient < recipient + "\U0010ffff"]
    return found


def outbox_message(message_id: UUID) -> OutboxMessage:
    """One message with its tries. Raises NotFound."""
    row = session().scalars(select(Message).where(Message.id == message_id)).first()
    if row is None:
        raise NotFound
    return _view(row)


def _view(row: Message) -> OutboxMessage:
    hidden: Sequence[str] = () if outside().shows_secrets else row.secrets
    return OutboxMessage(
        id=row.id,
        topic=row.topic,
        channel=row.channel,
        recipient=row.recipient,
        subject=masked_secrets(row.subject, hidden),
        body=masked_secrets(row.body, hidden),
        language=row.language,
        state=row.state,
        reason=row.reason,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        customer_id=row.customer_id,
        tries=tuple(_try(one) for one in row.tries),
    )


def _try(kept: dict[str, Any]) -> Try:
    return Try(
        at=datetime.fromisoformat(kept["at"]),
        outcome=str(kept.get("outcome", "")),
        reason=str(kept.get("reason", "")),
        answer=str(kept.get("answer", "")),
    )
