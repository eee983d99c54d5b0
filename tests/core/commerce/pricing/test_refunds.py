"""A refund is the exact inverse of what was paid, unit by unit, in any order."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Kind
from core.commerce.pricing.errors import RefundEmpty, RefundLineUnknown, RefundRefused
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import refund_preview, units_left
from core.commerce.pricing.stages import Stage
from tests.core.commerce.pricing.baskets import activity, answering, answers, basket, line, off, price_inputs

POST = ShippingOption(key="s", title="Post", fee=1200)


@given(price_inputs(), st.data())
def test_units_whose_price_was_cut_give_back_the_rest_and_never_more_than_was_paid(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    cuts = {
        one.key: [data.draw(st.integers(0, net)) for net in one.unit_nets]
        for one in priced.lines
        if data.draw(st.booleans())
    }
    kept = sum(sum(units) for units in cuts.values())
    refunded, back = Counter(), kept + priced.shipping_total
    for key in data.draw(st.permutations([one.key for one in priced.lines for _ in range(one.quantity)])):
        preview = refund_preview(priced, wanted={key: 1}, refunded=refunded, cuts=cuts)
        assert preview.amount >= 0
        assert 0 <= preview.tax_included <= priced.tax_included
        back += preview.amount
        refunded[key] += 1
        assert preview.left == priced.total - back + priced.shipping_total
    assert back == priced.total


def paid(*adjustments, lines=None, **more):
    chosen = lines or (line("a", 10000), line("b", 3000, 2), line("c", 4000))
    return price(basket(*chosen, shipping=POST, **more), answering(*adjustments))


@given(price_inputs(), st.data())
def test_refunding_all_units_one_by_one_in_any_order_returns_exactly_what_was_paid(price_input, data):
    made = price(price_input, answering(*data.draw(answers(price_input))))
    priced = PricedCart.from_json(json.loads(json.dumps(made.as_json())))
    units = data.draw(st.permutations([one.key for one in priced.lines for _ in range(one.quantity)]))
    shipping_at = data.draw(st.integers(0, len(units) - 1))
    refunded, back, tax, parts, shipping_refunded = Counter(), 0, 0, Counter(), 0
    for number, key in enumerate(units):
        preview = refund_preview(
            priced,
            wanted={key: 1},
            refunded=refunded,
            include_shipping=number == shipping_at,
            shipping_refunded=shipping_refunded,
        )
        one = preview.lines[0]
        signed = sum(part.amount if part.kind is Kind.FEE else -part.amount for part in one.parts)
        assert preview.amount >= 0
        assert one.amount == one.list_amount + signed >= 0
        parts.update({(key, part.position): part.amount for part in one.parts})
        back += preview.amount
        tax += preview.tax_included
        refunded[key] += 1
        shipping_refunded += preview.shipping
        assert back <= priced.total
        assert preview.left == priced.total - back
    assert back == priced.total
    assert tax == priced.tax_included
    assert units_left(priced, refunded) == {}
    assert parts == Counter(
        {
            (key, entry.position): share
            for entry in priced.applied
            for key, share in entry.allocations.items()
            if key != "shipping"
        }
    )


@given(price_inputs(), st.data())
def test_several_units_at_once_give_the_same_as_one_by_one(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    before = {one.key: data.draw(st.integers(0, one.quantity - 1)) for one in priced.lines}
    wanted = {one.key: data.draw(st.integers(1, one.quantity - before[one.key])) for one in priced.lines}
    together = refund_preview(priced, wanted=wanted, refunded=before).amount
    singly, done = 0, dict(before)
    for key, units in wanted.items():
        for _ in range(units):
            singly += refund_preview(priced, wanted={key: 1}, refunded=done).amount
            done[key] += 1
    assert together == singly


def test_a_coupon_line_gives_back_its_allocated_net_and_the_others_keep_their_price():
    priced = paid(off(Stage.COUPONS, 3000))
    preview = refund_preview(priced, wanted={"b": 1}, refunded={})
    assert preview.amount == 2550
    assert (preview.lines[0].list_amount, preview.lines[0].parts[0].amount) == (3000, 450)
    assert preview.left == priced.total - 2550
    assert (
        refund_preview(priced, wanted={"a": 1, "b": 1, "c": 1}, refunded={"b": 1}).amount
        == 8500 + 2550 + 3400
    )


def test_a_group_price_is_refunded_as_paid():
    priced = paid(activity(2500, "b"))
    assert refund_preview(priced, wanted={"b": 2}, refunded={}, include_shipping=True).amount == 5000 + 1200


def test_all_of_an_order_that_cost_nothing_can_be_given_back():
    priced = price(basket(line("a", 500, 2)), answering(activity(0, "a")))
    assert refund_preview(priced, wanted=units_left(priced, {}), refunded={}).amount == 0


def test_shipping_goes_back_once():
    priced = paid()
    assert refund_preview(priced, wanted={}, refunded={}, include_shipping=True).amount == 1200
    rest = refund_preview(priced, wanted={}, refunded={}, include_shipping=True, shipping_refunded=500)
    assert rest.shipping == 700
    with pytest.raises(RefundEmpty):
        refund_preview(priced, wanted={}, refunded={}, include_shipping=True, shipping_refunded=1200)
    with pytest.raises(RefundRefused):
        refund_preview(priced, wanted={"a": 1}, refunded={}, shipping_refunded=1201)


def test_what_is_stored_with_a_refund_names_every_adjustment_it_undoes():
    preview = refund_preview(
        paid(off(Stage.COUPONS, 3000)), wanted={"b": 1}, refunded={}, include_shipping=True
    )
    assert preview.as_json() == {
        "currency": "CNY",
        "amount": 3750,
        "shipping": 1200,
        "tax_included": 0,
        "left": 14450,
        "lines": [
            {
                "key": "b",
                "units": 1,
                "list_amount": 3000,
                "parts": [[0, "discount", 450]],
                "amount": 2550,
                "tax_included": 0,
            }
        ],
    }


@pytest.mark.parametrize("units", [3, 10**9, -1, 1.0, True, "1"])
def test_more_units_than_are_left_or_no_number_of_units_is_refused(units):
    with pytest.raises(RefundRefused) as refused:
        refund_preview(paid(), wanted={"b": units}, refunded={})
    assert refused.value.params["left"] == 2


def test_units_that_were_refunded_are_not_refunded_again():
    with pytest.raises(RefundRefused):
        refund_preview(paid(), wanted={"b": 2}, refunded={"b": 1})
    with pytest.raises(RefundEmpty):
        refund_preview(paid(), wanted={"b": 0}, refunded={})
    with pytest.raises(RefundEmpty):
        refund_preview(paid(), wanted={}, refunded={})


@pytest.mark.parametrize(
    "told", [{"wanted": {"zz": 1}, "refunded": {}}, {"wanted": {"a": 1}, "refunded": {"zz": 1}}]
)
def test_a_line_the_order_does_not_have_is_refused(told):
    with pytest.raises(RefundLineUnknown):
        refund_preview(paid(), **told)
