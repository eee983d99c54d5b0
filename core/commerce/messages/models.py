"""Tables of the messages room."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable


class Message(CreatedAt, TenantTable):
    """A message to one person, kept as it was written; the demo's mailbox page shows these rows."""

    __tablename__ = "messages_message"
    __table_args__ = (
        Index(None, "shop_id", "recipient", "created_at"),
        CheckConstraint("channel IN ('email', 'sms')", name="channel"),
    )

    topic: Mapped[str]
    channel: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
