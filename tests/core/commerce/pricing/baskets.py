"""Baskets and answers for the tests of prices: written out, and drawn at random."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Adjustment, Kind, Reason
from core.commerce.pricing.freight import Destination, Freight, Rate, Zone
from core.commerce.pricing.price_input import CustomerFacts, PriceInput, PriceLine, ShippingOption
from core.commerce.pricing.stages import GOODS_STAGES, PLUGIN_STAGES, Stage

MOMENT = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
PRODUCT, VARIANT = UUID(int=1), UUID(int=2)


def line(key, unit_price, quantity=1, **more):
    given = {"product_id": PRODUCT, "variant_id": VARIANT, "sku": f"SKU-{key}", "title": f"Tea {key}", **more}
    return PriceLine(key=key, unit_price=unit_price, quantity=quantity, **given)


def basket(*lines, **more):
    return PriceInput(**{"currency": "CNY", "moment": MOMENT, "lines": lines, **more})


def off(stage, amount=None, target="order", plugin="coupon", rule="r1", **more):
    return Adjustment(
        stage=stage,
        amount=amount,
        target=target,
        plugin=plugin,
        rule_id=rule,
        **{"reason": Reason("An offer"), "plugin_version": "1.0", **more},
    )


def activity(unit_price, *keys, plugin="group_buy", rule="a1", **more):
    return off(Stage.CAMPAIGN, unit_price=unit_price, target=keys, plugin=plugin, rule=rule, **more)


def answering(*adjustments):
    """A `collect` that answers these, each in its stage."""
    return lambda stage, running: [one for one in adjustments if one.stage is stage]


PLACES = ("CN-SC", "CN-GD", "CN", "US-CA", "US", "FR")
rates = st.builds(Rate, st.integers(0, 3000), st.integers(0, 500), st.none() | st.integers(0, 30_000))
places = st.lists(st.sampled_from(PLACES), unique=True, max_size=3).map(tuple)
freights = st.builds(
    Freight,
    rate=rates,
    by=st.sampled_from(["order", "weight", "pieces"]),
    first=st.integers(0, 2000),
    step=st.integers(1, 1000),
    zones=st.lists(st.builds(Zone, places, rates), max_size=3).map(tuple),
    excluded=places,
    listed_only=st.booleans(),
)
tax_rates = st.sampled_from([0, 600, 888, 1300, 2000, 10_000])
small_prices = st.one_of(st.integers(0, 20), st.integers(0, 30_000))


@st.composite
def price_inputs(draw, shipping=None):
    count = draw(st.integers(1, 6))
    lines = tuple(_line(draw, n) for n in range(count))
    destination = Destination(place=draw(st.sampled_from(["", *PLACES])))
    served = freights.filter(lambda rules: rules.rate_at(destination.place) is not None)
    option = st.builds(
        ShippingOption,
        key=st.just("post"),
        title=st.just("Post"),
        fee=st.integers(0, 2000),
        free_from=st.none() | st.integers(0, 30_000),
        freight=st.none() | served,
    )
    return basket(
        *lines,
        currency=draw(st.sampled_from(["CNY", "JPY", "KWD"])),
        customer=CustomerFacts(customer_id=UUID(int=9), paid_orders=draw(st.integers(0, 3))),
        shipping=draw(option if shipping else st.none() | option),
        destination=destination,
        tax_mode=draw(st.sampled_from(["inclusive", "inclusive", "added"])),
        tax_basis_points=draw(tax_rates),
        shipping_tax_basis_points=draw(st.none() | tax_rates),
        rounding_step=draw(st.sampled_from([1, 1, 10, 100])),
    )


def _line(draw, number):
    price, quantity = draw(small_prices), draw(st.integers(1, 9))
    grams, own_rate = draw(st.integers(0, 3000)), draw(st.none() | tax_rates)
    return line(f"l{number}", price, quantity, grams=grams, tax_basis_points=own_rate)


@st.composite
def answers(draw, price_input):
    """Up to eight adjustments of any stage that this basket allows."""
    return [draw(_answer(price_input, number)) for number in range(draw(st.integers(0, 8)))]


@st.composite
def _answer(draw, price_input, number):
    stage = draw(st.sampled_from(PLUGIN_STAGES))
    keys = draw(st.lists(st.sampled_from(sorted(price_input.keys)), min_size=1, unique=True))
    named = {
        "stage": stage,
        "plugin": draw(st.sampled_from(["coupon", "group_buy", "live_sale"])),
        "rule": draw(st.sampled_from([f"r{number}", "shared"])),
        "exclusive_group": draw(st.sampled_from(["", "", "one", "two"])),
        "reason": Reason("Offer %(number)s", {"number": number}),
    }
    if stage is Stage.CAMPAIGN:
        return off(unit_price=draw(small_prices), target=tuple(keys), **named)
    kind = draw(st.sampled_from([Kind.DISCOUNT, Kind.DISCOUNT, Kind.DISCOUNT, Kind.FEE]))
    target = draw(st.sampled_from(["order", tuple(keys)])) if stage in GOODS_STAGES else "shipping"
    return off(amount=draw(st.integers(0, 3000) | st.integers(0, 200_000)), target=target, kind=kind, **named)
