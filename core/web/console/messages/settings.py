"""Settings of messages: which topics go where, their words, how the shop sends, and when it keeps quiet."""

from typing import Any, cast

from flask import Blueprint, Response, request
from marshmallow import Schema, ValidationError

from core.commerce.customers.contacts import normal_contact
from core.commerce.messages.configuring import (
    remove_channel,
    reset_template,
    save_channel,
    save_rule,
    save_template,
    switch_topics,
)
from core.commerce.messages.errors import TemplateRefused
from core.commerce.messages.known_topics import all_groups, all_topics, topic_or_none
from core.commerce.messages.outcomes import reason_words
from core.commerce.messages.policy import channel_settings, sending_rule
from core.commerce.messages.posting import refused_address
from core.commerce.messages.preferences import switched_topics, words_in_force
from core.commerce.messages.rehearsal import rehearsed, send_rehearsal, try_channel
from core.commerce.messages.robots import kind_of
from core.commerce.messages.sending import can_send
from core.commerce.messages.templates import problems_of, sms_parts
from core.commerce.messages.topics import CHANNELS, Channel, Topic, Words
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, N_, gettext, known_language, sentences
from core.kernel.tenancy import current_scope, require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Badge, Toast
from core.rendering.console.visits import current_visit
from core.web.console.answers import go, show
from core.web.console.messages import schemas
from core.web.console.messages.outbox import CHANNELS as CHANNEL_WORDS
from core.web.console.settings.blueprint import PERMISSION, settings_tabs

blueprint = Blueprint("console_message_settings", __name__)
LANGUAGE_NAMES = {"zh-CN": "中文", "en": "English"}
_CHANNEL_SCHEMAS: dict[str, type[Schema]] = {
    "email": schemas.MailSchema,
    "sms": schemas.SmsSchema,
    "robot": schemas.RobotSchema,
}
_SECRETS = {"email": ("password",), "sms": ("secret",), "robot": ("url", "secret")}


@blueprint.before_request
def owners_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def _page(template: str, place: str, /, *, status: int = 200, **context: Any) -> Response:
    places = (
        ("topics", N_("Topics")),
        ("channels", N_("Channels")),
        ("rules", N_("Quiet hours and receivers")),
    )
    return show(
        f"messages/{template}", status=status, tabs=settings_tabs(), places=places, place=place, **context
    )


@blueprint.route("/", methods=["GET", "POST"])
def topics() -> Response:
    """What is sent when, through which channel."""
    if request.method == "POST":
        chosen = [one.partition("|") for one in request.form.getlist("on")]
        switch_topics(
            on=[(topic, channel) for topic, _, channel in chosen],
            waits=request.form.getlist("waits"),
        )
        return go("console_message_settings.topics", said=gettext(N_("The topics are saved.")))
    state = switched_topics()
    groups = [
        (group, [topic for topic in all_topics() if topic.group == group.key]) for group in all_groups()
    ]
    return _page(
        "topics",
        "topics",
        groups=[pair for pair in groups if pair[1]],
        state=state,
        channels=CHANNEL_WORDS,
        shop_language=known_language(current_scope().language) or DEFAULT_LANGUAGE,
    )


def _known(key: str, channel: str, language: str) -> tuple[Topic, Channel]:
    topic = topic_or_none(key)
    if topic is None or channel not in topic.channels or language not in LANGUAGES:
        raise NotFound
    return topic, channel


@blueprint.route("/words/<key>/<channel>/<language>", methods=["GET", "POST"])
def words(key: str, channel: str, language: str) -> Response:
    """The words of a topic in one channel and language, with a live preview."""
    topic, way = _known(key, channel, language)
    present, own = words_in_force(topic, way, language)
    schema = schemas.WordsSchema() if way == "email" else schemas.ShortWordsSchema()
    form = Form(schema, values={"subject": present.subject, "body": present.body})
    if request.method == "POST":
        data = form.submit(request.form)
        try:
            if data is not None:
                save_template(topic=key, channel=way, language=language, **{"subject": "", **data})
                said = gettext(N_("The words are saved."))
                return go(
                    "console_message_settings.words", key=key, channel=channel, language=language, said=said
                )
        except TemplateRefused as refused:
            form.refuse({refused.field: refused.said})
        except InputRefused as refused:
            form.refuse(refused.fields)
        present = Words(subject=request.form.get("subject", ""), body=request.form.get("body", ""))
    return _page(
        "words",
        "topics",
        status=422 if request.method == "POST" else 200,
        form=form,
        own=own,
        names_of_languages=LANGUAGE_NAMES,
        channels=CHANNEL_WORDS,
        test_to=staff.email if (staff := current_visit().staff) else "",
        **_preview(topic, way, language, present),
    )


def _preview(topic: Topic, channel: Channel, language: str, typed: Words) -> dict[str, Any]:
    names = [variable.name for variable in topic.all_variables]
    wrong = [*problems_of(typed.subject, names), *problems_of(typed.body, names)]
    text = rehearsed(topic, channel, typed, language)
    return {
        "text": text,
        "wrong": TemplateRefused(problems=wrong).said,
        "parts": sms_parts(text.body) if channel == "sms" else 0,
        "length": len(text.body),
        "topic": topic,
        "channel": channel,
        "words_language": language,
    }


@blueprint.post("/words/<key>/<channel>/<language>/preview")
def preview(key: str, channel: str, language: str) -> Response:
    """How the typed words read with example data."""
    topic, way = _known(key, channel, language)
    typed = Words(subject=request.form.get("subject", "")[:400], body=request.form.get("body", "")[:8000])
    return show("messages/_preview", **_preview(topic, way, language, typed))


