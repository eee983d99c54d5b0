"""Goods of a lottery group: the winners' only, kept from its opening on, never lost and never kept for nobody."""

import pytest

from core.sdk.commands import SYSTEM, acting_as, reading
from core.sdk.data import session
from core.sdk.errors import PinpuError
from core.testing.buying import cancel_order, order_row, pay
from core.testing.goods import make_product, stock_left
from core.testing.races import overlapping_pairs, race
from core.testing.sending import end_pool, ship_all
from plugins.group_buy.actions.buying import pool_of_draw
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.models import Group
from plugins.group_buy.queries.activities import pieces_taken
from plugins.group_buy.tests.groups import group_at, group_of, make_activity, state_of


@pytest.fixture
def rare(tea_shop):
    """`rare(n)` is a product of which there are n pieces."""
    return lambda pieces: make_product(title="大红袍", prices=[12_800], stock=pieces)


@pytest.fixture
def lottery():
    """`lottery(product)`: five take part, two win."""
    return lambda product, **more: make_activity(
        product, size=5, limit_per_customer=None, rules=Rules(kind="lottery", winners=2), **more
    )


@pytest.fixture
def entered(member, gateway):
    """`entered(activity, product, n)`: n people have paid for one group; its code and their orders."""

    def make(activity, product, people):
        orders = [member().start(activity, product.variant_id)]
        pay(gateway, orders[0])
        code = group_of(orders[0]).code
        for _ in range(people - 1):
            orders.append(member().join(code))
            pay(gateway, orders[-1])
        return code, orders

    return make


def taken(activity):
    with reading():
        return pieces_taken([activity])[activity]


def refused_code(call):
    with pytest.raises(GroupBuyError) as refused:
        call()
    return refused.value.code


def test_people_take_part_in_a_lottery_of_which_there_are_fewer_pieces(rare, lottery, entered):
    goods = rare(2)
    activity = lottery(goods)
    _code, orders = entered(activity, goods, 4)
    assert (stock_left(goods), taken(activity)) == (0, 2)
    assert {order_row(one).holds_open for one in orders} == {2}


def test_draw_gives_the_kept_pieces_to_the_winners_for_good(rare, lottery, entered, run_jobs, clock):
    goods = rare(2)
    activity = lottery(goods)
    _code, orders = entered(activity, goods, 5)
    run_jobs()
    states = [state_of(one) for one in orders]
    assert sorted(states) == [("cancelled", "refunded", "not_drawn")] * 3 + [("placed", "paid", "")] * 2
    # Long after everything that was only kept would have lapsed, the goods are still the winners'.
    clock.advance(days=40)
    run_jobs()
    assert (stock_left(goods), taken(activity)) == (0, 2)
    winners = [one for one, state in zip(orders, states, strict=True) if state[0] == "placed"]
    ship_all(winners[0])
    cancel_order(order_id=winners[1])
    run_jobs()
    assert (stock_left(goods), taken(activity)) == (1, 1)


@pytest.mark.parametrize("end", ["time", "unpaid", "everybody leaves", "no draw"])
def test_goods_of_a_group_without_winners_are_on_sale_again(
    rare, lottery, entered, member, gateway, clock, run_jobs, end
):
    goods = rare(2)
    activity, who = lottery(goods), member()
    first = who.start(activity, goods.variant_id)
    assert (stock_left(goods), taken(activity)) == (0, 2)
    if end != "unpaid":
        pay(gateway, first)
    if end == "everybody leaves":
        with who.acting:
            leave_group(code=group_of(first).code)
    elif end == "no draw":
        code = group_of(first).code
        for _ in range(4):
            pay(gateway, member().join(code))
        with reading():
            pool = pool_of_draw(session().query(Group).one()).id
        clock.advance(days=5)
        with acting_as(SYSTEM):
            assert end_pool(pool_id=pool)
    else:
        clock.advance(hours=25)
    run_jobs()
    assert (stock_left(goods), taken(activity)) == (2, 0)
    assert state_of(first)[0] == "cancelled"


def test_kept_goods_lapse_though_nobody_heard_of_the_end(
    rare, lottery, entered, buyer, clock, run_jobs, without_plugins
):
    goods = rare(2)
    entered(lottery(goods), goods, 3)
    without_plugins()
    clock.advance(hours=25)
    run_jobs()
    with pytest.raises(PinpuError):
        buyer().order([(goods.variant_id, 2)])
    clock.advance(days=20)
    assert buyer().order([(goods.variant_id, 2)])


def test_second_group_needs_goods_of_its_own(rare, lottery, entered, member):
    goods = rare(3)
    activity = lottery(goods)
    code, _orders = entered(activity, goods, 1)
    assert refused_code(lambda: member().start(activity, goods.variant_id)) == "group_buy.sold_out"
    # Whoever joins needs none.
    assert member().join(code)
    assert stock_left(goods) == 1


def test_cap_of_an_activity_counts_prizes_and_not_members(rare, lottery, entered, member):
    goods = rare(100)
    activity = lottery(goods, stock_cap=3)
    code, _orders = entered(activity, goods, 4)
    assert taken(activity) == 2
    assert refused_code(lambda: member().start(activity, goods.variant_id)) == "group_buy.sold_out"
    assert member().join(code)


def test_everybody_takes_part_with_one_piece(rare, lottery, entered, member):
    goods = rare(10)
    activity = lottery(goods)
    code, _orders = entered(activity, goods, 1)
    for call in (
        lambda: member().start(activity, goods.variant_id, quantity=2),
        lambda: member().keep(code, quantity=2),
    ):
        assert refused_code(call) == "group_buy.one_each"


@pytest.mark.race
def test_eight_leaders_at_once_open_as_many_groups_as_there_are_prizes(rare, lottery, member):
    goods = rare(5)
    activity = lottery(goods)
    people = [member() for _ in range(8)]
    attempts = race([lambda who=who: who.start(activity, goods.variant_id) for who in people])
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 2
    assert {one.error.code for one in attempts if one.error} == {"group_buy.sold_out"}
    assert (stock_left(goods), taken(activity)) == (1, 4)


def test_refused_opening_leaves_nothing_behind(rare, lottery, member):
    goods = rare(1)
    activity = lottery(goods)
    assert refused_code(lambda: member().start(activity, goods.variant_id)) == "group_buy.sold_out"
    with reading():
        assert session().query(Group).count() == 0
    assert (stock_left(goods), taken(activity)) == (1, 0)


def test_page_of_a_lottery_group_asks_no_quantity(rare, lottery, entered, at_shop, tea_shop):
    goods = rare(9)
    code, _orders = entered(lottery(goods), goods, 1)
    page = at_shop(tea_shop).get(f"/x/group-buy/groups/{code}")
    assert 'name="quantity"' not in page.text
    assert group_at(code).left == 4
