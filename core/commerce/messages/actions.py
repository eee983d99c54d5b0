"""Writing messages to people; the embedded default delivers them to the demo's mailbox page."""

from core.commerce.messages.models import Message
from core.kernel.db import session


def write_message(*, topic: str, channel: str, recipient: str, subject: str, body: str) -> None:
    """Keep a message in the caller's transaction; `channel` is "email" or "sms"."""
    session().add(Message(topic=topic, channel=channel, recipient=recipient, subject=subject, body=body))
