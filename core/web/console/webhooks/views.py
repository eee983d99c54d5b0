"""Routes of webhooks: endpoints and what they hear of; what was sent, why it did not arrive, and sending it again."""

import json
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields, validate

from core.commerce.webhooks import actions
from core.commerce.webhooks.models import MOST_ENDPOINTS
from core.commerce.webhooks.queries import (
    DeliveryView,
    EndpointView,
    deliveries_page,
    delivery,
    endpoint,
    endpoints,
)
from core.commerce.webhooks.topics import TEST, topic_label, topics
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.rendering.console import formats
from core.rendering.console.forms import Form
from core.rendering.console.parts import BadgesCell, Fact, TextCell
from core.rendering.console.tables import Column, Filter, IndexPage, IndexSpec, IndexState
from core.rendering.console.widgets import Choice
from core.web.console.answers import go, show
from core.web.console.settings.blueprint import PERMISSION, settings_tabs
from core.web.console.webhooks import words

blueprint = Blueprint("console_webhooks", __name__)


@blueprint.before_request
def owners_only() -> None:
    """Whoever reads events reads the shop."""
    require(PERMISSION)


class EndpointSchema(Schema):
    """Where an endpoint is, and what it hears of."""

    url = fields.String(
        required=True,
        validate=validate.Length(1, actions.LONGEST_URL),
        metadata={
            "label": N_("Address"),
            "widget": "url",
            "placeholder": "https://example.com/pinpu",
            "help": N_("Begins with https:// and is reachable from the internet."),
        },
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=actions.LONGEST_NOTE),
        metadata={"label": N_("Note"), "help": N_("For yourselves: which tool it is, who looks after it.")},
    )
    topics = fields.List(
        fields.String(),
        load_default=list,
        metadata={
            "label": N_("Events"),
            "widget": "choices",
            "help": N_("Tick none to hear of all, also of those that come later."),
        },
    )


def _form(one: EndpointView | None = None) -> Form:
    offered = [Choice(name, gettext(label), name) for name, label in topics().items()]
    values = {"url": one.url, "note": one.note, "topics": list(one.topics)} if one else None
    return Form(EndpointSchema(), values=values, choices={"topics": offered})


@blueprint.get("/")
def index() -> Response:
    """The shop's endpoints."""
    rows = [(one, words.endpoint_badge(one), words.topics_said(one), _counted(one)) for one in endpoints()]
    return show("webhooks/index", tabs=settings_tabs(), rows=rows, most=MOST_ENDPOINTS)


