"""Routes of the price simulator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request

from core.commerce.catalog.listings import search_listing
from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.customers.listing import CustomerRow, customers_page
from core.commerce.customers.queries import customer
from core.commerce.promotions.backtest_runs import testable_plugins
from core.commerce.promotions.queries import trial_ways
from core.commerce.promotions.trials import Trial, TrialWish, tried
from core.commerce.promotions.ways import TrialWay
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.kernel.regions import place_name
from core.kernel.tenancy import current_scope
from core.rendering.console.parts import Badge, Source
from core.web.console.answers import show
from core.web.console.promotions.views import STATES, period_words, tabs
from core.web.console.promotions.views import blueprint as blueprint
from core.web.console.settings.place_fields import place_named
from core.web.console.sources import plugin_title, source_of

_MOST_LINES, _MOST_FOUND, _MOST_QUANTITY = 20, 8, 9999
_STAGES = {
    "campaign": N_("Activity price"),
    "line_promotions": N_("Promotion of a product"),
    "order_promotions": N_("Promotion of the order"),
    "coupons": N_("Coupon"),
    "points": N_("Points and balance"),
    "shipping": N_("Shipping"),
    "shipping_promotions": N_("Promotion of shipping"),
    "tax": N_("Tax"),
    "rounding": N_("Rounding"),
}


@dataclass(frozen=True, slots=True)
class BasketRow:
    """A line of the tried basket."""

    variant: SoldVariant
    quantity: int
    price: Money
    ways: tuple[TrialWay, ...] = ()
    way: TrialWay | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the price."""

    stage: str
    source: Source
    text: str
    lines: str
    rule: str
    change: Money
    after: Money


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign at the moment of the trial."""

    title: str
    kind: str
    source: Source
    state: Badge
    when: str
    url: str
    applied: bool


@blueprint.get("/simulator")
def simulator() -> Response:
    """Price any basket; everything that was chosen stands in the address, and nothing is written."""
    rows, found = _with_ways(_basket()), _found(request.args.get("find", ""))
    known = _customer()
    trial, problem = None, _place_problem()
    if rows and not problem:
        try:
            trial = tried(_wish(rows, known.id if known else None))
        except PinpuError as error:
            problem = error.text
    return show(
        "promotions/simulator",
        tabs=tabs(),
        rows=rows,
        found=found,
        asked=request.args.get("find", ""),
        chosen={
            "who": "known" if known else _one_of("who", ("guest", "new")),
            "code": request.args.get("code", "")[:200],
            "at": _moment().astimezone(current_scope().zone).strftime("%Y-%m-%dT%H:%M"),
            "send": request.args.get("send", ""),
            "where": request.args.get("where", "")[:100],
        },
        known=known,
        people=_people(request.args.get("find_customer", "")),
        asked_customer=request.args.get("find_customer", ""),
        methods=shipping_methods(),
        points=pickup_points(),
        problem=problem,
        **(_shown(trial) if trial else {"trial": None}),
    )


def _one_of(name: str, allowed: Sequence[str]) -> str:
    value = request.args.get(name, "")
    return value if value in allowed else allowed[0]


def _basket() -> list[BasketRow]:
    """The lines of the address, with what is added and without what is taken out."""
    wanted: dict[UUID, int] = {}
    pairs = zip(request.args.getlist("variant"), request.args.getlist("quantity"), strict=False)
    for text, quantity in [*pairs, (request.args.get("add", ""), "1")]:
        variant_id = as_id(text)
        if variant_id and text != request.args.get("drop") and len(wanted) < _MOST_LINES:
            count = int(quantity) if quantity.isdecimal() and len(quantity) < 6 else 1
            wanted[variant_id] = min(wanted.get(variant_id, 0) + max(count, 0), _MOST_QUANTITY)
    variants = sold_variants(wanted)
    found = [(variants[one], count) for one, count in wanted.items() if count and one in variants]
    return [BasketRow(variant, count, _money(variant.price_minor)) for variant, count in found]


def _with_ways(rows: Sequence[BasketRow]) -> list[BasketRow]:
    """The lines with what plugins offer besides buying alone, and which of it the address chose."""
    ways = trial_ways([row.variant.id for row in rows], _moment())
    chosen = dict(zip(request.args.getlist("variant"), request.args.getlist("way"), strict=False))
    found = []
    for row in rows:
        mine, name = ways.get(row.variant.id, ()), chosen.get(str(row.variant.id), "")
        found.append(replace(row, ways=mine, way=next((one for one in mine if one.name == name), None)))
    return found


def _found(words: str) -> list[SoldVariant]:
    if not words.strip():
        return []
    cards = search_listing(words[:100]).cards[:_MOST_FOUND]
    ids = [variant_id for card in cards for variant_id in card.variant_ids][: _MOST_FOUND * 3]
    found = sold_variants(ids)
    return [found[one] for one in ids if one in found and found[one].for_sale]


def _people(words: str) -> Sequence[CustomerRow]:
    """Customers that fit, to try the basket as one of them."""
    plain = words[:100].replace("\0", "").strip()
    return customers_page(search=plain, limit=_MOST_FOUND).rows if plain else ()


def _customer() -> Any:
    """Whom the address names: just found, or chosen before and not changed for a guest or newcomer since."""
    found = as_id(request.args.get("as", ""))
    kept = as_id(request.args.get("customer", "")) if request.args.get("who", "known") == "known" else None
    wanted = found or kept
    return customer(wanted) if wanted else None


def _moment() -> datetime:
    return chosen_moment(request.args.get("at", ""))


def chosen_moment(text: str) -> datetime:
    """The wall time that a form names, in the shop's zone; now where it names none."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return now()
    if not 2000 <= wall.year <= 2200:
        return now()
    return (wall if wall.tzinfo else wall.replace(tzinfo=current_scope().zone)).astimezone(now().tzinfo)


