"""The stages, conflicts and limits of the price pipeline, one example each."""

import pytest

from core.commerce.pricing.adjustments import Kind, Reason
from core.commerce.pricing.errors import PricingError, TotalTooLarge
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.stages import PLUGIN_STAGES, Stage
from tests.core.commerce.pricing.baskets import activity, answering, basket, line, off


def nets(priced):
    return {one.key: one.net for one in priced.lines}


def why_not(priced):
    return [(entry.adjustment.rule_id, entry.code, entry.lines) for entry in priced.not_applied]


def test_a_basket_without_offers_costs_its_list_price():
    priced = price(basket(line("a", 1250, 3), line("b", 99)), answering())
    assert (priced.total, priced.list_total, priced.discount_total) == (3849, 3849, 0)
    assert nets(priced) == {"a": 3750, "b": 99}
    assert priced.line("a").unit_nets == (1250, 1250, 1250)


def test_an_empty_basket_costs_nothing():
    assert price(basket(), answering(off(Stage.COUPONS, 100))).total == 0


def test_the_notes_coupon_example_splits_as_written():
    priced = price(
        basket(line("a", 10000), line("b", 3000, 2), line("c", 4000)), answering(off(Stage.COUPONS, 3000))
    )
    assert dict(priced.applied[0].allocations) == {"a": 1500, "b": 900, "c": 600}
    assert priced.line("b").unit_nets == (2550, 2550)


def test_a_hundred_lines_of_one_cent_with_ninety_nine_off_never_go_below_zero():
    lines = [line(f"l{number:03}", 1) for number in range(100)]
    priced = price(basket(*lines), answering(off(Stage.COUPONS, 99)))
    assert priced.total == 1
    assert sorted(nets(priced).values()) == [0] * 99 + [1]


def test_a_discount_larger_than_the_basket_is_cut_and_says_so():
    priced = price(basket(line("a", 300), line("b", 0)), answering(off(Stage.COUPONS, 5000)))
    assert priced.total == 0
    assert priced.applied[0].amount == 300
    assert priced.applied[0].was_cut
    assert dict(priced.applied[0].allocations) == {"a": 300}


def test_nothing_is_left_for_a_discount_on_free_goods():
    priced = price(
        basket(line("a", 0, 4)), answering(off(Stage.COUPONS, 100), off(Stage.COUPONS, 0, rule="zero"))
    )
    assert priced.total == 0
    assert why_not(priced) == [("r1", "nothing_left", ()), ("zero", "nothing_left", ())]
    assert priced.line("a").unit_nets == (0, 0, 0, 0)


def test_a_fee_on_free_goods_is_spread_evenly():
    priced = price(
        basket(line("a", 0), line("b", 0)), answering(off(Stage.LINE_PROMOTIONS, 5, kind=Kind.FEE))
    )
    assert nets(priced) == {"a": 3, "b": 2}
    assert priced.fee_total == 5


def test_every_stage_sees_what_the_stages_before_left():
    seen = {}

    def collect(stage, running):
        seen[stage] = (running.goods, running.shipping, len(running.applied))
        return answering(
            activity(900, "a"),
            off(Stage.LINE_PROMOTIONS, 100, ("a",)),
            off(Stage.COUPONS, 50),
            off(Stage.SHIPPING_PROMOTIONS, 500, "shipping"),
        )(stage, running)

    priced = price(basket(line("a", 1000), shipping=ShippingOption(key="s", title="S", fee=800)), collect)
    assert list(seen) == list(PLUGIN_STAGES)
    assert seen[Stage.CAMPAIGN] == (1000, 0, 0)
    assert seen[Stage.LINE_PROMOTIONS] == (900, 0, 1)
    assert seen[Stage.COUPONS] == (800, 0, 2)
    assert seen[Stage.SHIPPING] == (750, 800, 3)
    assert priced.total == 750 + 300


def test_free_lines_are_shown_to_plugins_too():
    seen = []

    def collect(stage, running):
        seen.append({key: (one.quantity, one.unit_price, one.net) for key, one in running.lines.items()})
        return answering(activity(0, "a"), off(Stage.COUPONS, 100))(stage, running)

    price(basket(line("a", 1000, 2), line("b", 150)), collect)
    assert seen[0] == {"a": (2, 1000, 2000), "b": (1, 150, 150)}
    assert seen[-1] == {"a": (2, 0, 0), "b": (1, 150, 50)}


def test_offers_of_one_stage_do_not_see_each_other():
    ten_percent = [off(Stage.LINE_PROMOTIONS, 100, plugin=name) for name in ("a", "b")]
    assert price(basket(line("a", 1000)), answering(*ten_percent)).total == 800


# --- one activity price per line ----------------------------------------------------------------------------


