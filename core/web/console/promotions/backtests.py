"""Routes of backtests."""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Response, request, url_for

from core.commerce.customers.queries import customer_faces
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
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Badge, Fact, Stat, Tone
from core.web.console.answers import go, show
from core.web.console.promotions.simulator import blueprint as blueprint
from core.web.console.promotions.simulator import chosen_moment
from core.web.console.promotions.views import tabs
from core.web.console.sources import plugin_title

_RUN_STATES: dict[str, tuple[str, Tone]] = {
    "waiting": (N_("Waiting"), ""),
    "running": (N_("Running"), "accent"),
    "finished": (N_("Finished"), "ok"),
    "failed": (N_("Failed"), "bad"),
}


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
                moment=chosen_moment(request.form.get("at", "")),
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
        plugin=request.values.get("plugin", ""),
        at=chosen_moment(request.values.get("at", ""))
        .astimezone(current_scope().zone)
        .strftime("%Y-%m-%dT%H:%M"),
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
    examples = run.result.get("examples", ())
    buyers = customer_faces({UUID(one["customer_id"]) for one in examples if one.get("customer_id")})
    return show(
        "promotions/backtest",
        tabs=tabs(),
        run=run,
        title=plugin_title(run.plugin),
        state=_run_state(run),
        as_of=gettext(N_("Rules as of %(time)s"), time=formats.moment(run.moment)),
        stats=_stats(run) if run.state == "finished" else [],
        facts=_facts(run) if run.state == "finished" else [],
        examples=[
            (
                one["number"],
                buyers.get(UUID(one["customer_id"])) if one.get("customer_id") else None,
                url_for("console_orders.order", ref=one["number"]),
                _money(one["before"]),
                _money(one["after"]),
                _money(one["after"] - one["before"]),
            )
            for one in examples
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