def _wish(rows: Sequence[BasketRow], customer_id: UUID | None) -> TrialWish:
    codes = tuple(request.args.get("code", "")[:200].replace("\0", "").split())[:5]
    wish = TrialWish(
        lines=[(row.variant.id, row.quantity) for row in rows],
        moment=_moment(),
        codes=codes,
        delivery=_delivery(),
        address=_address(),
        ways={row.variant.id: row.way for row in rows if row.way},
    )
    if customer_id is not None:
        return replace(wish, who="known", customer_id=customer_id)
    return replace(wish, who="new" if request.args.get("who") == "new" else "guest")


def _delivery() -> dict[str, str] | None:
    """The chosen way to get the goods: a method's id, or "pickup:" and that of a point."""
    kind, _, text = request.args.get("send", "").rpartition(":")
    chosen = as_id(text)
    return {"kind": "pickup" if kind == "pickup" else "method", "id": str(chosen)} if chosen else None


def _address() -> dict[str, str] | None:
    """The place that was typed, as an address that fees can depend on."""
    place = place_named(request.args.get("where", "")[:100])
    if not place:
        return None
    country, _, province = place.partition("-")
    return {"country": country, "region": place_name(place) if province else ""}


def _place_problem() -> str:
    words = request.args.get("where", "")[:40].strip()
    if not words or place_named(words):
        return ""
    return gettext(N_("“%(name)s” is no country or province that we know."), name=words)


def _shown(trial: Trial) -> dict[str, Any]:
    priced, currency = trial.priced, trial.priced.currency
    told = priced.explanation(current_language())
    begin = priced.list_total + (priced.shipping.fee if priced.shipping else 0)
    return {
        "trial": trial,
        "begin": Money(begin, currency),
        "steps": [_step(one, currency) for one in trial.steps],
        "total": priced.total_money,
        "line_words": told.lines,
        "why_not": [(source_of(one.plugin), one) for one in told.why_not],
        "refusals": [one.message for one in trial.refusals],
        "failed": [plugin_title(one) for one in trial.failed],
        "campaigns": [_campaign(one) for one in trial.campaigns],
        "clashes": [(one.first.title, one.second.title) for one in trial.collisions],
        "tests": testable_plugins(),
    }


def _step(one: Any, currency: str) -> StepRow:
    adjustment = one.applied.adjustment
    stage = _STAGES.get(adjustment.stage.value, adjustment.stage.value)
    return StepRow(
        gettext(stage),
        source_of(adjustment.plugin),
        adjustment.reason.text(),
        " · ".join(one.titles),
        f"{adjustment.plugin} {adjustment.plugin_version} · {adjustment.rule_id}".replace("  ", " "),
        Money(one.change, currency),
        Money(one.after, currency),
    )


def _campaign(one: Any) -> CampaignRow:
    label, tone = STATES[one.state]
    campaign = one.campaign
    return CampaignRow(
        campaign.title,
        campaign.kind,
        source_of(campaign.plugin),
        Badge(gettext(label), tone),
        period_words(campaign.starts_at, campaign.ends_at),
        campaign.url,
        one.applied,
    )


def _money(minor: int) -> Money:
    return Money(minor, current_scope().currency)
