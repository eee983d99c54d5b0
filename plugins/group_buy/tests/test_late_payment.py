"""A payment that comes after the group filled or closed: what the buyer chose at checkout, and never lost money."""

import pytest

from core.testing.buying import check_payment, order_row, pay, start_payment
from plugins.group_buy.actions.activities import close_activity, pause_activity
from plugins.group_buy.actions.deciding import cancel_group
from plugins.group_buy.domain import Standing
from plugins.group_buy.tests.groups import group_at, group_of, make_activity, state_of


@pytest.fixture
def late(open_group, member, gateway, clock):
    """`late(choice)` is an unpaid order in a group that a merchant ends before its payment arrives; pay it with `arrive`."""

    def make(choice, code=None):
        code = code or open_group()
        who = member()
        order_id = who.join(code, if_full=choice)
        attempt = start_payment(order_id=order_id, return_url="http://x/")
        cancel_group(group_id=group_at(code).id)

        def arrive():
            gateway.capture(str(attempt.payment_id))
            check_payment(attempt.payment_id)
            return order_id

        return who, arrive

    return make


def test_late_payment_joins_the_group_that_needs_the_fewest(late, open_group, member, gateway, run_jobs):
    emptier, fuller = open_group(), open_group()
    pay(gateway, member().join(fuller))
    _who, arrive = late("join_other")
    order_id = arrive()
    run_jobs()
    assert group_of(order_id).code == fuller
    assert group_at(fuller).standing is Standing.SUCCEEDED
    assert group_at(emptier).paid == 1
    assert (state_of(order_id), order_row(order_id).holds_open) == (("placed", "paid", ""), 0)


def test_late_payment_starts_a_new_group(late, run_jobs):
    who, arrive = late("start_new")
    order_id = arrive()
    run_jobs()
    group = group_of(order_id)
    assert (group.standing, group.paid, group.size) == (Standing.FORMING, 1, 3)
    assert group_at(group.code, viewer_id=who.id).seats[0].mine
    assert order_row(order_id).holds_open == 1


@pytest.mark.parametrize("choice", ["refund", "", "something else"])
def test_late_payment_is_refunded_unless_something_else_was_chosen(late, open_group, run_jobs, choice):
    open_group()
    _, arrive = late(choice)
    order_id = arrive()
    run_jobs()
    assert state_of(order_id) == ("cancelled", "refunded", "seat_lost")


def test_late_payment_is_refunded_when_there_is_no_other_group(late, run_jobs):
    _, arrive = late("join_other")
    order_id = arrive()
    run_jobs()
    assert state_of(order_id) == ("cancelled", "refunded", "seat_lost")


def test_late_payment_never_joins_a_group_of_another_kind(member, gateway, tea, run_jobs):
    activity = make_activity(tea, prices={tea.variant_ids[0]: 8_900, tea.variant_ids[1]: 8_900})
    first, second = (member().start(activity, variant) for variant in tea.variant_ids)
    pay(gateway, first)
    pay(gateway, second)
    order_id = member().join(group_of(first).code, if_full="join_other")
    attempt = start_payment(order_id=order_id, return_url="http://x/")
    cancel_group(group_id=group_of(first).id)
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    assert state_of(order_id)[2] == "seat_lost"
    assert group_of(second).paid == 1


@pytest.mark.parametrize("stop", ["pause", "close", "drain"])
def test_late_payment_starts_no_group_when_none_can_be_started(
    late, activity, tea_shop, enable, run_jobs, stop
):
    _, arrive = late("start_new")
    if stop == "pause":
        pause_activity(activity_id=activity)
    elif stop == "close":
        close_activity(activity_id=activity, groups="finish")
    else:
        enable(tea_shop, "group_buy", state="draining")
    order_id = arrive()
    run_jobs()
    assert state_of(order_id) == ("cancelled", "refunded", "seat_lost")


def test_payment_for_a_seat_that_lapsed_and_was_taken_moves_on(open_group, member, gateway, clock, run_jobs):
    """The seat lapsed, somebody else took and paid it, and only then does the slow payment arrive."""
    full, other = open_group(), open_group()
    pay(gateway, member().join(full))
    order_id = member().join(full, if_full="join_other")
    attempt = start_payment(order_id=order_id, return_url="http://x/")
    clock.advance(minutes=10, seconds=1)
    pay(gateway, member().join(full))
    assert group_at(full).standing is Standing.SUCCEEDED
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    assert group_of(order_id).code == other
    assert (state_of(order_id), group_at(other).paid, group_at(full).paid) == (("placed", "paid", ""), 2, 3)


def test_buyer_who_moved_can_join_the_first_group_again(late, open_group, member, gateway, run_jobs):
    """The one-seat rule of the group that was lost does not stick to the order that moved away."""
    who, arrive = late("start_new")
    arrive()
    code = open_group()
    pay(gateway, who.join(code))
    assert group_at(code).paid == 2
