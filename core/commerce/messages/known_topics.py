"""Every topic that this process knows: core's own, and those that plugins declared at boot."""

from core.commerce.messages.core_topics import CORE_TOPICS
from core.commerce.messages.templates import names_in
from core.commerce.messages.topics import MessageTopics, Topic, TopicGroup


class TopicUnknown(LookupError):
    """Something sends a topic that nobody declared: a programming mistake."""


_topics: dict[str, Topic] = {topic.key: topic for topic in CORE_TOPICS.topics}
_groups: dict[str, TopicGroup] = {group.key: group for group in CORE_TOPICS.groups}


def know_topics(declared: MessageTopics) -> None:
    """Let this process know a plugin's topics, at boot. Saying it again changes nothing."""
    _groups.update({group.key: group for group in declared.groups})
    _topics.update({topic.key: topic for topic in declared.topics})


def topic_of(key: str) -> Topic:
    """The topic called `key`; raises TopicUnknown."""
    if key not in _topics:
        raise TopicUnknown(f"no part declares the message topic {key}")
    return _topics[key]


def topic_or_none(key: str) -> Topic | None:
    """The topic called `key`, or None when its plugin is gone."""
    return _topics.get(key)


def all_topics() -> tuple[Topic, ...]:
    """Every known topic in the order of declaration: core's, then plugins' by name."""
    return tuple(_topics.values())


def all_groups() -> tuple[TopicGroup, ...]:
    """Every known group, in the order of declaration."""
    return tuple(_groups.values())


def topic_problems(plugin: str, declared: MessageTopics) -> list[str]:
    """What is wrong with a plugin's declaration, in sentences."""
    groups = set(_groups) | {group.key for group in declared.groups}
    said = []
    for topic in declared.topics:
        if not topic.key.startswith(f"{plugin}."):
            said.append(f'the topic {topic.key} must be called "{plugin}.<what happened>".')
        if topic.group not in groups:
            said.append(f"the topic {topic.key} is in the group {topic.group}, which does not exist.")
        if topic.kind == "security":
            said.append(f'the topic {topic.key} cannot be of kind "security": that is for log-ins.')
        known = {variable.name for variable in topic.all_variables}
        for channel, words in topic.words.items():
            said += [
                f"the {channel} template of {topic.key} uses {{{{{name}}}}}, which is not one of its variables."
                for name in names_in(f"{words.subject} {words.body}")
                if name not in known
            ]
    return said
