"""The plan of an example month: repeatable, in order, plausible, and never selling what the shelves do not have."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tenants.demo.content import shop_contents
from tenants.demo.month import OPENED, TRADING, plan_of, stock_before

TODAY = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
SHOPS = {one.handle: one for one in shop_contents()}


@pytest.fixture(params=SHOPS)
def content(request):
    return SHOPS[request.param]


@pytest.fixture
def plan(content):
    return plan_of(content, TODAY)


def test_same_day_gives_the_same_plan(content, plan):
    assert plan_of(content, TODAY) == plan


def test_two_shops_have_months_of_their_own():
    first, second = (plan_of(one, TODAY) for one in SHOPS.values())
    assert [one.at for one in first.orders] != [one.at for one in second.orders]


def test_month_has_at_least_120_orders_in_order_of_time(plan):
    times = [one.at for one in plan.orders]
    assert len(times) >= 120
    assert times == sorted(times)
    assert [one.number for one in plan.orders] == list(range(len(times)))
    assert TODAY - timedelta(days=TRADING) < times[0]
    assert times[-1] < TODAY


def test_nothing_happens_before_what_it_follows_from_or_after_today(plan):
    for order in plan.orders:
        steps = [order.at, order.pays_at, order.ends_at, order.refunded_at]
        known = [one for one in steps if one is not None]
        assert known == sorted(known), order
        assert known[-1] < TODAY, order
        assert plan.joins[order.customer] < order.at
        assert (order.ending == "open") == (order.ends_at is None)
        assert (order.payment == "never") == (order.pays_at is None)


def test_shop_is_open_before_the_first_customer_comes(plan):
    assert min(plan.joins.values()) > TODAY - OPENED + timedelta(days=1)


def test_every_end_that_a_merchant_meets_is_there(plan):
    endings = Counter(one.ending for one in plan.orders)
    payments = Counter(one.payment for one in plan.orders)
    assert endings["shipped"] > 60
    assert endings["open"] >= 8
    assert {"handed over", "cancelled", "refunded in part"} <= set(endings)
    assert payments["never"] >= 4
    assert payments["declined first"] >= 1
    assert any(one.guest for one in plan.orders)
    assert any(one.pays_at is None and one.at > TODAY - timedelta(minutes=25) for one in plan.orders)


def test_everybody_waits_for_a_delivery_that_exists(content, plan):
    offered = {"method": len(content.shipping["method"]), "pickup": len(content.shipping["pickup"])}
    for order in plan.orders:
        kind, place = order.delivery
        assert place < offered[kind]
        assert (order.ending == "handed over") <= (kind == "pickup")


def test_sold_out_goods_are_not_sold_and_the_month_ends_with_the_stock_of_the_content(content, plan):
    before, sold = stock_before(content, plan), plan.sold()
    for sku, variant in content.variants.items():
        if variant.get("untracked"):
            assert before[sku] is None
            continue
        assert before[sku] - sold[sku] == variant["stock"]
        if variant["stock"] == 0:
            assert not any(sku in dict(order.lines) for order in plan.orders)


def test_loved_products_sell_more(content, plan):
    sold = plan.sold()
    loved = [sum(sold[one["sku"]] for one in product["variants"]) for product in content.products]
    third = len(loved) // 3
    assert sum(loved[:third]) > 2 * sum(loved[-third:])
