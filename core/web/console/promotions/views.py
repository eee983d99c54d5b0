"""Routes of the marketing calendar and of the rules that guard prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields

from core.commerce.catalog.listings import product_titles
from core.commerce.promotions.campaigns import ACTIVITY_PRICE, Campaign, Collision, collisions
from core.commerce.promotions.money_back import money_back_record
from core.commerce.promotions.queries import campaigns_between
from core.commerce.promotions.record_words import record_words
from core.commerce.shops.actions import update_shop
from core.commerce.shops.price_rules import PriceRules
from core.commerce.shops.queries import shop_settings
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.tenancy import current_scope, require
from core.rendering.console import formats
from core.rendering.console.fields import PercentField
from core.rendering.console.forms import Form
from core.rendering.console.parts import Badge, Source, Tone
from core.rendering.console.visits import may
from core.web.console.answers import go, show
from core.web.console.sources import plugin_title, source_of

blueprint = Blueprint("console_promotions", __name__)
PERMISSION = "marketing.edit"
_WEEKS = 6
STATES: dict[str, tuple[str, Tone]] = {
    "scheduled": (N_("Scheduled"), "accent"),
    "running": (N_("Running"), "ok"),
    "paused": (N_("Paused"), "warn"),
    "ended": (N_("Ended"), ""),
}
# So many campaigns are drawn and compared at most, those that run before all others.
_MOST_BARS = 100
_FIRST = ("running", "scheduled", "paused", "ended")
# Titles that a collision names at most.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign in the calendar: where its bar begins and how wide it is, in thousandths of the period."""

    campaign: Campaign
    source: Source
    state: Badge
    start: int
    width: int
    when: str
    collides: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """Two campaigns that cannot both win, in words."""

    first: Campaign
    second: Campaign
    slot: str
    when: str
    goods: str


@blueprint.before_request
def marketers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def tabs() -> list[tuple[str, str, None, bool, bool]]:
    """The pages of marketing, for the kit's `view_tabs`."""
    pages = [
        ("calendar", N_("Calendar")),
        ("simulator", N_("Price simulator")),
        ("backtests", N_("Backtest")),
        ("rules", N_("Rules")),
    ]
    here = (request.endpoint or "").rpartition(".")[2]
    here = "backtests" if here == "backtest" else here
    return [
        (gettext(label), url_for(f"console_promotions.{name}"), None, name == here, False)
        for name, label in pages
        if name != "rules" or may("shop.edit")
    ]


@blueprint.get("/")
def calendar() -> Response:
    """All campaigns of all plugins over some weeks, and what collides."""
    first = _first_day(request.args.get("from", ""))
    since, until = _midnight(first), _midnight(first + timedelta(weeks=_WEEKS))
    listed = campaigns_between(since, until)
    shown = _most_telling(listed.campaigns)
    clashing, record = collisions(shown), money_back_record()
    hot = {(one.plugin, one.key) for clash in clashing for one in (clash.first, clash.second)}
    titles = product_titles({pid for one in clashing for pid in sorted(one.product_ids or ())[:_NAMED]})
    bars = [_bar(one, since, until, collides=(one.plugin, one.key) in hot) for one in shown]
    return show(
        "promotions/calendar",
        tabs=tabs(),
        bars=bars,
        count=len(listed.campaigns),
        clashes=[_clash(one, titles) for one in clashing],
        silent=[plugin_title(one) for one in listed.silent],
        weeks=[_midnight(first + timedelta(weeks=n)) for n in range(_WEEKS)],
        today=_place(now(), since, until) if since <= now() < until else None,
        earlier=_page_from(first - timedelta(weeks=_WEEKS)),
        later=_page_from(first + timedelta(weeks=_WEEKS)),
        record=record,
        record_words=record_words(record),
    )


def _most_telling(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """As many as the page has room for, in the order in which they begin."""
    moment = now()
    chosen = sorted(campaigns, key=lambda one: _FIRST.index(one.state(moment)))[:_MOST_BARS]
    return sorted(chosen, key=lambda one: (one.starts_at, one.plugin, one.key))


def _first_day(text: str) -> date:
    """The day that was asked for, or Monday of last week."""
    try:
        return min(max(date.fromisoformat(text), date(2000, 1, 1)), date(2200, 1, 1))
    except ValueError:
        today = now().astimezone(current_scope().zone).date()
        return today - timedelta(days=today.weekday() + 7)


def _page_from(day: date) -> str:
    return f"{url_for('console_promotions.calendar')}?from={day.isoformat()}"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=current_scope().zone)


def _place(moment: datetime, since: datetime, until: datetime) -> int:
    share = (moment - since) / (until - since)
    return min(max(round(share * 1000), 0), 1000)


def _bar(campaign: Campaign, since: datetime, until: datetime, *, collides: bool) -> Bar:
    start = _place(campaign.starts_at, since, until)
    end = _place(campaign.ends_at, since, until) if campaign.ends_at else 1000
    label, tone = STATES[campaign.state(now())]
    return Bar(
        campaign,
        source_of(campaign.plugin),
        Badge(gettext(label), tone),
        start,
        max(end - start, 6),
        period_words(campaign.starts_at, campaign.ends_at),
        collides,
    )


def period_words(begin: datetime, end: datetime | None) -> str:
    """From when to when, in the shop's zone."""
    if end is None:
        return gettext(N_("from %(begin)s on"), begin=formats.moment(begin))
    return f"{formats.moment(begin)} – {formats.moment(end)}"


def _clash(one: Collision, titles: dict[Any, str]) -> Clash:
    slot = (
        gettext(N_("Activity price: a line gets the lowest"))
        if one.slot == ACTIVITY_PRICE
        else gettext(N_("Only one of “%(group)s” applies"), group=one.slot)
    )
    if one.product_ids is None:
        goods = gettext(N_("All products"))
    else:
        named = [titles[pid] for pid in sorted(one.product_ids) if pid in titles][:_NAMED]
        rest = len(one.product_ids) - len(named)
        more = ngettext("%(n)s more", "%(n)s more", rest) if rest else ""
        goods = " · ".join(filter(None, (*named, more)))
    return Clash(one.first, one.second, slot, period_words(one.since, one.until), goods)


class RulesSchema(Schema):
    """What guards prices."""

    margin_floor = PercentField(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("Margin floor"),
            "help": N_(
                "The share of a price that shall be left over the cost. Before a promotion is published, prices below it"
                " are named. Costs stand with each variant."
            ),
        },
    )
    claw_back = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Returns count thresholds again"),
            "help": N_(
                "When a return leaves less than a discount asked for, the discount on the rest is taken off the refund."
                " Buyers read it before they pay; orders keep the rule under which they were placed."
            ),
        },
    )


@blueprint.route("/rules", methods=["GET", "POST"])
def rules() -> Response:
    """The least margin, and what a broken threshold does."""
    require("shop.edit")
    stored = shop_settings().price_rules
    form = Form(RulesSchema(), values=stored.as_json())
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            update_shop(changes={"pricing": PriceRules(data["margin_floor"], data["claw_back"]).as_json()})
            return go("console_promotions.rules", said=gettext(N_("The rules are saved.")))
    return show("promotions/rules", status=422 if request.method == "POST" else 200, form=form, tabs=tabs())
