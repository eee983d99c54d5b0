"""Merchants' pages of activities: the list under the numbers, the wizard, one activity with its groups."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from core.sdk.campaigns import SoldAtALoss, last_month
from core.sdk.catalog import products_index, sold_variants
from core.sdk.clock import now
from core.sdk.commands import require
from core.sdk.console import (
    Action,
    Fact,
    IndexPage,
    IndexSpec,
    IndexState,
    add_templates,
    may,
    picture_address,
    render_console,
    see,
    share_action,
)
from core.sdk.data import as_id
from core.sdk.errors import EditConflict, InputRefused, NotFound
from core.sdk.shop import settings, storefront_url
from core.sdk.storefront import product_url
from core.sdk.words import _, sentences
from plugins.group_buy.actions.activities import (
    close_activity,
    delete_draft,
    pause_activity,
    publish_activity,
    save_activity,
)
from plugins.group_buy.blocks.views import in_words
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import (
    ActivityView,
    SoldProduct,
    group_counts,
    pieces_taken,
    sold_product,
)
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.queries.listings import Listed, activity_list, group_list
from plugins.group_buy.queries.numbers import numbers
from plugins.group_buy.queries.trial import trial_of
from plugins.group_buy.schemas import GroupBuySettings
from plugins.group_buy.web.activity_form import (
    ActivityDraft,
    empty_draft,
    known_kind,
    refuse,
    sent_draft,
    stored_draft,
)
from plugins.group_buy.web.kinds import kind_choices, kind_words, rule_facts
from plugins.group_buy.web.listings import ACTIVITIES, GROUPS, group_days, money, stage_badge
from plugins.group_buy.web.stats import group_stats, money_stats

console = Blueprint("group_buy_console", __name__)
add_templates("group_buy", Path(__file__).resolve().parent.parent / "templates" / "console")

# The numbers above the list are of this many days.
_DAYS = 30


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """One of the plugin's pages."""
    html = render_console(
        f"group_buy/{template}.html", url=url_for, may=may, Action=Action, Fact=Fact, **context
    )
    return Response(html, status, mimetype="text/html")


def index_page(spec: IndexSpec, state: IndexState, found: Listed) -> IndexPage:
    """One page of a list."""
    return IndexPage(spec, state, found.rows, found.total, found.counts)


@console.before_request
def _only_those_who_may() -> None:
    require("group_buy.view")


@console.get("/")
def index() -> Response:
    """All activities, under the numbers of the last month."""
    state = IndexState.from_args(request.args, ACTIVITIES)
    found = activity_list(
        view=state.view,
        search=state.q,
        sort=state.sort,
        limit=state.size,
        offset=state.offset,
        kind=state.filters.get("kind", ""),
    )
    figures = numbers(since=now() - timedelta(days=_DAYS))
    return show(
        "activities",
        page=index_page(ACTIVITIES, state, found),
        stats=group_stats(figures) if figures.opened else (),
        money_stats=money_stats(figures) if figures.opened else (),
        days=_DAYS,
    )


@console.get("/new")
def new() -> Response:
    """A new activity: first its product, then its form."""
    require("group_buy.manage")
    product_id = as_id(request.args.get("product", ""))
    kind = known_kind(request.args.get("kind"))
    if product_id is None:
        return _choose_product(kind)
    return _form(empty_draft(_product(product_id), kind))


def _choose_product(kind: str) -> Response:
    search = request.args.get("q", "")[:100]
    page = products_index(view="active", search=search)
    rows = [
        {
            "title": row.title,
            "image": picture_address(row.picture),
            "price": money(row.price_from_minor),
            "several": row.price_from_minor != row.price_to_minor,
            "url": url_for("group_buy.new", product=row.id, kind=kind),
        }
        for row in page.rows
    ]
    return show("choose_product", rows=rows, q=search, kind=kind, kinds=kind_choices())


def _product(product_id: UUID) -> SoldProduct:
    found = sold_product(product_id)
    if found is None:
        raise NotFound
    return found


@console.post("/new")
def create() -> Response:
    """Write a new activity down, and publish it if that was asked for."""
    product = _product(as_id(request.args.get("product", "")) or UUID(int=0))
    draft = sent_draft(product, request.form, known_kind(request.args.get("kind")))
    if draft.plan is None:
        return _form(draft, status=422)
    try:
        activity_id = save_activity(product_id=product.id, plan=draft.plan)
    except InputRefused as error:
        refuse(draft, error.fields)
        return _form(draft, status=422)
    return _after_saving(activity_id, publish="_publish" in request.form)


def _after_saving(activity_id: UUID, *, publish: bool) -> Response:
    here = url_for("group_buy.activity", ref=activity_id)
    if not publish:
        return see(here, _("Saved."))
    try:
        publish_activity(activity_id=activity_id)
    except (GroupBuyError, SoldAtALoss) as error:
        # What was typed is safe as a draft; the page of the activity says what stands in the way.
        return see(here, _("Saved as a draft. %(why)s %(fix)s", why=error.text, fix=error.fix_text))
    return see(here, _("Published. Buyers see it from its beginning on."))


