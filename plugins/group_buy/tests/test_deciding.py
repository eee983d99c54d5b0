"""What merchants decide about groups: success declared with fewer people, more time once; nobody is ever invented."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.sdk.commands import reading
from core.sdk.data import session
from core.sdk.errors import PermissionRefused
from core.sdk.tables import CUSTOMER, ORDER
from core.testing.buying import order_row, pay
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.actions.activities import close_activity
from plugins.group_buy.actions.deciding import declare_success, extend_group
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.models import Seat
from plugins.group_buy.queries.activities import group_counts
from plugins.group_buy.queries.numbers import numbers
from plugins.group_buy.tests.groups import group_at, group_of, make_activity, state_of


def everybody(shop):
    """How many seats, orders and people there are."""
    with reading():
        return (
            session().scalar(select(func.count()).select_from(Seat)),
            session().scalar(select(func.count()).select_from(ORDER).where(ORDER.c.shop_id == shop.shop_id)),
            session().scalar(
                select(func.count()).select_from(CUSTOMER).where(CUSTOMER.c.shop_id == shop.shop_id)
            ),
        )


@pytest.fixture
def two_of_three(open_group, member, gateway):
    """`two_of_three()` is the code of a group with two paid seats, and the orders of the last."""

    def make():
        code = open_group()
        second = member().join(code)
        pay(gateway, second)
        return code, second

    return make


def test_declared_group_ships_with_whoever_paid_and_adds_nobody(two_of_three, tea_shop, activity, clock):
    code, second = two_of_three()
    before = everybody(tea_shop)
    assert declare_success(group_id=group_at(code).id) == 2
    group = group_at(code)
    assert (group.standing, group.paid, group.declared_paid) == (Standing.SUCCEEDED, 2, 2)
    assert everybody(tea_shop) == before
    assert (state_of(second), order_row(second).holds_open) == (("placed", "paid", ""), 0)
    assert [seat.state for seat in group.seats] == ["paid", "paid", "free"]
    with reading():
        counts = group_counts([activity])[activity]
        found = numbers(since=clock() - timedelta(days=1))
    assert (counts.succeeded, counts.declared, counts.failed) == (0, 1, 0)
    assert (found.succeeded, found.declared, found.success_points, found.declared_points) == (0, 1, 0, 10_000)


def test_too_few_paid_seats_cannot_be_declared(open_group):
    code = open_group()
    with pytest.raises(GroupBuyError) as refused:
        declare_success(group_id=group_at(code).id)
    assert refused.value.code == "group_buy.too_few"
    assert group_at(code).standing is Standing.FORMING


def test_only_so_many_groups_are_declared_in_a_day(two_of_three, enable, tea_shop):
    enable(tea_shop, "group_buy", declare_per_day=1)
    (first, _), (second, _) = two_of_three(), two_of_three()
    declare_success(group_id=group_at(first).id)
    with pytest.raises(GroupBuyError) as refused:
        declare_success(group_id=group_at(second).id)
    assert refused.value.code == "group_buy.too_many_declared"
    assert group_at(second).standing is Standing.FORMING


def test_group_that_is_over_cannot_be_declared_nor_extended(two_of_three, clock, run_jobs):
    code, _ = two_of_three()
    clock.advance(hours=25)
    run_jobs()
    for decide in (
        lambda: declare_success(group_id=group_at(code).id),
        lambda: extend_group(group_id=group_at(code).id, time=timedelta(hours=6)),
    ):
        with pytest.raises(GroupBuyError) as refused:
            decide()
        assert refused.value.code == "group_buy.group_ended"


def test_more_time_is_given_once_and_never_beyond_the_hard_end(
    two_of_three, member, gateway, clock, run_jobs
):
    code, second = two_of_three()
    ends = group_at(code).deadline
    assert extend_group(group_id=group_at(code).id, time=timedelta(hours=6)) == ends + timedelta(hours=6)
    with pytest.raises(GroupBuyError) as refused:
        extend_group(group_id=group_at(code).id, time=timedelta(hours=6))
    assert refused.value.code == "group_buy.extended_already"
    clock.advance(hours=27)
    run_jobs()
    assert group_at(code).standing is Standing.FORMING
    pay(gateway, member().join(code))
    assert group_at(code).standing is Standing.SUCCEEDED
    assert order_row(second).holds_open == 0


def test_time_is_cut_at_the_hard_end(tea, member, gateway, clock):
    end = clock() + timedelta(hours=26)
    activity = make_activity(tea, ends_at=clock() + timedelta(hours=1), hard_end_at=end, size=2)
    order_id = member().start(activity, tea.variant_id)
    pay(gateway, order_id)
    until = extend_group(group_id=group_of(order_id).id, time=timedelta(hours=48))
    assert until == group_of(order_id).deadline == end


@pytest.mark.race
def test_two_who_extend_at_once_extend_once(open_group):
    code = open_group()
    ends = group_at(code).deadline
    group_id = group_at(code).id
    attempts = race([lambda: extend_group(group_id=group_id, time=timedelta(hours=6))] * 4)
    assert overlapping_pairs(attempts)
    assert sum(one.error is None for one in attempts) == 1
    assert group_at(code).deadline == ends + timedelta(hours=6)


def test_activity_closed_as_complete_declares_groups_with_enough_and_lets_others_go_on(
    two_of_three, open_group, activity, run_jobs
):
    full_enough, _ = two_of_three()
    too_empty = open_group()
    assert close_activity(activity_id=activity, groups="complete") == 2
    run_jobs()
    assert group_at(full_enough).declared_paid == 2
    assert group_at(too_empty).standing is Standing.FORMING


def test_buyers_read_that_the_shop_completed_it(two_of_three, at_shop, tea_shop):
    code, _ = two_of_three()
    declare_success(group_id=group_at(code).id)
    page = at_shop(tea_shop).get(f"/x/group-buy/groups/{code}")
    assert "由商家成团：2/3" in page.text or "Completed by the shop: 2 of 3 had paid" in page.text


def test_nobody_without_the_right_decides(two_of_three, member):
    code, _ = two_of_three()
    with member().acting, pytest.raises(PermissionRefused):
        declare_success(group_id=group_at(code).id)
