"""Merchants' pages: activities and their forms, groups with members, refunds on their way, the numbers."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, request, url_for

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
    console_path,
    may,
    picture_address,
    render_console,
    see,
    share_action,
)
from core.sdk.data import as_id
from core.sdk.errors import EditConflict, InputRefused, NotFound
from core.sdk.shop import storefront_url
from core.sdk.storefront import product_url
from core.sdk.words import _, sentences
from plugins.group_buy.actions.activities import (
    close_activity,
    delete_draft,
    pause_activity,
    publish_activity,
    save_activity,
)
from plugins.group_buy.actions.deciding import cancel_group
from plugins.group_buy.blocks.views import group_url, in_words
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import (
    ActivityView,
    SoldProduct,
    group_counts,
    pieces_taken,
    sold_product,
)
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.queries.groups import GroupView, group_by_id
from plugins.group_buy.queries.listings import Listed, activity_list, group_list, members_of, refund_list
from plugins.group_buy.queries.numbers import numbers
from plugins.group_buy.web.activity_form import ActivityDraft, empty_draft, refuse, sent_draft, stored_draft
from plugins.group_buy.web.listings import ACTIVITIES, GROUPS, REFUNDS, money, stage_badge, standing_badge
from plugins.group_buy.web.stats import group_stats, money_stats

console = Blueprint("group_buy_console", __name__)
add_templates("group_buy", Path(__file__).resolve().parent.parent / "templates" / "console")

# The numbers above the list are of this many days.
_DAYS = 30


def _show(template: str, *, status: int = 200, **context: Any) -> Response:
    html = render_console(
        f"group_buy/{template}.html", url=url_for, may=may, Action=Action, Fact=Fact, **context
    )
    return Response(html, status, mimetype="text/html")


def _page(spec: IndexSpec, state: IndexState, found: Listed) -> IndexPage:
    return IndexPage(spec, state, found.rows, found.total, found.counts)


@console.before_request
def _only_those_who_may() -> None:
    require("group_buy.view")


@console.get("/")
def index() -> Response:
    """All activities, under the numbers of the last month."""
    state = IndexState.from_args(request.args, ACTIVITIES)
    found = activity_list(
        view=state.view, search=state.q, sort=state.sort, limit=state.size, offset=state.offset
    )
    figures = numbers(since=now() - timedelta(days=_DAYS))
    return _show(
        "activities",
        page=_page(ACTIVITIES, state, found),
        stats=group_stats(figures) if figures.opened else (),
        money_stats=money_stats(figures) if figures.opened else (),
        days=_DAYS,
    )


@console.get("/new")
def new() -> Response:
    """A new activity: first its product, then its form."""
    require("group_buy.manage")
    product_id = as_id(request.args.get("product", ""))
    if product_id is None:
        return _choose_product()
    return _form(empty_draft(_product(product_id)))


def _choose_product() -> Response:
    search = request.args.get("q", "")[:100]
    page = products_index(view="active", search=search)
    rows = [
        {
            "title": row.title,
            "image": picture_address(row.picture),
            "price": money(row.price_from_minor),
            "several": row.price_from_minor != row.price_to_minor,
            "url": url_for("group_buy.new", product=row.id),
        }
        for row in page.rows
    ]
    return _show("choose_product", rows=rows, q=search)


def _product(product_id: UUID) -> SoldProduct:
    found = sold_product(product_id)
    if found is None:
        raise NotFound
    return found


@console.post("/new")
def create() -> Response:
    """Write a new activity down, and publish it if that was asked for."""
    product = _product(as_id(request.args.get("product", "")) or UUID(int=0))
    draft = sent_draft(product, request.form)
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
    except GroupBuyError as error:
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
    draft = sent_draft(product, request.form)
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
    except (GroupBuyError, EditConflict) as error:
        draft.form.refuse(sentences(error.text, error.fix_text))
        return _form(draft, found, status=error.status)
    return _after_saving(found.id, publish="_publish" in request.form and found.state == "draft")


@console.get("/check")
def check() -> Response:
    """Each price as it is typed: what it saves, or what is wrong; and what buyers would see."""
    product = _product(as_id(request.args.get("_product", "")) or UUID(int=0))
    fields = request.args.copy()
    return _show("_check", **_draft_context(sent_draft(product, fields)))


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
        else url_for("group_buy.create", product=draft.product.id)
    )
    return _show("activity_form", status=status, here=here, stored=stored, **_draft_context(draft))


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
    state = IndexState.from_args(request.args, GROUPS)
    groups = group_list(
        activity_id=found.id, view=state.view, sort=state.sort, limit=state.size, offset=state.offset
    )
    figures = numbers(since=found.starts_at - timedelta(days=1), activity_id=found.id)
    variant = sold_variants(list(found.prices)[:1])
    image = picture_address(next(iter(variant.values())).picture) if variant else ""
    return _show(
        "activity",
        share=share_action(product_url(product.handle)) if product and may("marketing.edit") else None,
        activity=found,
        badge=stage_badge(found.stage),
        product=product,
        image=image,
        window=in_words(found.window),
        prices=_prices(found, product),
        taken=pieces_taken([found.id])[found.id],
        open_groups=group_counts([found.id])[found.id].forming,
        page=_page(GROUPS, state, groups),
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
    chosen: Literal["finish", "refund"] = "refund" if request.form.get("groups") == "refund" else "finish"
    count = close_activity(activity_id=found.id, groups=chosen)
    said = _("Ended.")
    if count and chosen == "refund":
        said = _("Ended. Every payment of its open groups goes back now.")
    elif count:
        said = _("Ended. Its open groups go on until they are full or their time is over.")
    return see(url_for("group_buy.activity", ref=found.id), said)


@console.get("/groups")
def groups() -> Response:
    """Groups of all activities."""
    state = IndexState.from_args(request.args, GROUPS)
    found = group_list(
        activity_id=None, view=state.view, sort=state.sort, limit=state.size, offset=state.offset
    )
    return _show("groups", page=_page(GROUPS, state, found))


def _group(ref: str) -> GroupView:
    wanted = as_id(ref)
    found = group_by_id(wanted) if wanted else None
    if found is None:
        raise NotFound
    return found


@console.get("/groups/<ref>")
def group(ref: str) -> Response:
    """One group: its time, its seats, its members and their orders."""
    found = _group(ref)
    variant = sold_variants([found.variant_id]).get(found.variant_id)
    members = members_of(found.id)
    return _show(
        "group",
        leader=next((one.name for one in members if one.leads), "") or _("A buyer"),
        group=found,
        forming=found.standing is Standing.FORMING,
        badge=standing_badge(found.standing),
        activity=activity_view(found.activity_id),
        variant=variant,
        image=picture_address(variant.picture) if variant else "",
        members=members,
        reserved=[seat for seat in found.seats if seat.state == "reserved"],
        free=sum(seat.state == "free" for seat in found.seats),
        price=money(found.price_minor),
        money=money,
        link=storefront_url(group_url(found.code)),
        share=share_action(group_url(found.code)) if may("marketing.edit") else None,
        order_url=lambda order_id: console_path(f"/orders/{order_id}"),
    )


@console.post("/groups/<ref>/cancel")
def cancel(ref: str) -> Response:
    """End a group before its time; every payment goes back."""
    found = _group(ref)
    here = url_for("group_buy.group", ref=found.id)
    try:
        cancel_group(group_id=found.id)
    except GroupBuyError as error:
        return see(here, sentences(error.text, error.fix_text))
    return see(here, _("The group has ended. Every payment goes back now."))


@console.get("/refunds")
def refunds() -> Response:
    """Refunds of group-buy orders: on their way, refused, done."""
    state = IndexState.from_args(request.args, REFUNDS)
    found = refund_list(view=state.view, limit=state.size, offset=state.offset)
    oldest = found.rows[0].created_at if state.view != "done" and found.rows and not state.offset else None
    return _show("refunds", page=_page(REFUNDS, state, found), oldest=oldest)