@console.route("/activities/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> Response:
    """Change an activity; groups that are open keep their terms."""
    require("group_buy.manage")
    found = _activity(ref)
    product = _product(found.product_id)
    if request.method == "GET":
        return _form(stored_draft(found, product), found)
    draft = sent_draft(product, request.form, found.rules.kind)
    if draft.plan is None:
        return _form(draft, found, status=422)
    version = request.form.get("_version", "")
    try:
        save_activity(
            activity_id=found.id,
            product_id=product.id,
            plan=draft.plan,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except InputRefused as error:
        refuse(draft, error.fields)
        return _form(draft, found, status=422)
    except (GroupBuyError, EditConflict, SoldAtALoss) as error:
        draft.form.refuse(sentences(error.text, error.fix_text))
        return _form(draft, found, status=error.status)
    return _after_saving(found.id, publish="_publish" in request.form and found.state == "draft")


@console.get("/check")
def check() -> Response:
    """Each price as it is typed: what it saves, or what is wrong; and what buyers would see."""
    product = _product(as_id(request.args.get("_product", "")) or UUID(int=0))
    fields = request.args.copy()
    kind = known_kind(request.args.get("_kind"))
    return show("_check", **_draft_context(sent_draft(product, fields, kind)))


def _draft_context(draft: ActivityDraft) -> dict[str, Any]:
    variant = sold_variants([draft.shown.id]).get(draft.shown.id) if draft.shown else None
    return {
        "draft": draft,
        "image": picture_address(variant.picture) if variant else "",
    }


def _form(draft: ActivityDraft, stored: ActivityView | None = None, *, status: int = 200) -> Response:
    here = (
        url_for("group_buy.edit", ref=stored.id)
        if stored
        else url_for("group_buy.create", product=draft.product.id, kind=draft.kind)
    )
    return show(
        "activity_form",
        status=status,
        here=here,
        stored=stored,
        kinds=kind_choices(),
        kind_words=kind_words(draft.kind),
        **_draft_context(draft),
    )


def _activity(ref: str) -> ActivityView:
    wanted = as_id(ref)
    found = activity_view(wanted) if wanted else None
    if found is None:
        raise NotFound
    return found


@console.get("/activities/<ref>")
def activity(ref: str) -> Response:
    """One activity: rules, prices, numbers, and its groups."""
    found = _activity(ref)
    product = sold_product(found.product_id)
    asked = request.args.copy()
    backtesting = asked.pop("backtest", None)
    state = IndexState.from_args(asked, GROUPS)
    groups = group_list(
        activity_id=found.id,
        view=state.view,
        sort=state.sort,
        limit=state.size,
        offset=state.offset,
        **group_days(state),
    )
    figures = numbers(since=found.starts_at - timedelta(days=1), activity_id=found.id)
    variant = sold_variants(list(found.prices)[:1])
    image = picture_address(next(iter(variant.values())).picture) if variant else ""
    return show(
        "activity",
        share=share_action(product_url(product.handle)) if product and may("marketing.edit") else None,
        activity=found,
        tried=last_month(trial_of(found)) if backtesting else None,
        badge=stage_badge(found.stage),
        product=product,
        image=image,
        window=in_words(found.window),
        prices=_prices(found, product),
        kind=kind_words(found.rules.kind),
        rules=rule_facts(found.rules),
        declare_from=settings(GroupBuySettings, "group_buy")["declare_from"],
        taken=pieces_taken([found.id])[found.id],
        open_groups=group_counts([found.id])[found.id].forming,
        page=index_page(GROUPS, state, groups),
        stats=group_stats(figures) if figures.opened else (),
        money_stats=money_stats(figures) if figures.opened else (),
        storefront=storefront_url(f"/products/{product.handle}") if product else "",
    )


def _prices(found: ActivityView, product: SoldProduct | None) -> list[dict[str, Any]]:
    kinds = product.variants if product else ()
    return [
        {
            "title": kind.title or (product.title if product else ""),
            "alone": money(kind.price_minor),
            "price": money(found.prices[kind.id]),
            "steps": [
                (step.size, money(step.price))
                for step in (found.ladders[kind.id].steps if kind.id in found.ladders else ())
            ],
            # The price alone may have been lowered since.
            "low": found.prices[kind.id] < kind.price_minor,
        }
        for kind in kinds
        if kind.id in found.prices
    ]


@console.post("/activities/<ref>/publish")
def publish(ref: str) -> Response:
    """Publish a draft, or go on after a pause."""
    found = _activity(ref)
    publish_activity(activity_id=found.id)
    return see(
        url_for("group_buy.activity", ref=found.id), _("Published. Buyers see it from its beginning on.")
    )


@console.post("/activities/<ref>/pause")
def pause(ref: str) -> Response:
    """No new groups for now."""
    found = _activity(ref)
    pause_activity(activity_id=found.id)
    return see(url_for("group_buy.activity", ref=found.id), _("Paused. Open groups go on."))


@console.post("/activities/<ref>/delete")
def delete(ref: str) -> Response:
    """Throw a draft away."""
    delete_draft(activity_id=_activity(ref).id)
    return see(url_for("group_buy.index"), _("The draft is gone."))


@console.post("/activities/<ref>/close")
def close(ref: str) -> Response:
    """End an activity for good; open groups finish by themselves, or are refunded now."""
    found = _activity(ref)
    asked = request.form.get("groups", "")
    chosen: Literal["finish", "refund", "complete"] = (
        "refund" if asked == "refund" else "complete" if asked == "complete" else "finish"
    )
    count = close_activity(activity_id=found.id, groups=chosen)
    said = _("Ended.")
    if count and chosen == "refund":
        said = _("Ended. Every payment of its open groups goes back now.")
    elif count and chosen == "complete":
        said = _("Ended. Groups with enough paid seats are completed now; the others go on.")
    elif count:
        said = _("Ended. Its open groups go on until they are full or their time is over.")
    return see(url_for("group_buy.activity", ref=found.id), said)
