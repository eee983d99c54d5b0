"""Pages of bundles: for merchants the list, the form and one bundle; for buyers what belongs to one."""

from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from core.sdk.campaigns import SoldAtALoss, collisions_of, last_month, margin_warnings
from core.sdk.catalog import products_index
from core.sdk.clock import now
from core.sdk.commands import require
from core.sdk.console import (
    Action,
    Badge,
    Fact,
    IndexPage,
    IndexSpec,
    IndexState,
    add_templates,
    may,
    render_console,
    see,
)
from core.sdk.errors import NotFound
from core.sdk.forms import Form
from core.sdk.shop import storefront_url
from core.sdk.storefront import LinkPreview, PluginPage, show_page
from core.sdk.words import N_, _, sentences, shown_moment
from plugins.bundle.actions import save_bundle, set_state
from plugins.bundle.blocks import HOME, goods_of, offer_of
from plugins.bundle.queries import BundleView, bundle, bundle_count, bundles, least_prices, trial_of
from plugins.bundle.schemas import BundleSchema

console = Blueprint("bundle_console", __name__)
storefront = Blueprint("bundle_storefront", __name__)
add_templates("bundle", Path(__file__).resolve().parent / "templates" / "console")
BUNDLES = IndexSpec(
    key="bundles",
    noun=(N_("%(count)s bundle"), N_("%(count)s bundles")),
    columns=(),
    sorts={"-created_at": N_("Newest first")},
    sizes=(20,),
)
# The form offers products of so many pages of the list.
_PAGES = 4


def _show(template: str, *, status: int = 200, **context: Any) -> Response:
    html = render_console(
        f"bundle/{template}.html", url=url_for, may=may, Action=Action, Badge=Badge, **context
    )
    return Response(html, status, mimetype="text/html")


def _state(one: BundleView) -> Badge:
    moment = now()
    if one.state == "draft":
        return Badge(_("Draft"))
    if one.state == "closed" or (one.ends_at is not None and one.ends_at <= moment):
        return Badge(_("Ended"))
    return Badge(_("Scheduled"), "accent") if moment < one.starts_at else Badge(_("Running"), "ok")


def _period(one: BundleView) -> str:
    begin = shown_moment(one.starts_at)
    if one.ends_at is None:
        return _("from %(begin)s on", begin=begin)
    return f"{begin} – {shown_moment(one.ends_at)}"


@console.before_request
def _only_those_who_may() -> None:
    require("bundle.view")


@console.get("/")
def index() -> Response:
    """All bundles, the newest first."""
    state = IndexState.from_args(request.args, BUNDLES)
    found = bundles(limit=state.size, offset=state.offset)
    rows = [(one, _state(one), offer_of(one).text, _period(one)) for one in found]
    return _show("bundles", rows=rows, page=IndexPage(BUNDLES, state, rows, bundle_count()))


def _choices() -> list[tuple[str, str]]:
    """Products on sale, as the form offers them."""
    found: list[tuple[str, str]] = []
    for page in range(1, _PAGES + 1):
        listed = products_index(view="active", sort="title", page=page)
        found += [(str(row.id), row.title) for row in listed.rows]
        if page >= listed.pages:
            break
    return found


def _form(values: dict[str, Any]) -> Form:
    products = _choices()
    return Form(BundleSchema(), values=values, choices={"product_ids": products, "addon_ids": products})


def _answer(form: Form, ref: UUID | None) -> Response:
    require("bundle.manage")
    if request.method == "POST":
        data = form.submit(request.form)
        try:
            made = save_bundle(data=data, bundle_id=ref) if data is not None else None
        except SoldAtALoss as error:
            form.refuse(sentences(error.text, error.fix_text))
        else:
            if made is not None:
                return see(url_for("bundle.show", ref=made), _("Saved."))
    status = 422 if request.method == "POST" else 200
    return _show("bundle_form", status=status, form=form, ref=ref)


@console.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """A new bundle."""
    return _answer(_form({"starts_at": now(), "kind": "any", "pieces": 3}), None)


@console.route("/<uuid:ref>/edit", methods=["GET", "POST"])
def edit(ref: UUID) -> Response:
    """Change a bundle; orders keep what they were priced with."""
    one = bundle(ref)
    values = {
        "title": one.title, "kind": one.kind, "pieces": max(one.pieces, 2), "price": one.price,
        "product_ids": list(map(str, one.product_ids)), "addon_ids": list(map(str, one.addon_ids)),
        "starts_at": one.starts_at, "ends_at": one.ends_at,
    }  # fmt: skip
    return _answer(_form(values), ref)


@console.get("/<uuid:ref>")
def show(ref: UUID) -> Response:
    """One bundle: what it is, what speaks against it, and the next step."""
    one = bundle(ref)
    facts = [
        Fact(_("Offer"), offer_of(one).text),
        Fact(_("Runs"), _period(one)),
        Fact(_("Version"), str(one.version)),
    ]
    return _show(
        "bundle",
        one=one,
        state=_state(one),
        facts=facts,
        goods=[each.title for each in goods_of(one.product_ids)],
        addons=[each.title for each in goods_of(one.addon_ids)],
        warnings=[each.text for each in margin_warnings(least_prices(one))],
        clashes=[each.second.title for each in collisions_of(one.campaign)],
        tried=last_month(trial_of(one)) if request.args.get("backtest") else None,
    )


@console.post("/<uuid:ref>/state")
def change(ref: UUID) -> Response:
    """Publish or end it."""
    wanted = request.form.get("state", "")
    if wanted not in ("published", "closed"):
        raise NotFound
    set_state(bundle_id=ref, state=wanted)
    return see(url_for("bundle.show", ref=ref), _("Published.") if wanted == "published" else _("Ended."))


@storefront.get("/<uuid:ref>")
def offer(ref: UUID) -> Response:
    """What belongs to a bundle that runs."""
    one, moment = bundle(ref), now()
    over = one.ends_at is not None and one.ends_at <= moment
    if one.state != "published" or over or moment < one.starts_at:
        raise NotFound
    until = _("Until %(time)s", time=shown_moment(one.ends_at)) if one.ends_at else ""
    return show_page(
        PluginPage(
            title=one.title,
            preview=LinkPreview(title=one.title, url=storefront_url(f"{HOME}{one.id}")),
            plugin="bundle",
            body_template="bundle/pages/bundle.html",
            body={
                "title": one.title,
                "offer": offer_of(one).text,
                "until": until,
                "goods": goods_of(one.product_ids),
                "addons": goods_of(one.addon_ids),
            },
        )
    )