def _counted(one: EndpointView) -> str:
    arrived, failed = one.counts["delivered"], one.counts["failed"]
    said = ngettext("%(count)s arrived", "%(count)s arrived", arrived, count=formats.number(arrived))
    if failed:
        lost = ngettext("%(count)s given up", "%(count)s given up", failed, count=formats.number(failed))
        said = f"{said} · {lost}"
    return gettext(N_("%(counts)s in the last 7 days"), counts=said)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Add an endpoint."""
    form = _form()
    if request.method == "POST" and (data := form.submit(request.form)) is not None:
        try:
            made = actions.add_endpoint(url=data["url"], note=data["note"], wanted=data["topics"])
        except InputRefused as refused:
            form.refuse(refused.fields)
        else:
            said = gettext(N_("The endpoint is added. Send it a test."))
            return go("console_webhooks.change", ref=made, said=said)
    status = 422 if request.method == "POST" else 200
    return show("webhooks/endpoint", status=status, form=form, one=None)


@blueprint.route("/<ref>", methods=["GET", "POST"])
def change(ref: str) -> Response:
    """One endpoint: where it is, its secret, how it does."""
    one = endpoint(_id(ref))
    form = _form(one)
    if request.method == "POST" and (data := form.submit(request.form)) is not None:
        try:
            actions.change_endpoint(
                endpoint_id=one.id, url=data["url"], note=data["note"], wanted=data["topics"]
            )
        except InputRefused as refused:
            form.refuse(refused.fields)
        else:
            return go("console_webhooks.change", ref=ref, said=gettext(N_("The endpoint is saved.")))
    facts = [
        Fact(gettext(N_("In the last 7 days")), _counted_short(one)),
        Fact(
            gettext(N_("Last arrival")),
            formats.moment(one.arrived_at) if one.arrived_at else gettext(N_("none yet")),
        ),
    ]
    return show(
        "webhooks/endpoint",
        status=422 if request.method == "POST" else 200,
        form=form,
        one=one,
        badge=words.endpoint_badge(one),
        paused=words.paused_words(one) if one.paused_at else "",
        former_until=formats.moment(one.former_until) if one.former_until else "",
        facts=facts,
    )


def _counted_short(one: EndpointView) -> str:
    parts = ((N_("Arrived"), "delivered"), (N_("Given up"), "failed"), (N_("Waiting"), "waiting"))
    return " · ".join(f"{gettext(label)} {formats.number(one.counts[state])}" for label, state in parts)


@blueprint.post("/<ref>/pause")
def pause(ref: str) -> Response:
    """Send nothing for now."""
    actions.pause_endpoint(endpoint_id=_id(ref))
    return go("console_webhooks.change", ref=ref, said=gettext(N_("The endpoint is paused.")))


@blueprint.post("/<ref>/resume")
def resume(ref: str) -> Response:
    """Send again."""
    actions.resume_endpoint(endpoint_id=_id(ref))
    return go("console_webhooks.change", ref=ref, said=gettext(N_("The endpoint is on.")))


@blueprint.post("/<ref>/test")
def test(ref: str) -> Response:
    """Send a test."""
    made = actions.send_test(endpoint_id=_id(ref))
    return go("console_webhooks.sent", ref=made, said=gettext(N_("The test is on its way.")))


@blueprint.post("/<ref>/secret")
def secret(ref: str) -> Response:
    """A new secret."""
    actions.renew_secret(endpoint_id=_id(ref))
    said = gettext(N_("Here is the new secret. The one of before signs as well for a day."))
    return go("console_webhooks.change", ref=ref, said=said)


@blueprint.post("/<ref>/again")
def all_again(ref: str) -> Response:
    """Send everything again that was given up."""
    count = actions.send_all_again(endpoint_id=_id(ref))
    said = ngettext(
        "%(count)s delivery is sent again.", "%(count)s deliveries are sent again.", count, count=count
    )
    return go("console_webhooks.deliveries", to=ref, said=said)


@blueprint.post("/<ref>/remove")
def remove(ref: str) -> Response:
    """Forget an endpoint."""
    actions.remove_endpoint(endpoint_id=_id(ref))
    return go("console_webhooks.index", said=gettext(N_("The endpoint is removed.")))


def _last_try(one: DeliveryView) -> TextCell:
    if not one.tries:
        return TextCell("–")
    tried = ngettext("%(count)s try", "%(count)s tries", len(one.tries), count=formats.number(len(one.tries)))
    return TextCell(tried, words.answer_said(one.tries[-1]))


DELIVERIES = IndexSpec(
    key="deliveries",
    noun=(N_("%(count)s delivery"), N_("%(count)s deliveries")),
    columns=(
        Column(
            "topic",
            N_("Event"),
            lambda one: TextCell(gettext(topic_label(one.topic)), one.topic, strong=True),
            role="title",
            width="l",
        ),
        Column("url", N_("Address"), lambda one: one.url, role="wide", width="fill"),
        Column("tries", N_("Tries"), _last_try, role="fact", width="l"),
        Column("made", N_("Happened"), lambda one: formats.moment(one.created_at), role="aside", width="m"),
        Column(
            "state", N_("Status"), lambda one: BadgesCell([words.state_badge(one)]), role="state", width="m"
        ),
    ),
    sorts={"-created_at": N_("Newest first")},
    filters=(
        Filter("state", N_("Status"), tuple((key, label) for key, (label, _, _) in words.STATES.items())),
    ),
    cursor=True,
    row_url=lambda one: url_for("console_webhooks.sent", ref=one.id),
    row_label=lambda one: gettext(topic_label(one.topic)),
)


@blueprint.get("/deliveries")
def deliveries() -> Response:
    """Everything that was sent, newest first."""
    known = tuple((str(one.id), one.note or one.url) for one in endpoints())
    kinds = (*topics().items(), (TEST, topic_label(TEST)))
    more = (Filter("to", N_("Endpoint"), known), Filter("topic", N_("Event"), kinds))
    spec = replace(DELIVERIES, filters=(*DELIVERIES.filters, *(one for one in more if one.choices)))
    state = IndexState.from_args(request.args, spec)
    found = deliveries_page(
        endpoint_id=as_id(state.filters.get("to", "")),
        topic=state.filters.get("topic", ""),
        state=state.filters.get("state", ""),
        size=state.size,
        after=state.after,
        before=state.before,
    )
    page = IndexPage(spec, state, found.rows, next_cursor=found.after, previous_cursor=found.before)
    return show("webhooks/deliveries", page=page)


@blueprint.get("/deliveries/<ref>")
def sent(ref: str) -> Response:
    """One delivery: what was sent, and what came of each try."""
    one = delivery(_id(ref))
    facts: list[Fact] = [
        Fact(gettext(N_("Event")), one.topic),
        Fact(gettext(N_("Happened")), formats.moment(one.created_at)),
        Fact("webhook-id", str(one.id)),
    ]
    if one.delivered_at is not None:
        facts.append(Fact(gettext(N_("Arrived")), formats.moment(one.delivered_at)))
    elif one.due_at is not None:
        facts.append(Fact(gettext(N_("Next try")), formats.moment(one.due_at)))
    tries = [
        (words.answer_said(each), formats.moment(each.at), each.ms, words.why(each.reason))
        for each in reversed(one.tries)
    ]
    return show(
        "webhooks/delivery",
        one=one,
        label=gettext(topic_label(one.topic)),
        badge=words.state_badge(one),
        why="" if one.state == "delivered" else words.why(one.reason),
        body=json.dumps(json.loads(one.body), ensure_ascii=False, indent=2),
        facts=facts,
        tries=tries,
        sendable=one.state in ("delivered", "failed"),
    )


@blueprint.post("/deliveries/<ref>/again")
def again(ref: str) -> Response:
    """Send it once more."""
    actions.send_again(delivery_id=_id(ref))
    return go("console_webhooks.sent", ref=ref, said=gettext(N_("It is sent again.")))


def _id(ref: str) -> UUID:
    found = as_id(ref)
    if found is None:
        raise NotFound
    return found
