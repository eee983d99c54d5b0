"""What a shop decided about its messages: which topics go where, in which words, and when the night begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.commerce.messages.models import ChannelSetting, SendingRule, TemplateText, TopicSwitch
from core.commerce.messages.outside import outside
from core.commerce.messages.topics import Channel, Topic, Words
from core.kernel.db import session
from core.kernel.i18n import gettext, speaking


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the day in the shop's zone between which nothing that can wait is sent; `begin` may lie after `end`."""

    on: bool
    begin: int
    end: int

    def wakes_at(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the quiet hours that `moment` lies in, or None when it lies in none."""
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        overnight = self.begin > self.end
        inside = minute >= self.begin or minute < self.end if overnight else self.begin <= minute < self.end
        if not self.on or not inside:
            return None
        day = local.date() + timedelta(days=1 if overnight and minute >= self.begin else 0)
        return datetime.combine(day, time(self.end // 60, self.end % 60), zone)


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's decisions about one topic."""

    topic: Topic
    rule: SendingRule
    switches: Mapping[str, bool]
    channels: Mapping[str, ChannelSetting]
    own_words: Mapping[tuple[str, str], TemplateText]

    def is_on(self, channel: Channel) -> bool:
        """Whether the topic goes through `channel`."""
        if channel not in self.topic.words:
            return False
        if self.topic.kind == "security":
            return True
        return self.switches.get(channel, channel in self.topic.on)

    def is_configured(self, channel: Channel) -> bool:
        """Whether something would take a message of `channel` now."""
        row = self.channels.get(channel)
        if row is not None:
            return row.on
        return channel == "email" and outside().mail_server is not None

    def words(self, channel: Channel, language: str) -> Words:
        """The template in force, the default one already in `language`."""
        own = self.own_words.get((channel, language))
        if own is not None:
            return Words(subject=own.subject, body=own.body)
        return default_words(self.topic, channel, language)

    def due_at(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When to send: now, or in the morning."""
        return (self.waits and quiet_hours(self.rule).wakes_at(moment, zone)) or moment

    @property
    def waits(self) -> bool:
        """Whether the topic waits for the end of the quiet hours."""
        return self.topic.kind != "security" and bool(self.rule.waits.get(self.topic.key, self.topic.waits))


def default_words(topic: Topic, channel: Channel, language: str) -> Words:
    """The topic's own template in `language`."""
    words = topic.words[channel]
    with speaking(language):
        return Words(subject=gettext(words.subject), body=gettext(words.body))


def quiet_hours(rule: SendingRule) -> QuietHours:
    """When the shop's night is."""
    return QuietHours(rule.quiet, rule.quiet_from, rule.quiet_until)


def sending_rule() -> SendingRule:
    """The shop's rule; a shop that decided nothing has the defaults (not stored)."""
    found = session().scalars(select(SendingRule)).first()
    return found or SendingRule(
        quiet=True,
        quiet_from=22 * 60,
        quiet_until=8 * 60,
        waits={},
        sms_always=False,
        merchant_emails=[],
    )


def channel_settings() -> dict[str, ChannelSetting]:
    """What the shop has configured, by channel."""
    return {row.channel: row for row in session().scalars(select(ChannelSetting))}


def policy_for(topic: Topic) -> Policy:
    """Everything that the shop decided about `topic`."""
    switches = session().scalars(select(TopicSwitch).where(TopicSwitch.topic == topic.key))
    texts = session().scalars(select(TemplateText).where(TemplateText.topic == topic.key))
    return Policy(
        topic=topic,
        rule=sending_rule(),
        switches={row.channel: row.on for row in switches},
        channels=channel_settings(),
        own_words={(row.channel, row.language): row for row in texts},
    )
