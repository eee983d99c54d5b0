"""The page of insights: figures of any days, curve, funnel, where orders came from, what sold, what campaigns did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, current_app, request, url_for

from core.commerce.audiences.acquisition import SourceNumbers, source_numbers_between
from core.commerce.fulfilment.order_conditions import NO_SOURCE
from core.commerce.insights.campaigns import CampaignResult
from core.commerce.insights.models import STEPS
from core.commerce.insights.periods import NAMED, Period, PeriodRefused, named_period, own_period, today
from core.commerce.insights.queries import counted_since
from core.commerce.insights.sales import ProductSales, SourceSales, sales_by_source, top_products
from core.commerce.media.queries import pictures_at
from core.commerce.sources.queries import LinkView
from core.hooks.current import shop_hooks
from core.hooks.results import PluginFailure
from core.kernel.i18n import N_, gettext
from core.rendering.console.parts import Source
from core.rendering.console.visits import may
from core.web.console.answers import show
from core.web.console.customers.origins import known_links, origin
from core.web.console.insights.drawing import sales_curve, thousandths
from core.web.console.insights.figures import Overview, figure_stats, orders_address, overview, period_address
from core.web.console.insights.words import NAMES, compared_with, day_words, days_words
from core.web.console.media import picture_url
from core.web.console.sources import plugin_title, source_of

# So many campaigns are drawn, those that sold most.
_MOST_CAMPAIGNS = 50
blueprint = Blueprint("console_insights", __name__)
_USUAL = "7d"
_MOST_SOURCES = 12
_STEP_WORDS = {
    "visit": N_("Visitors"),
    "product": N_("Looked at a product"),
    "cart": N_("Put something in the cart"),
    "checkout": N_("Began a checkout"),
}
assert tuple(_STEP_WORDS) == STEPS


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A step of the funnel: how many came so far, of all visitors and of those of the step before, in basis points."""

    label: str
    count: int
    before: int
    width: int
    of_all: int | None
    of_last: int | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Paid orders from one source, of all of them, and where its bar begins and how long it is, of 1000."""

    source: Source
    sales: SourceSales
    share: int
    start: int
    width: int
    url: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product that sold: its picture, a bar, and its orders."""

    sales: ProductSales
    image: str
    width: int
    url: str


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign of a plugin, and the list of its paid orders."""

    result: CampaignResult
    source: Source
    orders_url: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A source link that brought or cost something: its page, and the list of its paid orders."""

    title: str
    numbers: SourceNumbers
    url: str
    orders_url: str


@blueprint.get("/")
def index() -> Response:
    """Figures of the chosen days."""
    name, period, problem = _chosen()
    found = overview(period)
    since = counted_since()
    by_source, numbers = sales_by_source(period), source_numbers_between(period.first, period.last)
    links = known_links({*(one.source for one in by_source), *(one.source for one in numbers)})
    campaigns, silent = _campaigns(period)
    shown = campaigns[:_MOST_CAMPAIGNS]
    return show(
        "insights/index",
        status=422 if problem else 200,
        problem=problem,
        period=period,
        days=days_words(period),
        compared=compared_with(period),
        choices=[(gettext(NAMES[one]), period_address(period, one), one == name) for one in NAMED],
        own=name not in NAMED,
        today=today(),
        stats=figure_stats(found, "#funnel"),
        empty=found.is_empty,
        curve=sales_curve(found),
        funnel=_funnel(found),
        since=day_words(since) if since and since > period.before.first else "",
        counted=since is not None,
        sources=_sources(by_source, period, links),
        products=_products(period),
        campaigns=shown,
        more_campaigns=len(campaigns) - len(shown),
        silent=silent,
        links=_links(numbers, period, links) if may("marketing.edit") else (),
    )


def _chosen() -> tuple[str, Period, str]:
    """The name of the period in the address ("" for days of one's own), the period, and what is wrong with the days."""
    name = request.args.get("period", "")
    if name in NAMED:
        return name, named_period(name), ""
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if not first and not last:
        return _USUAL, named_period(_USUAL), ""
    try:
        return "", own_period(date.fromisoformat(first), date.fromisoformat(last)), ""
    except (ValueError, PeriodRefused):
        refused = PeriodRefused()
        return _USUAL, named_period(_USUAL), f"{refused.text} {refused.fix_text}"


def _funnel(found: Overview) -> list[FunnelRow]:
    new, old = found.visitors, found.visitors_before
    counts = [(gettext(_STEP_WORDS[step]), new.reached[step], old.reached[step], "") for step in STEPS]
    counts.append(
        (gettext(N_("Paid orders")), found.sales.orders, found.before.orders, orders_address(found.period))
    )
    top = max(count for _, count, _, _ in counts)
    rows: list[FunnelRow] = []
    for label, count, before, url in counts:
        last = rows[-1].count if rows else 0
        of_all = count * 10_000 // new.all if rows and 0 < count <= new.all else None
        # Money may come for a checkout of another day, or one that no browser was counted at.
        of_last = count * 10_000 // last if 0 < count <= last else None
        rows.append(FunnelRow(label, count, before, thousandths(count, top), of_all, of_last, url))
    return rows


def _sources(found: Sequence[SourceSales], period: Period, links: Mapping[str, LinkView]) -> list[SourceRow]:
    total = sum(one.orders for one in found)
    rows, start = [], 0
    for one in found[:_MOST_SOURCES]:
        width = one.orders * 1000 // total
        url = orders_address(period, source=one.source or NO_SOURCE)
        rows.append(
            SourceRow(origin(one.source, links), one, one.orders * 10_000 // total, start, width, url)
        )
        start += width
    return rows


def _products(period: Period) -> list[ProductRow]:
    found = top_products(period)
    pictures = pictures_at(one.image for one in found)
    top = found[0].taken.minor if found else 0
    return [
        ProductRow(
            one,
            picture_url(pictures.get(one.image)),
            thousandths(one.taken.minor, top),
            orders_address(period, product_id=one.product_id),
        )
        for one in found
    ]


def _campaigns(period: Period) -> tuple[list[CampaignRow], list[str]]:
    """What plugins' campaigns brought, most first, and the names of plugins that could not say."""
    rows, silent = [], []
    for result in shop_hooks().call("show_campaign_results", failed="collect", period=period):
        if isinstance(result, PluginFailure):
            current_app.logger.warning("campaign results of %s failed", result.plugin)
            silent.append(plugin_title(result.plugin))
            continue
        rows += [
            CampaignRow(
                one,
                source_of(result.plugin),
                orders_address(period, campaign=f"{result.plugin}:{one.key}"),
            )
            for one in result.value
        ]
    return sorted(rows, key=lambda row: (-row.result.taken.minor, row.result.title)), silent


def _links(found: Sequence[SourceNumbers], period: Period, links: Mapping[str, LinkView]) -> list[LinkRow]:
    rows = []
    for one in found:
        link = links.get(one.source.removeprefix("link:")) if one.source.startswith("link:") else None
        if link is not None:
            rows.append(
                LinkRow(
                    origin(one.source, links).label,
                    one,
                    url_for("console_links.link", ref=link.id),
                    orders_address(period, source=one.source),
                )
            )
    return rows
