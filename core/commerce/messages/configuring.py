"""What a merchant decides about messages: topics, words, channels, quiet hours; and sending one again."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.customers.contacts import normal_contact
from core.commerce.messages import jobs_named
from core.commerce.messages.errors import ChannelMissing, NotSendable, TemplateRefused
from core.commerce.messages.known_topics import all_topics, topic_or_none
from core.commerce.messages.models import ChannelSetting, Message, OptOut, TemplateText, TopicSwitch
from core.commerce.messages.policy import channel_settings, sending_rule
from core.commerce.messages.sending import can_send
from core.commerce.messages.templates import problems_of
from core.commerce.messages.topics import Channel
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import LANGUAGES, N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

LONGEST_SUBJECT, LONGEST_BODY = 200, 4_000


@command("shop.edit")
def switch_topics(*, on: Iterable[tuple[str, str]], waits: Iterable[str]) -> None:
    """Keep through which (topic, channel) pairs messages go, and which topics wait for the end of the quiet hours.

    Everything that is not named is off; only what differs from a topic's defaults is stored.
    """
    wanted, waiting = set(on), set(waits)
    rule = sending_rule()
    for topic in all_topics():
        if topic.kind == "security":
            continue
        for channel in topic.channels:
            _switch(topic.key, channel, (topic.key, channel) in wanted, channel in topic.on)
    topics = [topic for topic in all_topics() if topic.kind != "security"]
    rule.waits = {
        topic.key: topic.key in waiting for topic in topics if (topic.key in waiting) != topic.waits
    }
    session().add(rule)


def _switch(topic: str, channel: Channel, on: bool, usual: bool) -> None:
    session().execute(
        delete(TopicSwitch)
        .where(TopicSwitch.topic == topic, TopicSwitch.channel == channel)
        .execution_options(synchronize_session=False)
    )
    if on != usual:
        session().add(TopicSwitch(topic=topic, channel=channel, on=on))


@command("shop.edit")
def save_template(*, topic: str, channel: Channel, language: str, subject: str, body: str) -> None:
    """Keep a merchant's own words. Raises NotFound for a topic, a way or a language that there is not, TemplateRefused
    for a variable that the topic does not have, InputRefused."""
    known = topic_or_none(topic)
    if known is None or channel not in known.channels or language not in LANGUAGES:
        raise NotFound
    names = [variable.name for variable in known.all_variables]
    body, subject = body.replace("\r\n", "\n").strip(), " ".join(subject.split())
    missing = {
        name: [gettext(N_("This must not be empty."))]
        for name, text in (("subject", subject if channel == "email" else "-"), ("body", body))
        if not text
    }
    if missing:
        raise InputRefused(missing)
    for field, text in (("subject", subject), ("body", body)):
        if found := problems_of(text, names):
            raise TemplateRefused(field=field, problems=found)
    values = {"subject": subject[:LONGEST_SUBJECT], "body": body[:LONGEST_BODY], "updated_at": now()}
    key = {"shop_id": current_scope().shop_id, "topic": topic, "channel": channel, "language": language}
    statement = insert(TemplateText).values(id=new_id(), **key, **values)
    session().execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


@command("shop.edit")
def reset_template(*, topic: str, channel: Channel, language: str) -> None:
    """Go back to the topic's own words."""
    session().execute(
        delete(TemplateText)
        .where(
            TemplateText.topic == topic, TemplateText.channel == channel, TemplateText.language == language
        )
        .execution_options(synchronize_session=False)
    )


@command("shop.edit")
def save_channel(
    *, channel: Channel, on: bool, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> None:
    """Keep how a channel sends; an empty secret keeps the one of before. What waited because of silence is tried at once."""
    row = channel_settings().get(channel)
    if row is None:
        row = ChannelSetting(channel=channel, secrets={})
        session().add(row)
    row.on, row.settings, row.updated_at = on, dict(settings), now()
    row.secrets = {**row.secrets, **{name: value for name, value in secrets.items() if value}}
    row.silent, row.rests_until = 0, None


@command("shop.edit")
def remove_channel(*, channel: Channel) -> None:
    """Forget how a channel sends, and its secrets; messages are only kept from then on."""
    row = channel_settings().get(channel)
    if row is not None:
        session().delete(row)


@command("shop.edit")
def save_rule(
    *, quiet: bool, quiet_from: int, quiet_until: int, sms_always: bool, merchant_emails: Iterable[str]
) -> None:
    """Keep the quiet hours (minutes of the day), and who of the shop is told. Raises InputRefused."""
    emails = []
    for text in merchant_emails:
        found = normal_contact(text)
        if found is None or found[0] != "email":
            raise InputRefused(
                {"merchant_emails": [gettext(N_("%(text)s is not an e-mail address."), text=text)]}
            )
        emails.append(found[1])
    rule = sending_rule()
    rule.quiet, rule.quiet_from, rule.quiet_until = quiet, quiet_from % 1440, quiet_until % 1440
    rule.sms_always, rule.merchant_emails = sms_always, list(dict.fromkeys(emails))
    session().add(rule)


@command("messages.send")
def send_again(*, message_id: UUID) -> None:
    """Send a message that failed, was only kept, or whose end nobody knows.

    Raises NotFound, NotSendable, ChannelMissing.
    """
    statement = select(Message).where(Message.id == message_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    if row.state not in ("failed", "kept", "unknown") or row.topic == "customers.login_code":
        raise NotSendable
    if not can_send(row.channel, channel_settings().get(row.channel)):
        raise ChannelMissing
    row.state, row.reason, row.due_at, row.attempts, row.try_id = "queued", "", now(), 0, None
    jobs.defer(jobs_named.send(), message_id=str(row.id))


@command("buyer")
def opt_out(*, contact: str, group: str) -> None:
    """Send no more messages of a topic group to this address; saying it again changes nothing."""
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "contact": contact,
        "topic_group": group,
        "created_at": now(),
    }
    session().execute(insert(OptOut).values(values).on_conflict_do_nothing())


@command("buyer")
def opt_in(*, contact: str, group: str) -> None:
    """Send messages of a topic group to this address again."""
    session().execute(
        delete(OptOut)
        .where(OptOut.contact == contact, OptOut.topic_group == group)
        .execution_options(synchronize_session=False)
    )
