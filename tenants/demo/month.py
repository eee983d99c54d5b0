"""The plan of an example shop's past: who joins when, who orders what, pays how, and what becomes of it; pure."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenants.demo.content import Entry, ShopContent

# The shop was opened so many days before the demo, and trades for the last so many of them.
OPENED, TRADING = timedelta(days=400), 30
ORDERS = 126

Payment = Literal["soon", "declined first", "never"]
Ending = Literal["open", "shipped", "in parts", "handed over", "cancelled", "refunded in part", "refunded"]

# How many in a hundred.
_NEVER_PAID, _DECLINED_FIRST, _GUESTS, _PICKED_UP = 7, 4, 12, 9
_CANCELLED, _REFUNDED_IN_PART, _REFUNDED, _IN_PARTS = 3, 4, 2, 4
# Orders by hour of the shop's day, from 7 to 23 o'clock.
_BY_HOUR = (1, 2, 3, 4, 4, 6, 5, 3, 3, 4, 4, 4, 5, 7, 8, 6, 3)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order: lines are (SKU, units), `delivery` (kind, place in the shop's list), times are in UTC.

    `ends_at` is when it is shipped or cancelled, `refunded_at` when money goes back afterwards; None is not yet.
    """

    number: int
    at: datetime
    customer: int
    guest: bool
    lines: tuple[tuple[str, int], ...]
    delivery: tuple[Literal["method", "pickup"], int]
    payment: Payment
    pays_at: datetime | None
    ending: Ending
    ends_at: datetime | None
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that happens until `today`: joining times by customer, and orders by time."""

    today: datetime
    joins: Mapping[int, datetime]
    orders: tuple[PlannedOrder, ...]

    def sold(self) -> Counter[str]:
        """Units by SKU that stay sold when all is done; the others come back to the shelf."""
        units: Counter[str] = Counter()
        for order in self.orders:
            if order.pays_at is not None and order.ending != "cancelled":
                units.update(dict(order.lines))
        return units


def plan_of(content: ShopContent, today: datetime) -> Plan:
    """The past of a shop as seen from `today` (aware): the same content and day give the same plan."""
    return Plan(today, _joins(content, today), tuple(_Planner(content, today).orders()))


def stock_before(content: ShopContent, plan: Plan) -> dict[str, int | None]:
    """What must be on the shelves at first so that the month ends with the stock that the content names."""
    sold = plan.sold()
    return {
        sku: None if one.get("untracked") else one["stock"] + sold[sku]
        for sku, one in content.variants.items()
    }


def _joins(content: ShopContent, today: datetime) -> dict[int, datetime]:
    morning = timedelta(hours=3)
    return {
        number: today - timedelta(days=one["joined_days_ago"]) - morning + timedelta(minutes=7 * number)
        for number, one in enumerate(content.customers)
    }


class _Planner:
    def __init__(self, content: ShopContent, today: datetime) -> None:
        self.content, self.today = content, today
        self.zone = ZoneInfo(content.shop["timezone"])
        self.chance = random.Random(f"{content.handle} {today:%Y-%m-%d}")  # noqa: S311 - an example, not a secret
        self.joins = _joins(content, today)
        self.goods = [
            (product, one)
            for product in content.products
            for one in product["variants"]
            if one.get("untracked") or one["stock"] > 0
        ]
        self.weights = [self._weight(product, one) for product, one in self.goods]

    def orders(self) -> Iterator[PlannedOrder]:
        moments = sorted(self._moment() for _ in range(ORDERS - 5))
        # The last half hour: some have not paid yet, some have just paid.
        moments += [self.today - timedelta(minutes=minutes) for minutes in (21, 16, 11, 6, 3)]
        for number, at in enumerate(moments):
            yield self._order(number, at, fresh=number >= ORDERS - 5)

    def _moment(self) -> datetime:
        """A time of the last month: more on week-ends, more lately, by the hours of the shop's day."""
        days = range(TRADING)
        weights = [
            (1.5 if (self.today - timedelta(days=day)).astimezone(self.zone).weekday() >= 4 else 1.0)
            * (1.4 - 0.02 * day)
            for day in days
        ]
        while True:
            [day] = self.chance.choices(days, weights)
            [hour] = self.chance.choices(range(7, 24), _BY_HOUR)
            date = (self.today - timedelta(days=day)).astimezone(self.zone).date()
            clock = time(hour, self.chance.randrange(60), self.chance.randrange(60))
            moment = datetime.combine(date, clock, self.zone).astimezone(self.today.tzinfo)
            if moment < self.today - timedelta(minutes=40):
                return moment

    def _order(self, number: int, at: datetime, *, fresh: bool) -> PlannedOrder:
        customer = self._customer(at)
        lines = self._lines()
        delivery = self._delivery()
        payment, pays_at = self._payment(at, waits=fresh and number % 2 == 0)
        ending, ends_at, refunded_at = self._ending(pays_at, lines, picked_up=delivery[0] == "pickup")
        guest = delivery[0] == "method" and self._one_in_a_hundred(_GUESTS)
        return PlannedOrder(
            number, at, customer, guest, lines, delivery, payment, pays_at, ending, ends_at, refunded_at
        )

    def _one_in_a_hundred(self, share: int) -> bool:
        return self.chance.randrange(100) < share

    def _customer(self, at: datetime) -> int:
        there = [number for number, joined in self.joins.items() if joined < at]
        return self.chance.choices(there, [self.content.customers[number]["weight"] for number in there])[0]

    def _weight(self, product: Entry, one: Entry) -> float:
        """Loved products sell more, and of their variants the cheaper ones."""
        cheapest = min(other["price"] for other in product["variants"])
        return float(product["popularity"] * (cheapest / one["price"]) ** 0.6 / len(product["variants"]))

    def _lines(self) -> tuple[tuple[str, int], ...]:
        wanted = self.chance.choices((1, 2, 3, 4), (56, 28, 12, 4))[0]
        lines: dict[str, int] = {}
        for _, one in self.chance.choices(self.goods, self.weights, k=wanted):
            most = 3 if one["price"] < 10_000 else 1
            lines[one["sku"]] = self.chance.choices((1, 2, 3), (78, 17, 5))[0] if most > 1 else 1
        return tuple(lines.items())

    def _delivery(self) -> tuple[Literal["method", "pickup"], int]:
        if self._one_in_a_hundred(_PICKED_UP):
            return "pickup", self.chance.randrange(len(self.content.shipping["pickup"]))
        places = range(len(self.content.shipping["method"]))
        return "method", self.chance.choices(places, [4 if place == 0 else 1 for place in places])[0]

    def _payment(self, at: datetime, *, waits: bool) -> tuple[Payment, datetime | None]:
        if waits or (at < self.today - timedelta(hours=1) and self._one_in_a_hundred(_NEVER_PAID)):
            return "never", None
        pays_at = at + timedelta(seconds=self.chance.randrange(40, 150))
        return ("declined first" if self._one_in_a_hundred(_DECLINED_FIRST) else "soon"), pays_at

    def _ending(
        self, pays_at: datetime | None, lines: Sequence[tuple[str, int]], *, picked_up: bool
    ) -> tuple[Ending, datetime | None, datetime | None]:
        """What becomes of a paid order; the draws are the same however late it is, so that a plan is repeatable."""
        draw, packing = self.chance.randrange(100), self._packed(pays_at or self.today)
        later = packing + timedelta(days=self.chance.randrange(2, 7), hours=self.chance.randrange(9))
        if pays_at is None or packing >= self.today:
            return "open", None, None
        if draw < _CANCELLED:
            return "cancelled", packing, None
        if picked_up:
            return "handed over", packing, None
        refunded_at = later if later < self.today else None
        if draw < _CANCELLED + _REFUNDED_IN_PART:
            return "refunded in part", packing, refunded_at
        if draw < _CANCELLED + _REFUNDED_IN_PART + _REFUNDED:
            return "refunded", packing, refunded_at
        several = sum(units for _, units in lines) > 1
        if several and draw >= 100 - _IN_PARTS:
            return "in parts", packing, None
        return "shipped", packing, None

    def _packed(self, paid: datetime) -> datetime:
        """When somebody packs it: on a working day after noon, rarely on the same day."""
        day = paid.astimezone(self.zone)
        wait = (
            self.chance.choices((0, 1, 2), (3, 6, 2))[0]
            if day.hour < 14
            else self.chance.choices((1, 2), (7, 2))[0]
        )
        date = day.date() + timedelta(days=wait)
        if date.weekday() == 6:
            date += timedelta(days=1)
        clock = time(self.chance.randrange(14, 18), self.chance.randrange(60), self.chance.randrange(60))
        return datetime.combine(date, clock, self.zone).astimezone(self.today.tzinfo)
