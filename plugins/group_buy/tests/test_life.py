"""The whole life of a group: opened by a payment, filled by the last one, or refunded by itself."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.sdk.errors import PinpuError
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import stock_left
from core.testing.sending import ship_all
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.groups import groups_of
from plugins.group_buy.tests.groups import Member, group_at, group_of, log_in, make_activity, state_of


def test_group_begins_with_the_leaders_payment(member, activity, tea, gateway, clock):
    leader = member()
    order_id = leader.start(activity, tea.variant_id)
    group = group_of(order_id)
    assert (group.standing, group.deadline, group.paid) == (Standing.WAITING, None, 0)
    clock.advance(minutes=7)
    pay(gateway, order_id)
    group = group_of(order_id)
    assert (group.standing, group.paid, group.left) == (Standing.FORMING, 1, 2)
    assert now() + timedelta(hours=23, minutes=59) < group.deadline < now() + timedelta(hours=24, seconds=1)
    assert order_row(order_id).holds_open == 1


def test_order_costs_the_group_price_and_says_why(member, activity, tea):
    order_id = member().start(activity, tea.variant_id, quantity=2)
    row = order_row(order_id)
    assert (row.items_minor, row.discount_minor) == (2 * 12_800, 2 * 3_900)
    assert row.marks["group_buy"]["activity"] == str(activity)


def test_last_paid_seat_lets_every_order_ship(open_group, member, gateway):
    code = open_group()
    orders = [member().join(code) for _ in range(2)]
    seats = group_at(code).seats
    assert [seat.state for seat in seats] == ["paid", "reserved", "reserved"]
    pay(gateway, orders[0])
    assert group_at(code).standing is Standing.FORMING
    pay(gateway, orders[1])
    group = group_at(code)
    assert (group.standing, group.paid, [seat.state for seat in group.seats]) == (
        Standing.SUCCEEDED,
        3,
        ["paid"] * 3,
    )
    assert [order_row(one).holds_open for one in orders] == [0, 0]
    assert [state_of(one) for one in orders] == [("placed", "paid", "")] * 2


def test_group_that_does_not_fill_is_refunded_by_itself(open_group, member, gateway, clock, run_jobs, tea):
    code = open_group()
    second, unpaid = member().join(code), member().join(code)
    pay(gateway, second)
    clock.advance(minutes=11)
    run_jobs()
    assert state_of(unpaid) == ("cancelled", "unpaid", "unpaid")
    clock.advance(hours=24)
    # Nobody closed it yet, and nobody may join it any more.
    assert group_at(code).standing is Standing.FAILED
    run_jobs()
    group = group_at(code)
    assert (group.standing, group.paid, [seat.state for seat in group.seats]) == (
        Standing.FAILED,
        2,
        ["paid", "paid", "free"],
    )
    assert state_of(second) == ("cancelled", "refunded", "hold_expired")
    assert stock_left(tea) == 100


def test_leader_who_never_pays_leaves_nothing_behind(member, activity, tea, clock, run_jobs):
    order_id = member().start(activity, tea.variant_id)
    clock.advance(minutes=31)
    run_jobs()
    assert state_of(order_id)[0] == "cancelled"
    assert group_of(order_id).standing is Standing.ABANDONED


def test_group_never_outlives_the_hard_end(member, tea, gateway, clock):
    clock.freeze()
    end = now() + timedelta(hours=3)
    activity = make_activity(tea, window=timedelta(days=7), ends_at=end - timedelta(hours=1), hard_end_at=end)
    order_id = member().start(activity, tea.variant_id)
    pay(gateway, order_id)
    assert group_of(order_id).deadline == end


def test_buyer_sees_own_groups_with_refunds(open_group, member, gateway, clock, run_jobs):
    code, who = open_group(), member()
    pay(gateway, who.join(code))
    clock.advance(hours=25)
    run_jobs()
    with reading():
        mine = groups_of(who.id)
    assert [(one.code, one.standing, one.refund, one.leader) for one in mine] == [
        (code, Standing.FAILED, "done", False)
    ]
    assert mine[0].refunded_at is not None


def test_nothing_is_sent_before_the_group_is_complete(open_group, member, gateway):
    code = open_group()
    orders = [member().join(code) for _ in range(2)]
    pay(gateway, orders[0])
    with pytest.raises(PinpuError):
        ship_all(orders[0])
    pay(gateway, orders[1])
    ship_all(orders[0])
    assert order_row(orders[0]).fulfilment == "fulfilled"


def test_my_groups_tell_how_far_the_money_is_with_times(
    member, open_group, gateway, clock, run_jobs, at_shop, tea_shop
):
    browser = log_in(at_shop(tea_shop), "back@example.com")
    code = open_group()
    browser.get(f"/x/group-buy/groups/{code}")
    browser.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"})
    with reading():
        seat = next(one for one in group_at(code).seats if one.state == "reserved")
    who = Member(Buyer(seat.customer_id, member().who.delivery))
    order_id = who.join(code)
    pay(gateway, order_id)
    clock.advance(hours=25)
    run_jobs()
    page = browser.get("/x/group-buy/mine")
    assert "退款已发起" in page.text
    assert page.html.count("<time datetime=") >= 3
