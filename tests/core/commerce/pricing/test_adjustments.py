"""Adjustments say what is wrong with them, field by field, and survive being stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Adjustment, Kind, Reason
from core.commerce.pricing.errors import AdjustmentError
from core.commerce.pricing.stages import PLUGIN_STAGES, Stage
from core.kernel.money import Money
from tests.core.commerce.pricing.baskets import activity, answers, off, price_inputs


def wrong(**fields):
    base = {"stage": Stage.COUPONS, "rule_id": "r", "reason": Reason("Why"), "target": "order", "amount": 1}
    with pytest.raises(AdjustmentError) as refused:
        Adjustment(**{**base, **fields})
    return set(refused.value.problems)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"stage": "coupons"}, {"stage"}),
        ({"stage": Stage.TAX}, {"stage"}),
        ({"stage": Stage.BASE}, {"stage"}),
        ({"amount": None}, {"amount"}),
        ({"unit_price": 1}, {"amount"}),
        ({"amount": -1}, {"amount"}),
        ({"amount": 1.5}, {"amount"}),
        ({"amount": True}, {"amount"}),
        ({"amount": 10**12 + 1}, {"amount"}),
        ({"amount": Money(1, "CNY")}, {"amount"}),
        ({"amount": None, "unit_price": 1}, {"unit_price"}),
        ({"stage": Stage.CAMPAIGN, "target": ("a",)}, {"amount"}),
        ({"stage": Stage.CAMPAIGN, "amount": None, "unit_price": 1}, {"unit_price"}),
        (
            {"stage": Stage.CAMPAIGN, "amount": None, "unit_price": 1, "target": ("a",), "kind": Kind.FEE},
            {"unit_price"},
        ),
        ({"target": ()}, {"target"}),
        ({"target": ["a"]}, {"target"}),
        ({"target": "a"}, {"target"}),
        ({"target": (1,)}, {"target"}),
        ({"target": ("a", "a")}, {"target"}),
        ({"target": "shipping"}, {"target"}),
        ({"stage": Stage.SHIPPING}, {"target"}),
        ({"stage": Stage.SHIPPING_PROMOTIONS, "target": ("a",)}, {"target"}),
        ({"kind": "gift"}, {"kind"}),
        ({"reason": "because"}, {"reason"}),
        ({"rule_id": ""}, {"rule_id"}),
        ({"rule_id": 7}, {"rule_id"}),
        ({"exclusive_group": None}, {"exclusive_group"}),
        ({"exclusive_group": "x" * 201}, {"exclusive_group"}),
        ({"funding": {}}, {"funding"}),
        ({"funding": {"merchant": 9999}}, {"funding"}),
        ({"funding": {"merchant": 5000.0, "platform": 5000}}, {"funding"}),
        ({"funding": {"merchant": 10001, "platform": -1}}, {"funding"}),
        ({"funding": "merchant"}, {"funding"}),
        ({"rule_snapshot": []}, {"rule_snapshot"}),
        ({"rule_snapshot": {"at": object()}}, {"rule_snapshot"}),
        ({"rule_snapshot": {"at": float("nan")}}, {"rule_snapshot"}),
        ({"rule_snapshot": {1: 2}}, {"rule_snapshot"}),
        ({"rule_snapshot": {"text": "\0"}}, {"rule_snapshot"}),
        ({"amount": -1, "rule_id": "", "funding": {}}, {"amount", "rule_id", "funding"}),
    ],
)
def test_a_wrong_adjustment_names_every_wrong_field(fields, named):
    assert wrong(**fields) == named


@pytest.mark.parametrize(
    ("message", "params"),
    [
        ("", {}),
        (None, {}),
        ("From %(price)s", {"other": 1}),
        ("100% off", {"percent": 1}),
        ("%(price)d", {"price": "ten"}),
        ("Fine", {"when": 1.5}),
        ("Fine", {"when": True}),
        ("Fine", {"name": "\0"}),
        ("Fine", "params"),
    ],
)
def test_a_reason_that_cannot_be_shown_is_refused(message, params):
    with pytest.raises(AdjustmentError) as refused:
        Reason(message, params)
    assert set(refused.value.problems) == {"reason"}


def test_a_reason_speaks_both_languages_and_writes_money_in_each():
    reason = Reason("Free shipping from %(from)s", {"from": Money(9900, "CNY")})
    assert reason.text("en") == "Free shipping from CN¥99.00"
    assert reason.text("zh-CN") == "满 ¥99.00 包邮"


def test_a_percent_sign_without_params_is_just_a_percent_sign():
    assert Reason("100% off").text("en") == "100% off"


def test_an_adjustment_cannot_be_changed_through_what_it_was_made_of():
    snapshot, funding = {"tiers": [1, 2]}, {"merchant": 10_000}
    adjustment = off(Stage.COUPONS, 1, rule_snapshot=snapshot, funding=funding)
    snapshot["tiers"].append(3)
    funding["platform"] = 1
    assert adjustment.as_json()["rule_snapshot"] == {"tiers": [1, 2]}
    assert adjustment.as_json()["funding"] == {"merchant": 10_000}
    with pytest.raises(TypeError):
        adjustment.rule_snapshot["tiers"] = ()


@given(price_inputs(shipping=True), st.data())
def test_adjustments_are_stored_without_loss(price_input, data):
    for adjustment in data.draw(answers(price_input)):
        stored = json.loads(json.dumps(adjustment.as_json()))
        assert Adjustment.from_json(stored) == adjustment


def test_money_in_a_reason_is_stored_without_loss():
    adjustment = activity(
        900, "a", reason=Reason("From %(p)s", {"p": Money(5, "JPY")}), rule_snapshot={"x": {"y": [None]}}
    )
    assert Adjustment.from_json(json.loads(json.dumps(adjustment.as_json()))) == adjustment


def test_stages_are_in_the_order_of_the_design():
    assert [stage.value for stage in Stage] == [
        "base", "list", "campaign", "line_promotions", "order_promotions", "coupons", "points", "shipping",
        "shipping_promotions", "tax", "rounding",
    ]  # fmt: skip
    assert Stage.BASE not in PLUGIN_STAGES
    assert PLUGIN_STAGES[0] is Stage.CAMPAIGN