def test_the_lowest_activity_price_wins_on_each_line():
    priced = price(
        basket(line("a", 1000, 2), line("b", 1000)),
        answering(activity(900, "a", "b", rule="wide"), activity(800, "b", plugin="live_sale", rule="live")),
    )
    assert nets(priced) == {"a": 1800, "b": 800}
    assert why_not(priced) == [("wide", "lower_activity_price", ("b",))]
    winner = priced.adjustments[priced.not_applied[0].beaten_by]
    assert winner.rule_id == "live"
    assert priced.not_applied[0].reason.text("en") == "Another activity price is lower."


def test_of_equal_activity_prices_the_first_plugin_name_wins():
    priced = price(
        basket(line("a", 1000)),
        answering(activity(900, "a", plugin="live"), activity(900, "a", plugin="group")),
    )
    assert priced.applied[0].adjustment.plugin == "group"
    assert [entry.code for entry in priced.not_applied] == ["same_activity_price"]


def test_an_activity_price_above_the_ordinary_one_does_not_apply():
    priced = price(basket(line("a", 1000)), answering(activity(1000, "a"), activity(1200, "a", rule="a2")))
    assert priced.total == 1000
    assert why_not(priced) == [("a1", "not_lower", ("a",)), ("a2", "not_lower", ("a",))]


def test_a_campaign_for_nothing_makes_a_line_free():
    assert price(basket(line("a", 1000, 3)), answering(activity(0, "a"))).total == 0


# --- exclusive groups ---------------------------------------------------------------------------------------


def test_the_best_of_an_exclusive_group_wins_and_the_others_say_why_not():
    offers = [
        off(Stage.COUPONS, amount, rule=f"c{amount}", exclusive_group="coupon") for amount in (100, 300, 200)
    ]
    priced = price(basket(line("a", 1000)), answering(*offers))
    assert priced.total == 700
    assert why_not(priced) == [("c100", "exclusive_group", ()), ("c200", "exclusive_group", ())]
    assert {priced.adjustments[entry.beaten_by].rule_id for entry in priced.not_applied} == {"c300"}


def test_what_counts_in_a_group_is_what_the_buyer_really_saves():
    priced = price(
        basket(line("a", 1000), line("b", 50)),
        answering(
            off(Stage.COUPONS, 9000, ("b",), rule="looks_big", exclusive_group="g"),
            off(Stage.COUPONS, 60, rule="is_big", exclusive_group="g"),
        ),
    )
    assert [entry.adjustment.rule_id for entry in priced.applied] == ["is_big"]


def test_a_tie_in_a_group_goes_to_plugin_then_rule():
    offers = [
        off(Stage.COUPONS, 100, plugin=plugin, rule=rule, exclusive_group="g")
        for plugin, rule in (("b", "1"), ("a", "2"), ("a", "1"))
    ]
    assert price(basket(line("a", 1000)), answering(*offers)).applied[0].adjustment.rule == ("a", "1")


def test_one_rule_with_several_answers_does_not_compete_with_itself():
    priced = price(
        basket(line("a", 1000), line("b", 1000)),
        answering(
            off(Stage.COUPONS, 60, ("a",), rule="two", exclusive_group="g"),
            off(Stage.COUPONS, 60, ("b",), rule="two", exclusive_group="g"),
            off(Stage.COUPONS, 100, rule="one", exclusive_group="g"),
        ),
    )
    assert priced.total == 2000 - 120
    assert why_not(priced) == [("one", "exclusive_group", ())]


def test_a_group_won_in_an_earlier_stage_stays_won():
    priced = price(
        basket(line("a", 1000)),
        answering(
            off(Stage.ORDER_PROMOTIONS, 10, rule="first", exclusive_group="g"),
            off(Stage.COUPONS, 500, rule="later", exclusive_group="g"),
            off(Stage.COUPONS, 5, rule="first", exclusive_group="g"),
        ),
    )
    assert priced.total == 985
    assert why_not(priced) == [("later", "exclusive_group", ())]
    assert priced.not_applied[0].reason.text("zh-CN") == "不能与已生效的优惠同享。"


def test_an_offer_that_saves_nothing_does_not_block_its_group():
    priced = price(
        basket(line("a", 1000)),
        answering(activity(1000, "a", exclusive_group="g"), off(Stage.COUPONS, 50, exclusive_group="g")),
    )
    assert priced.total == 950


# --- shipping, tax, rounding --------------------------------------------------------------------------------


@pytest.mark.parametrize(("goods", "shipping"), [(9899, 1200), (9900, 0), (10000, 0)])
def test_shipping_is_free_from_its_threshold_on(goods, shipping):
    option = ShippingOption(key="s", title="Post", fee=1200, free_from=9900)
    priced = price(basket(line("a", goods), shipping=option), answering())
    assert priced.shipping_total == shipping
    assert priced.total == goods + shipping


def test_the_threshold_looks_at_the_goods_after_discounts_and_says_what_is_missing():
    option = ShippingOption(key="s", title="Post", fee=1200, free_from=9900)
    priced = price(basket(line("a", 10000), shipping=option), answering(off(Stage.COUPONS, 600)))
    assert priced.shipping_total == 1200
    assert priced.not_applied[0].reason.text("en") == "CN¥5.00 more and shipping is free."


