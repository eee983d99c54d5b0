"""Thresholds that a return breaks: what is kept back, never below zero, and in the end exactly what was paid."""

from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Reason
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import refund_preview
from core.commerce.pricing.stages import Stage
from tests.core.commerce.pricing.baskets import answering, answers, basket, line, off, price_inputs


def spend(amount=3000, *pairs, stage=Stage.ORDER_PROMOTIONS, **more):
    return off(
        stage, amount, thresholds=pairs or ((20_000, amount),), reason=Reason("Spend and save"), **more
    )


def three_lines(**more):
    made = basket(line("a", 10_000), line("b", 3_000, 2), line("c", 4_000), claw_back=True)
    return price(made, answering(spend(**more)))


def test_the_rest_pays_what_it_would_have_cost():
    priced = three_lines()
    assert priced.total == 17_000
    given_back = refund_preview(priced, wanted={"b": 2}, refunded={})
    # 60.00 less 9.00 of the discount, less the 21.00 that the other 140.00 are not entitled to.
    assert (given_back.goods, given_back.claw_back, given_back.amount) == (5_100, 2_100, 3_000)
    assert (given_back.left, given_back.broken) == (14_000, (0,))


def test_without_the_rule_of_the_shop_the_allocation_alone_counts():
    made = basket(line("a", 10_000), line("b", 3_000, 2), line("c", 4_000))
    given_back = refund_preview(price(made, answering(spend())), wanted={"b": 2}, refunded={})
    assert (given_back.amount, given_back.claw_back) == (5_100, 0)


def test_a_discount_may_have_a_rule_of_its_own_whatever_the_shop_says():
    def given_back(shop, own):
        made = basket(line("a", 10_000), line("b", 3_000, 2), line("c", 4_000), claw_back=shop)
        priced = price(made, answering(spend(on_return=own)))
        again = PricedCart.from_json(priced.as_json())
        return refund_preview(again, wanted={"b": 2}, refunded={}).amount

    assert (given_back(False, "lose"), given_back(True, "keep")) == (3_000, 5_100)
    assert (given_back(True, "shop"), given_back(False, "shop")) == (3_000, 5_100)
    assert given_back(False, "recount") == 3_000


def test_a_discount_that_is_counted_anew_leaves_the_rest_all_that_it_is_entitled_to():
    """30.00 off 300.00; 200.00 are left, which are entitled to the 30.00 as well: 270.00 - 170.00 go back."""
    made = basket(line("a", 10_000), line("b", 10_000), line("c", 10_000), claw_back=True)
    for rule, amount in (("recount", 10_000), ("lose", 9_000)):
        priced = price(made, answering(spend(on_return=rule)))
        first = refund_preview(priced, wanted={"a": 1}, refunded={})
        assert (first.amount, first.left) == (amount, 27_000 - amount)
        rest = refund_preview(priced, wanted={"b": 1, "c": 1}, refunded={"a": 1}, clawed_back=first.claw_back)
        assert first.amount + rest.amount == 27_000
    share = price(made, answering(spend(4_500, (5_000, 4_500), threshold_share=1_500, on_return="recount")))
    assert refund_preview(share, wanted={"a": 1}, refunded={}).amount == 25_500 - 17_000


def test_a_threshold_may_count_all_goods_or_pieces():
    """15.00 off "b" from 200.00 of all goods on; from 2 pieces of "b" on."""
    made = basket(line("a", 15_000), line("b", 3_000, 2), claw_back=True)
    on_b = {"target": ("b",), "amount": 1_500}
    goods = price(
        made,
        answering(
            off(Stage.ORDER_PROMOTIONS, thresholds=((20_000, 1_500),), threshold_basis="order", **on_b)
        ),
    )
    assert refund_preview(goods, wanted={"a": 1}, refunded={}).claw_back == 1_500
    assert refund_preview(goods, wanted={"b": 1}, refunded={}).claw_back == 750
    pieces = price(
        made,
        answering(off(Stage.ORDER_PROMOTIONS, thresholds=((2, 1_500),), threshold_basis="pieces", **on_b)),
    )
    assert refund_preview(pieces, wanted={"a": 1}, refunded={}).claw_back == 0
    assert refund_preview(pieces, wanted={"b": 1}, refunded={}).claw_back == 750


