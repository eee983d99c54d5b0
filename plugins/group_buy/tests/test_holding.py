"""Unpaid seats: how many one buyer or one network address keeps at a time, whoever asks how often at once."""

import pytest

from core.testing.buying import pay
from core.testing.goods import make_product
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.actions.buying import join_group
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.tests.groups import group_at, group_of, make_activity


@pytest.fixture
def codes(tea_shop, member, gateway):
    """`codes(n)`: groups of n activities, each with free seats."""

    def make(count):
        found = []
        for number in range(count):
            goods = make_product(title=f"茶 {number}", prices=[12_800])
            first = member().start(make_activity(goods), goods.variant_id)
            pay(gateway, first)
            found.append(group_of(first).code)
        return found

    return make


def refused_code(call):
    with pytest.raises(GroupBuyError) as refused:
        call()
    return refused.value.code


def kept(codes):
    return sum(seat.state == "reserved" for code in codes for seat in group_at(code).seats)


@pytest.mark.race
def test_buyer_who_asks_for_eight_seats_at_once_keeps_three(codes, member):
    groups, who = codes(8), member()
    attempts = race([lambda code=code: who.keep(code) for code in groups])
    assert overlapping_pairs(attempts) > 10
    assert sum(one.error is None for one in attempts) == 3
    assert {one.error.code for one in attempts if one.error} == {"group_buy.too_many_held"}
    assert kept(groups) == 3


def test_seat_that_is_paid_or_lapses_is_no_unpaid_one_any_more(codes, member, gateway, clock, run_jobs):
    groups, who = codes(6), member()
    orders = [who.place(who.keep(code)) for code in groups[:3]]
    assert refused_code(lambda: who.keep(groups[3])) == "group_buy.too_many_held"
    pay(gateway, orders[0])
    run_jobs()
    who.keep(groups[3])
    assert refused_code(lambda: who.keep(groups[4])) == "group_buy.too_many_held"
    clock.advance(minutes=11)
    for code in groups[3:6]:
        who.keep(code)


def test_placing_the_order_of_a_kept_seat_counts_it_once(codes, member):
    groups, who = codes(3), member()
    for code in groups:
        who.join(code)
    assert kept(groups) == 3


def test_asking_for_the_same_seat_again_counts_it_once(codes, member):
    groups, who = codes(3), member()
    for _ in range(5):
        who.keep(groups[0])
        who.keep(groups[0], quantity=2)
    who.keep(groups[1])
    who.keep(groups[2])
    assert kept(groups) == 3


@pytest.mark.race
def test_accounts_of_one_network_address_keep_its_limit_together(codes, member, tea_shop, enable):
    enable(tea_shop, "group_buy", held_per_network=2)
    groups = codes(6)
    people = [member() for _ in groups]

    def ask(who, code):
        with who.acting:
            return join_group(code=code, quantity=1, device="203.0.113.9")

    attempts = race([lambda one=one: ask(*one) for one in zip(people, groups, strict=True)])
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 2
    assert {one.error.code for one in attempts if one.error} == {"group_buy.too_many_held"}
    stranger = member()
    with stranger.acting:
        assert join_group(code=groups[0], quantity=1, device="198.51.100.7")


def test_orders_of_one_network_address_go_on_counting_there(codes, member, tea_shop, enable):
    enable(tea_shop, "group_buy", held_per_network=1)
    groups, one, other = codes(2), member(), member()
    with one.acting:
        checkout = join_group(code=groups[0], quantity=1, device="203.0.113.9")
    one.place(checkout)
    with other.acting, pytest.raises(GroupBuyError) as refused:
        join_group(code=groups[1], quantity=1, device="203.0.113.9")
    assert refused.value.code == "group_buy.too_many_held"
