"""The leader's perk: on own goods without freight, after everybody's return window, for different people, within caps."""

import random

import pytest
from sqlalchemy import select

from core.sdk.commands import reading
from core.sdk.data import session
from core.testing.buying import cancel_order, order_row, pay
from core.testing.sending import sent_elsewhere, ship_all, told
from plugins.group_buy.domain.rules import Perk, Rules
from plugins.group_buy.models import LeaderPerk
from plugins.group_buy.tests.groups import group_of, make_activity


@pytest.mark.parametrize("kind", ["price", "percent", "free", "coupon"])
def test_perk_is_never_more_than_a_piece_cost(kind):
    chance = random.Random(7)
    for _ in range(2_000):
        nets = [chance.choice([0, 1, chance.randrange(50_000)]) for _ in range(chance.randrange(1, 9))]
        cuts = Perk(kind=kind, value=chance.randrange(10_001)).cuts(nets)
        assert len(cuts) == len(nets)
        assert all(0 <= cut <= net for cut, net in zip(cuts, nets, strict=True))


@pytest.fixture
def led(tea, member, gateway, run_jobs):
    """`led(perk)` is a group of two that succeeded: its leader's order and the member's, of different people."""

    def make(perk, *, alike=False, activity=None, leader=None):
        activity = activity or make_activity(tea, size=2, limit_per_customer=None, rules=Rules(perk=perk))
        orders = [(leader or member()).start(activity, tea.variant_id, quantity=2)]
        pay(gateway, orders[0])
        orders.append(member().join(group_of(orders[0]).code))
        pay(gateway, orders[1])
        if not alike:
            for number, order_id in enumerate(orders):
                sent_elsewhere(order_id, number)
        run_jobs()
        return orders

    return make


def perk_of(order_id):
    with reading():
        row = session().scalars(select(LeaderPerk).where(LeaderPerk.order_id == order_id)).first()
        return (row.state, row.reason, row.amount_minor) if row else None


@pytest.fixture
def later(clock, run_jobs):
    """`later(days)` lets time pass day by day, with what is due."""

    def go(days):
        for _ in range(days):
            clock.advance(days=1)
            run_jobs()

    return go


@pytest.mark.parametrize(
    ("perk", "amount"),
    [
        (Perk(kind="price", value=900), 1_800),
        (Perk(kind="percent", value=1_050), 1_870),
        (Perk(kind="free"), 17_800),
    ],
)
def test_perk_comes_after_the_return_window_on_own_goods_without_freight(led, later, perk, amount):
    orders = led(perk)
    for order_id in orders:
        ship_all(order_id)
    later(14)
    assert perk_of(orders[0]) == ("waiting", "", 0)
    later(3)
    assert perk_of(orders[0]) == ("given", "", amount)
    assert (order_row(orders[0]).refunded_minor, order_row(orders[1]).refunded_minor) == (amount, 0)
    later(1)
    assert order_row(orders[0]).refunded_minor == amount


def test_coupon_perk_is_told_to_whoever_gives_coupons(led, later):
    orders = led(Perk(kind="coupon"))
    for order_id in orders:
        ship_all(order_id)
    later(17)
    assert [body["occasion"] for body in told("customers.reward_earned")] == ["group_leader"]
    assert order_row(orders[0]).refunded_minor == 0


def test_unsent_orders_keep_the_perk_waiting(led, later):
    orders = led(Perk(kind="free"))
    later(20)
    assert perk_of(orders[0]) == ("waiting", "", 0)


def test_people_who_share_address_and_phone_are_one_and_earn_nothing(led, later):
    orders = led(Perk(kind="free"), alike=True)
    for order_id in orders:
        ship_all(order_id)
    later(17)
    assert perk_of(orders[0]) == ("refused", "people", 0)
    assert order_row(orders[0]).refunded_minor == 0


def test_member_who_was_refunded_does_not_count(led, later):
    orders = led(Perk(kind="free"))
    cancel_order(order_id=orders[1])
    later(2)
    assert perk_of(orders[0]) == ("refused", "people", 0)


def test_leader_who_was_refunded_gets_nothing_more(led, later):
    orders = led(Perk(kind="free"))
    cancel_order(order_id=orders[0])
    later(2)
    assert perk_of(orders[0])[0] == "refused"
    assert order_row(orders[0]).refunded_minor == order_row(orders[0]).captured_minor


@pytest.mark.parametrize("cap", [{"per_person": 1}, {"per_person": None, "in_all": 1}])
def test_caps_are_kept(tea, led, member, cap):
    activity = make_activity(tea, size=2, limit_per_customer=None, rules=Rules(perk=Perk(kind="free", **cap)))
    who = member()
    first = led(None, activity=activity, leader=who)
    second = led(None, activity=activity, leader=who)
    assert perk_of(first[0]) == ("waiting", "", 0)
    assert perk_of(second[0]) == ("refused", "cap", 0)
