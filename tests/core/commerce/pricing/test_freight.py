"""Freight: fees grow with weight and pieces, the narrowest mention of a place decides, and nothing is below zero."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.errors import PriceInputError
from core.commerce.pricing.freight import Destination, Freight, Rate, Reach, Zone
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from tests.core.commerce.pricing.baskets import PLACES, answering, basket, freights, line

NOBODY = answering()
# First kilogram 12.00, each further half 3.00; Xinjiang dearer; Tibet not at all; abroad only France.
PARCEL = Freight(
    by="weight",
    first=1000,
    step=500,
    rate=Rate(1200, 300, 29_900),
    zones=(Zone(("CN-XJ", "CN-QH"), Rate(2500, 1000)), Zone(("CN", "FR"), Rate(1500, 400))),
    excluded=("CN-XZ",),
    listed_only=True,
)


@pytest.mark.parametrize(
    ("place", "grams", "fee"),
    [
        ("", 0, 1200),
        ("", 1000, 1200),
        ("", 1001, 1500),
        ("", 1501, 1800),
        ("CN-GD", 1001, 1900),
        ("CN-XJ", 2000, 4500),
        ("FR", 900, 1500),
        ("CN-XZ", 1, None),
        ("US-CA", 1, None),
    ],
)
def test_fee_of_a_place_and_weight(place, grams, fee):
    charged = PARCEL.charged(place, grams=grams, pieces=1)
    assert (charged.fee if charged else None) == fee


def test_province_beats_country_and_exclusion_beats_zone_on_the_same_level():
    rules = Freight(
        rate=Rate(1),
        excluded=("CN", "US-CA"),
        zones=(Zone(("CN-GD", "US-CA"), Rate(2)), Zone(("US",), Rate(3))),
    )
    fees = {place: rate.fee if (rate := rules.rate_at(place)) else None for place in (*PLACES, "")}
    assert fees == {"CN-SC": None, "CN-GD": 2, "CN": None, "US-CA": None, "US": 3, "FR": 1, "": 1}


@given(
    freights,
    st.sampled_from(["", *PLACES]),
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.integers(1, 500),
)
def test_fee_is_whole_never_negative_and_never_falls_with_weight_or_pieces(rules, place, grams, more, pieces):
    charged = rules.charged(place, grams=grams, pieces=pieces)
    heavier = rules.charged(place, grams=grams + more, pieces=pieces + more)
    if charged is None:
        assert heavier is None
        assert rules.refusal(Destination(place=place)) in ("excluded", "not_listed")
        return
    assert type(charged.fee) is int
    assert 0 <= rules.rate_at(place).fee <= charged.fee <= heavier.fee
    assert rules.refusal(Destination(place=place)) is None


@given(freights, st.sampled_from(PLACES))
def test_zone_precedence_is_the_stated_one(rules, place):
    country = place[:2]
    expected = "default"
    for level in (place, country):
        if level in rules.excluded:
            expected = None
            break
        zones = [zone for zone in rules.zones if level in zone.places]
        if zones:
            expected = zones[0].rate
            break
    if expected == "default":
        expected = None if rules.listed_only else rules.rate
    assert rules.rate_at(place) == expected


@given(freights)
def test_rules_survive_storage(rules):
    assert Freight.from_json(json.loads(json.dumps(rules.as_json()))) == rules


def test_basket_pays_the_fee_of_its_zone_and_weight_and_free_from_is_the_zones():
    def total(place, *, unit_price=1000, quantity=3, **more):
        rules = Freight(by="weight", first=1000, step=500, rate=Rate(1000, 200), **more)
        option = ShippingOption(key="m", title="Post", fee=1000, freight=rules)
        given = basket(
            line("a", unit_price, quantity, grams=700), shipping=option, destination=Destination(place=place)
        )
        return price(given, NOBODY).shipping_total

    zones = (Zone(("CN-GD",), Rate(500, 100, 3000)),)
    assert total("CN-SC", zones=zones) == 1000 + 3 * 200
    assert total("CN-GD", zones=zones) == 0
    assert total("CN-GD", zones=zones, unit_price=999) == 500 + 3 * 100
    with pytest.raises(PriceInputError, match="does not go to CN-GD"):
        total("CN-GD", excluded=("CN-GD",))


@pytest.mark.parametrize(
    ("destination", "goods", "why"),
    [
        (Destination(), None, "position_unknown"),
        (Destination(distance_m=3000), 2000, None),
        (Destination(distance_m=3001), 9000, "out_of_reach"),
        (Destination(distance_m=10), 1999, "below_minimum"),
        (Destination(postcode="310024"), 5000, None),
        (Destination(district="西湖区转塘街道 1 号"), 5000, None),
        (Destination(district="余杭区"), 5000, "position_unknown"),
        (Destination(distance_m=10_000, district="转塘街道"), 5000, None),
    ],
)
def test_local_delivery_comes_within_its_radius_or_to_listed_districts(destination, goods, why):
    reach = Reach(radius_m=3000, districts=("310024", "转塘"), minimum=2000)
    assert Freight(rate=Rate(500), reach=reach).refusal(destination, goods=goods) == why


def test_local_delivery_by_list_alone_needs_no_position():
    rules = Freight(rate=Rate(500), reach=Reach(districts=("SE1",)))
    assert rules.refusal(Destination(postcode="se1 7pb")) is None
    assert rules.refusal(Destination(postcode="N1")) == "out_of_reach"
    assert rules.refusal(Destination()) == "position_unknown"
