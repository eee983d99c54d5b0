""" "Why this price" in both languages, from the list price to the total."""

import pytest

from core.commerce.pricing.adjustments import Kind, Reason
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.stages import Stage
from core.kernel.money import Money
from tests.core.commerce.pricing.baskets import activity, answering, basket, line, off


@pytest.fixture
def priced():
    return price(
        basket(
            line("a", 1000, 3),
            line("b", 250),
            shipping=ShippingOption(key="s", title="顺丰", fee=1200, free_from=9900),
        ),
        answering(
            activity(900, "a", reason=Reason("Group price %(price)s", {"price": Money(900, "CNY")})),
            activity(950, "a", plugin="live_sale", rule="live", reason=Reason("Live price")),
            off(Stage.COUPONS, 295, reason=Reason("Coupon TEA")),
            off(
                Stage.SHIPPING,
                100,
                "shipping",
                kind=Kind.FEE,
                rule="island",
                reason=Reason("Island surcharge"),
            ),
        ),
    )


def test_each_line_is_explained_step_by_step(priced):
    told = priced.explanation("en")
    assert [(step.text, step.amount_text) for step in told.lines[0].steps] == [
        ("3 × CN¥10.00", "CN¥30.00"),
        ("Group price CN¥9.00", "−CN¥3.00"),
        ("Coupon TEA", "−CN¥2.70"),
    ]
    assert (told.lines[0].title, told.lines[0].net_text) == ("Tea a", "CN¥24.30")
    assert [(step.plugin, step.rule_id) for step in told.lines[0].steps] == [
        ("", ""), ("group_buy", "a1"), ("coupon", "r1"),
    ]  # fmt: skip
    assert told.total_text == "CN¥39.55"


def test_shipping_is_explained_like_a_line(priced):
    shipping = priced.explanation("zh-CN").lines[-1]
    assert (shipping.key, shipping.title, shipping.net_text) == ("shipping", "运费", "¥13.00")
    assert [(step.text, step.amount_text) for step in shipping.steps] == [
        ("顺丰", "¥12.00"), ("Island surcharge", "+¥1.00"),
    ]  # fmt: skip


def test_what_does_not_apply_says_why_and_what_won(priced):
    live, free = priced.explanation("zh-CN").why_not
    assert (live.text, live.because, live.lines) == ("Live price", "另有更低的活动价。", ("Tea a",))
    assert live.instead == "Group price ¥9.00"
    assert (free.text, free.because, free.instead) == ("满 ¥99.00 包邮", "再买 ¥72.45 即可包邮。", "")
