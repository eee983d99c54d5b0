"""Trying words and channels before buyers see them: example data, and one real message to the merchant."""

from typing import Any

from core.commerce.messages.facts import example_of
from core.commerce.messages.mail import Mail, send_mail, try_server
from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.policy import channel_settings
from core.commerce.messages.preferences import words_in_force
from core.commerce.messages.robots import tell_group
from core.commerce.messages.sending import can_send, mail_server
from core.commerce.messages.sms import HttpSms, TextMessage
from core.commerce.messages.templates import filled
from core.commerce.messages.topics import Channel, Topic, Words
from core.commerce.messages.unsubscribing import offers_unsubscribing
from core.commerce.messages.writing import Text, with_unsubscribing
from core.kernel.db import connection_given_back
from core.kernel.i18n import N_, gettext, speaking
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope, require


def rehearsed(topic: Topic, channel: Channel, words: Words, language: str) -> Text:
    """How words read with example data."""
    with speaking(language):
        values = {one.name: example_of(one) for one in topic.all_variables}
        values["shop_name"] = current_scope().name
        text = Text(" ".join(filled(words.subject, values).split()), filled(words.body, values).strip())
        if offers_unsubscribing(topic, channel):
            text = with_unsubscribing(text, channel, "lin@example.com", topic.group)
    return text


def send_rehearsal(*, topic: Topic, channel: Channel, language: str, to: str) -> Outcome:
    """Send the words in force with example data through the real channel."""
    require("shop.edit")
    words, _ = words_in_force(topic, channel, language)
    return _handed_over(channel, to, rehearsed(topic, channel, words, language))


def try_channel(*, channel: Channel, to: str) -> Outcome:
    """Whether the stored settings work: a mail server is asked to log in, the others get one line of text."""
    require("shop.edit")
    if channel == "email":
        settings, secrets = _stored(channel)
        server = mail_server(settings, secrets)
        with connection_given_back():
            return Outcome("silent", "unconfigured") if server is None else try_server(server)
    words = gettext(N_("A test of %(shop)s: messages arrive."), shop=current_scope().name)
    return _handed_over(channel, to, Text("", words))


def _stored(channel: Channel) -> tuple[dict[str, Any], dict[str, Any]]:
    row = channel_settings().get(channel)
    return (dict(row.settings), dict(row.secrets)) if row is not None else ({}, {})


def _handed_over(channel: Channel, to: str, text: Text) -> Outcome:
    settings, secrets = _stored(channel)
    if not can_send(channel, channel_settings().get(channel)):
        return Outcome("silent", "unconfigured")
    server = mail_server(settings, secrets)
    with connection_given_back():
        if channel == "email" and server is not None:
            mail = Mail(str(new_id()), to, text.subject, text.body, current_scope().name)
            return send_mail(server, mail)
        if channel == "sms":
            message = TextMessage(str(new_id()), to, text.body, str(settings.get("signature_name", "")))
            return HttpSms(str(settings.get("url", "")), str(secrets.get("secret", ""))).send(message)
        return tell_group(
            kind=str(settings.get("kind", "")),
            url=str(secrets.get("url", "")),
            secret=str(secrets.get("secret", "")),
            text=text.body,
        )
