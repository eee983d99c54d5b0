"""Merchants' pages: campaigns and their wizard, coupons that are out, uses, codes, the numbers."""

import csv
import io
from typing import Any

from flask import Response, request, url_for

from core.sdk.audiences import audiences
from core.sdk.campaigns import SoldAtALoss, last_month
from core.sdk.commands import require
from core.sdk.console import IndexPage, IndexSpec, IndexState, console_path, may, see
from core.sdk.data import as_id
from core.sdk.errors import EditConflict, InputRefused, NotFound
from core.sdk.extensions import HomeTask
from core.sdk.shop import storefront_url
from core.sdk.storefront import plugin_url
from core.sdk.words import _, ngettext, sentences
from plugins.coupon.actions.campaigns import (
    close_campaign,
    delete_draft,
    pause_campaign,
    publish_campaign,
    save_campaign,
)
from plugins.coupon.actions.code_batches import disable_codes, import_codes, make_codes, make_public_code
from plugins.coupon.actions.giving import give_to_audience, give_to_customer
from plugins.coupon.errors import CouponError
from plugins.coupon.plans import WAYS
from plugins.coupon.queries.boards import givings_of, round_numbers
from plugins.coupon.queries.campaigns import CampaignView, open_campaigns
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.conflicts import rivals
from plugins.coupon.queries.listings import (
    Listed,
    batches_of,
    budgets_of,
    campaign_list,
    coupon_list,
)
from plugins.coupon.queries.margins import warnings_of
from plugins.coupon.queries.numbers import budget_ends, numbers, return_on
from plugins.coupon.queries.trial import trial_of
from plugins.coupon.web.boards import tabs, unseen_alerts
from plugins.coupon.web.campaign_form import CampaignDraft, empty_draft, sent_draft, stored_draft
from plugins.coupon.web.listings import CAMPAIGNS, ISSUED, stage_badge, way_words
from plugins.coupon.web.pages import console, show
from plugins.coupon.web.previews import tried_basket
from plugins.coupon.web.stats import given_stats, money_stats, return_stats
from plugins.coupon.wording import face, from_when, in_words, money, until


def _page(spec: IndexSpec, state: IndexState, found: Listed) -> IndexPage:
    return IndexPage(spec, state, found.rows, found.total, found.counts)


@console.get("/")
def index() -> Response:
    """All campaigns."""
    state = IndexState.from_args(request.args, CAMPAIGNS)
    found = campaign_list(
        view=state.view, search=state.q, sort=state.sort, limit=state.size, offset=state.offset
    )
    return show("campaigns", page=_page(CAMPAIGNS, state, found), tabs=tabs(unseen=unseen_alerts()))


@console.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """The wizard: a new campaign."""
    require("coupon.manage")
    if request.method == "GET":
        return _form(empty_draft())
    draft = sent_draft(request.form)
    if draft.plan is None:
        return _form(draft, status=422)
    campaign_id = save_campaign(plan=draft.plan)
    here = url_for("coupon.campaign", ref=campaign_id)
    if "_publish" not in request.form:
        return see(here, _("Saved."))
    try:
        publish_campaign(campaign_id=campaign_id)
    except SoldAtALoss as error:
        return see(here, _("Saved as a draft. %(why)s %(fix)s", why=error.text, fix=error.fix_text))
    return see(here, _("Published. Coupons are given out from its beginning on."))


def _form(draft: CampaignDraft, stored: CampaignView | None = None, *, status: int = 200) -> Response:
    here = url_for("coupon.edit", ref=stored.id) if stored else url_for("coupon.new")
    context = {"preview": _preview(draft), "here": here, "stored": stored, "draft": draft}
    return show("campaign_form", status=status, **context)


def _preview(draft: CampaignDraft) -> dict[str, Any] | None:
    if draft.plan is None:
        return None
    terms = draft.plan.terms
    return {
        "face": face(terms),
        "from_when": from_when(terms),
        "title": terms.title,
        "until": until(terms),
        "words": in_words(terms),
        "rivals": [one.plan.name for one in _rivals_of(draft)],
        "warnings": [one.text for one in warnings_of(terms)],
        "basket": tried_basket(terms),
        "simulator": console_path("/marketing/simulator"),
    }


