"""Handing messages to providers: claimed before it is sent, noted afterwards, and never sent twice knowingly.

A try has three steps, and only the middle one talks to anybody: a transaction that marks the message as being sent (with
the id of this try and a time by which it must be over), the provider, a transaction that notes the outcome. A process
that dies in the middle leaves a message whose outcome nobody knows. An e-mail is then sent again, under the same
Message-ID; so is what goes to the merchant's own robot. A text message is not: it is shown as unknown.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core.commerce.messages import jobs_named
from core.commerce.messages.known_topics import topic_or_none
from core.commerce.messages.mail import Mail, send_mail
from core.commerce.messages.models import ChannelSetting, Message
from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.outside import MailServer, outside
from core.commerce.messages.policy import channel_settings
from core.commerce.messages.robots import tell_group
from core.commerce.messages.sms import HttpSms, TextMessage
from core.commerce.messages.templates import masked_secrets
from core.commerce.messages.unsubscribing import offers_unsubscribing, unsubscribe_path
from core.hooks.current import answer
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

# By then a try is over: longer than any provider is given.
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480))
# A code to log in is of no use after ten minutes.
URGENT_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 180))
_LONGEST_REST = timedelta(minutes=15)
_MOST_TRIES_KEPT = 12


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process sends now, with everything that it takes."""

    id: UUID
    try_id: UUID
    topic: str
    channel: str
    recipient: str
    subject: str
    body: str
    settings: dict[str, Any]
    secrets: dict[str, Any]


def send_one(message_id: UUID) -> None:
    """Try to send one message, if it is due and nobody else does."""
    claimed = claim_message(message_id=message_id)
    if claimed is not None:
        note_outcome(message_id=message_id, try_id=claimed.try_id, outcome=hand_over(claimed))


@command("system")
def claim_message(*, message_id: UUID) -> Claimed | None:
    """Mark a due message as being sent; None when there is nothing to do now."""
    row = _locked(message_id)
    moment = now()
    if row is None or row.due_at is None or row.state not in ("queued", "sending"):
        return None
    if row.due_at > moment:
        _defer(row.id, row.due_at)  # a job that was run again too early, or while another one sends
        return None
    if row.state == "sending" and not _may_repeat(row):
        return None
    channel = channel_settings().get(row.channel)
    if not can_send(row.channel, channel):
        row.state, row.reason, row.due_at = "kept", "unconfigured", None
        return None
    rests = channel.rests_until if channel is not None else None
    if rests is not None and rests > moment:
        _queue(row, rests + timedelta(seconds=random.uniform(0, 20)), "resting")  # noqa: S311 - spreads, hides nothing
        return None
    row.state, row.try_id, row.due_at, row.attempts = "sending", new_id(), moment + LEASE, row.attempts + 1
    return Claimed(
        row.id,
        row.try_id,
        row.topic,
        row.channel,
        row.recipient,
        row.subject,
        row.body,
        dict(channel.settings) if channel else {},
        dict(channel.secrets) if channel else {},
    )


def _may_repeat(row: Message) -> bool:
    """A try never came back. Say what that means, and whether the message may be sent again."""
    _note(row, Outcome("unknown", "crashed"))
    if row.channel != "sms":
        return True
    _end(row, "unknown", "crashed")
    return False


def _locked(message_id: UUID) -> Message | None:
    statement = select(Message).where(Message.id == message_id).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).first()


def can_send(channel: str, setting: ChannelSetting | None) -> bool:
    """Whether something is set up that takes messages of `channel`."""
    if setting is not None:
        return setting.on
    return channel == "email" and outside().mail_server is not None


def _queue(row: Message, at: datetime, reason: str) -> None:
    row.state, row.reason, row.due_at = "queued", reason, at
    _defer(row.id, at)


def _defer(message_id: UUID, at: datetime) -> None:
    jobs.defer(jobs_named.send(), at=at if at > now() else None, message_id=str(message_id))


def mail_server(settings: dict[str, Any], secrets: dict[str, Any]) -> MailServer | None:
    """The shop's own mail server, or the platform's."""
    if not settings.get("host"):
        return outside().mail_server
    names = ("host", "port", "security", "user", "sender", "sender_name")
    given = {name: settings[name] for name in names if name in settings}
    return MailServer(**given, password=str(secrets.get("password", "")))


