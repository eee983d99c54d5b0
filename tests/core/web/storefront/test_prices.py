"""Sums as pages show them: whatever applies, the steps end in the total."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Adjustment, Kind, Reason
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import PriceInput, PriceLine, ShippingOption
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import Need, Unapplied
from core.kernel.clock import now
from core.kernel.i18n import speaking
from core.kernel.money import Money
from core.web.storefront.prices import campaign_name, price_sum


def line(number, price_minor=10_000, quantity=1):
    key = str(UUID(int=number))
    one = UUID(int=number)
    return PriceLine(
        key=key,
        product_id=one,
        variant_id=one,
        sku="",
        title=f"T{number}",
        quantity=quantity,
        unit_price=price_minor,
    )


def basket(*lines, shipping=None):
    return PriceInput(currency="CNY", moment=now(), lines=lines, shipping=shipping)


def priced(made, *adjustments):
    return price(made, lambda stage, _running: [one for one in adjustments if one.stage is stage])


def off(stage, amount=None, *, unit=None, target="order", message="Off", **more):
    return Adjustment(
        stage=stage, plugin="sale", plugin_version="1", rule_id=f"{stage}-{message}", kind=Kind.DISCOUNT, target=target,
        amount=amount, unit_price=unit, reason=Reason(message), rule_snapshot={}, **more,
    )  # fmt: skip


@given(
    prices=st.lists(st.integers(1, 99_999), min_size=1, max_size=5),
    taken=st.integers(1, 200_000),
    fee=st.integers(0, 5_000),
    free_from=st.none() | st.integers(0, 300_000),
)
def test_steps_always_end_in_the_total(prices, taken, fee, free_from):
    lines = [line(number, amount) for number, amount in enumerate(prices, 1)]
    made = basket(*lines, shipping=ShippingOption(key="m", title="顺丰", fee=fee, free_from=free_from))
    shown = price_sum(priced(made, off(Stage.ORDER_PROMOTIONS, taken)))
    assert sum(step.amount.minor for step in shown.steps) == shown.total.minor
    assert shown.saved is None or shown.saved.minor > 0


def test_free_shipping_is_one_step_that_says_why():
    made = basket(
        line(1, 30_000), shipping=ShippingOption(key="m", title="顺丰", fee=1_200, free_from=29_900)
    )
    with speaking("zh-CN"):
        shown = price_sum(priced(made))
    assert [(step.label, step.amount.minor) for step in shown.steps] == [("商品原价", 30_000), ("运费", 0)]
    assert "顺丰" in shown.steps[1].detail
    assert "299.00" in shown.steps[1].detail
    assert shown.saved == Money(1_200, "CNY")


def test_what_is_missing_for_free_shipping_is_told_until_the_order_is_placed():
    made = basket(line(1), shipping=ShippingOption(key="m", title="顺丰", fee=1_200, free_from=29_900))
    assert len(price_sum(priced(made)).hints) == 1
    assert price_sum(priced(made), final=True).hints == ()


def test_offer_for_one_line_of_two_names_it():
    made = basket(line(1), line(2))
    found = priced(made, off(Stage.CAMPAIGN, unit=8_000, target=(made.lines[0].key,), message="Group of 3"))
    (base, step) = price_sum(found).steps
    assert (base.amount.minor, step.label, step.detail, step.amount.minor) == (
        20_000,
        "Group of 3",
        "T1",
        -2_000,
    )
    assert campaign_name(found, found.lines[0]) == "Group of 3"
    assert campaign_name(found, found.lines[1]) == ""


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_offer_that_lost_says_why(language):
    made = basket(line(1))
    offers = [
        off(Stage.CAMPAIGN, unit=amount, target=(made.lines[0].key,), message=f"Price {amount}")
        for amount in (8_000, 9_000)
    ]
    with speaking(language):
        (lost,) = price_sum(priced(made, *offers)).why_not
    assert (lost.offer, "Price 8000" in lost.detail) == ("Price 9000", True)
    assert lost.because


def said(rule="r", **more):
    return Unapplied(
        **{
            "stage": Stage.COUPONS,
            "plugin": "coupon",
            "rule_id": rule,
            "title": Reason("30 off 200"),
            "because": Reason("Add %(missing)s.", {"missing": Money(1_200, "CNY")}),
            "code": "threshold",
            **more,
        }
    )


def test_what_lacks_little_is_a_hint_with_a_way_to_it_until_the_order_is_placed():
    more = {"need": Need(amount=1_200, saves=3_000), "url": "/x/coupon/", "action": Reason("Coupons")}
    found = priced(basket(line(1)), said(**more))
    shown = price_sum(found)
    (hint,) = shown.hints
    assert (hint.saves, hint.url, hint.action) == (Money(3_000, "CNY"), "/x/coupon/", "Coupons")
    assert shown.why_not == ()
    past = price_sum(found, final=True)
    (unused,) = past.why_not
    assert (past.hints, unused.url, unused.saves) == ((), "", None)


def test_two_hints_are_shown_at_once_and_the_rest_as_reasons():
    near = [said(f"r{n}", need=Need(pieces=n + 1)) for n in range(4)]
    shown = price_sum(priced(basket(line(1)), *near))
    assert (len(shown.hints), len(shown.why_not)) == (2, 2)


def test_what_only_the_merchant_may_know_is_not_told_to_the_buyer():
    shown = price_sum(priced(basket(line(1)), said(for_buyer=False)))
    assert (shown.hints, shown.why_not) == ((), ())


@given(st.lists(st.integers(1, 99_999), min_size=2, max_size=5), st.integers(1, 200_000))
def test_line_by_line_it_is_the_same_total(prices, taken):
    lines = [line(number, amount) for number, amount in enumerate(prices, 1)]
    shown = price_sum(priced(basket(*lines), off(Stage.ORDER_PROMOTIONS, taken)))
    assert sum(one.total.minor for one in shown.lines) == shown.total.minor
    assert all(sum(step.amount.minor for step in one.steps) == one.total.minor for one in shown.lines)


def test_one_line_or_plain_prices_are_not_shown_twice():
    assert price_sum(priced(basket(line(1)), off(Stage.ORDER_PROMOTIONS, 5))).lines == ()
    assert price_sum(priced(basket(line(1), line(2)))).lines == ()
