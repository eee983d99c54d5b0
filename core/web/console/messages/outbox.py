"""The outbox: every message as it was written, what became of it, and a button that sends it again."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from core.commerce.customers.queries import customer
from core.commerce.messages.configuring import send_again
from core.commerce.messages.known_topics import all_topics, topic_or_none
from core.commerce.messages.outbox import OutboxMessage, outbox_message, outbox_page
from core.commerce.messages.outcomes import reason_words
from core.commerce.messages.policy import channel_settings
from core.commerce.messages.sending import can_send
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.rendering.console import formats
from core.rendering.console.parts import Badge, BadgesCell, Fact, TextCell
from core.rendering.console.tables import Column, Filter, IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show

PERMISSION = "messages.send"
blueprint = Blueprint("console_messages", __name__)

_ROBOT = N_("Group robot")
CHANNELS = {"email": N_("E-mail"), "sms": N_("Text message"), "robot": _ROBOT}
STATES = {
    "kept": (N_("Only kept"), "", "ring"),
    "queued": (N_("Waiting"), "accent", "ring"),
    "sending": (N_("Being sent"), "accent", "ring"),
    "sent": (N_("Sent out"), "ok", "dot"),
    "failed": (N_("Failed"), "bad", "dot"),
    "unknown": (N_("Outcome unknown"), "warn", "dot"),
}
OUTCOMES = {
    "sent": N_("Taken by the provider"),
    "refused": N_("Not taken"),
    "later": N_("Not taken for now"),
    "silent": N_("No connection"),
    "unknown": N_("No answer"),
}


@blueprint.before_request
def allowed() -> None:
    """Messages hold addresses: not everybody sees them."""
    require(PERMISSION)


def topic_label(key: str) -> str:
    """The name of a topic; its key when its plugin is gone."""
    topic = topic_or_none(key)
    return gettext(topic.label) if topic else key


def state_badge(message: OutboxMessage) -> Badge:
    """How it stands."""
    label, tone, mark = STATES[message.state]
    return Badge(gettext(label), tone, mark)  # type: ignore[arg-type]


def first_line(message: OutboxMessage) -> str:
    """What it says, in a line."""
    return message.subject or " ".join(message.body.split())[:120]


COLUMNS = (
    Column(
        "recipient",
        N_("Sent to"),
        lambda one: TextCell(
            gettext(_ROBOT) if one.channel == "robot" else one.recipient,
            formats.moment(one.created_at),
            strong=True,
        ),
        role="title",
        width="xl",
    ),
    Column(
        "words",
        N_("What it says"),
        lambda one: TextCell(first_line(one), topic_label(one.topic)),
        role="wide",
        width="fill",
    ),
    Column("channel", N_("Channel"), lambda one: gettext(CHANNELS[one.channel]), role="aside", width="m"),
    Column("state", N_("Status"), lambda one: BadgesCell([state_badge(one)]), role="state", width="l"),
)
OUTBOX = IndexSpec(
    key="messages",
    noun=(N_("%(count)s message"), N_("%(count)s messages")),
    columns=COLUMNS,
    sorts={"-created_at": N_("Newest first")},
    filters=(
        Filter("channel", N_("Channel"), tuple(CHANNELS.items())),
        Filter("state", N_("Status"), tuple((key, label) for key, (label, _, _) in STATES.items())),
    ),
    search=N_("Beginning of an e-mail address or number"),
    cursor=True,
    row_url=lambda one: url_for("console_messages.message", ref=one.id),
    row_label=lambda one: one.recipient,
)


def _spec(customer_id: UUID | None) -> IndexSpec:
    """The list with the topics of today and, when its address names a customer, with that one to filter by."""
    topics = tuple((topic.key, topic.label) for topic in all_topics())
    found = customer(customer_id) if customer_id else None
    one = (Filter("customer", N_("Customer"), ((str(found.id), found.shown_name),)),) if found else ()
    return replace(OUTBOX, filters=(*OUTBOX.filters, Filter("topic", N_("Topic"), topics), *one))


def unsent_channels() -> list[str]:
    """The channels whose messages only stay in the outbox, in words."""
    settings = channel_settings()
    return [
        gettext(label)
        for channel, label in CHANNELS.items()
        if channel != "robot" and not can_send(channel, settings.get(channel))
    ]


@blueprint.get("/")
def index() -> Response:
    """The list."""
    customer_id = as_id(request.args.get("customer", ""))
    spec = _spec(customer_id)
    state = IndexState.from_args(request.args, spec)
    found = outbox_page(
        topic=state.filters.get("topic", ""),
        channel=state.filters.get("channel", ""),
        state=state.filters.get("state", ""),
        recipient=state.q.lower(),
        customer_id=customer_id,
        size=state.size,
        after=state.after,
        before=state.before,
    )
    page = IndexPage(spec, state, found.rows, next_cursor=found.after, previous_cursor=found.before)
    return show("messages/index", page=page, unsent=unsent_channels())


@blueprint.get("/<ref>")
def message(ref: str) -> Response:
    """One message."""
    message_id = as_id(ref)
    if message_id is None:
        raise NotFound
    one = outbox_message(message_id)
    sendable = (
        one.state in ("failed", "kept", "unknown")
        and one.topic != "customers.login_code"
        and can_send(one.channel, channel_settings().get(one.channel))
    )
    facts = [
        Fact(gettext(N_("Topic")), topic_label(one.topic)),
        Fact(gettext(N_("Channel")), gettext(CHANNELS[one.channel])),
        Fact(gettext(N_("Written")), formats.moment(one.created_at)),
    ]
    if one.sent_at is not None:
        facts.append(Fact(gettext(N_("Sent out")), formats.moment(one.sent_at)))
    elif one.due_at is not None:
        facts.append(Fact(gettext(N_("Next try")), formats.moment(one.due_at)))
    tries = [
        (formats.moment(each.at), gettext(OUTCOMES.get(each.outcome, each.outcome)), reason_words(each.reason), each.answer)
        for each in reversed(one.tries)
    ]  # fmt: skip
    return show(
        "messages/message",
        message=one,
        badge=state_badge(one),
        why=reason_words("unconfigured" if one.state == "kept" else one.reason),
        facts=facts,
        tries=tries,
        sendable=sendable,
    )


@blueprint.post("/<ref>/again")
def again(ref: str) -> Response:
    """Send it again."""
    message_id = as_id(ref)
    if message_id is None:
        raise NotFound
    send_again(message_id=message_id)
    return go("console_messages.message", ref=ref, said=gettext(N_("It is sent again.")))
