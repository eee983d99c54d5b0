"""The best combination: what brute force finds, nothing spent for nothing, and bounded for many."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from plugins.coupon.combining import Candidate, Freight, best_combination, cut_amounts, to_pay


def random_basket(dice):
    nets = {f"l{n}": dice.choice([1, 10, 100, 500, 1_000, 5_000, 9_900]) for n in range(dice.randint(1, 5))}
    found = []
    for _ in range(dice.randint(1, 6)):
        keys = tuple(sorted(dice.sample(list(nets), dice.randint(1, len(nets)))))
        freight = dice.random() < 0.15
        most = max(1, sum(nets[key] for key in keys))
        found.append(
            Candidate(
                f"{dice.random()}",
                dice.choice("abcdefg"),
                dice.random() < 0.15,
                0 if freight else dice.randint(1, most),
                () if freight else keys,
                dice.choice([500, 1_000]) if freight else 0,
                dice.random(),
            )
        )
    freight = dice.choice([None, Freight(800), Freight(800, 3_000)])
    ceiling = sum(nets.values()) * dice.choice([10_000, 5_000, 3_000]) // 10_000
    return found, nets, {"ceiling": ceiling, "freight": freight}


def allowed(chosen):
    groups = {one.group for one in chosen}
    return len(groups) == len(chosen) and (len(chosen) < 2 or not any(one.exclusive for one in chosen))


def test_best_combination_equals_brute_force_over_1000_random_baskets():
    dice = random.Random(20_261_122)
    cut = 0
    for _ in range(1_000):
        found, nets, rules = random_basket(dice)
        sets = itertools.chain.from_iterable(
            itertools.combinations(found, size) for size in range(1, len(found) + 1)
        )
        least = min(to_pay(one, nets, **rules) for one in ((), *sets) if allowed(one))
        best = best_combination(found, nets, **rules)
        assert allowed(best)
        assert to_pay(best, nets, **rules) == least
        amounts = cut_amounts([one for one in best if one.amount], nets, rules["ceiling"])
        cut += any(amounts[one.id] < one.amount for one in best if one.amount)
        for one in best:
            fewer = [other for other in best if other is not one]
            assert to_pay(fewer, nets, **rules) > least, "a coupon was spent for nothing"
    # The baskets are hard enough: in many, coupons get in each other's way.
    assert cut > 100


def test_equal_coupons_the_one_that_runs_out_first_is_used():
    late = Candidate("a", "g", False, 500, ("l",), until=20.0)
    soon = Candidate("b", "g", False, 500, ("l",), until=10.0)
    assert best_combination([late, soon], {"l": 900}, ceiling=900, freight=None) == (soon,)


def test_exclusive_coupon_wins_only_when_it_beats_all_others_together():
    others = [Candidate("a", "g", False, 300, ("l",)), Candidate("b", "h", False, 300, ("l",))]
    alone = Candidate("c", "x", True, 599, ("l",))
    better = Candidate("d", "x", True, 601, ("l",))
    rules = {"ceiling": 10_000, "freight": None}
    assert set(best_combination([*others, alone], {"l": 5_000}, **rules)) == set(others)
    assert best_combination([*others, better], {"l": 5_000}, **rules) == (better,)


def test_a_coupon_that_costs_free_shipping_is_left_out():
    """5 off would bring the goods below the value from which sending is free, and sending costs 8."""
    small = Candidate("a", "g", False, 500, ("l",))
    assert best_combination([small], {"l": 3_000}, ceiling=3_000, freight=Freight(800, 3_000)) == ()


def test_with_many_coupons_the_search_ends_and_is_no_worse_than_one_of_each_group():
    dice = random.Random(7)
    nets = {f"l{n}": dice.randint(500, 20_000) for n in range(20)}
    found = []
    for n in range(60):
        keys = tuple(sorted(dice.sample(list(nets), 6)))
        amount = sum(nets[key] for key in keys) // 3 + n
        found.append(Candidate(f"{n:02d}", f"g{n % 30}", False, amount, keys))
    rules = {"ceiling": sum(nets.values()), "freight": None}
    first = {}
    for one in sorted(found, key=lambda one: -one.amount):
        first.setdefault(one.group, one)
    greedy = to_pay(tuple(first.values()), nets, **rules)
    assert to_pay(best_combination(found, nets, **rules), nets, **rules) <= greedy


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12), st.data())
def test_cut_amounts_never_take_more_than_there_is(prices, data):
    nets = {f"l{n}": price for n, price in enumerate(prices)}
    found = [
        Candidate(
            str(n),
            str(n),
            False,
            data.draw(st.integers(0, 20_000)),
            tuple(sorted(data.draw(st.sets(st.sampled_from(list(nets)), min_size=1)))),
        )
        for n in range(data.draw(st.integers(0, 5)))
    ]
    ceiling = data.draw(st.integers(0, sum(prices)))
    amounts = cut_amounts(found, nets, ceiling)
    assert sum(amounts.values()) <= ceiling
    for one in found:
        assert 0 <= amounts[one.id] <= min(one.amount, sum(nets[key] for key in one.keys))
    # Whoever is asked first makes no difference.
    assert cut_amounts(found[::-1], nets, ceiling) == amounts
