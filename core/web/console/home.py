"""The console's first page: today beside the same weekday, what waits for a person, and the latest orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from babel.dates import format_date, get_day_names
from flask import Blueprint, Response, url_for

from core.commerce.fulfilment.order_lists import orders_page, view_counts
from core.commerce.fulfilment.sales import STEP_MINUTES, DaySales, RefundWork, Today, refund_work, sales_today
from core.commerce.merchandising.queries import ProductIndex, products_index
from core.kernel.clock import now
from core.kernel.i18n import N_, current_locale, gettext, ngettext
from core.kernel.money import Money, plain_amount
from core.kernel.parked_jobs import ParkedJobs, parked_jobs, retry_parked_jobs
from core.kernel.tenancy import current_actor, current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Stat, Tone
from core.rendering.console.tables import IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show
from core.web.console.customers.growth import growth_stats
from core.web.console.orders.listing import COLUMNS, ORDERS, listed
from core.web.console.panels import home_panels
from core.web.console.sources import plugin_title

blueprint = Blueprint("console_home", __name__)
_LATEST = 6
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
class Task:
    """Something that waits: how many, where they stand, and what to know about them."""

    label: str
    count: int
    url: str
    icon: str
    detail: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """Background tasks that failed for the last time: how many, and what they were to do."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Money taken so far through the day, as points of a line in a box of 1000 by 100; `top` is the highest value."""

    today: str
    before: str
    area: str
    marks: Sequence[tuple[str, int]]
    top: Money
    now_at: int


