"""The example groups: played in order, skipped where the shop lacks what they need, and never twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import reading
from core.sdk.data import session
from core.sdk.demo import Rehearsal
from core.testing.buying import ADDRESS, order_row, pay
from core.testing.goods import make_customer, make_product, make_shipping, stock_left
from plugins.group_buy.demo import Story
from plugins.group_buy.models import Activity, Seat
from plugins.group_buy.queries.listings import activity_list, group_list
from plugins.group_buy.queries.numbers import numbers

ALL = {"limit": 20, "offset": 0}


class Played(Rehearsal):
    """The test's clock and the test's gateway instead of a file and a server; jobs run every hour."""

    def __init__(self, clock, gateway, run_jobs):
        self.clock, self.gateway, self.run_jobs = clock, gateway, run_jobs

    def begin_at(self, moment):
        self.clock.offset += moment - now()

    def reach(self, moment):
        while now() < moment:
            self.begin_at(min(moment, now() + timedelta(hours=1)))
            self.run_jobs()

    def pay(self, order_id, *, decide="succeed", return_url):
        assert (decide, return_url.startswith("http")) == ("succeed", True)
        return pay(self.gateway, order_id).state


@pytest.fixture
def shelf(tea_shop, clock):
    """Six customers of old, a way to deliver, and one of the two products of the example."""
    clock.advance(days=-40)
    make_shipping()
    for number in range(6):
        make_customer(name=f"顾客 {number}", address=ADDRESS)
    product = make_product(handle="tea", prices=[12_800])
    clock.advance(days=40)
    return product


EXAMPLE = {
    "activity": [
        {
            "code": "three",
            "title": "三人拼",
            "size": 3,
            "hours": 24,
            "limit_per_customer": 2,
            "stock_cap": 60,
            "starts_days_ago": 6,
            "lasts_days": 20,
            "prices": {"tea-0": 8_900, "elsewhere-1": 100},
        },
        {
            "code": "gone",
            "title": "没有这件商品",
            "size": 2,
            "hours": 24,
            "limit_per_customer": 2,
            "stock_cap": 60,
            "starts_days_ago": 30,
            "lasts_days": 20,
            "prices": {"elsewhere-1": 100},
        },
    ],
    "group": [
        {"activity": "three", "sku": "tea-0", "ago_hours": 100, "joins": [30, 200], "ships_after_hours": 20},
        {"activity": "three", "sku": "tea-0", "ago_hours": 60, "joins": [5]},
        {"activity": "three", "sku": "tea-0", "ago_hours": 3, "joins": [60]},
        {"activity": "three", "sku": "elsewhere-1", "ago_hours": 3, "joins": []},
        {"activity": "gone", "sku": "elsewhere-1", "ago_hours": 3, "joins": []},
    ],
}


def story(played, example=EXAMPLE):
    return Story(example, played, now())


def orders() -> list[UUID]:
    with reading():
        return list(session().scalars(select(Seat.order_id)))


def test_example_has_a_full_a_failed_and_a_forming_group(shelf, clock, gateway, run_jobs):
    told = story(Played(clock, gateway, run_jobs))
    assert told.is_untold
    told.play()
    assert abs(now() - told.today) < timedelta(minutes=5)
    with reading():
        found = numbers(since=now() - timedelta(days=30))
        rows = group_list(activity_id=None, view="all", sort="-deadline", **ALL).rows
    assert (found.opened, found.forming, found.succeeded, found.failed) == (3, 1, 1, 1)
    # Each happened when the example says, not when it was played.
    assert [round((told.today - row.opened_at) / timedelta(hours=1)) for row in rows] == [3, 60, 100]
    assert found.median_fill is not None
    assert round(found.median_fill / timedelta(minutes=10)) == 20
    rows = [order_row(order_id) for order_id in orders()]
    assert sorted((row.lifecycle, row.fulfilment) for row in rows) == [
        *[("cancelled", "unfulfilled")] * 2,
        *[("placed", "fulfilled")] * 3,
        *[("placed", "unfulfilled")] * 2,
    ]
    # Five pieces are sold or promised, the two refunded ones are back.
    assert stock_left(shelf) == 95


KINDS = {
    "activity": [
        {
            **EXAMPLE["activity"][0],
            "code": "steps",
            "title": "阶梯",
            "size": 4,
            "prices": {"tea-0": [[2, 9_000], [3, 8_000], [4, 7_000]]},
            "rules": {"kind": "tiered"},
        },
        {
            **EXAMPLE["activity"][0],
            "code": "draw",
            "title": "抽奖",
            "prices": {"cup-0": 990},
            "rules": {"kind": "lottery", "winners": 1},
        },
    ],
    "group": [
        {"activity": "steps", "sku": "tea-0", "ago_hours": 100, "joins": [30, 200], "ships_after_hours": 48},
        {"activity": "draw", "sku": "cup-0", "ago_hours": 90, "joins": [30, 200], "ships_after_hours": 20},
        {"activity": "draw", "sku": "cup-0", "ago_hours": 9, "joins": [30]},
    ],
}


def test_example_of_other_kinds_sends_differences_back_and_draws(shelf, clock, gateway, run_jobs):
    make_product(handle="cup", prices=[4_800])
    story(Played(clock, gateway, run_jobs), KINDS).play()
    with reading():
        found = numbers(since=now() - timedelta(days=30))
        rules = {one.rules["kind"] for one in session().scalars(select(Activity))}
    assert (found.succeeded, found.forming, found.fallen, rules) == (2, 1, 3_000, {"tiered", "lottery"})
    drawn = [order_row(one) for one in orders()]
    assert sorted((row.lifecycle, row.fulfilment) for row in drawn) == [
        *[("cancelled", "unfulfilled")] * 2,
        *[("placed", "fulfilled")] * 4,
        *[("placed", "unfulfilled")] * 2,
    ]


def test_example_is_played_once(shelf, clock, gateway, run_jobs):
    played = Played(clock, gateway, run_jobs)
    story(played).play()
    again = story(played)
    assert not again.is_untold
    with reading():
        assert activity_list(view="all", search="", sort="title", **ALL).total == 1


def test_shop_without_the_goods_of_the_example_is_left_alone(tea_shop, clock, gateway, run_jobs):
    assert not story(Played(clock, gateway, run_jobs)).is_untold


def test_shop_without_customers_gets_activities_only(tea_shop, clock, gateway, run_jobs):
    make_shipping()
    make_product(handle="tea", prices=[12_800])
    story(Played(clock, gateway, run_jobs)).play()
    with reading():
        assert [one.title for one in session().scalars(select(Activity))] == ["三人拼"]
    assert orders() == []
