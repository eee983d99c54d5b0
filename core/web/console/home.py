"""The console's first page: today beside the same weekday, what waits for a person, and the latest orders."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response
from markupsafe import Markup

from core.commerce.fulfilment.order_lists import orders_page
from core.commerce.insights.periods import named_period
from core.commerce.merchandising.queries import stock_work
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.parked_jobs import ParkedJobs, parked_jobs, retry_parked_jobs
from core.kernel.tenancy import current_actor, current_scope
from core.rendering.console import formats
from core.rendering.console.tables import IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show
from core.web.console.customers.growth import growth_stats
from core.web.console.insights.drawing import sales_curve
from core.web.console.insights.figures import figure_stats, overview, period_address
from core.web.console.insights.words import compared_with, is_chinese, long_day
from core.web.console.orders.listing import COLUMNS, ORDERS, listed
from core.web.console.panels import home_panels
from core.web.console.sources import plugin_title
from core.web.console.todo import queue

blueprint = Blueprint("console_home", __name__)
_LATEST = 6
# Where the name will stand: a character that nobody's words have.
_NAME = "\ue000"
# The latest orders are a part of the list: same cells, no views, nothing to search.
_LATEST_ORDERS = IndexSpec(
    key="latest",
    noun=ORDERS.noun,
    columns=tuple(column for column in COLUMNS if column.key != "source"),
    sorts={"-placed_at": ORDERS.sorts["-placed_at"]},
    row_id=ORDERS.row_id,
    row_url=ORDERS.row_url,
    row_label=ORDERS.row_label,
)


@dataclass(frozen=True, slots=True)
class Parked:
    """Background tasks that failed for the last time: how many, and what they were to do."""

    title: str
    text: str


@blueprint.get("/")
def home() -> Response:
    """Home."""
    stock = stock_work()
    found = overview(named_period("today"))
    waiting = queue(stock)
    latest = orders_page(view="all", limit=_LATEST, with_counts=False)
    return show(
        "home",
        parked=_parked(),
        panels=home_panels(),
        greeting=_greeting(),
        day=_day_words(now()),
        stats=figure_stats(found, period_address(found.period, "today", "funnel")),
        curve=sales_curve(found),
        compared=compared_with(found.period),
        insights=period_address(found.period, "today"),
        queue=waiting,
        growth=growth_stats(),
        latest=IndexPage(_LATEST_ORDERS, IndexState(_LATEST_ORDERS), listed(latest.rows)),
        products=stock.products,
    )


@blueprint.post("/parked-tasks")
def retry_parked() -> Response:
    """Try background tasks again that failed for the last time."""
    count = retry_parked_jobs()
    said = ngettext("%(n)s task is tried again.", "%(n)s tasks are tried again.", count) if count else ""
    return go("console_home.home", said=said)


def _parked() -> Parked | None:
    found = parked_jobs()
    if not found:
        return None
    count = sum(one.number for one in found)
    words = dict.fromkeys(_what(one) for one in found)
    return Parked(
        ngettext("%(n)s background task needs attention", "%(n)s background tasks need attention", count),
        gettext(
            N_(
                "Tried several times without success: %(what)s. Nothing is lost; try again once the cause is gone."
            ),
            what=_comma().join(words),
        ),
    )


def _what(parked: ParkedJobs) -> str:
    said = gettext(parked.says or N_("something in the background"))
    return f"{said} ({plugin_title(parked.plugin)})" if parked.plugin else said


def _greeting() -> Markup:
    """Good evening, and the name, which is not broken between two lines."""
    hour = now().astimezone(current_scope().zone).hour
    part = 0 if hour < 5 else 1 if hour < 11 else 2 if hour < 14 else 3 if hour < 18 else 4
    words = (N_("Good night"), N_("Good morning"), N_("Good day"), N_("Good afternoon"), N_("Good evening"))
    name = Markup('<span class="pp-whole">{}</span>').format(current_actor().name)
    said = Markup.escape(gettext(N_("%(greeting)s, %(name)s"), greeting=gettext(words[part]), name=_NAME))
    return said.replace(_NAME, name)


def _day_words(moment: datetime) -> str:
    return gettext(N_("%(day)s, until %(hour)s"), day=long_day(moment), hour=formats.hour(moment))


def _comma() -> str:
    return "、" if is_chinese() else ", "
