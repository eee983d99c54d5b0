"""Merchants' lists beside the campaigns: uses line by line, rounds with friends, alerts; and one coupon with its actions."""

from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from marshmallow import ValidationError

from core.sdk.commands import require
from core.sdk.console import IndexPage, IndexState, console_path, see
from core.sdk.data import as_id
from core.sdk.errors import NotFound
from core.sdk.forms import LocalDateTimeField
from core.sdk.words import _
from plugins.coupon.actions.alarms import dismiss_alert
from plugins.coupon.actions.campaigns import extend_coupon, revoke_coupon
from plugins.coupon.errors import CouponError, refused
from plugins.coupon.queries.boards import alerts, round_list, round_numbers
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.listings import Listed, use_list, uses_of_coupon
from plugins.coupon.queries.wallet import CouponView
from plugins.coupon.queries.wallet import coupon as coupon_view
from plugins.coupon.web.listings import ALERTS, ROUNDS, USES, alert_words, source_words, standing_badge
from plugins.coupon.web.pages import console, show
from plugins.coupon.web.stats import round_stats
from plugins.coupon.wording import face, from_when, in_words, money

_UNTIL = LocalDateTimeField()


def tabs(*, unseen: int | None = None) -> list[tuple[str, str, int | None, bool, bool]]:
    """The pages of coupons, for the kit's `view_tabs`."""
    pages = [
        ("index", _("Campaigns"), None),
        ("uses", _("Uses of coupons"), None),
        ("rounds", _("Rounds with friends"), None),
        ("all_alerts", _("Alerts"), unseen or None),
    ]
    here = (request.endpoint or "").rpartition(".")[2]
    return [
        (label, url_for(f"coupon.{name}"), count, name == here, bool(count)) for name, label, count in pages
    ]


def unseen_alerts() -> int:
    """Alerts that nobody has looked at."""
    return alerts(limit=1, open_only=True).counts["open"]


@console.get("/uses")
def uses() -> Response:
    """Uses of all campaigns."""
    state = IndexState.from_args(request.args, USES)
    found = use_list(campaign_id=None, limit=state.size, offset=state.offset)
    page = IndexPage(USES, state, found.rows, found.total, found.counts)
    return show("uses", page=page, campaign=None, tabs=tabs(unseen=unseen_alerts()))


@console.get("/campaigns/<ref>/uses")
def campaign_uses(ref: str) -> Response:
    """The uses of one campaign."""
    wanted = as_id(ref)
    found = campaign_view(wanted) if wanted else None
    if found is None:
        raise NotFound
    state = IndexState.from_args(request.args, USES)
    listed = use_list(campaign_id=found.id, limit=state.size, offset=state.offset)
    page = IndexPage(USES, state, listed.rows, listed.total, listed.counts)
    return show("uses", page=page, campaign=found, tabs=())


@console.get("/rounds")
def rounds() -> Response:
    """All rounds with friends."""
    state = IndexState.from_args(request.args, ROUNDS)
    found = round_list(campaign_id=None, view=state.view, limit=state.size, offset=state.offset)
    figures = round_numbers()
    return show(
        "rounds",
        page=IndexPage(ROUNDS, state, found.rows, found.total, found.counts),
        stats=round_stats(figures) if figures.started else (),
        tabs=tabs(unseen=unseen_alerts()),
    )


@console.get("/alerts")
def all_alerts() -> Response:
    """What looks suspicious, the latest first."""
    state = IndexState.from_args(request.args, ALERTS)
    found: Listed = alerts(limit=state.size, offset=state.offset, open_only=state.view == "open")
    page = IndexPage(ALERTS, state, found.rows, found.total, found.counts)
    return show("alerts", page=page, words=alert_words, tabs=tabs(unseen=found.counts["open"]))


@console.post("/alerts/<ref>/dismiss")
def dismiss(ref: str) -> Response:
    """Somebody has looked at it."""
    require("coupon.manage")
    wanted = as_id(ref)
    if wanted is None:
        raise NotFound
    dismiss_alert(alert_id=wanted)
    return see(url_for("coupon.all_alerts"), _("Noted."))


@console.get("/coupons/<ref>")
def coupon(ref: str) -> Response:
    """One coupon: whose it is, where it was used, and what can be done with it."""
    found = _coupon(ref)
    uses_found = uses_of_coupon(found.id)
    return show("coupon", **_context(found, uses_found))


def _context(found: CouponView, uses_found: Listed) -> dict[str, Any]:
    about = campaign_view(found.campaign_id)
    return {
        "coupon": found,
        "campaign": about,
        "badge": standing_badge(found.standing),
        "money": money,
        "face": face(found.terms, found.value),
        "from_when": from_when(found.terms),
        "source": source_words(found.source),
        "words": in_words(found.terms),
        "uses": uses_found.rows,
        "owner_url": console_path(f"/customers/{found.customer_id}"),
        "orders_url": console_path("/orders/"),
        "open": found.standing.value in ("pending", "available", "expired", "offered"),
    }


def _coupon(ref: str) -> CouponView:
    wanted = as_id(ref)
    found = coupon_view(wanted) if wanted else None
    if found is None:
        raise NotFound
    return found


@console.post("/coupons/<ref>/revoke")
def revoke(ref: str) -> Response:
    """Take one coupon back."""
    found = _coupon(ref)
    try:
        revoke_coupon(instance_id=found.id)
    except CouponError as error:
        return see(url_for("coupon.coupon", ref=found.id), error.text)
    return see(url_for("coupon.coupon", ref=found.id), _("Taken back."))


@console.post("/coupons/<ref>/extend")
def extend(ref: str) -> Response:
    """Let somebody use their coupon for longer."""
    found = _coupon(ref)
    try:
        extend_coupon(instance_id=found.id, until=_until(request.form.get("until", "")))
    except CouponError as error:
        return see(url_for("coupon.coupon", ref=found.id), error.text)
    return see(url_for("coupon.coupon", ref=found.id), _("It can be used for longer now."))


def _until(text: str) -> datetime:
    try:
        value: datetime = _UNTIL.deserialize(text[:40])
    except ValidationError as error:
        raise refused("in_the_past") from error
    return value
