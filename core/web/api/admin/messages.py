"""Messages to buyers: what was sent, and how they are written and sent."""

from core.commerce.messages.configuring import (
    remove_channel,
    reset_template,
    save_channel,
    save_rule,
    save_template,
    send_again,
    switch_topics,
)
from core.commerce.messages.outbox import OutboxMessage, outbox_message, outbox_page
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send

READ = "messages.read"


def list_messages(
    *, page: PageAsked, topic: str = "", channel: str = "", state: str = "", recipient: str = ""
) -> ApiPage[OutboxMessage]:
    """What was written to buyers, newest first.

    Args:
        topic: only about this, such as "orders.paid".
        channel: email, sms or robot.
        state: waiting, sent or failed.
        recipient: the beginning of an address or number.
    """
    found = outbox_page(
        topic=topic, channel=channel, state=state, recipient=recipient, size=page.size, after=page.after
    )
    return ApiPage(found.rows, found.after)


ROOM = ApiRoom(
    name="messages",
    title=N_("Messages"),
    about=N_("What buyers were told, in which words, and by which way."),
    routes=(
        Get("/messages", list_messages, READ),
        Get("/messages/<uuid:message_id>", outbox_message, READ),
        Send("POST", "/messages/<uuid:message_id>/send-again", send_again),
        Send("PUT", "/message-channels/<channel>", save_channel),
        Send("DELETE", "/message-channels/<channel>", remove_channel),
        Send("PUT", "/message-templates/<topic>/<channel>/<language>", save_template),
        Send("DELETE", "/message-templates/<topic>/<channel>/<language>", reset_template),
        Send("PUT", "/message-rule", save_rule),
        Send("PUT", "/message-topics", switch_topics),
    ),
)
