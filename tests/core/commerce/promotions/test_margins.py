"""Whether a promotion leaves the shop's margin."""

import pytest
from sqlalchemy import update

from core.commerce.catalog.models import Variant
from core.commerce.promotions.margins import (
    PriceBelowZero,
    SoldAtALoss,
    discount_warnings,
    margin_warnings,
    refuse_losses,
)
from core.commerce.shops.actions import update_shop
from core.commerce.shops.price_rules import PriceRules
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import speaking
from core.kernel.tenancy import SYSTEM, acting_as, shop_bound
from core.testing.goods import make_product


@command("system")
def set_cost(variant_id, cost):
    session().execute(update(Variant).where(Variant.id == variant_id).values(cost_minor=cost))


@pytest.fixture
def tea(platform, in_shop):
    made = make_product(title="Tea", prices=[10_000, 5_000])
    set_cost(made.variant_ids[0], 7_000)
    with acting_as(SYSTEM):
        update_shop(changes={"pricing": PriceRules(margin_floor=2_000).as_json()})
    return made


@pytest.mark.parametrize(
    ("price", "level"), [(8_750, None), (8_749, "below_floor"), (7_000, "below_floor"), (6_999, "below_zero")]
)
def test_the_floor_is_a_share_of_the_price(tea, price, level):
    with reading():
        found = margin_warnings({tea.variant_ids[0]: price})
    assert [one.level for one in found] == ([level] if level else [])


def test_without_a_floor_only_a_loss_is_named(tea):
    with acting_as(SYSTEM):
        update_shop(changes={"pricing": {}})
    with reading():
        assert margin_warnings({tea.variant_ids[0]: 7_000}) == []
        (loss,) = margin_warnings({tea.variant_ids[0]: 6_000})
    with speaking("en"):
        assert loss.text == "Tea #0 sells at a loss: ¥60.00, and it costs you ¥70.00."


def test_goods_without_a_cost_are_not_judged(tea):
    with reading():
        assert margin_warnings({tea.variant_ids[1]: 0}) == []


def test_less_than_nothing_is_refused(tea):
    with reading(), pytest.raises(PriceBelowZero):
        margin_warnings({tea.variant_ids[1]: -1})


def test_a_discount_is_judged_at_the_smallest_order(tea):
    with reading():
        assert discount_warnings(tea.variant_ids, basis_points=1_000, amount=200) == []
        (one,) = discount_warnings(tea.variant_ids, basis_points=1_000, amount=20_000)
    assert (one.price, one.level, one.margin) == (0, "below_zero", -7_000)


def test_costs_of_another_shop_are_not_seen(platform, shop, other_shop):
    with shop_bound(shop, SYSTEM):
        tea = make_product(prices=[10_000])
        set_cost(tea.variant_id, 7_000)
    with shop_bound(other_shop, SYSTEM), reading():
        assert margin_warnings({tea.variant_id: 0}) == []
    with shop_bound(shop, SYSTEM), reading():
        assert len(margin_warnings({tea.variant_id: 0})) == 1


@pytest.mark.parametrize(
    ("floor", "price", "refused"), [(1_000, 6_999, True), (1_000, 7_000, False), (None, 1, False)]
)
def test_a_loss_is_refused_where_the_shop_wants_a_margin(tea, floor, price, refused):
    with acting_as(SYSTEM):
        update_shop(changes={"pricing": PriceRules(margin_floor=floor).as_json()})
    with reading():
        found = margin_warnings({tea.variant_ids[0]: price})
        if refused:
            with pytest.raises(SoldAtALoss):
                refuse_losses(found)
        else:
            refuse_losses(found)
