"""Visitors of an example shop's past month: numbers only, in proportion to what was ordered, more in the evening."""

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.insights.models import VisitorStep
from core.commerce.insights.periods import PART_MINUTES, part_of_day
from core.commerce.orders.models import Order
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope
from tenants.demo.month import TRADING

# Of a hundred visitors, how many look at a product, put something in the cart, begin a checkout.
_SHARES = {"visit": 100, "product": 58, "cart": 17, "checkout": 9}
_PER_ORDER, _ANYWAY = 22, 30
# Parts that visitors are counted by, of an hour.
_PARTS = 60 // PART_MINUTES
# Visitors by hour of the day.
_BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 12, 11, 9, 9, 9, 10, 12, 15, 18, 18, 13, 6)


@command("system")
def write_visitors() -> None:
    """Write the month's numbers; where some are known already, they stay."""
    today = now().astimezone(current_scope().zone).date()
    orders = _orders_by_day()
    rows = [
        row
        for back in range(TRADING + 7)
        for row in _rows_of(
            today - timedelta(days=back), orders, until=part_of_day(now()) if not back else None
        )
    ]
    session().execute(insert(VisitorStep).values(rows).on_conflict_do_nothing())


def _orders_by_day() -> Mapping[date, int]:
    day = cast(func.timezone(str(current_scope().zone), Order.paid_at), Date).label("day")
    statement = (
        select(day, func.count())
        .where(Order.shop_id == current_scope().shop_id, Order.paid_at.is_not(None))
        .group_by("day")
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def _rows_of(day: date, orders: Mapping[date, int], *, until: int | None) -> Iterator[dict[str, Any]]:
    chance = random.Random(f"{current_scope().handle} {day.isoformat()}")  # noqa: S311 - a demo's numbers
    end = len(_BY_HOUR) * _PARTS if until is None else max(until, 1)
    anyway = (_ANYWAY + chance.randrange(20)) * end // (len(_BY_HOUR) * _PARTS)
    visitors = anyway + orders.get(day, 0) * (_PER_ORDER + chance.randrange(8))
    weights = [weight for weight in _BY_HOUR for _ in range(_PARTS)]
    came = sorted(chance.choices(range(end), weights[:end], k=visitors))
    for step, share in _SHARES.items():
        by_time: dict[str, int] = {}
        for part in came:
            if chance.randrange(100) < share:
                by_time[str(part)] = by_time.get(str(part), 0) + 1
        if by_time:
            yield {
                "shop_id": current_scope().shop_id,
                "id": new_id(),
                "day": day,
                "step": step,
                "slot": 0,
                "visitors": sum(by_time.values()),
                "by_time": by_time,
            }
