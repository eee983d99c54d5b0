"""What plugins say of promotions that do not apply: checked, ordered, stored, told, and never a change of the price."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Reason
from core.commerce.pricing.errors import AdjustmentError, PricingError
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import MOST_KEPT, Need, Unapplied
from core.kernel.money import Money
from tests.core.commerce.pricing.baskets import answering, answers, basket, line, off, price_inputs


def unapplied(rule="r1", stage=Stage.COUPONS, **more):
    return Unapplied(
        **{
            "stage": stage,
            "rule_id": rule,
            "title": Reason("Coupon %(off)s", {"off": Money(3000, "CNY")}),
            "because": Reason("%(missing)s more and it counts.", {"missing": Money(1200, "CNY")}),
            "code": "threshold",
            "plugin": "coupon",
            "plugin_version": "1.0",
            **more,
        }
    )


WRONG = [
    {"stage": Stage.TAX},
    {"stage": "coupons"},
    {"title": "words"},
    {"because": None},
    {"code": "Not A Code"},
    {"need": 5},
    {"lines": ["a"]},
    {"url": "https://elsewhere.example/"},
    {"url": "//elsewhere.example/"},
    {"url": "javascript:alert(1)"},
    {"url": '/a"b'},
    {"action": Reason("Get it")},
    {"rule": ""},
    {"rule_snapshot": {"x": object()}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(AdjustmentError):
        unapplied(**wrong)


@pytest.mark.parametrize("parts", [(0, 0, 5), (-1, 1), (True, 0), (1.5, 0)])
def test_a_need_says_how_much_is_missing(parts):
    with pytest.raises(AdjustmentError):
        Need(*parts)


@given(price_inputs(), st.data())
def test_it_changes_no_price(price_input, data):
    offered = data.draw(answers(price_input))
    said = [unapplied(f"u{n}", lines=(price_input.lines[0].key,)) for n in range(3)]
    with_words = price(price_input, answering(*said, *offered))
    without = price(price_input, answering(*offered))
    assert with_words.fingerprint() == without.fingerprint()
    assert with_words.applied == without.applied
    assert with_words.not_applied == without.not_applied


def test_it_is_stored_with_the_price_and_replays():
    given = basket(line("a", 1000))
    said = unapplied(
        need=Need(amount=1200, saves=3000),
        lines=("a",),
        url="/x/coupon/",
        action=Reason("All coupons"),
        for_buyer=False,
        rule_snapshot={"spend": 20000},
    )
    priced = price(given, answering(said, off(Stage.COUPONS, 100, rule="r2")))
    kept = PricedCart.from_json(json.loads(json.dumps(priced.as_json())))
    assert kept == priced
    assert kept.unapplied == (said,)
    assert price(given, recorded(kept)) == priced


def test_the_nearest_comes_first_whoever_was_asked_first():
    far = unapplied("far", need=Need(amount=900), plugin="a")
    near = unapplied("near", need=Need(amount=12), plugin="z")
    vague = unapplied("vague", plugin="a")
    given = basket(line("a", 1000))
    for order in ((far, near, vague), (vague, near, far)):
        assert [one.rule_id for one in price(given, answering(*order)).unapplied] == ["near", "far", "vague"]


def test_a_plugin_that_says_too_much_is_cut_and_others_are_not():
    many = [unapplied(f"u{n}", need=Need(amount=n + 1)) for n in range(MOST_KEPT + 20)]
    other = unapplied("other", plugin="group_buy")
    kept = price(basket(line("a", 1000)), answering(*many, other)).unapplied
    assert len(kept) == MOST_KEPT + 1
    assert kept[-1] == other


def test_lines_that_are_not_there_are_refused():
    with pytest.raises(PricingError, match="not in the basket: zz"):
        price(basket(line("a", 1000)), answering(unapplied(lines=("zz",))))


def test_another_stage_than_asked_is_refused():
    with pytest.raises(PricingError, match="was asked for"):
        price(basket(line("a", 1000)), lambda stage, running: [unapplied()] if stage is Stage.POINTS else [])


def test_it_is_told_in_the_readers_language_with_what_is_missing():
    said = unapplied(
        need=Need(amount=1200, saves=3000), lines=("a",), url="/x/coupon/", action=Reason("Choose")
    )
    told = price(basket(line("a", 1000)), answering(said)).explanation("zh-CN").why_not[0]
    assert (told.text, told.because, told.saves_text) == (
        "Coupon ¥30.00",
        "¥12.00 more and it counts.",
        "¥30.00",
    )
    assert (told.lines, told.keys, told.url, told.plugin) == (("Tea a",), ("a",), "/x/coupon/", "coupon")
