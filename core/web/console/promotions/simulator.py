"""Routes of the price simulator and of backtests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from core.commerce.catalog.listings import search_listing
from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.customers.queries import customer
from core.commerce.pricing.pipeline import percent
from core.commerce.promotions.backtest_runs import (
    BacktestView,
    backtest_run,
    begin_backtest,
    testable_plugins,
)
from core.commerce.promotions.backtest_runs import (
    backtests as newest_backtests,
)
from core.commerce.promotions.trials import Trial, TrialWish, tried
from core.commerce.shipping.queries import shipping_methods
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console.parts import Badge, Fact, Source, Stat, Tone
from core.web.console.answers import go, show
from core.web.console.promotions.views import STATES, period_words, tabs
from core.web.console.promotions.views import blueprint as blueprint
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
_RUN_STATES: dict[str, tuple[str, Tone]] = {
    "waiting": (N_("Waiting"), ""),
    "running": (N_("Running"), "accent"),
    "finished": (N_("Finished"), "ok"),
    "failed": (N_("Failed"), "bad"),
}


@dataclass(frozen=True, slots=True)
class BasketRow:
    """A line of the tried basket."""

    variant: SoldVariant
    quantity: int
    price: Money


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
    rows, found = _basket(), _found(request.args.get("find", ""))
    known = _customer()
    trial, problem = None, ""
    if rows:
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
        },
        known=known,
        methods=shipping_methods(),
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


def _found(words: str) -> list[SoldVariant]:
    if not words.strip():
        return []
    cards = search_listing(words[:100]).cards[:_MOST_FOUND]
    ids = [variant_id for card in cards for variant_id in card.variant_ids][: _MOST_FOUND * 3]
    found = sold_variants(ids)
    return [found[one] for one in ids if one in found and found[one].for_sale]


def _customer() -> Any:
    wanted = as_id(request.args.get("customer", ""))
    return customer(wanted) if wanted and request.args.get("who", "known") == "known" else None


def _moment() -> datetime:
    """The chosen wall time in the shop's zone; now where none was."""
    try:
        wall = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        return now()
    if not 2000 <= wall.year <= 2200:
        return now()
    return (wall if wall.tzinfo else wall.replace(tzinfo=current_scope().zone)).astimezone(now().tzinfo)


def _wish(rows: Sequence[BasketRow], customer_id: UUID | None) -> TrialWish:
    codes = tuple(request.args.get("code", "")[:200].replace("\0", "").split())[:5]
    send = as_id(request.args.get("send", ""))
    wish = TrialWish(
        lines=[(row.variant.id, row.quantity) for row in rows],
        moment=_moment(),
        codes=codes,
        delivery={"kind": "method", "id": str(send)} if send else None,
    )
    if customer_id is not None:
        return replace(wish, who="known", customer_id=customer_id)
    return replace(wish, who="new" if request.args.get("who") == "new" else "guest")


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


@blueprint.route("/backtests", methods=["GET", "POST"])
def backtests() -> Response:
    """Begin a backtest, and those that were."""
    problem = ""
    if request.method == "POST":
        try:
            made = begin_backtest(
                plugin=request.form.get("plugin", ""),
                since=_day(request.form.get("since", "")),
                until=_day(request.form.get("until", "")) + timedelta(days=1),
                moment=now(),
            )
            return go("console_promotions.backtest", ref=made)
        except PinpuError as error:
            problem = f"{error.text} {error.fix_text or ''}"
        except ValueError:
            problem = gettext(N_("Choose a first and a last day."))
    today = now().astimezone(current_scope().zone).date()
    return show(
        "promotions/backtests",
        status=422 if problem else 200,
        tabs=tabs(),
        problem=problem,
        plugins=[(one, plugin_title(one)) for one in testable_plugins()],
        since=request.form.get("since") or (today - timedelta(days=30)).isoformat(),
        until=request.form.get("until") or today.isoformat(),
        runs=[(one, plugin_title(one.plugin), _run_state(one)) for one in newest_backtests()],
    )


def _day(text: str) -> datetime:
    day = date.fromisoformat(text)
    if not 2000 <= day.year <= 2200:
        raise ValueError(text)
    return datetime(day.year, day.month, day.day, tzinfo=current_scope().zone)


def _run_state(run: BacktestView) -> Badge:
    label, tone = _RUN_STATES[run.state]
    return Badge(gettext(label), tone)


@blueprint.get("/backtests/<uuid:ref>")
def backtest(ref: UUID) -> Response:
    """One backtest: how far it is, then its answer."""
    run = backtest_run(ref)
    return show(
        "promotions/backtest",
        tabs=tabs(),
        run=run,
        title=plugin_title(run.plugin),
        state=_run_state(run),
        stats=_stats(run) if run.state == "finished" else [],
        facts=_facts(run) if run.state == "finished" else [],
        examples=[
            (
                one["number"],
                url_for("console_orders.order", ref=one["number"]),
                _money(one["before"]),
                _money(one["after"]),
                _money(one["after"] - one["before"]),
            )
            for one in run.result.get("examples", ())
        ],
    )


def _money(minor: int) -> Money:
    return Money(minor, current_scope().currency)


def _stats(run: BacktestView) -> list[Stat]:
    found = run.result
    share = found["cost"] * 10_000 // found["paid"] if found["paid"] else 0
    return [
        Stat(
            gettext(N_("It would have cost")),
            _money(found["cost"]),
            note=gettext(N_("%(share)s of what was paid"), share=percent(share)),
        ),
        Stat(
            gettext(N_("Orders that change")),
            found["changed"],
            note=gettext(N_("of %(n)s"), n=found["orders"]),
        ),
        Stat(gettext(N_("Customers who gain")), found["gainers"]),
        Stat(
            gettext(N_("Orders under the margin floor")),
            found["under_floor"],
            note=gettext(N_("of %(n)s whose costs are known"), n=found["judged"]),
        ),
    ]


def _facts(run: BacktestView) -> list[Fact]:
    found = run.result
    facts = [
        Fact(gettext(N_("Paid in that time")), _money(found["paid"])),
        Fact(gettext(N_("Less paid with these rules")), _money(-found["cost"])),
        Fact(gettext(N_("More paid with these rules")), _money(found["dearer"])),
        Fact(gettext(N_("Orders at a loss")), str(found["at_loss"])),
    ]
    if found["unpriced"]:
        facts.append(Fact(gettext(N_("Orders that could not be priced")), str(found["unpriced"])))
    return facts
