"""What a coupon is worth in a basket, and why one is not used: pure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sdk.values import (
    Adjustment,
    Applied,
    CustomerFacts,
    Money,
    PriceInput,
    PriceLine,
    Reason,
    Stage,
    Unapplied,
)
from core.testing.pricing import price_as_answered
from plugins.coupon.answering import answers
from plugins.coupon.domain import Basket, Held, LineNow, amount_off, basket_of, objection_to
from plugins.coupon.terms import Basis, Kind, Scope, Terms, terms_problems

MOMENT = datetime(2026, 8, 1, 12, tzinfo=UTC)


def made(kind=Kind.AMOUNT, **rules):
    rules = {"title": "券", "value": 3_000 if kind is Kind.AMOUNT else 0, **rules}
    return Terms(**{"kind": kind, "ends_at": MOMENT + timedelta(days=5), **rules})


def held(terms, *, key="c1", value=0, **more):
    return Held(
        id=key,
        campaign=key,
        version=1,
        terms=terms,
        value=value,
        valid_from=more.pop("valid_from", MOMENT - timedelta(days=1)),
        valid_to=more.pop("valid_to", MOMENT + timedelta(days=5)),
        **more,
    )


def line(key="a", net=10_000, quantity=1, *, product="p", activity=False):
    return LineNow(key, product, quantity, net, activity)


def basket(*lines, **more):
    return Basket("CNY", MOMENT, lines, more.get("inside", {}), more.get("freight"))


@pytest.mark.parametrize(
    ("terms", "value", "lines", "off"),
    [
        (made(value=3_000), 0, [line()], 3_000),
        (made(value=30_000), 0, [line()], 10_000),
        (made(Kind.PERCENT, points=1_500), 0, [line()], 1_500),
        (made(Kind.PERCENT, points=1_500, cap=1_000), 0, [line()], 1_000),
        # 333 at 15% off: the buyer pays half-up 283, so 50 comes off, not 49.
        (made(Kind.PERCENT, points=1_500), 0, [line(net=333)], 50),
        (made(Kind.RANDOM, least=100, most=900), 777, [line()], 777),
        (made(Kind.TIERS, tiers=((5_000, 500), (10_000, 1_500))), 0, [line()], 1_500),
        (made(Kind.TIERS, tiers=((5_000, 500), (10_001, 1_500))), 0, [line()], 500),
        (made(Kind.EXCHANGE, value=990), 0, [line(net=20_000, quantity=2)], 9_010),
        # The second piece at half price: the cheaper one of the two.
        (made(Kind.NTH, points=5_000, nth=2), 0, [line(), line("b", 4_000)], 2_000),
        (made(Kind.NTH, points=5_000, nth=2), 0, [line(net=30_000, quantity=3)], 5_000),
        (made(Kind.SHIPPING), 0, [line()], 0),
    ],
)
def test_amount_off_by_kind(terms, value, lines, off):
    assert amount_off(terms, value, lines, "CNY") == off


@given(
    st.sampled_from(list(Kind)),
    st.lists(st.tuples(st.integers(0, 99_999), st.integers(1, 50)), min_size=1, max_size=8),
    st.integers(0, 200_000),
    st.integers(1, 10_000),
    st.none() | st.integers(1, 5_000),
)
def test_amount_off_is_never_below_zero_nor_above_the_goods(kind, prices, value, points, cap):
    lines = [line(str(n), net, quantity) for n, (net, quantity) in enumerate(prices)]
    terms = made(kind, value=value, points=points, cap=cap, tiers=((1, value),), nth=2)
    off = amount_off(terms, value, lines, "CNY")
    assert 0 <= off <= sum(net for net, _quantity in prices)
    assert cap is None or off <= cap


def test_threshold_counts_what_its_basis_says():
    lines = (line("a", 15_000, product="tea"), line("b", 9_000, product="cup"))
    rules = {"threshold": 20_000, "scope": Scope(products=("tea",))}
    assert objection_to(held(made(basis=Basis.GOODS, **rules)), basket(*lines)) is None
    why = objection_to(held(made(**rules)), basket(*lines))
    assert (why.reason, why.params["missing"], why.would_save) == ("add_to_save", Money(5_000, "CNY"), 3_000)
    pieces = made(basis=Basis.PIECES, threshold=4)
    why = objection_to(held(pieces), basket(*lines))
    assert (why.reason, why.params["missing"]) == ("few_pieces", 2)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), {"tea", "cup", "pot"}),
        (Scope(products=("tea",)), {"tea"}),
        (Scope(collections=("new",)), {"cup"}),
        (Scope(products=("tea",), collections=("new",)), {"tea", "cup"}),
        (Scope(not_products=("tea",)), {"cup", "pot"}),
        (Scope(not_collections=("new",)), {"tea", "pot"}),
        (Scope(collections=("new",), not_products=("cup",)), set()),
    ],
)
def test_scope_includes_and_excludes(scope, covered):
    inside = {"cup": frozenset({"new"})}
    assert {
        one for one in ("tea", "cup", "pot") if scope.covers(one, inside.get(one, frozenset()))
    } == covered


@pytest.mark.parametrize(
    ("switch", "counts"), [({}, True), ({"coupons": True}, True), ({"coupons": False}, False)]
)
def test_the_maker_of_an_activity_price_may_keep_coupons_off_it(switch, counts):
    asked = price_input([(10_000, 1)], [])
    deal = Adjustment(
        stage=Stage.CAMPAIGN,
        rule_id="g",
        rule_snapshot=switch,
        target=("l0",),
        unit_price=9_000,
        reason=Reason("Group"),
    )
    now_worth = basket_of(asked, [Applied(0, deal, 1_000, {"l0": 1_000})])
    said = objection_to(held(made(with_activity=True)), now_worth)
    assert (said is None) is counts
    assert counts or said.reason == "activity_price"


def test_goods_at_an_activity_price_count_only_where_the_terms_say_so():
    deal = basket(line(activity=True))
    assert objection_to(held(made()), deal).reason == "activity_price"
    assert objection_to(held(made(with_activity=True)), deal) is None


def test_at_expiry_there_are_five_minutes_of_grace_and_not_one_second_more():
    still = held(made(), valid_to=MOMENT - timedelta(minutes=5) + timedelta(seconds=1))
    over = held(made(), valid_to=MOMENT - timedelta(minutes=5))
    assert objection_to(still, basket(line())) is None
    assert objection_to(over, basket(line())).reason == "expired"
    early = held(made(), valid_from=MOMENT + timedelta(seconds=1))
    assert objection_to(early, basket(line())).reason == "not_begun"


def test_budget_that_is_smaller_than_the_coupon_refuses_it():
    assert objection_to(held(made(), budget=2_999), basket(line())).reason == "budget"
    assert objection_to(held(made(), budget=3_000), basket(line())) is None


def price_input(prices, coupons, **facts):
    lines = tuple(
        PriceLine(
            key=f"l{n}",
            product_id=UUID(int=n + 1),
            variant_id=UUID(int=n + 1),
            sku="",
            title="",
            quantity=quantity,
            unit_price=unit,
        )
        for n, (unit, quantity) in enumerate(prices)
    )
    said = {"coupons": [one.as_json() for one in coupons], "chosen": None, "inside": {}, **facts}
    return PriceInput(
        currency="CNY", moment=MOMENT, lines=lines, customer=CustomerFacts(), facts={"coupon": said}
    )


def priced(asked):
    """Priced by core's pipeline with the answers of coupons alone."""
    return price_as_answered(asked, "coupon", lambda stage, running: answers(stage, asked, running.applied))


