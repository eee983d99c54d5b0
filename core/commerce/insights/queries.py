"""Reads of visitors: how many came how far in a period, and on each of its steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from core.commerce.insights.models import STEPS, VisitorStep
from core.commerce.insights.periods import PART_MINUTES, Period, part_of_day
from core.commerce.insights.sales import STEP_MINUTES, STEPS_OF_DAY
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class Visitors:
    """How many visitors came as far as each of STEPS in a period; `steps` are visitors by day or half hour."""

    period: Period
    reached: Mapping[str, int]
    steps: Sequence[int]

    @property
    def all(self) -> int:
        """How many came at all."""
        return self.reached["visit"]

    def conversion(self, orders: int) -> int | None:
        """Paid orders per visitor in basis points; None without visitors."""
        return orders * 10_000 // self.all if self.all else None


def visitors_of(period: Period) -> tuple[Visitors, Visitors]:
    """A period and the one before it, in one statement."""
    both = (period, period.before)
    # Days that are drawn, or cut, by the time of day.
    fine = {one.last for one in both if one.is_one_day or one.until is not None}
    statement = (
        select(
            VisitorStep.day,
            VisitorStep.step,
            func.sum(VisitorStep.visitors).label("visitors"),
            func.jsonb_agg(VisitorStep.by_time).filter(VisitorStep.day.in_(fine)).label("by_time"),
        )
        .where(
            VisitorStep.shop_id == current_scope().shop_id,
            or_(*(VisitorStep.day.between(one.first, one.last) for one in both)),
        )
        .group_by(VisitorStep.day, VisitorStep.step)
    )
    rows = session().execute(statement).all()
    return _visitors(both[0], rows), _visitors(both[1], rows)


def counted_since() -> date | None:
    """The first day on which anybody was counted."""
    return session().scalar(
        select(func.min(VisitorStep.day)).where(VisitorStep.shop_id == current_scope().shop_id)
    )


def _visitors(period: Period, rows: Iterable[Any]) -> Visitors:
    reached = dict.fromkeys(STEPS, 0)
    steps = [0] * (STEPS_OF_DAY if period.is_one_day else period.days)
    for row in rows:
        if not period.first <= row.day <= period.last:
            continue
        by_part = _by_part(row.by_time) if row.by_time else {}
        cut = period.until is not None and row.day == period.last
        reached[row.step] += _until(by_part, period) if cut else int(row.visitors)
        if row.step != "visit":
            continue
        if not period.is_one_day:
            steps[(row.day - period.first).days] += int(row.visitors)
        for part, count in by_part.items() if period.is_one_day else ():
            steps[part * PART_MINUTES // STEP_MINUTES] += count
    return Visitors(period, reached, steps)


def _by_part(slots: Sequence[Mapping[str, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for slot in slots:
        for part, count in slot.items():
            found[int(part)] = found.get(int(part), 0) + count
    return found


def _until(by_part: Mapping[int, int], period: Period) -> int:
    """Visitors of the ten minutes that were over by then."""
    assert period.until is not None
    end = part_of_day(period.until)
    return sum(count for part, count in by_part.items() if part < end)
