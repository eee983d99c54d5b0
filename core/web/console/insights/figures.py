"""The figures of a period beside those of the days before, each with its change, a small curve and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from core.commerce.insights.periods import Period
from core.commerce.insights.queries import Visitors, visitors_of
from core.commerce.insights.sales import STEPS_OF_DAY, Sales, sales_of
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Stat, Tone
from core.web.console.insights.words import before_words

# A day's small curve has a point for so many half hours.
_HALF_HOURS = 4


@dataclass(frozen=True, slots=True)
class Overview:
    """A period and the one before: what was sold, and who came."""

    sales: Sales
    before: Sales
    visitors: Visitors
    visitors_before: Visitors

    @property
    def period(self) -> Period:
        """The days that it is about."""
        return self.sales.period

    @property
    def is_empty(self) -> bool:
        """Nothing happened in either."""
        both = (self.sales, self.before)
        return not (
            any(one.orders or one.refunded.minor for one in both)
            or self.visitors.all
            or self.visitors_before.all
        )


def overview(period: Period) -> Overview:
    """Everything that the figures of a period need, in three statements."""
    return Overview(*sales_of(period), *visitors_of(period))


def orders_address(period: Period, **more: Any) -> str:
    """The list of exactly the orders that were paid in a period."""
    return url_for(
        "console_orders.index",
        view="all",
        paid_from=period.first.isoformat(),
        paid_to=period.last.isoformat(),
        test="no",
        **more,
    )


def _refunds_address(period: Period) -> str:
    days: dict[str, Any] = {"refunded_from": period.first.isoformat(), "refunded_to": period.last.isoformat()}
    return url_for("console_orders.index", view="all", **days, test="no")


def period_address(period: Period, name: str = "", anchor: str | None = None) -> str:
    """The page of insights for a period."""
    if name:
        return url_for("console_insights.index", period=name, _anchor=anchor)
    days: dict[str, Any] = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return url_for("console_insights.index", **days, _anchor=anchor)


def figure_stats(found: Overview, funnel: str) -> list[Stat]:
    """Paid orders, sales, visitors, conversion, average order, refunds. `funnel`: where visitors are shown step by step."""
    return [*_sales_stats(found), *_visitor_stats(found, funnel), *_order_stats(found)]


def _sales_stats(found: Overview) -> list[Stat]:
    new, old, period = found.sales, found.before, found.period
    rows = orders_address(period)
    orders, minor = [one.orders for one in new.steps], [one.minor for one in new.steps]
    return [
        _stat(N_("Paid orders"), period, (new.orders, old.orders), formats.number(new.orders),
              formats.number(old.orders), rows, trend=orders),
        _stat(N_("Sales"), period, (new.taken.minor, old.taken.minor), new.taken, formats.money(old.taken),
              rows, trend=minor),
    ]  # fmt: skip


def _visitor_stats(found: Overview, funnel: str) -> list[Stat]:
    new, old, period = found.visitors, found.visitors_before, found.period
    rate, rate_before = new.conversion(found.sales.orders), old.conversion(found.before.orders)
    points = "" if rate is None or rate_before is None else _points(rate - rate_before)
    return [
        _stat(N_("Visitors"), period, (new.all, old.all), formats.number(new.all), formats.number(old.all), funnel,
              trend=new.steps),
        Stat(
            gettext(N_("Conversion")),
            formats.percent(rate, 2),
            points,
            _tone(rate or 0, rate_before or 0) if points else "",
            before_words(period, formats.percent(rate_before, 2)),
            funnel,
            trend=_curve(
                period,
                [one.orders * 10_000 // max(came, 1) for one, came in zip(found.sales.steps, new.steps, strict=True)],
            ) if rate is not None else (),
        ),
    ]  # fmt: skip


def _order_stats(found: Overview) -> list[Stat]:
    new, old, period = found.sales, found.before, found.period
    counted = ngettext(
        "%(count)s order", "%(count)s orders", new.refunded_orders, count=formats.number(new.refunded_orders)
    )
    said = before_words(period, formats.money(old.refunded))
    return [
        _stat(N_("Average order"), period, (new.average.minor, old.average.minor), new.average,
              formats.money(old.average), orders_address(period, sort="-total"),
              trend=[one.minor // one.orders if one.orders else 0 for one in new.steps]),
        Stat(
            gettext(N_("Refunds")),
            new.refunded,
            _change(new.refunded.minor, old.refunded.minor),
            note=gettext(N_("%(orders)s · %(before)s"), orders=counted, before=said),
            url=_refunds_address(period),
            trend=_curve(period, new.back) if new.refunded.minor else (),
        ),
    ]  # fmt: skip


def _stat(
    label: str,
    period: Period,
    numbers: tuple[int, int],
    value: str | Money,
    before: str,
    url: str,
    *,
    trend: Sequence[int] = (),
) -> Stat:
    new, old = numbers
    curve = _curve(period, trend) if any(trend) else ()
    return Stat(
        gettext(label), value, _change(new, old), _tone(new, old), before_words(period, before), url, curve
    )


def _curve(period: Period, values: Sequence[int]) -> Sequence[int]:
    """Days as they are; a single day in parts of two hours, until now."""
    if not period.is_one_day:
        return values
    passed = steps_passed() + 1 if period.is_open else STEPS_OF_DAY
    shown = values[:passed]
    return [sum(shown[place : place + _HALF_HOURS]) for place in range(0, len(shown), _HALF_HOURS)]


def steps_passed() -> int:
    """Which half hour of today it is by the shop's clock."""
    local = now().astimezone(current_scope().zone)
    return (local.hour * 60 + local.minute) // 30


def _change(new: int, old: int) -> str:
    if not old:
        return ""
    points = (new - old) * 10_000 // old
    return f"{'+' if points > 0 else ''}{formats.percent(points)}"


def _points(points: int) -> str:
    """A change of a rate, in percentage points."""
    said = formats.percent(points, 2).removesuffix("%")
    return gettext(N_("%(n)s pts"), n=f"+{said}" if points > 0 else said)


def _tone(new: int, old: int) -> Tone:
    return "" if not old or new == old else "ok" if new > old else "bad"
