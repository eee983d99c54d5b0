"""Leaving while a group forms: the seat is free again, the role passes on, the last one ends it."""

import pytest

from core.sdk.errors import NotFound
from core.testing.buying import cancel_order, pay
from core.testing.races import race
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.tests.groups import group_at, group_of, state_of


def leave(who, code):
    with who.acting:
        leave_group(code=code)


@pytest.fixture
def led(member, activity, tea, gateway):
    """A leader with a forming group: (leader, code, order)."""
    leader = member()
    order_id = leader.start(activity, tea.variant_id)
    pay(gateway, order_id)
    return leader, group_of(order_id).code, order_id


def test_leader_who_leaves_is_refunded_and_the_next_payer_leads_with_the_same_deadline(
    led, member, gateway, run_jobs, clock
):
    leader, code, order_id = led
    before = group_at(code)
    second, third = member(), member()
    slow, fast = second.join(code), third.join(code)
    clock.advance(minutes=1)
    # The one who paid first leads, not the one who ordered first.
    pay(gateway, fast)
    leave(leader, code)
    run_jobs()
    group = group_at(code, viewer_id=third.id)
    assert (group.standing, group.deadline, group.paid) == (Standing.FORMING, before.deadline, 1)
    assert (group.seats[0].leader, group.seats[0].mine) == (True, True)
    assert state_of(order_id) == ("cancelled", "refunded", "withdrawn")
    pay(gateway, slow)
    pay(gateway, member().join(code))
    assert group_at(code).standing is Standing.SUCCEEDED


def test_last_member_who_leaves_ends_the_group(led, member, gateway, run_jobs):
    leader, code, _order_id = led
    unpaid = member().join(code)
    leave(leader, code)
    run_jobs()
    assert group_at(code).standing is Standing.FAILED
    pay(gateway, unpaid)
    run_jobs()
    assert state_of(unpaid) == ("cancelled", "refunded", "seat_lost")


def test_member_who_left_can_come_back(led, member, gateway):
    _, code, _ = led
    who = member()
    pay(gateway, who.join(code))
    leave(who, code)
    assert group_at(code).paid == 1
    pay(gateway, who.join(code))
    assert group_at(code).paid == 2


def test_nobody_leaves_a_group_that_is_complete_or_over(led, member, gateway, clock):
    _leader, code, order_id = led
    people = [member(), member()]
    for who in people:
        pay(gateway, who.join(code))
    with pytest.raises(GroupBuyError, match="cannot_leave"):
        leave(people[0], code)
    assert state_of(order_id) == ("placed", "paid", "")
    assert group_at(code).paid == 3


def test_only_members_who_paid_can_leave(led, member):
    _, code, _ = led
    who = member()
    with pytest.raises(NotFound):
        leave(who, code)
    who.join(code)
    with pytest.raises(GroupBuyError, match="cannot_leave"):
        leave(who, code)


def test_merchant_who_cancels_the_leaders_order_passes_the_role_on(led, member, gateway, run_jobs):
    _leader, code, order_id = led
    who = member()
    pay(gateway, who.join(code))
    cancel_order(order_id=order_id)
    run_jobs()
    group = group_at(code, viewer_id=who.id)
    assert (group.paid, group.seats[0].leader, group.seats[0].mine) == (1, True, True)


@pytest.mark.race
@pytest.mark.parametrize("round_", range(4))
def test_leaving_against_the_last_payment_leaves_no_group_full_with_a_hole(
    led, member, gateway, run_jobs, round_
):
    leader, code, order_id = led
    pay(gateway, member().join(code))
    last = member().join(code)
    attempts = race([lambda: leave(leader, code), lambda: pay(gateway, last)])
    run_jobs()
    group = group_at(code)
    if attempts[0].error is None:
        assert (group.standing, group.paid) == (Standing.FORMING, 2)
        assert state_of(order_id) == ("cancelled", "refunded", "withdrawn")
    else:
        assert attempts[0].error.code == "group_buy.cannot_leave"
        assert (group.standing, group.paid) == (Standing.SUCCEEDED, 3)
    assert attempts[1].error is None


@pytest.mark.race
def test_all_members_leaving_at_once_end_the_group_once(led, member, gateway, run_jobs):
    leader, code, _ = led
    who = member()
    other = who.join(code)
    pay(gateway, other)
    attempts = race([lambda: leave(leader, code), lambda: leave(who, code)])
    run_jobs()
    assert [one.error for one in attempts] == [None, None]
    assert group_at(code).standing is Standing.FAILED
    assert state_of(other) == ("cancelled", "refunded", "withdrawn")


def test_member_of_a_complete_group_who_is_refunded_is_shown_so_and_the_group_stays(
    open_group, member, gateway, run_jobs, at_shop, tea_shop
):
    code = open_group()
    orders = [member().join(code) for _ in range(2)]
    for order_id in orders:
        pay(gateway, order_id)
    run_jobs()
    cancel_order(order_id=orders[0])
    group = group_at(code)
    assert group.standing is Standing.SUCCEEDED
    assert sorted(seat.refunded for seat in group.seats) == [False, False, True]
    page = at_shop(tea_shop).get(f"/x/group-buy/groups/{code}")
    assert page.html.count('class="seat paid"') == 2
    assert "已退款" in page.text
    assert state_of(orders[1]) == ("placed", "paid", "")
