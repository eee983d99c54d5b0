"""Money of coupons: partial refunds and what the rest is worth, presents, who pays, other currencies, orders for nothing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.commerce.pricing.pipeline import price
from core.commerce.pricing.refunds import refund_preview
from plugins.coupon.answering import answers
from plugins.coupon.domain import Held
from plugins.coupon.terms import Basis, Kind, Scope, Terms
from tests.core.commerce.pricing.baskets import MOMENT, basket, line


def terms(**changes):
    """30.00 off from 200.00 on, unless said otherwise."""
    rules = {"title": "T", "kind": Kind.AMOUNT, "value": 30_00, "threshold": 200_00}
    return Terms(**{**rules, "ends_at": MOMENT + timedelta(days=7), **changes})


def held(about):
    return Held(
        id="11111111-1111-7111-8111-111111111111",
        campaign="c",
        version=1,
        terms=about,
        value=0,
        valid_from=MOMENT - timedelta(days=1),
        valid_to=MOMENT + timedelta(days=7),
    )


def priced(about, *lines, **more):
    """What a basket costs with one coupon, by the pipeline itself."""
    facts = {"coupon": {"coupons": [held(about).as_json()], "chosen": None, "inside": {}}}
    made = replace(basket(*lines, **more), facts=facts)
    return price(
        made,
        lambda stage, running: [
            one.from_plugin("coupon", "1") for one in answers(stage, made, running.applied)
        ],
    )


def three(**changes):
    """100.00, twice 30.00 and 40.00 with 30.00 off from 200.00 on."""
    return priced(terms(**changes), line("a", 100_00), line("b", 30_00, 2), line("c", 40_00))


@pytest.mark.parametrize(
    ("mode", "shops_rule", "back"),
    [
        ("keep", False, 51_00),
        ("keep", True, 51_00),
        ("rerate", False, 30_00),
        ("rerate", True, 30_00),
        ("shop", False, 51_00),
        ("shop", True, 30_00),
    ],
)
def test_partial_refund_keeps_the_discount_or_counts_the_rest_again(mode, shops_rule, back):
    found = priced(
        terms(breaks=mode), line("a", 100_00), line("b", 30_00, 2), line("c", 40_00), claw_back=shops_rule
    )
    assert found.total == 170_00
    preview = refund_preview(found, wanted={"b": 2}, refunded={})
    # 30.00 is what was paid (170.00) less what the rest costs without the coupon (140.00).
    assert preview.amount == back
    assert preview.left == 170_00 - back


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.integers(1, 20_000), min_size=2, max_size=6),
    rules=st.sampled_from(
        [
            {"kind": Kind.TIERS, "tiers": ((100_00, 10_00), (200_00, 30_00))},
            {"kind": Kind.TIERS, "tiers": ((10, 10),)},
            {"kind": Kind.AMOUNT, "value": 30_00, "threshold": 50_00},
            {"kind": Kind.AMOUNT, "value": 30_00, "threshold": 0},
            {"kind": Kind.PERCENT, "points": 1_234, "threshold": 100_00},
            {"kind": Kind.PERCENT, "points": 5_000, "cap": 20_00, "threshold": 0},
        ]
    ),
    data=st.data(),
)
def test_counting_again_gives_back_what_was_paid_less_what_the_rest_costs(prices, rules, data):
    """Refund = paid − price(rest), never below nothing, and no surviving line is priced anew."""
    about = terms(**{"value": 0, "threshold": 0, **rules}, breaks="rerate")
    lines = [line(f"l{n}", amount) for n, amount in enumerate(prices)]
    found = priced(about, *lines)
    gone = data.draw(st.sampled_from([one.key for one in lines]))
    rest = priced(about, *(one for one in lines if one.key != gone))
    preview = refund_preview(found, wanted={gone: 1}, refunded={})
    assert preview.amount == max(0, found.total - rest.total)


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(["keep", "rerate"]),
    order=st.permutations(["a", "b", "b", "c"]),
    kind=st.sampled_from([Kind.AMOUNT, Kind.PERCENT, Kind.NTH]),
)
def test_units_that_go_back_one_by_one_give_back_exactly_what_was_paid(mode, order, kind):
    found = three(breaks=mode, kind=kind, points=3_333, value=29_99 if kind is Kind.AMOUNT else 0)
    back, clawed, refunded = 0, 0, {}
    for key in order:
        preview = refund_preview(found, wanted={key: 1}, refunded=refunded, clawed_back=clawed)
        assert preview.amount >= 0
        back, clawed = back + preview.amount, clawed + preview.claw_back
        refunded[key] = refunded.get(key, 0) + 1
        assert back <= found.total
    assert back == found.total


def test_two_units_of_a_line_are_given_back_to_the_cent():
    found = three(breaks="keep")
    first = refund_preview(found, wanted={"b": 1}, refunded={})
    second = refund_preview(found, wanted={"b": 1}, refunded={"b": 1})
    assert (first.amount, second.amount) == (25_50, 25_50)


def test_minimum_in_pieces_is_counted_again_in_pieces():
    found = three(basis=Basis.PIECES, threshold=4, breaks="rerate")
    assert refund_preview(found, wanted={"b": 1}, refunded={}).amount == 0
    # Without a minimum the rest keeps all of it.
    assert refund_preview(three(breaks="rerate", threshold=0), wanted={"b": 1}, refunded={}).amount == 30_00
    assert refund_preview(three(breaks="keep", threshold=0), wanted={"b": 1}, refunded={}).amount == 25_50


def test_a_present_has_a_value_of_its_own_so_that_the_other_goods_cannot_be_returned_in_full():
    """A cup at 60.00 is a present to tea for 200.00."""
    tea, cup = line("tea", 100_00, 2), line("cup", 60_00, product_id=UUID(int=9))
    rules = {
        "kind": Kind.EXCHANGE,
        "value": 0,
        "basis": Basis.GOODS,
        "threshold": 200_00,
        "scope": Scope(products=(str(cup.product_id),)),
    }
    assert priced(terms(**rules), line("tea", 70_00, 2), cup).total == 200_00, (
        "the present itself does not count"
    )
    found = priced(terms(**rules), tea, cup)
    assert found.total == 200_00
    assert found.line("cup").net == 46_15
    assert found.line("tea").net == 153_85
    # Without the rule the cup has been paid for with its share; with it, the whole cup is paid for or comes back too.
    assert refund_preview(found, wanted={"tea": 2}, refunded={}).amount == 153_85
    strict = priced(terms(**rules, breaks="rerate"), tea, cup)
    assert refund_preview(strict, wanted={"tea": 2}, refunded={}).amount == 140_00
    assert refund_preview(strict, wanted={"tea": 2, "cup": 1}, refunded={}).amount == 200_00


def test_amounts_of_another_currency_are_never_converted():
    found = priced(terms(currency="GBP"), line("a", 300_00), currency="CNY")
    assert found.total == 300_00
    assert [one.code for one in found.unapplied] == ["currency"]
    assert "GBP" in found.unapplied[0].because.text()
    assert priced(terms(currency="CNY"), line("a", 300_00), currency="CNY").total == 270_00


def test_percentage_is_rounded_half_up_on_what_is_left_and_then_capped():
    assert priced(terms(kind=Kind.PERCENT, points=1_500, threshold=0), line("a", 1_10)).discount_total == 16
    capped = terms(kind=Kind.PERCENT, points=5_000, threshold=0, cap=10_00)
    assert priced(capped, line("a", 100_00)).discount_total == 10_00


def test_a_coupon_above_the_goods_takes_them_to_nothing_and_says_so():
    found = priced(terms(threshold=0), line("a", 12_00))
    assert found.total == 0
    said = found.applied[0].adjustment.reason
    assert {"off", "full"} <= set(said.params)
    assert "12.00" in said.text("en")
    assert "30.00" in said.text("en")
    assert "full" not in priced(terms(threshold=0), line("a", 31_00)).applied[0].adjustment.reason.params
