"""The rules of bundles, on every basket: no unit twice, never dearer, no cent lost, and what is missing."""

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from plugins.bundle.domain import ADDON, ANY, MOST_TRIED, Terms, Units, _greedy, offered, settled


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


def saved(offers, free):
    taken, _rest = settled(offers, free)
    return sum(one.off for one in taken)


def brute_force(offers, free):
    """The most that any bundles save, applied one after the other in whatever order."""
    most = 0
    for one in offers:
        offer = offered(one, free)
        if offer:
            left = [
                Units(each.key, each.product_id, each.count - offer.units.get(each.key, 0), each.price)
                for each in free
            ]
            most = max(most, offer.off + brute_force([other for other in offers if other is not one], left))
    return most


def test_bundles_in_each_others_way_save_as_much_as_in_their_best_order_over_1000_random_baskets():
    """Where one after the other, the largest first, would have saved less, the better order is found."""
    dice, better = random.Random("bundles"), 0
    for _basket in range(1_000):
        offers = [
            terms(
                f"b{n}",
                kind=dice.choice([ANY, ANY, ADDON]),
                pieces=dice.randint(2, 4),
                price=dice.choice([0, 20, 60, 99, 150]),
                goods=tuple(dice.sample("xyz", dice.randint(1, 3))),
                addons=("q",),
            )
            for n in range(dice.randint(1, MOST_TRIED))
        ]
        free = units(
            *((product, dice.randint(1, 4), dice.randint(1, 90)) for product in "xyzq"[: dice.randint(1, 4)])
        )
        assert saved(offers, free) == brute_force(offers, free)
        greedy = _greedy(offers, {one.key: one for one in free})
        better += sum(one.off for one in greedy) < saved(offers, free)
    assert better > 10


def test_sets_of_ten_thousand_pieces_are_counted():
    (taken,), _rest = settled([terms(price=100)], units(("x", 9_999, 50), ("y", 9_999, 40)))
    assert taken.off == 9_999 // 3 * 50 + 9_999 // 3 * 20