@given(
    st.lists(st.tuples(st.integers(0, 9_999), st.integers(1, 5)), min_size=1, max_size=10),
    st.lists(
        st.tuples(st.sampled_from([Kind.AMOUNT, Kind.PERCENT, Kind.NTH]), st.integers(1, 30_000)),
        min_size=1,
        max_size=4,
    ),
)
def test_no_lost_cent_and_no_negative_line(prices, kinds):
    coupons = [
        held(made(kind, value=value, points=min(value, 10_000), group=f"g{n}"), key=f"c{n}")
        for n, (kind, value) in enumerate(kinds)
    ]
    cart = priced(price_input(prices, coupons))
    for one in cart.lines:
        assert one.net >= 0
        assert min(one.unit_nets) >= 0
        assert sum(one.unit_nets) == one.net
    assert cart.goods_total == cart.list_total - sum(one.amount for one in cart.applied)
    # Whatever order the coupons were looked up in, the price is the same.
    assert priced(price_input(prices, coupons[::-1])).fingerprint() == cart.fingerprint()


def test_100_lines_of_one_cent_and_99_cents_off():
    cart = priced(price_input([(1, 1)] * 100, [held(made(value=99))]))
    assert cart.goods_total == 1
    assert {one.net for one in cart.lines} == {0, 1}