def _rivals_of(draft: CampaignDraft) -> list[CampaignView]:
    assert draft.plan is not None
    found = [one for way in WAYS for one in open_campaigns(way=way)]
    group, alone = draft.plan.terms.group, draft.plan.terms.exclusive
    return [one for one in found if alone or one.terms.exclusive or one.terms.group == group][:5]


@console.get("/check")
def check() -> Response:
    """What the coupon does, in words, while it is being written down."""
    return show("_preview", preview=_preview(sent_draft(request.args.copy())))


@console.route("/campaigns/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> Response:
    """Change a campaign; coupons that are out keep their terms."""
    require("coupon.manage")
    found = _campaign(ref)
    if request.method == "GET":
        draft = stored_draft(found.plan)
        draft.plan = found.plan
        return _form(draft, found)
    draft = sent_draft(request.form)
    if draft.plan is None:
        return _form(draft, found, status=422)
    version = request.form.get("_version", "")
    try:
        save_campaign(
            campaign_id=found.id,
            plan=draft.plan,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except (CouponError, EditConflict, SoldAtALoss) as error:
        draft.form.refuse(sentences(error.text, error.fix_text))
        return _form(draft, found, status=error.status)
    return see(url_for("coupon.campaign", ref=found.id), _("Saved."))


def _campaign(ref: str) -> CampaignView:
    wanted = as_id(ref)
    found = campaign_view(wanted) if wanted else None
    if found is None:
        raise NotFound
    return found


@console.get("/campaigns/<ref>")
def campaign(ref: str) -> Response:
    """One campaign: what it does, what it did, who has its coupons."""
    found = _campaign(ref)
    asked = request.args.copy()
    backtesting = asked.pop("backtest", None)
    state = IndexState.from_args(asked, ISSUED)
    listed = coupon_list(campaign_id=found.id, view=state.view, limit=state.size, offset=state.offset)
    figures = numbers(found.id)
    beside = return_on(found, figures.cost)
    kept, spent = budgets_of([found.id])[found.id]
    others = [one for way in WAYS for one in open_campaigns(way=way)]
    return show(
        "campaign",
        campaign=found,
        badge=stage_badge(found.stage),
        way=way_words(found.plan.way),
        words=in_words(found.terms),
        page=_page(ISSUED, state, listed),
        stats=given_stats(figures) if figures.issued else (),
        money_stats=money_stats(figures) if figures.orders else (),
        return_stats=return_stats(beside) if beside else (),
        spent=money(spent),
        kept=money(kept),
        budget=money(found.plan.budget_minor) if found.plan.budget_minor else None,
        budget_used=spent + kept,
        budget_ends=budget_ends(found),
        givings=givings_of(found.id),
        rounds=round_numbers(found.id) if found.plan.way == "fission" else None,
        audiences=audiences() if found.state == "published" and may("coupon.manage") else (),
        batches=batches_of(found.id) if found.plan.way == "code" else (),
        rivals=rivals(found, others) if found.stage in ("running", "scheduled") else (),
        storefront=storefront_url(plugin_url("coupon")) if found.plan.way == "centre" else "",
        tried=last_month(trial_of(found)) if backtesting else None,
    )


@console.post("/campaigns/<ref>/publish")
def publish(ref: str) -> Response:
    """Publish a draft, or go on after a pause."""
    found = _campaign(ref)
    publish_campaign(campaign_id=found.id)
    return _back(found, _("Published. Coupons are given out from its beginning on."))


@console.post("/campaigns/<ref>/pause")
def pause(ref: str) -> Response:
    """Nobody gets one or uses one for now."""
    found = _campaign(ref)
    pause_campaign(campaign_id=found.id)
    return _back(found, _("Paused. Nobody can claim or use it until you go on."))


@console.post("/campaigns/<ref>/close")
def close(ref: str) -> Response:
    """End a campaign for good; coupons that are out stay good, or are taken back."""
    found = _campaign(ref)
    count = close_campaign(campaign_id=found.id, revoke=request.form.get("coupons") == "revoke")
    back = ngettext("%(n)s coupon was taken back.", "%(n)s coupons were taken back.", count) if count else ""
    return _back(found, sentences(_("Ended."), back))


@console.post("/campaigns/<ref>/delete")
def delete(ref: str) -> Response:
    """Throw a draft away."""
    delete_draft(campaign_id=_campaign(ref).id)
    return see(url_for("coupon.index"), _("The draft is gone."))


@console.post("/campaigns/<ref>/give")
def give(ref: str) -> Response:
    """Give a coupon to one customer, named by e-mail or phone, or to everybody of a segment."""
    found = _campaign(ref)
    audience, contact = request.form.get("audience", ""), request.form.get("contact", "").strip()[:200]
    try:
        if audience:
            give_to_audience(campaign_id=found.id, audience=audience)
            return _back(found, _("Under way: everybody of the segment gets one."))
        name = give_to_customer(campaign_id=found.id, contact=contact)
    except (CouponError, InputRefused) as error:
        return _back(found, sentences(error.text, error.fix_text))
    return _back(found, _("%(name)s has a coupon now.", name=name))


@console.post("/campaigns/<ref>/codes")
def codes(ref: str) -> Response:
    """Make codes: a public one, a batch of unique ones as a file or a sheet, or take over others."""
    found = _campaign(ref)
    how = request.form.get("how", "")
    name = request.form.get("name", "").strip()[:60] or found.plan.name
    try:
        if how == "public":
            make_public_code(campaign_id=found.id, text=request.form.get("text", "")[:60])
            return _back(found, _("The code can be used."))
        if how == "import":
            lines = request.form.get("codes", "")[:500_000].split()
            import_codes(campaign_id=found.id, name=name, codes=lines)
            return _back(found, _("The codes can be used."))
        count = request.form.get("count", "")
        wanted = int(count) if count.isascii() and count.isdigit() and len(count) < 6 else 0
        _batch, made = make_codes(campaign_id=found.id, name=name, count=wanted)
    except InputRefused as error:
        return _back(found, "; ".join(text for texts in error.fields.values() for text in texts))
    except CouponError as error:
        return _back(found, sentences(error.text, error.fix_text))
    if how == "print":
        return show(
            "print_codes", codes=made, campaign=found, face=face(found.terms), words=in_words(found.terms)
        )
    return _file(made, found)


def _file(made: tuple[str, ...], found: CampaignView) -> Response:
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow([_("Coupon code"), _("Coupon")])
    # A name that begins like a formula must not become one in a spreadsheet.
    title = f"'{found.terms.title}" if found.terms.title[:1] in "=+-@" else found.terms.title
    rows.writerows([code, title] for code in made)
    answer = Response("\ufeff" + sheet.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="codes.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@console.post("/campaigns/<ref>/codes/<batch>/disable")
def disable(ref: str, batch: str) -> Response:
    """Switch a batch of codes off."""
    found, wanted = _campaign(ref), as_id(batch)
    if wanted is None:
        raise NotFound
    count = disable_codes(batch_id=wanted)
    return _back(found, ngettext("%(n)s code is off.", "%(n)s codes are off.", count))


def _back(found: CampaignView, said: str) -> Response:
    return see(url_for("coupon.campaign", ref=found.id), said)


def home_tasks() -> list[HomeTask]:
    """Something looks like a leak, like guessing or like one person with several accounts."""
    unseen = unseen_alerts() if may("coupon.view") else 0
    if not unseen:
        return []
    return [
        HomeTask(
            label=ngettext("Coupon alert", "Coupon alerts", unseen),
            count=unseen,
            url=console_path("/x/coupon/alerts?view=open"),
            icon="alert-triangle",
            detail=_("Coupons may be in the wrong hands"),
            tone="warn",
        )
    ]