def test_a_lower_step_still_counts():
    priced = price(
        basket(line("a", 10_000), line("b", 6_000), line("c", 4_000), claw_back=True),
        answering(spend(3000, (20_000, 3000), (10_000, 1000))),
    )
    given_back = refund_preview(priced, wanted={"b": 1}, refunded={})
    assert given_back.claw_back == 2_100 - 1_000


def test_what_was_kept_back_comes_back_with_the_rest():
    priced = three_lines()
    first = refund_preview(priced, wanted={"b": 2}, refunded={})
    rest = refund_preview(priced, wanted={"a": 1, "c": 1}, refunded={"b": 2}, clawed_back=first.claw_back)
    assert (rest.claw_back, rest.amount, rest.left) == (-2_100, 14_000, 0)


def test_more_than_is_sent_back_is_never_kept():
    priced = price(
        basket(line("a", 20_000), line("b", 100), claw_back=True), answering(spend(3000, (20_050, 3000)))
    )
    first = refund_preview(priced, wanted={"b": 1}, refunded={})
    assert (first.amount, first.claw_back) == (0, first.goods)
    rest = refund_preview(priced, wanted={"a": 1}, refunded={"b": 1}, clawed_back=first.claw_back)
    assert first.amount + rest.amount == priced.total


def test_the_value_counts_after_earlier_stages_and_only_of_the_goods_meant():
    priced = price(
        basket(line("a", 10_000), line("b", 10_000), line("c", 50_000), claw_back=True),
        answering(
            off(Stage.LINE_PROMOTIONS, 2_000, ("a",), rule="half"),
            spend(1800, (18_000, 1800), target=("a", "b")),
        ),
    )
    assert refund_preview(priced, wanted={"c": 1}, refunded={}).claw_back == 0
    assert refund_preview(priced, wanted={"b": 1}, refunded={}).claw_back == 800


@given(
    price_inputs(), st.data(), st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 5_000)), max_size=3)
)
def test_all_units_one_by_one_in_any_order_give_back_exactly_what_was_paid(price_input, data, pairs):
    offered = (
        [*data.draw(answers(price_input)), spend(2_000, *pairs)] if pairs else data.draw(answers(price_input))
    )
    ruled = type(price_input).from_json({**price_input.as_json(), "claw_back": data.draw(st.booleans())})
    priced = PricedCart.from_json(price(ruled, answering(*offered)).as_json())
    units = data.draw(st.permutations([one.key for one in priced.lines for _unit in range(one.quantity)]))
    refunded, paid_back, clawed = {}, 0, 0
    for place, key in enumerate(units, start=1):
        last = place == len(units)
        given_back = refund_preview(
            priced, wanted={key: 1}, refunded=refunded, include_shipping=last, clawed_back=clawed
        )
        assert given_back.amount >= 0
        paid_back, clawed = paid_back + given_back.amount, clawed + given_back.claw_back
        assert clawed >= 0
        assert paid_back + given_back.left == priced.total
        refunded = {**refunded, key: refunded.get(key, 0) + 1}
    assert (paid_back, clawed) == (priced.total, 0)


def test_a_hundred_lines_of_one_cent_lose_none():
    made = basket(*(line(f"l{n}", 1) for n in range(100)), claw_back=True)
    priced = price(made, answering(spend(37, (100, 37))))
    assert (priced.total, sum(one.net for one in priced.lines)) == (63, 63)
    refunded, back, clawed = {}, 0, 0
    for one in reversed(priced.lines):
        given_back = refund_preview(priced, wanted={one.key: 1}, refunded=refunded, clawed_back=clawed)
        back, clawed = back + given_back.amount, clawed + given_back.claw_back
        refunded[one.key] = 1
    assert back == 63


def test_a_discount_larger_than_the_line_is_cut_and_said_so():
    priced = price(basket(line("a", 500), line("b", 700)), answering(off(Stage.COUPONS, 9_000, ("a",))))
    assert (priced.line("a").net, priced.line("b").net) == (0, 700)
    assert priced.applied[0].was_cut
