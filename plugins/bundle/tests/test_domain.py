"""The rules of bundles, on every basket: no unit twice, never dearer, no cent lost, and what is missing."""

import json

from hypothesis import given
from hypothesis import strategies as st

from plugins.bundle.domain import ADDON, ANY, Terms, Units, settled


def terms(name="a", kind=ANY, pieces=3, price=99, goods=("x", "y", "z"), addons=()):
    return Terms(
        id=name,
        version=1,
        title=name,
        kind=kind,
        pieces=pieces,
        price=price,
        product_ids=goods,
        addon_ids=addons,
    )


def units(*rows):
    return [Units(f"l{n}", product, count, price) for n, (product, count, price) in enumerate(rows)]


def test_a_full_set_costs_its_price_and_the_rest_what_it_costs():
    (taken,), rest = settled([terms()], units(("x", 2, 50), ("y", 2, 40), ("q", 5, 1)))
    # The dearest three: 50 + 50 + 40.
    assert (taken.off, dict(taken.units)) == (41, {"l0": 2, "l1": 1})
    assert [one.count for one in rest] == [0, 1, 5]


def test_as_many_sets_as_there_are_but_none_that_would_cost_more():
    (taken,), _rest = settled([terms(price=60)], units(("x", 3, 50), ("y", 3, 10)))
    assert (taken.off, dict(taken.units)) == (90, {"l0": 3})


def test_one_addon_for_each_main_unit_and_only_where_it_gets_cheaper():
    offer = terms(kind=ADDON, price=10, goods=("x",), addons=("y", "z"))
    (taken,), rest = settled([offer], units(("x", 2, 100), ("y", 3, 30), ("z", 1, 9)))
    assert (taken.off, dict(taken.units)) == (40, {"l0": 2, "l1": 2})
    assert [one.count for one in rest] == [0, 1, 1]


def test_the_bundle_that_saves_most_goes_first():
    small, large = terms("small", pieces=2, price=90), terms("large", pieces=3, price=60)
    taken, _rest = settled([small, large], units(("x", 3, 50)))
    assert [one.terms.id for one in taken] == ["large"]


def test_terms_travel_through_json():
    offer = terms(kind=ADDON, addons=("y",))
    assert Terms.from_json(json.loads(json.dumps(offer.as_json()))) == offer


drawn_terms = st.builds(
    terms,
    name=st.sampled_from("abc"),
    kind=st.sampled_from([ANY, ADDON]),
    pieces=st.integers(2, 5),
    price=st.integers(0, 300),
    goods=st.just(("x", "y")),
    addons=st.just(("z",)),
)
drawn_units = st.lists(
    st.tuples(st.sampled_from("xyzq"), st.integers(1, 6), st.integers(0, 200)), min_size=1, max_size=6
)


@given(st.lists(drawn_terms, max_size=3), drawn_units)
def test_no_unit_counts_twice_and_nothing_gets_dearer(offers, rows):
    offers = list({one.id: one for one in offers}.values())
    free = units(*rows)
    taken, rest = settled(offers, free)
    for place, line in enumerate(free):
        used = sum(one.units.get(line.key, 0) for one in taken)
        assert 0 <= used <= line.count
        assert rest[place].count == line.count - used
    prices = {line.key: line.price for line in free}
    for one in taken:
        worth = sum(prices[key] * count for key, count in one.units.items())
        assert 0 < one.off <= worth
        if one.terms.kind == ANY:
            assert sum(one.units.values()) % one.terms.pieces == 0
    assert settled(list(reversed(offers)), free) == (taken, rest)
