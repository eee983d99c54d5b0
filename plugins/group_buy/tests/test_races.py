"""Seats under pressure: parallel buyers, one seat, no seat sold twice, no money without a seat."""

from collections import Counter

import pytest

from core.sdk.commands import reading
from core.sdk.errors import PinpuError
from core.sdk.reservations import pools
from core.testing.buying import check_payment, order_row, pay, start_payment
from core.testing.jobs import run_due_jobs
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.pools import customer_pool
from plugins.group_buy.tests.groups import group_at, make_activity, state_of


def codes_of(attempts):
    return Counter(getattr(one.error, "code", type(one.error).__name__) for one in attempts if one.error)


@pytest.mark.race
def test_one_of_24_joiners_gets_the_last_seat(open_group, member, gateway):
    code = open_group()
    pay(gateway, member().join(code))
    people = [member() for _ in range(24)]
    attempts = race([lambda who=who: who.keep(code) for who in people])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 1
    assert codes_of(attempts) == {"group_buy.group_full": 23}
    assert [seat.state for seat in group_at(code).seats] == ["paid", "paid", "reserved"]


@pytest.mark.race
def test_one_of_16_orders_gets_the_last_seat_when_nobody_kept_one(open_group, member, gateway, clock):
    """Everybody's seat at the checkout has lapsed; placing the order decides."""
    code = open_group()
    pay(gateway, member().join(code))
    people = [member() for _ in range(16)]
    checkouts = []
    for who in people:
        checkouts.append((who, who.keep(code)))
        clock.advance(minutes=11)
    attempts = race([lambda who=who, one=one: who.place(one) for who, one in checkouts])
    assert overlapping_pairs(attempts) > 20
    assert sum(one.error is None for one in attempts) == 1
    assert group_at(code).left == 0


@pytest.mark.race
def test_same_buyer_eight_times_has_one_seat_and_one_checkout(open_group, member):
    code, who = open_group(), member()
    attempts = race([lambda: who.keep(code)] * 8)
    assert overlapping_pairs(attempts) > 10
    assert {one.error for one in attempts} == {None}
    assert len({one.value for one in attempts}) == 1
    assert [seat.state for seat in group_at(code).seats] == ["paid", "reserved", "free"]


@pytest.mark.race
def test_same_buyer_placing_eight_orders_has_one_seat(open_group, member, clock):
    """Eight tabs, each with a checkout of its own, because each seat lapsed before the next tab was opened."""
    code, who = open_group(), member()
    checkouts = []
    for _ in range(8):
        checkouts.append(who.keep(code))
        clock.advance(minutes=11)
    assert len(set(checkouts)) == 8
    attempts = race([lambda one=one: who.place(one) for one in checkouts])
    assert overlapping_pairs(attempts) > 10
    assert sum(one.error is None for one in attempts) == 1
    assert [seat.state for seat in group_at(code).seats] == ["paid", "reserved", "free"]


@pytest.mark.race
def test_limit_per_buyer_holds_across_groups_started_at_once(member, tea, activity):
    who = member()
    attempts = race([lambda: who.start(activity, tea.variant_id, quantity=1)] * 6)
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 2
    with reading():
        pool = next(iter(pools([customer_pool(activity, who.id, None).id]).values()))
    assert (pool.capacity, pool.reserved, pool.confirmed) == (2, 2, 0)


@pytest.mark.race
def test_stock_cap_is_never_exceeded(member, tea):
    activity = make_activity(tea, stock_cap=5)
    people = [member() for _ in range(12)]
    attempts = race([lambda who=who: who.start(activity, tea.variant_id) for who in people])
    assert overlapping_pairs(attempts) > 20
    assert sum(one.error is None for one in attempts) == 5


@pytest.mark.race
@pytest.mark.parametrize("round_", range(8))
def test_last_seat_paid_in_the_second_of_the_deadline_fills_or_refunds(
    open_group, member, gateway, clock, run_jobs, round_
):
    code = open_group()
    second = member().join(code)
    pay(gateway, second)
    clock.advance(hours=23, minutes=55)
    last = member().join(code)
    attempt = start_payment(order_id=last, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    clock.advance(seconds=(group_at(code).deadline - clock()).total_seconds(), milliseconds=round_ - 6)
    attempts = race([lambda: check_payment(attempt.payment_id), run_due_jobs])
    assert [one.error for one in attempts] == [None, None]
    clock.advance(minutes=15)
    run_jobs()
    group = group_at(code)
    states = Counter(state_of(one)[:2] for one in (second, last))
    if group.standing is Standing.SUCCEEDED:
        assert states == {("placed", "paid"): 2}
        assert [order_row(one).holds_open for one in (second, last)] == [0, 0]
    else:
        assert states == {("cancelled", "refunded"): 2}


@pytest.mark.race
@pytest.mark.parametrize("round_", range(4))
def test_seat_asked_for_in_the_second_of_the_deadline_is_kept_for_nothing_or_refused(
    open_group, member, gateway, clock, run_jobs, round_
):
    code, who = open_group(), member()
    clock.advance(seconds=(group_at(code).deadline - clock()).total_seconds(), milliseconds=round_ * 2 - 4)
    attempts = race([lambda: who.keep(code), run_due_jobs])
    assert attempts[1].error is None
    assert codes_of(attempts[:1]) in ({}, {"group_buy.group_closed": 1}, {"group_buy.group_full": 1})
    clock.advance(seconds=1)
    run_jobs()
    group = group_at(code)
    assert (group.standing, group.paid) == (Standing.FAILED, 1)
    if attempts[0].error is None:
        with pytest.raises(PinpuError):
            who.place(attempts[0].value)
    assert [state_of(seat.order_id)[:2] for seat in group.seats if seat.state == "paid"] == [
        ("cancelled", "refunded")
    ]


def test_second_buyer_of_a_full_group_is_told_what_to_do(open_group, member, gateway):
    code = open_group()
    for _ in range(2):
        pay(gateway, member().join(code))
    with pytest.raises(GroupBuyError) as refused:
        member().keep(code)
    assert (refused.value.code, bool(refused.value.fix_text)) == ("group_buy.group_closed", True)