@blueprint.post("/words/<key>/<channel>/<language>/reset")
def reset(key: str, channel: str, language: str) -> Response:
    """Back to the words that came with the topic."""
    _, way = _known(key, channel, language)
    reset_template(topic=key, channel=way, language=language)
    said = gettext(N_("These are the original words again."))
    return go("console_message_settings.words", key=key, channel=channel, language=language, said=said)


@blueprint.post("/words/<key>/<channel>/<language>/test")
def test(key: str, channel: str, language: str) -> Response:
    """Send the saved words with example data to an address of the person's own."""
    topic, way = _known(key, channel, language)
    found = normal_contact(request.form.get("to", ""))
    toast = Toast(gettext(N_("Write an address to send the test to.")), tone="bad", seconds=8)
    if way == "robot" or (found is not None and found[0] == way):
        outcome = send_rehearsal(topic=topic, channel=way, language=language, to=found[1] if found else "")
        toast = (
            Toast(gettext(N_("The test was sent.")), seconds=6)
            if outcome.kind == "sent"
            else Toast(sentences(reason_words(outcome.reason), outcome.answer), tone="bad", seconds=12)
        )
    return go("console_message_settings.words", key=key, channel=channel, language=language, toast=toast)


@blueprint.get("/channels")
def channels() -> Response:
    """How the shop sends."""
    stored = channel_settings()
    rows = []
    for channel in CHANNELS:
        row = stored.get(channel)
        badge = Badge(gettext(N_("Not set up")), "", "ring")
        if can_send(channel, row):
            badge = Badge(gettext(N_("On")), "ok", "dot")
        elif row is not None:
            badge = Badge(gettext(N_("Off")), "", "ring")
        rows.append((channel, gettext(CHANNEL_WORDS[channel]), badge, _facts(row.settings if row else {})))
    return _page("channels", "channels", rows=rows)


def _facts(settings: dict[str, Any]) -> str:
    names = ("host", "sender", "url", "kind")
    return " · ".join(str(settings[name]) for name in names if settings.get(name))


@blueprint.route("/channels/<channel>", methods=["GET", "POST"])
def channel(channel: str) -> Response:
    """Set one channel up; its secrets are never shown again."""
    if channel not in _CHANNEL_SCHEMAS:
        raise NotFound
    row = channel_settings().get(channel)
    secrets = _SECRETS[channel]
    form = Form(
        _CHANNEL_SCHEMAS[channel](), values={"on": row.on, **row.settings} if row is not None else None
    )
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and not (wrong := _wrong_address(channel, data, stored=row is not None)):
            save_channel(
                channel=cast("Channel", channel),
                on=data.pop("on"),
                secrets={name: str(data.pop(name, "") or "") for name in secrets},
                settings=data,
            )
            return go(
                "console_message_settings.channel", channel=channel, said=gettext(N_("The channel is saved."))
            )
        if data is not None:
            form.refuse(wrong)
    return _page(
        "channel",
        "channels",
        status=422 if request.method == "POST" else 200,
        form=form,
        channel=channel,
        name=gettext(CHANNEL_WORDS[channel]),
        stored=row is not None,
    )


def _wrong_address(channel: str, data: dict[str, Any], *, stored: bool) -> dict[str, list[str]]:
    """What is wrong with the web address of a service, by field."""
    if channel == "email":
        return {}
    url = str(data.get("url") or "")
    if not url:
        return {} if stored else {"url": [gettext(N_("Fill this in."))]}
    if reason := refused_address(url):
        return {"url": [gettext(reason)]}
    if channel == "robot" and kind_of(url) not in ("", data["kind"]):
        return {"url": [gettext(N_("This address belongs to another service."))]}
    return {}


@blueprint.post("/channels/<channel>/try")
def attempt(channel: str) -> Response:
    """Try the stored settings and say exactly what came of it."""
    row = channel_settings().get(channel)
    if row is None:
        raise NotFound
    outcome = try_channel(channel=cast("Channel", channel), to=request.form.get("to", ""))
    toast = Toast(gettext(N_("It works.")), seconds=6)
    if outcome.kind != "sent":
        toast = Toast(sentences(reason_words(outcome.reason), outcome.answer), tone="bad", seconds=20)
    return go("console_message_settings.channel", channel=channel, toast=toast)


@blueprint.post("/channels/<channel>/remove")
def remove(channel: str) -> Response:
    """Forget the channel's settings and secrets."""
    if channel not in _CHANNEL_SCHEMAS:
        raise NotFound
    remove_channel(channel=cast("Channel", channel))
    return go("console_message_settings.channels", said=gettext(N_("The channel is forgotten.")))


@blueprint.route("/rules", methods=["GET", "POST"])
def rules() -> Response:
    """Quiet hours, text messages, and who of the shop is told."""
    rule = sending_rule()
    values = {
        "quiet": rule.quiet,
        "quiet_from": _clock(rule.quiet_from),
        "quiet_until": _clock(rule.quiet_until),
        "sms_always": rule.sms_always,
        "merchant_emails": list(rule.merchant_emails),
    }
    form = Form(schemas.RulesSchema(), values=values)
    if request.method == "POST" and _save_rules(form):
        return go("console_message_settings.rules", said=gettext(N_("The rules are saved.")))
    status = 422 if request.method == "POST" else 200
    return _page("rules", "rules", status=status, form=form, zone=current_scope().timezone)


def _save_rules(form: Form) -> bool:
    data = form.submit(request.form)
    if data is None:
        return False
    for name in ("quiet_from", "quiet_until"):
        try:
            data[name] = schemas.clock_minutes(data[name])
        except ValidationError as error:
            form.refuse({name: error.messages})
            return False
    try:
        save_rule(**data)
    except InputRefused as refused:
        form.refuse(refused.fields)
        return False
    return True


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