@blueprint.get("/")
def home() -> Response:
    """Home."""
    counts, work = view_counts(), refund_work()
    latest = orders_page(view="all", limit=_LATEST, with_counts=False)
    goods = products_index(view="low")
    sold = sales_today()
    return show(
        "home",
        parked=_parked(),
        panels=home_panels(),
        greeting=_greeting(),
        day=_day_words(now()),
        stats=_stats(sold),
        curve=_curve(sold),
        compared=_compared_with(sold),
        tasks=_tasks(counts, work, goods),
        growth=growth_stats(),
        latest=IndexPage(_LATEST_ORDERS, IndexState(_LATEST_ORDERS), listed(latest.rows)),
        orders=counts["all"],
        products=goods.counts["all"],
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


def _greeting() -> str:
    hour = now().astimezone(current_scope().zone).hour
    part = 0 if hour < 5 else 1 if hour < 11 else 2 if hour < 14 else 3 if hour < 18 else 4
    words = (N_("Good night"), N_("Good morning"), N_("Good day"), N_("Good afternoon"), N_("Good evening"))
    return gettext(N_("%(greeting)s, %(name)s"), greeting=gettext(words[part]), name=current_actor().name)


def _day_words(moment: datetime) -> str:
    local = moment.astimezone(current_scope().zone)
    pattern = "M月d日 EEEE" if current_locale().language == "zh" else "EEEE, MMMM d"
    day = format_date(local.date(), pattern, locale=current_locale())
    return gettext(N_("%(day)s, until %(hour)s"), day=day, hour=formats.hour(moment))


def _compared_with(sold: Today) -> str:
    """The name of the day a week ago: "last Thursday"."""
    local = sold.before.start.astimezone(current_scope().zone)
    weekday = get_day_names("wide", locale=current_locale())[local.weekday()]
    if current_locale().language == "zh":
        weekday = weekday.removeprefix("星期")
    return gettext(N_("last %(weekday)s"), weekday=weekday)


def _stats(sold: Today) -> list[Stat]:
    today = now().astimezone(current_scope().zone).date().isoformat()
    rows = url_for("console_orders.index", view="all", paid_from=today, paid_to=today)
    now_, then = sold.today, sold.before
    averages = (
        (now_.average or Money(0, now_.sales.currency)),
        (then.average or Money(0, then.sales.currency)),
    )
    return [
        _stat(
            N_("Paid orders"),
            sold,
            now_.orders,
            then.orders,
            formats.number(now_.orders),
            formats.number(then.orders),
            rows,
        ),
        _stat(
            N_("Sales"), sold, now_.sales.minor, then.sales.minor, now_.sales, formats.money(then.sales), rows
        ),
        _stat(
            N_("Average order"),
            sold,
            averages[0].minor,
            averages[1].minor,
            averages[0],
            formats.money(averages[1]),
            f"{rows}&sort=-total",
        ),
        _stat(
            N_("Units sold"),
            sold,
            now_.units,
            then.units,
            formats.number(now_.units),
            formats.number(then.units),
            rows,
        ),
    ]


def _stat(label: str, sold: Today, new: int, old: int, value: str | Money, before: str, url: str) -> Stat:
    note = gettext(N_("%(day)s by this hour %(value)s"), day=_compared_with(sold), value=before)
    return Stat(gettext(label), value, _change(new, old), _tone(new, old), note, url)


def _change(new: int, old: int) -> str:
    if not old:
        return ""
    points = (new - old) * 10_000 // old
    sign = "+" if points > 0 else ""
    return f"{sign}{formats.percent(points)}"


def _tone(new: int, old: int) -> Tone:
    return "" if not old or new == old else "ok" if new > old else "bad"


def _curve(sold: Today) -> Curve | None:
    """Both days as lines; None when nothing was taken on either."""
    today, before = (list(accumulate(day.steps)) for day in (sold.today, sold.before))
    top = max([*today, *before])
    if not top:
        return None
    passed = _steps_passed(sold.today)
    ceiling = _round_up(top)
    line = _points(today[: passed + 1], ceiling)
    edge = (passed + 1) * 1000 // len(today)
    return Curve(
        today=line,
        before=_points(before, ceiling),
        area=f"0,100 {line} {edge},100",
        marks=[
            (_axis(ceiling * part // 2, sold.today.sales.currency), 100 - 50 * part) for part in (2, 1, 0)
        ],
        top=Money(ceiling, sold.today.sales.currency),
        now_at=edge,
    )


def _axis(minor: int, currency: str) -> str:
    """A round amount beside the curve, without its decimals."""
    whole = Money(minor, currency)
    return f"{formats.currency_sign(currency)}{formats.compact(int(plain_amount(whole).split('.')[0]))}"


def _steps_passed(day: DaySales) -> int:
    return min(int((day.until - day.start).total_seconds()) // (STEP_MINUTES * 60), len(day.steps) - 1)


def _points(values: Sequence[int], ceiling: int) -> str:
    drawn = [(0, 0), *((place + 1, value) for place, value in enumerate(values))]
    width = 24 * 60 // STEP_MINUTES
    return " ".join(f"{place * 1000 // width},{100 - value * 100 / ceiling:.1f}" for place, value in drawn)


def _round_up(value: int) -> int:
    """The next number that reads well and can be halved: 2, 4, 10 times a power of ten."""
    step: int = 10 ** (len(str(value)) - 1)
    return next(step * factor for factor in (1, 2, 4, 10) if step * factor >= value)


def _tasks(counts: Mapping[str, int], work: RefundWork, goods: ProductIndex) -> list[Task]:
    """What waits for a person, most urgent first; nothing that waits for nobody. Each leads to exactly its rows."""
    oldest = gettext(N_("oldest from %(when)s"), when=formats.moment(work.oldest)) if work.oldest else ""
    return [
        *_task(N_("Refunds refused"), work.failed, _orders(view="refunding", refund="failed"), "receipt-refund",
               gettext(N_("look at them and try again")), "bad"),
        *_task(N_("To ship"), counts["to_ship"], _orders(), "truck", gettext(N_("paid, and nothing holds them")), "warn"),
        *_task(N_("Refunds on their way"), work.open, _orders(view="refunding", refund="open"), "arrow-back-up", oldest),
        *_task(N_("Waiting for group"), counts["waiting"], _orders(view="waiting"), "users-group",
               gettext(N_("ship when their group is complete")), "accent"),
        *_task(N_("Unpaid"), counts["unpaid"], _orders(view="unpaid"), "hourglass", gettext(N_("close by themselves"))),
        *_task(N_("Low stock"), goods.counts["low"], url_for("console_products.index", view="low"), "box", _titles(goods)),
    ]  # fmt: skip


def _orders(**chosen: Any) -> str:
    return url_for("console_orders.index", **chosen)


def _task(label: str, count: int, url: str, icon: str, detail: str, tone: Tone = "") -> list[Task]:
    return [Task(gettext(label), count, url, icon, detail, tone)] if count else []


def _titles(goods: ProductIndex) -> str:
    """The first products by name."""
    return _comma().join(row.title for row in goods.rows[:2])


def _comma() -> str:
    return "、" if current_locale().language == "zh" else ", "
