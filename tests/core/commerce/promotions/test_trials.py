"""The simulator and the backtest, with a real plugin, real orders and nothing written."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.commerce.catalog.models import Variant
from core.commerce.promotions.backtest import TrialRules, backtest
from core.commerce.promotions.backtest_runs import BacktestRefused, backtest_run, begin_backtest
from core.commerce.promotions.trials import TrialWish, tried
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.sdk.values import Adjustment, Reason, Stage
from core.testing.buying import pay
from core.testing.goods import make_product, make_shipping


@command("system")
def set_cost(variant_id, cost):
    session().execute(update(Variant).where(Variant.id == variant_id).values(cost_minor=cost))


def ten_percent(stage, price_input, running):
    if stage is not Stage.ORDER_PROMOTIONS:
        return []
    return [
        Adjustment(
            stage=stage,
            rule_id="ten",
            reason=Reason("Ten percent"),
            target="order",
            amount=running.goods // 10,
        )
    ]


RULES = TrialRules(plugin="trial", facts=lambda given: {"lines": len(given.lines)}, adjust=ten_percent)


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="Tea", prices=[10_000])


@pytest.fixture
def orders(tea, buyer, gateway):
    """Two paid orders of one buyer and one that was never paid."""
    somebody = buyer()
    placed = [somebody.order([(tea.variant_id, count)]) for count in (1, 3, 1)]
    for one in placed[:2]:
        pay(gateway, one.order_id)
    return placed


def period():
    return {"since": now() - timedelta(days=1), "until": now() + timedelta(minutes=1)}


def test_a_backtest_says_what_a_promotion_would_have_cost(tea, orders):
    # Three for 270.00 lose free shipping from 299.00 on: 30.00 less, 12.00 more.
    with reading():
        found = backtest(RULES, **period())
    assert (found.orders, found.changed, found.cost, found.dearer) == (2, 2, 2_800, 0)
    assert len(found.gainers) == 1
    assert [one.saved for one in found.examples] == [1_800, 1_000]
    assert found.judged == 0


def test_a_backtest_names_orders_under_the_margin(tea, orders):
    set_cost(tea.variant_id, 8_500)
    with reading():
        assert backtest(RULES, floor=500, **period()).under_floor == 0
        found = backtest(RULES, floor=600, **period())
        assert (found.judged, found.under_floor, found.at_loss) == (2, 2, 0)
    set_cost(tea.variant_id, 9_500)
    with reading():
        assert backtest(RULES, **period()).at_loss == 2


def test_a_backtest_is_bounded_and_does_not_fall_over_rules_that_do(tea, orders):
    with reading():
        assert backtest(RULES, most=1, **period()).seen == 1

    def broken(stage, price_input, running):
        return (
            [Adjustment(stage=stage, rule_id="x", reason=Reason("X"), target=("gone",), amount=1)]
            if stage is Stage.COUPONS
            else []
        )

    rules = TrialRules(plugin="trial", facts=lambda given: {}, adjust=broken)
    with reading():
        found = backtest(rules, **period())
    assert (found.unpriced, found.orders, found.cost) == (2, 0, 0)


def test_another_shops_orders_are_not_priced(platform, shop, other_shop, gateway):
    with shop_bound(other_shop, SYSTEM), reading():
        assert backtest(RULES, **period()).seen == 0


def test_a_run_in_the_worker_ends_with_the_same_answer(tea, orders, enable, in_shop, run_jobs):
    enable(in_shop, "group_buy")
    run_id = begin_backtest(plugin="group_buy", moment=now(), **period())
    with reading():
        assert (backtest_run(run_id).state, backtest_run(run_id).total) == ("waiting", 2)
    run_jobs()
    with reading():
        found = backtest_run(run_id)
    assert (found.state, found.done) == ("finished", 2)
    assert (found.result["orders"], found.result["changed"]) == (2, 0)


def test_plugins_without_prices_and_endless_periods_are_refused(tea):
    with pytest.raises(BacktestRefused):
        begin_backtest(plugin="nobody", moment=now(), **period())


def test_a_trial_prices_at_any_moment_and_writes_nothing(tea, in_shop):
    method = {"kind": "method", "id": str(make_shipping())}
    moment = now() + timedelta(days=3)
    with reading():
        found = tried(TrialWish(lines=[(tea.variant_id, 2)], moment=moment, who="new", delivery=method))
    assert found.live.price_input.moment == moment
    assert found.live.price_input.customer.customer_id is not None
    assert found.priced.goods_total == 20_000
    assert found.refusals == ()
    with reading():
        guest = tried(TrialWish(lines=[(tea.variant_id, 1)], moment=moment))
    assert guest.live.price_input.customer.customer_id is None
