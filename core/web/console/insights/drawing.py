"""What charts draw: lines in a box of 1000 by 100, bars in thousandths, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from core.commerce.insights.sales import STEP_MINUTES, Sales
from core.kernel.money import Money, plain_amount
from core.rendering.console import formats
from core.web.console.insights.figures import Overview, orders_address, steps_passed
from core.web.console.insights.words import day_words

# So many days stand below a curve by name.
_NAMED_DAYS = 5


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One step of a curve in words, for who reads tables: the value, the one before, and the rows behind it."""

    label: str
    orders: int
    taken: Money
    before: Money
    url: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Money taken in a period and in the one before; `marks` stand at its left, `under` below it.

    A single day is summed up through the day, until now; days stand for themselves. `rows` are the same numbers.
    """

    today: str
    before: str
    area: str
    marks: Sequence[tuple[str, int]]
    under: Sequence[str]
    now_at: int
    is_sum: bool
    rows: Sequence[CurveRow]


def sales_curve(found: Overview) -> Curve | None:
    """Both periods as lines; None when nothing was taken in either."""
    new, old = ([one.minor for one in side.steps] for side in (found.sales, found.before))
    if not any(new) and not any(old):
        return None
    single = found.period.is_one_day
    if single:
        new, old = list(accumulate(new)), list(accumulate(old))
    ceiling = _round_up(max([*new, *old]))
    shown = new[: steps_passed() + 1] if single and found.period.is_open else new
    line = _points(shown, ceiling, len(new), from_zero=single)
    edge = _place(len(shown) - 1, len(new), from_zero=single)
    currency = found.sales.taken.currency
    return Curve(
        today=line,
        before=_points(old, ceiling, len(old), from_zero=single),
        area=f"0,100 {line} {edge},100",
        marks=[(_axis(ceiling * part // 2, currency), 100 - 50 * part) for part in (2, 1, 0)],
        under=_under(found.sales),
        now_at=edge if single and found.period.is_open else -1,
        is_sum=single,
        rows=_rows(found),
    )


def _axis(minor: int, currency: str) -> str:
    """A round amount beside the curve, without its decimals."""
    whole = Money(minor, currency)
    return f"{formats.currency_sign(currency)}{formats.compact(int(plain_amount(whole).split('.')[0]))}"


def _place(step: int, length: int, *, from_zero: bool) -> int:
    """How far right a step stands, of 1000: a part of a day at its end, days from the first edge to the last."""
    return (step + 1) * 1000 // length if from_zero else step * 1000 // max(length - 1, 1)


def _points(values: Sequence[int], ceiling: int, length: int, *, from_zero: bool) -> str:
    drawn = [(_place(step, length, from_zero=from_zero), value) for step, value in enumerate(values)]
    if from_zero:
        drawn = [(0, 0), *drawn]
    return " ".join(f"{x},{100 - value * 100 / ceiling:.1f}" for x, value in drawn)


def _round_up(value: int) -> int:
    """The next number that reads well and can be halved: 2, 4, 10 times a power of ten."""
    step: int = 10 ** (len(str(value)) - 1)
    return next(step * factor for factor in (1, 2, 4, 10) if step * factor >= value)


def _under(sales: Sales) -> list[str]:
    if sales.period.is_one_day:
        return ["0:00", "6:00", "12:00", "18:00", "24:00"]
    last = sales.period.days - 1
    count = min(_NAMED_DAYS, sales.period.days)
    places = [last * one // (count - 1) for one in range(count)]
    return [day_words(sales.period.first + timedelta(days=place)) for place in places]


def _rows(found: Overview) -> list[CurveRow]:
    """Steps in which something was paid, then or before."""
    new, old, currency = found.sales, found.before, found.sales.taken.currency
    rows = []
    for place, (step, before) in enumerate(zip(new.steps, old.steps, strict=True)):
        if step.orders or before.orders:
            label, url = _step_words(found, place)
            rows.append(
                CurveRow(label, step.orders, Money(step.minor, currency), Money(before.minor, currency), url)
            )
    return rows


def _step_words(found: Overview, place: int) -> tuple[str, str]:
    if found.period.is_one_day:
        minutes = place * STEP_MINUTES
        return f"{minutes // 60}:{minutes % 60:02d}", ""
    day = found.period.first + timedelta(days=place)
    return day_words(day), orders_address(type(found.period)(day, day)) if found.sales.steps[
        place
    ].orders else ""


def thousandths(value: int, top: int) -> int:
    """How long a bar is, of 1000; what is there at all can be seen."""
    return max(value * 1000 // top, 4) if value and top else 0
