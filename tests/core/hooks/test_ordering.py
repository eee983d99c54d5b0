"""Calling order: stated, deterministic, and refused by name when it goes in a circle."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hooks.errors import HookOrderError
from core.hooks.ordering import Wish, ordered


def wishes(*pairs):
    return [Wish(first, second, f"plugins/{first}/hooks.py:1") for first, second in pairs]


def test_names_decide_where_no_wish_speaks():
    assert ordered(["c", "a", "b"], [], subject="check_cart") == ("a", "b", "c")


def test_wishes_count_before_names():
    assert ordered(["a", "b", "c"], wishes(("c", "a")), subject="check_cart") == ("b", "c", "a")


def test_wishes_about_absent_plugins_do_not_matter():
    assert ordered(["a", "b"], wishes(("z", "a"), ("b", "z")), subject="check_cart") == ("a", "b")


def test_cycle_is_named_with_those_who_asked_for_it():
    with pytest.raises(HookOrderError) as refused:
        ordered(
            "abcdx", wishes(("b", "c"), ("c", "a"), ("a", "b"), ("a", "x"), ("x", "d")), subject="check_cart"
        )
    (said,) = refused.value.problems
    assert said.startswith("check_cart: a → b → c → a is a cycle (")
    assert "c before a: plugins/c/hooks.py:1" in said


@settings(deadline=None)
@given(st.data())
def test_order_holds_every_wish_whatever_the_input_order(data):
    names = data.draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=12))
    forward = wishes(*((a, b) for a, b in pairs if a < b))
    first = ordered(names, forward, subject="x")
    shuffled = random.Random(1).sample(names, len(names))
    assert ordered(shuffled, reversed(forward), subject="x") == first
    assert sorted(first) == sorted(names)
    assert all(first.index(wish.first) < first.index(wish.second) for wish in forward)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), min_size=1, max_size=15))
def test_a_named_cycle_is_really_there(pairs):
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    try:
        ordered("abcde", wishes(*pairs), subject="x")
    except HookOrderError as error:
        path = error.problems[0].removeprefix("x: ").split(" is a cycle")[0].split(" → ")
        assert path[0] == path[-1] == min(path)
        assert all(step in pairs for step in itertools.pairwise(path))
