"""What is switched and said now: by the merchant per topic, by a buyer per group of topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.commerce.messages.known_topics import all_groups, all_topics
from core.commerce.messages.models import OptOut, TemplateText, TopicSwitch
from core.commerce.messages.policy import default_words, sending_rule
from core.commerce.messages.topics import Channel, Topic, TopicGroup, Words
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the merchant has it: channels that are on, whether it waits, channels with words of the merchant's own."""

    on: frozenset[str]
    waits: bool
    own: frozenset[str]


def switched_topics() -> Mapping[str, TopicState]:
    """Every topic by key."""
    switches = {(row.topic, row.channel): row.on for row in session().scalars(select(TopicSwitch))}
    own = {tuple(row) for row in session().execute(select(TemplateText.topic, TemplateText.channel))}
    waits = sending_rule().waits
    return {
        topic.key: TopicState(
            frozenset(
                channel
                for channel in topic.channels
                if topic.kind == "security" or switches.get((topic.key, channel), channel in topic.on)
            ),
            topic.kind != "security" and bool(waits.get(topic.key, topic.waits)),
            frozenset(channel for key, channel in own if key == topic.key),
        )
        for topic in all_topics()
    }


def words_in_force(topic: Topic, channel: Channel, language: str) -> tuple[Words, bool]:
    """The template in force, and whether it is the merchant's own."""
    row = (
        session()
        .scalars(
            select(TemplateText).where(
                TemplateText.topic == topic.key,
                TemplateText.channel == channel,
                TemplateText.language == language,
            )
        )
        .first()
    )
    if row is None:
        return default_words(topic, channel, language), False
    return Words(subject=row.subject, body=row.body), True


def refusable_groups() -> list[TopicGroup]:
    """The groups that a buyer may take or refuse."""
    keys = {topic.group for topic in all_topics() if topic.refusable}
    return [group for group in all_groups() if group.key in keys]


def refused_groups(contacts: Sequence[str]) -> set[tuple[str, str]]:
    """(contact, group) pairs that want no messages."""
    statement = select(OptOut.contact, OptOut.topic_group).where(OptOut.contact.in_(list(contacts)))
    return {(row.contact, row.topic_group) for row in session().execute(statement)}
