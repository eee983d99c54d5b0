"""The hooks of the messages room."""

# mypy: disable-error-code="empty-body"

from core.commerce.messages.known_topics import topic_problems
from core.commerce.messages.topics import MessageTopics
from core.hooks.markers import hookspec


@hookspec(since="0.2", judge=topic_problems)
def declare_message_topics() -> MessageTopics:
    """Bring topics of your own: what people are told about your part, with variables and default words.

    When: once per process, at boot.
    Returns: MessageTopics; each topic is called "<plugin>.<what happened>". The merchant edits words and channels in the
        console, and you send with `send_message` of `core.sdk.messages`.
    On failure: the plugin is quarantined.
    """
