"""What people were told, and words in another language, for tests of plugins."""

from sqlalchemy import select

from core.commerce.messages.models import Message
from core.kernel.db import session
from core.kernel.i18n import gettext, speaking


def written_messages(topics: str) -> list[tuple[str, str]]:
    """(topic, body) of the bound shop's messages whose topic begins with `topics`, oldest first."""
    statement = (
        select(Message.topic, Message.body)
        .where(Message.topic >= topics, Message.topic < topics + "\uffff")
        .order_by(Message.id)
    )
    return [(row.topic, row.body) for row in session().execute(statement)]


def words_in(language: str, text: str) -> str:
    """What `text` is in `language`; the text itself where no catalogue knows it."""
    with speaking(language):
        return gettext(text)
