"""Which campaigns get in each other's way."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.commerce.pricing.stages import Stage
from core.commerce.promotions.campaigns import ACTIVITY_PRICE, Campaign, collisions

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
TEA, CUP = UUID(int=1), UUID(int=2)


def campaign(key="a", first=0, last=10, goods=(TEA,), **more):
    return Campaign(
        **{
            "key": key,
            "title": key,
            "kind": "Group-buy",
            "starts_at": BEGIN + timedelta(days=first),
            "ends_at": None if last is None else BEGIN + timedelta(days=last),
            "stage": Stage.CAMPAIGN,
            "product_ids": None if goods is None else frozenset(goods),
            "plugin": "group_buy",
            **more,
        }
    )


def test_two_activity_prices_for_the_same_goods_at_the_same_time_collide():
    (found,) = collisions([campaign("a", 0, 10), campaign("b", 5, 20, plugin="live_sale")])
    assert (found.slot, found.since, found.until) == (
        ACTIVITY_PRICE, BEGIN + timedelta(days=5), BEGIN + timedelta(days=10),
    )  # fmt: skip
    assert found.product_ids == {TEA}


@pytest.mark.parametrize(
    "other",
    [
        campaign("b", 10, 20),
        campaign("b", goods=(CUP,)),
        campaign("b", stage=Stage.COUPONS),
        campaign("b", stage=Stage.COUPONS, exclusive_group="coupon"),
    ],
    ids=["right after", "other goods", "another stage", "a group of its own"],
)
def test_what_does_not_meet_does_not_collide(other):
    assert collisions([campaign("a"), other]) == []


def test_one_exclusive_group_across_stages_collides_once_per_slot():
    both = {"exclusive_group": "one deal"}
    (found,) = collisions([campaign("a", **both), campaign("b", stage=Stage.COUPONS, **both)])
    assert found.slot == "one deal"
    assert len(collisions([campaign("a", **both), campaign("b", **both)])) == 2


def test_any_goods_meet_some_and_an_open_end_never_ends():
    (found,) = collisions([campaign("a", last=None, goods=None), campaign("b", 3, None)])
    assert (found.product_ids, found.until) == ({TEA}, None)
    (found,) = collisions([campaign("a", goods=None), campaign("b", goods=None)])
    assert found.product_ids is None


@pytest.mark.parametrize(
    ("days", "paused", "state"),
    [
        (-1, False, "scheduled"),
        (0, False, "running"),
        (5, True, "paused"),
        (10, False, "ended"),
        (10, True, "ended"),
    ],
)
def test_how_it_stands_follows_from_the_moment(days, paused, state):
    assert campaign(paused=paused).state(BEGIN + timedelta(days=days)) == state
