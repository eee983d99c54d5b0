"""The numbers of a month, worked out by hand from what happened in it."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.testing.buying import pay
from core.testing.goods import make_product
from core.testing.statements import count_statements
from plugins.group_buy.queries.listings import activity_list, group_list, members_of, refund_list
from plugins.group_buy.queries.numbers import chance_of, numbers
from plugins.group_buy.tests.groups import group_at, group_of, make_activity
from plugins.group_buy.web.stats import group_stats


def figures(**more):
    with reading():
        return numbers(since=now() - timedelta(days=30), **more)


@pytest.fixture
def month(tea, activity, member, gateway, clock, run_jobs):
    """One group filled, one failed, one forming; one of the members had bought before, alone."""
    old, *others = (member() for _ in range(7))
    first, second, failing, never, forming, alone = others
    pay(gateway, old.who.order([(tea.variant_id, 1)]).order_id)
    clock.advance(minutes=60)

    filled = first.start(activity, tea.variant_id, 2)
    pay(gateway, filled)
    code = group_of(filled).code
    clock.advance(minutes=10)
    pay(gateway, second.join(code))
    clock.advance(minutes=20)
    pay(gateway, old.join(code))

    lonely = failing.start(activity, tea.variant_id)
    pay(gateway, lonely)
    never.join(group_of(lonely).code)
    clock.advance(hours=25)
    run_jobs()

    open_order = forming.start(activity, tea.variant_id)
    pay(gateway, open_order)
    member().keep(group_of(open_order).code)
    pay(gateway, alone.who.order([(tea.variant_id, 1)]).order_id)
    return code


def fill_time():
    return next(one for one in group_stats(figures()) if one.label == "Usual time to fill")


def test_usual_time_is_explained_only_when_there_is_one(activity):
    assert (fill_time().value, fill_time().note) == ("–", "no group has filled yet")


def test_every_number_of_a_month(month):
    found = figures()
    assert (found.opened, found.forming, found.succeeded, found.failed) == (3, 1, 1, 1)
    # The clock runs on between the steps.
    assert timedelta(minutes=30) <= found.median_fill < timedelta(minutes=40)
    assert (fill_time().value, fill_time().note) == ("30 min", "half of them were faster")
    # Two in the failed and the forming group, three in the full one; one of the five had bought before.
    assert (found.members, found.payers, found.new_payers) == (5, 5, 4)
    assert found.group_sales == 2 * 8_900 + 8_900 + 8_900 + 8_900
    assert found.alone_sales == 2 * 12_800
    # 3,900 off each of the five pieces that stayed sold.
    assert found.discount == 5 * 3_900
    # Delivery comes back too.
    assert (found.refunded, found.refunds) == (8_900 + 1_200, 1)
    assert found.refund_time is not None
    assert found.unpaid_seats == 1


def test_shares_are_rounded_down_in_their_units(month):
    found = figures()
    assert (found.success_points, found.new_points) == (5_000, 8_000)
    assert (found.new_per_leader, found.members_per_group) == (133, 166)


def test_numbers_of_one_activity_leave_out_the_others(month, member, gateway):
    other = make_product(prices=[5_000])
    second = make_activity(other, {other.variant_id: 4_000}, size=2)
    pay(gateway, member().start(second, other.variant_id))
    found = figures(activity_id=second)
    assert (found.opened, found.members, found.group_sales, found.alone_sales) == (1, 1, 4_000, 0)
    assert figures(activity_id=group_at(month).activity_id).opened == 3
    assert figures().opened == 4


def test_numbers_of_a_shop_without_groups_say_nothing(tea_shop):
    found = figures()
    assert (found.opened, found.members, found.group_sales) == (0, 0, 0)
    assert (found.success_points, found.new_points, found.median_fill, found.refund_time) == (None,) * 4


def test_groups_opened_before_the_period_are_not_counted(month, clock):
    clock.advance(days=31)
    assert (figures().opened, figures().alone_sales) == (0, 0)


def statements(read):
    with reading(), count_statements() as sent:
        read()
    return len(sent)


@pytest.mark.parametrize("rows", [1, 3])
def test_console_lists_take_the_same_number_of_statements(
    rows, tea, activity, open_group, member, gateway, clock, run_jobs
):
    for _ in range(rows - 1):
        product = make_product(prices=[9_000])
        make_activity(product, {product.variant_id: 5_000})
    for _ in range(rows):
        open_group()
    clock.advance(hours=25)
    run_jobs()
    codes = [open_group() for _ in range(rows)]
    for _ in range(rows - 1):
        pay(gateway, member().join(codes[0]))
    group = group_at(codes[0])
    page = {"limit": 20, "offset": 0}

    def activity_page():
        return activity_list(view="all", search="", sort="-starts_at", **page)

    def group_page():
        return group_list(activity_id=None, view="forming", sort="deadline", **page)

    def refund_page():
        return refund_list(view="done", **page)

    with reading():
        shown = [len(read().rows) for read in (activity_page, refund_page)]
        forming = len(group_page().rows)
        assert (shown, len(members_of(group.id))) == ([rows, rows], rows)
    # The first of three groups is full by then.
    assert forming == (1 if rows == 1 else 2)
    assert statements(activity_page) == 6
    assert statements(group_page) == 2
    assert statements(refund_page) == 2
    assert statements(lambda: members_of(group.id)) == 1
    assert statements(figures) == 1


def test_chance_says_nothing_of_few_groups_and_counts_what_ended(
    tea, activity, open_group, member, gateway, clock, run_jobs
):
    filled = [open_group() for _ in range(2)]
    for code in filled:
        for _ in range(2):
            pay(gateway, member().join(code))
    with_two = open_group()
    pay(gateway, member().join(with_two))
    for _ in range(2):
        open_group()
    clock.advance(hours=25)
    run_jobs()
    open_group()
    with reading():
        one, two = (chance_of(activity_id=activity, size=3, paid=paid) for paid in (1, 2))
    assert (one.seen, one.filled, one.points) == (5, 2, 4_000)
    assert (two.seen, two.filled, two.points) == (3, 2, None)
