"""What others pay of discounts: their share of what lies on kept goods, never more than was promised, nothing in the end."""

from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Kind
from core.commerce.pricing.funding import is_funded_by_others, owed_by_others
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.refunds import refund_preview
from core.commerce.pricing.stages import Stage
from tests.core.commerce.pricing.baskets import answering, basket, line, off

SHARED = {"merchant": 5_000, "supplier": 3_333, "platform": 1_667}


def test_each_party_owes_its_share_rounded_down():
    found = price(
        basket(line("a", 10_000), line("b", 5_000, 2)), answering(off(Stage.COUPONS, 1_001, funding=SHARED))
    )
    assert is_funded_by_others(found)
    assert owed_by_others(found) == {"supplier": 333, "platform": 166}
    # "a" holds half of the discount.
    assert owed_by_others(found, gone={"a": 1}) == {"supplier": 166, "platform": 83}
    assert owed_by_others(found, gone={"a": 1, "b": 2}) == {}


def test_discounts_of_the_shop_and_fees_are_owed_by_nobody():
    found = price(
        basket(line("a", 10_000)),
        answering(off(Stage.COUPONS, 500), off(Stage.COUPONS, 500, rule="f", kind=Kind.FEE, funding=SHARED)),
    )
    assert (is_funded_by_others(found), owed_by_others(found)) == (False, {})


def test_freight_that_somebody_pays_is_owed_until_the_fee_goes_back():
    post = ShippingOption(key="s", title="Post", fee=1_000)
    free = off(Stage.SHIPPING_PROMOTIONS, 600, "shipping", funding={"platform": 10_000})
    found = price(basket(line("a", 10_000), shipping=post), answering(free))
    assert owed_by_others(found, gone={"a": 1}) == {"platform": 600}
    assert owed_by_others(found, gone={"a": 1}, shipping_refunded=100) == {"platform": 450}
    assert owed_by_others(found, gone={"a": 1}, shipping_refunded=400) == {}


def test_what_was_clawed_back_nobody_owes():
    spend = off(Stage.ORDER_PROMOTIONS, 3_000, thresholds=((20_000, 3_000),), funding={"supplier": 10_000})
    found = price(basket(line("a", 10_000), line("b", 10_000), claw_back=True), answering(spend))
    back = refund_preview(found, wanted={"b": 1}, refunded={})
    assert back.claw_back == 1_500
    assert owed_by_others(found, gone={"b": 1}, clawed_back=back.claw_back) == {}


@given(st.integers(0, 9_999), st.integers(1, 9), st.integers(0, 40_000), st.data())
def test_no_share_grows_when_units_go_back(price_of_unit, quantity, amount, data):
    share = data.draw(st.integers(1, 9_999))
    coupon = off(Stage.COUPONS, amount, funding={"merchant": 10_000 - share, "supplier": share})
    found = price(basket(line("a", price_of_unit, quantity), line("b", 77)), answering(coupon))
    steps = [owed_by_others(found, gone={"a": units}).get("supplier", 0) for units in range(quantity + 1)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] == sum(one.amount for one in found.applied) * share // 10_000