def test_the_example_of_the_money_rules():
    cart = priced(price_input([(10_000, 1), (3_000, 2), (4_000, 1)], [held(made(threshold=20_000))]))
    assert [one.net for one in cart.lines] == [8_500, 5_100, 3_400]
    assert cart.lines[1].unit_nets == (2_550, 2_550)


def test_every_unused_coupon_says_why_and_what_would_make_it_apply():
    used = held(made(value=2_000), key="used")
    rival = held(made(value=1_000), key="rival")
    far = held(made(value=3_000, threshold=11_200, group="other"), key="far")
    cart = priced(price_input([(10_000, 1)], [used, rival, far]))
    said = {one.rule_id: one for one in cart.unapplied}
    assert [one.adjustment.rule_id for one in cart.applied] == ["used"]
    assert said["rival"].because.text("en") == "It cannot be combined with “券”, which saves more."
    assert said["far"].because.text("en") == "Add goods for CN¥12.00 more to use it."
    assert (said["far"].need.amount, said["far"].need.saves) == (1_200, 3_000)


def test_buyers_choice_replaces_the_best_as_far_as_it_fits():
    best, other = held(made(value=2_000), key="best"), held(made(value=1_000), key="other")
    cart = priced(price_input([(10_000, 1)], [best, other], chosen=["other", "best"]))
    assert [one.adjustment.rule_id for one in cart.applied] == ["other"]
    assert priced(price_input([(10_000, 1)], [best, other], chosen=[])).discount_total == 0


def test_ceiling_holds_for_all_coupons_together():
    coupons = [held(made(value=4_000, group=f"g{n}"), key=f"c{n}") for n in range(3)]
    assert priced(price_input([(10_000, 1)], coupons, most_points=5_000)).discount_total == 5_000


def test_terms_survive_their_json():
    terms = made(Kind.TIERS, tiers=((1, 1), (2, 2)), scope=Scope(products=("a",), not_collections=("b",)))
    assert Terms.from_json(terms.as_json()) == terms
    assert not isinstance(answers(Stage.COUPONS, price_input([(1, 1)], []), ()), Unapplied)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": 0}, "value"),
        ({"value": 5_000, "threshold": 4_999}, "threshold"),
        ({"kind": Kind.PERCENT, "points": 10_001}, "points"),
        ({"kind": Kind.EXCHANGE}, "products"),
        ({"kind": Kind.TIERS, "tiers": ((200, 30), (100, 40))}, "tiers"),
        ({"kind": Kind.TIERS, "tiers": ((20, 30),)}, "tiers"),
        ({"kind": Kind.RANDOM, "least": 5, "most": 5}, "most"),
        ({"kind": Kind.NTH, "points": 5_000, "nth": 1}, "nth"),
        ({"ends_at": MOMENT}, "ends_at"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": None, "hours": 0}, "hours"),
        ({"uses": 0}, "uses"),
    ],
)
def test_terms_that_cannot_be_meant_are_named_by_field(changes, field):
    rules = {"title": "券", "kind": Kind.AMOUNT, "value": 3_000, "ends_at": MOMENT + timedelta(days=1)}
    assert field in terms_problems(Terms(**{**rules, **changes}), MOMENT)
