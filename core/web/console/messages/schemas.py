"""The forms of the messages' settings."""

import re

from marshmallow import Schema, ValidationError, fields, validate

from core.commerce.messages.robots import KINDS
from core.kernel.i18n import N_, gettext
from core.rendering.console.fields import TagsField

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")
_SERVER, _FROM, _LOGIN = N_("Mail server"), N_("Sender"), N_("Log-in")
_KEPT = N_("Leave it empty to keep the one that is stored; it is never shown again.")


def clock_minutes(text: str) -> int:
    """Minutes of the day of a clock time like "22:00"; raises ValidationError."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValidationError(gettext(N_("Write a time like 22:00.")))
    return int(found[1]) * 60 + int(found[2])


def _host(text: str) -> None:
    if not _HOST.fullmatch(text):
        raise ValidationError(gettext(N_("Write the server's name only, like smtp.example.com.")))


class WordsSchema(Schema):
    """The words of a topic for e-mail."""

    subject = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"label": N_("Subject")}
    )
    body = fields.String(
        required=True,
        validate=validate.Length(1, 4000),
        metadata={"label": N_("What it says"), "widget": "textarea"},
    )


class ShortWordsSchema(Schema):
    """The words of a topic for text messages and robots."""

    body = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"label": N_("What it says"), "widget": "textarea"},
    )


class MailSchema(Schema):
    """A mail server of the shop's own."""

    on = fields.Boolean(load_default=True, metadata={"label": N_("Send e-mail"), "group": _SERVER})
    host = fields.String(
        required=True,
        validate=[validate.Length(1, 120), _host],
        metadata={
            "label": N_("Server"),
            "group": _SERVER,
            "placeholder": "smtp.example.com",
            "width": "half",
        },
    )
    port = fields.Integer(
        load_default=587,
        validate=validate.Range(1, 65535),
        metadata={"label": N_("Port"), "group": _SERVER, "width": "half"},
    )
    security = fields.String(
        load_default="starttls",
        validate=validate.OneOf(["starttls", "tls", "none"]),
        metadata={
            "label": N_("Encryption"),
            "group": _SERVER,
            "choices": [
                ("starttls", N_("STARTTLS (port 587)")),
                ("tls", N_("TLS (port 465)")),
                ("none", N_("Not encrypted")),
            ],
        },
    )
    sender = fields.Email(
        required=True, metadata={"label": N_("Sender's address"), "group": _FROM, "width": "half"}
    )
    sender_name = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={
            "label": N_("Sender's name"),
            "group": _FROM,
            "help": N_("Empty: the shop's name."),
            "width": "half",
        },
    )
    user = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"label": N_("User name"), "group": _LOGIN, "autocomplete": "off", "width": "half"},
    )
    password = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "label": N_("Password"),
            "group": _LOGIN,
            "widget": "password",
            "autocomplete": "new-password",
            "help": _KEPT,
            "width": "half",
        },
    )


class SmsSchema(Schema):
    """The address of a text message service."""

    on = fields.Boolean(load_default=True, metadata={"label": N_("Send text messages")})
    url = fields.Url(
        required=True,
        schemes={"https", "http"},
        require_tld=False,
        metadata={
            "label": N_("Address of the service"),
            "help": N_("We post signed JSON there; see the page about operating for its format."),
        },
    )
    secret = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "label": N_("Secret for the signature"),
            "widget": "password",
            "autocomplete": "new-password",
            "help": _KEPT,
        },
    )
    signature_name = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": N_("Name of the signature"), "help": N_("Chinese providers ask for it: 【…】.")},
    )


class RobotSchema(Schema):
    """A robot in the merchant's own group chat."""

    on = fields.Boolean(load_default=True, metadata={"label": N_("Write into the group")})
    kind = fields.String(
        load_default="wecom",
        validate=validate.OneOf(KINDS),
        metadata={
            "label": N_("Service"),
            "choices": [("wecom", N_("WeCom")), ("dingtalk", N_("DingTalk")), ("feishu", N_("Feishu"))],
        },
    )
    url = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"label": N_("Webhook address"), "widget": "password", "autocomplete": "off", "help": _KEPT},
    )
    secret = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "label": N_("Signing secret"),
            "widget": "password",
            "autocomplete": "new-password",
            "help": N_("Only if you switched signing on for the robot."),
        },
    )


class RulesSchema(Schema):
    """Quiet hours, and who of the shop is told."""

    quiet = fields.Boolean(
        load_default=True,
        metadata={"label": N_("Keep quiet hours"), "group": N_("Quiet hours")},
    )
    quiet_from = fields.String(
        required=True, metadata={"label": N_("From"), "group": N_("Quiet hours"), "width": "half"}
    )
    quiet_until = fields.String(
        required=True, metadata={"label": N_("Until"), "group": N_("Quiet hours"), "width": "half"}
    )
    sms_always = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Send text messages to buyers with an e-mail address as well"),
            "group": N_("Text messages"),
            "help": N_("Otherwise a text message stands in where there is no e-mail address."),
        },
    )
    merchant_emails = TagsField(
        load_default=list,
        metadata={
            "label": N_("E-mail addresses"),
            "group": N_("Who of the shop is told"),
            "help": N_("They hear of new paid orders; without any, the shop's own address does."),
        },
    )
