"""Tax rules: the narrowest place counts, classes have their rates, and an old shop keeps its one rate."""

import pytest

from core.commerce.shops.taxes import PlaceRates, TaxRules

RULES = TaxRules(
    mode="added",
    standard=500,
    reduced=100,
    places=(PlaceRates("US", 0, 0), PlaceRates("US-CA", 725, 200), PlaceRates("CN", 1300, 900)),
)


@pytest.mark.parametrize(
    ("tax_class", "place", "rate"),
    [
        ("standard", "", 500),
        ("reduced", "FR", 100),
        ("standard", "US-CA", 725),
        ("reduced", "US-CA", 200),
        ("standard", "US-NY", 0),
        ("reduced", "CN-GD", 900),
        ("zero", "CN-GD", 0),
    ],
)
def test_narrowest_place_and_class_give_the_rate(tax_class, place, rate):
    assert RULES.rate(tax_class, place) == rate


def test_rules_survive_storage_and_a_shop_without_them_has_one_contained_rate():
    assert TaxRules.stored(RULES.standard, RULES.as_json()) == RULES
    assert TaxRules.stored(1300, {}) == TaxRules(mode="inclusive", standard=1300)