def hand_over(claimed: Claimed) -> Outcome:
    """Give a message to its provider, outside of any transaction; never raises."""
    settings, secrets = claimed.settings, claimed.secrets
    if claimed.channel == "email":
        server = mail_server(settings, secrets)
        return Outcome("silent", "unconfigured") if server is None else send_mail(server, _mail(claimed))
    if claimed.channel == "sms":
        gateway = HttpSms(str(settings.get("url", "")), str(secrets.get("secret", "")))
        text = TextMessage(
            str(claimed.id), claimed.recipient, claimed.body, str(settings.get("signature_name", ""))
        )
        return gateway.send(text)
    return tell_group(
        kind=str(settings.get("kind", "")),
        url=str(secrets.get("url", "")),
        secret=str(secrets.get("secret", "")),
        text=claimed.body,
    )


def _mail(claimed: Claimed) -> Mail:
    topic = topic_or_none(claimed.topic)
    stop = ""
    if topic is not None and offers_unsubscribing(topic, "email"):
        home = answer("answer_storefront_address", shop_id=current_scope().shop_id)
        stop = f"{home}{unsubscribe_path(claimed.recipient, topic.group)}"
    return Mail(str(claimed.id), claimed.recipient, claimed.subject, claimed.body, current_scope().name, stop)


@command("system")
def note_outcome(*, message_id: UUID, try_id: UUID, outcome: Outcome) -> None:
    """Keep what came of a try; an answer to a try that was given up long ago changes nothing."""
    row = _locked(message_id)
    if row is None or row.try_id != try_id or row.state not in ("sending", "unknown"):
        return
    _note(row, outcome)
    _rest(row.channel, outcome)
    if outcome.kind == "sent":
        row.sent_at = now()
        _end(row, "sent", "")
    elif outcome.kind == "refused":
        _end(row, "failed", outcome.reason)
    elif outcome.kind == "unknown" and row.channel == "sms":
        _end(row, "unknown", outcome.reason)
    else:
        _try_again(row, outcome)


def _try_again(row: Message, outcome: Outcome) -> None:
    topic = topic_or_none(row.topic)
    waits = URGENT_WAITS if topic is not None and topic.kind == "security" else WAITS
    if row.attempts > len(waits):
        _end(row, "failed", outcome.reason if waits is WAITS else "too_late")
    else:
        _queue(row, now() + waits[row.attempts - 1], outcome.reason)


def _note(row: Message, outcome: Outcome) -> None:
    entry = {
        "at": now().isoformat(),
        "outcome": outcome.kind,
        "reason": outcome.reason,
        "answer": outcome.answer,
    }
    row.tries = [*row.tries, entry][-_MOST_TRIES_KEPT:]


def _end(row: Message, state: str, reason: str) -> None:
    """Nothing more happens by itself; what was secret in the message is gone from here."""
    row.state, row.reason, row.due_at = state, reason, None
    row.subject, row.body = masked_secrets(row.subject, row.secrets), masked_secrets(row.body, row.secrets)
    row.secrets = []


def _rest(channel: str, outcome: Outcome) -> None:
    """Leave a provider alone that does not answer, so that its silence does not hold up everybody's messages."""
    silent = outcome.kind == "silent"
    if not silent and outcome.kind != "sent":
        return
    statement = update(ChannelSetting).where(
        ChannelSetting.shop_id == current_scope().shop_id, ChannelSetting.channel == channel
    )
    if not silent:
        change = statement.where(ChannelSetting.silent > 0).values(silent=0, rests_until=None)
        session().execute(change.execution_options(synchronize_session=False))
        return
    row = session().scalars(select(ChannelSetting).where(ChannelSetting.channel == channel)).first()
    if row is not None:
        row.silent += 1
        row.rests_until = now() + min(timedelta(seconds=15) * 2 ** min(row.silent, 10), _LONGEST_REST)


@command("system")
def due_again(*, late: datetime, limit: int) -> Sequence[UUID]:
    """Defer once more what should have been sent by `late` and was not: its job was lost. Returns those messages."""
    lost = (
        select(Message)
        .where(Message.state.in_(("queued", "sending")), Message.due_at <= late)
        .order_by(Message.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session().scalars(lost).all()
    for row in rows:
        row.due_at = now()
        _defer(row.id, now())
    return [row.id for row in rows]
