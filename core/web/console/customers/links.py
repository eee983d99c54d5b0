"""Routes about source links: what each one brought and cost, making them, and their QR codes."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, request, send_file, url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.commerce.audiences.acquisition import OrderNumbers, order_numbers, source_numbers
from core.commerce.sources.actions import LinkDraft, archive_link, save_link
from core.commerce.sources.errors import TargetRefused
from core.commerce.sources.queries import (
    LinkView,
    link_page,
    new_customer_counts,
    visit_counts,
    visits_by_day,
)
from core.commerce.sources.queries import (
    link as link_by_id,
)
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope, require
from core.rendering.console import formats
from core.rendering.console.fields import MoneyField
from core.rendering.console.forms import Form
from core.rendering.console.parts import MoneyCell, NumberCell, Stat, TextCell
from core.rendering.console.tables import Column, IndexPage, IndexSpec, IndexState, View
from core.web.console.answers import go, show
from core.web.console.customers.origins import known_links, link_title, origin
from core.web.console.shell import storefront_link

blueprint = Blueprint("console_links", __name__)
PERMISSION = "marketing.edit"
KIND_WORDS = {
    "link": N_("Link"),
    "qr": N_("QR code"),
    "group": N_("Chat group"),
    "campaign": N_("Campaign"),
    "share": N_("Shared"),
}
# How many days the page of a link looks back.
_DAYS = 30
# Every buyer who shares is a source of their own: the rest is said in one line.
_MOST_SOURCES = 100


class LinkSchema(Schema):
    """What a merchant says about a link."""

    title = fields.String(
        required=True,
        validate=validate.Length(1, 80),
        metadata={"label": N_("Name"), "placeholder": N_("Poster in the tea house"), "width": "full"},
    )
    target = fields.String(
        required=True,
        validate=validate.Length(1, 500),
        metadata={
            "label": N_("Leads to"),
            "widget": "text",
            "help": N_(
                "A page of your shop, copied from the address bar: a product, a collection, or / for the home page."
            ),
            "width": "full",
        },
    )
    kind = fields.String(
        load_default="link",
        validate=validate.OneOf([kind for kind in KIND_WORDS if kind != "share"]),
        metadata={
            "label": N_("Where it is used"),
            "widget": "segmented",
            "choices": [(kind, words) for kind, words in KIND_WORDS.items() if kind != "share"],
        },
    )
    campaign = fields.String(
        load_default="", validate=validate.Length(max=80), metadata={"label": N_("Campaign"), "width": "half"}
    )
    medium = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={"label": N_("Medium"), "placeholder": N_("Poster, leaflet, video…"), "width": "half"},
    )
    cost = MoneyField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("What it cost"),
            "group": N_("Cost"),
            "help": N_("Shows what a new customer cost you."),
        },
    )
    cost_from = fields.Date(
        load_default=None, allow_none=True, metadata={"label": N_("From day"), "group": N_("Cost")}
    )
    cost_until = fields.Date(
        load_default=None, allow_none=True, metadata={"label": N_("To day"), "group": N_("Cost")}
    )

    @validates_schema
    def end_after_begin(self, data: Mapping[str, Any], **_more: Any) -> None:
        """Days in their order."""
        first, last = data.get("cost_from"), data.get("cost_until")
        if first and last and last < first:
            raise ValidationError(gettext(N_("The last day is before the first.")), "cost_until")


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link with what it brought."""

    link: LinkView
    visits: int
    customers: int
    orders: OrderNumbers

    @property
    def id(self) -> UUID:
        """The link's id."""
        return self.link.id

    @property
    def url(self) -> str:
        """The link's page."""
        return url_for("console_links.link", ref=self.link.id)

    @property
    def sales(self) -> Money:
        """What paid orders of this link brought, less what went back."""
        return Money(self.orders.sales, self.link.cost.currency)

    @property
    def per_customer(self) -> Money | None:
        """What a new customer of it cost."""
        cost = self.link.cost
        return Money(cost.minor // self.customers, cost.currency) if self.customers and cost.minor else None


def listed(links: Sequence[LinkView]) -> list[ListedLink]:
    """Links with their numbers, in three statements."""
    visits = visit_counts(one.id for one in links)
    customers = new_customer_counts([one.source for one in links])
    orders = order_numbers(one.source for one in links)
    return [
        ListedLink(
            one, visits.get(one.id, 0), customers.get(one.source, 0), orders.get(one.source, OrderNumbers())
        )
        for one in links
    ]


def _cost(one: ListedLink) -> MoneyCell | TextCell:
    if not one.link.cost.minor:
        return TextCell("–")
    each = one.per_customer
    return MoneyCell(
        one.link.cost, gettext(N_("%(amount)s each"), amount=formats.money(each)) if each else ""
    )


def _name(one: ListedLink) -> TextCell:
    words = [gettext(KIND_WORDS[one.link.kind]), one.link.campaign, one.link.target if one.link.title else ""]
    return TextCell(link_title(one.link), " · ".join(filter(None, words)), strong=True)


LINKS = IndexSpec(
    key="links",
    noun=(N_("%(count)s link"), N_("%(count)s links")),
    columns=(
        Column("name", N_("Link"), _name, role="title", width="fill"),
        Column(
            "visits", N_("Visits"), lambda one: NumberCell(one.visits), role="fact", width="s", align="end"
        ),
        Column(
            "customers",
            N_("New customers"),
            lambda one: NumberCell(one.customers),
            role="fact",
            width="m",
            align="end",
        ),
        Column(
            "orders",
            N_("Orders"),
            lambda one: NumberCell(one.orders.orders),
            role="fact",
            width="s",
            align="end",
        ),
        Column("sales", N_("Sales"), lambda one: MoneyCell(one.sales), role="total", align="end"),
        Column("cost", N_("Cost, per new customer"), _cost, role="fact", width="l", align="end"),
    ),
    sorts={"-created_at": N_("Newest first")},
    views=(
        View("own", N_("Yours")),
        View("shared", N_("Shared by buyers")),
        View("archived", N_("Stored away")),
    ),
    search=N_("Name, campaign, page"),
    row_url=lambda one: one.url,
    row_label=lambda one: link_title(one.link),
)


@blueprint.before_request
def marketers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """The list of links."""
    state = IndexState.from_args(request.args, LINKS)
    found = link_page(view=state.view, search=state.q, limit=state.size, offset=state.offset)
    page = IndexPage(LINKS, state, listed(found.rows), found.total)
    return show("links/index", page=page)


@blueprint.get("/sources")
def sources() -> Response:
    """What the sources that brought most brought and cost in the last days."""
    every = source_numbers(days=_DAYS)
    numbers = every[:_MOST_SOURCES]
    links = known_links(one.source for one in numbers)
    rows = [(origin(one.source, links), _link_url(one.source, links), one) for one in numbers]
    return show("links/sources", rows=rows, days=_DAYS, more=len(every) - len(rows))


def _link_url(source: str, links: Mapping[str, LinkView]) -> str:
    found = links.get(source.removeprefix("link:")) if source.startswith("link:") else None
    return url_for("console_links.link", ref=found.id) if found else ""


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Make a link."""
    return _edit(None, Form(LinkSchema(), values={"target": request.args.get("target", "/")[:500]}))


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> Response:
    """Change a link; its address stays."""
    found = _known(ref)
    names = ("title", "target", "kind", "campaign", "medium", "cost_from", "cost_until")
    values = {name: getattr(found, name) for name in names}
    return _edit(
        found, Form(LinkSchema(), values={**values, "cost": found.cost if found.cost.minor else None})
    )


def _edit(found: LinkView | None, form: Form) -> Response:
    if request.method == "GET":
        return show("links/edit", link=found, form=form)
    data = form.submit(request.form)
    if data is None:
        return show("links/edit", status=422, link=found, form=form)
    cost = data.pop("cost")
    data["target"] = _own_path(data["target"])
    try:
        saved = save_link(
            draft=LinkDraft(**data, cost_minor=cost.minor if cost else 0), link_id=found.id if found else None
        )
    except TargetRefused as error:
        form.refuse({"target": [f"{error.text} {error.fix_text}"]})
        return show("links/edit", status=422, link=found, form=form)
    return go("console_links.link", ref=saved, said=gettext(N_("The link is saved.")))


def _own_path(typed: str) -> str:
    """What was copied from the shop's own address bar, without the host."""
    return typed.strip().removeprefix(storefront_link("")) or "/"


def _known(ref: str) -> LinkView:
    link_id = as_id(ref)
    found = link_by_id(link_id) if link_id else None
    if found is None:
        raise NotFound
    return found


@blueprint.get("/<ref>")
def link(ref: str) -> Response:
    """One link: its address and code to take along, and what it brought."""
    found = _known(ref)
    (numbers,) = listed([found])
    today = now().astimezone(current_scope().zone).date()
    first = today - timedelta(days=_DAYS - 1)
    by_day = visits_by_day(found.id, first)
    trend = [by_day.get(first + timedelta(days=one), 0) for one in range(_DAYS)]
    return show(
        "links/link",
        link=found,
        title=link_title(found),
        kind=gettext(KIND_WORDS[found.kind]),
        address=storefront_link(found.path),
        target_url=storefront_link(found.target),
        stats=_stats(numbers, trend),
        days=_DAYS,
        busiest=max(trend),
        bars=[
            (datetime.combine(first + timedelta(days=place), time(12), current_scope().zone), count)
            for place, count in enumerate(trend)
        ],
    )


def _stats(one: ListedLink, trend: Sequence[int]) -> list[Stat]:
    each = one.per_customer
    return [
        Stat(gettext(N_("Visits")), formats.number(one.visits), trend=trend),
        Stat(gettext(N_("New customers")), formats.number(one.customers)),
        Stat(gettext(N_("Paid orders")), formats.number(one.orders.orders)),
        Stat(gettext(N_("Sales")), one.sales),
        Stat(
            gettext(N_("Per new customer")),
            each or "–",
            note=gettext(N_("of %(amount)s"), amount=formats.money(one.link.cost))
            if one.link.cost.minor
            else "",
        ),
    ]


@blueprint.post("/<ref>/archive")
def archive(ref: str) -> Response:
    """Put a link away, or take it out again."""
    found = _known(ref)
    away = found.archived_at is None
    archive_link(link_id=found.id, archived=away)
    said = (
        N_("The link is stored away. It still leads where it led.")
        if away
        else N_("The link is in the list again.")
    )
    return go("console_links.link", ref=found.id, said=gettext(said))


@blueprint.get("/<ref>/code.<kind>")
def code(ref: str, kind: str) -> Response:
    """The link's QR code, to show (svg) or to print (png)."""
    found = _known(ref)
    if kind not in ("svg", "png"):
        raise NotFound
    drawn, target = segno.make(storefront_link(found.path), error="m", micro=False), io.BytesIO()
    if kind == "svg":
        drawn.save(target, kind="svg", scale=8, border=4, xmldecl=False)
    else:
        drawn.save(target, kind="png", scale=16, border=4)
    target.seek(0)
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return send_file(target, mimetype=mime, as_attachment=kind == "png", download_name=f"{found.code}.{kind}")