def test_surcharge_and_promotion_of_shipping():
    option = ShippingOption(key="s", title="Post", fee=1000)
    priced = price(
        basket(line("a", 100), shipping=option),
        answering(
            off(Stage.SHIPPING, 300, "shipping", kind=Kind.FEE, rule="island"),
            off(Stage.SHIPPING_PROMOTIONS, 5000, "shipping", rule="free"),
        ),
    )
    assert (priced.shipping.fee, priced.shipping_total, priced.total) == (1000, 0, 100)
    assert [step.signed for step in priced.shipping.steps] == [300, -1300]


def test_nobody_is_asked_about_shipping_before_a_way_to_send_is_chosen():
    priced = price(basket(line("a", 100)), answering(off(Stage.SHIPPING_PROMOTIONS, 100, "shipping")))
    assert (priced.shipping, priced.applied, priced.not_applied) == (None, (), ())


def test_inclusive_tax_is_contained_in_what_is_paid_and_changes_nothing():
    option = ShippingOption(key="s", title="Post", fee=1130)
    given_ = basket(line("a", 11300), line("b", 226), tax_basis_points=1300, shipping=option)
    priced = price(given_, answering(off(Stage.COUPONS, 5763)))
    assert priced.total == 5763 + 1130
    assert [one.tax_included for one in priced.lines] == [650, 13]
    assert (priced.shipping.tax_included, priced.tax_included) == (130, 793)


def test_the_total_is_rounded_down_to_the_shops_step_as_a_discount():
    priced = price(basket(line("a", 333), line("b", 666), rounding_step=100), answering())
    assert priced.total == 900
    assert sum(priced.applied[-1].allocations.values()) == 99
    assert priced.applied[-1].adjustment.reason.text("zh-CN") == "抹零"


def test_rounding_reaches_the_shipping_when_the_goods_are_free():
    option = ShippingOption(key="s", title="Post", fee=1290)
    priced = price(basket(line("a", 0), rounding_step=100, shipping=option), answering())
    assert (priced.total, priced.shipping_total) == (1200, 1200)


@pytest.mark.parametrize(("currency", "total"), [("JPY", 1100), ("KWD", 1100), ("CLF", 1100)])
def test_currencies_of_any_exponent_are_whole_minor_units(currency, total):
    priced = price(basket(line("a", 333, 4), currency=currency), answering(off(Stage.COUPONS, 232)))
    assert (priced.total, priced.total_money.currency) == (total, currency)
    assert sum(priced.line("a").unit_nets) == total


# --- refused answers ----------------------------------------------------------------------------------------


def refused(answer):
    with pytest.raises(PricingError) as error:
        price(basket(line("a", 100)), lambda stage, running: [answer] if stage is Stage.COUPONS else [])
    return error.value.problems[0]


def test_an_answer_for_an_unknown_line_is_refused_and_names_plugin_and_line():
    problem = refused(off(Stage.COUPONS, 1, ("a", "zz"), plugin="bad_one", rule="r9"))
    assert (problem.plugin, problem.rule_id) == ("bad_one", "r9")
    assert "zz" in problem.problem


def test_an_answer_for_another_stage_is_refused():
    assert "points" in refused(off(Stage.POINTS, 1, plugin="bad_one")).problem


def test_an_answer_of_the_wrong_type_is_refused():
    assert "dict" in refused({"amount": 5}).problem


@pytest.mark.parametrize("plugin", ["", "core"])
def test_an_answer_without_its_plugin_is_refused(plugin):
    assert refused(off(Stage.COUPONS, 1, plugin=plugin)).problem == "the plugin is not filled in"


def test_all_refused_answers_are_listed_at_once():
    bad = [off(Stage.COUPONS, 1, ("x",), plugin="p1"), off(Stage.COUPONS, 1, ("y",), plugin="p2")]
    with pytest.raises(PricingError, match=r"p1.*p2") as error:
        price(basket(line("a", 100)), answering(*bad))
    assert error.value.params == {"plugins": "p1, p2"}


def test_a_basket_above_the_largest_order_is_refused():
    with pytest.raises(TotalTooLarge):
        price(basket(line("a", 10**12, 2)), answering())
    with pytest.raises(TotalTooLarge):
        price(basket(line("a", 10**12)), answering(off(Stage.COUPONS, 1, kind=Kind.FEE)))


def test_words_versions_and_funders_do_not_change_the_fingerprint_but_rules_and_amounts_do():
    def fingerprint(**more):
        return price(
            basket(line("a", 1000)), answering(off(Stage.COUPONS, **{"amount": 100, **more}))
        ).fingerprint()

    same = fingerprint()
    assert same == fingerprint(reason=Reason("Other words"), plugin_version="2.0", rule_snapshot={"x": 1})
    assert same == fingerprint(funding={"platform": 10_000})
    assert same != fingerprint(target=("a",), kind=Kind.FEE)
    assert same != fingerprint(rule="r2")
    assert same != fingerprint(amount=101)
    assert same != price(basket(line("a", 1000)), answering()).fingerprint()
