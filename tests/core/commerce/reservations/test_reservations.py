"""Pools and reservations: what is taken, kept, confirmed and given back; and races for the last unit."""

import functools
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.commerce.reservations import actions, queries
from core.commerce.reservations.errors import CapacityTooSmall, PoolExhausted
from core.commerce.reservations.models import Pool
from core.commerce.reservations.stock import set_stock, stock_of, stock_pool_id
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.races import overlapping_pairs, race

SOON = timedelta(minutes=10)


def do(function, **kwargs):
    return command("system")(function)(**kwargs)


def make_pool(capacity, **more):
    pool = NewPool("test", "thing", str(new_id()), capacity, **more)
    do(actions.ensure_pools, pools=[pool])
    return pool.id


def order():
    return Holder("order", new_id())


def reserve(holder, *wants, ttl=SOON):
    do(actions.reserve, holder=holder, wants=[Want(*want) for want in wants], expires_at=now() + ttl)


def view(pool_id):
    with reading():
        return queries.pools([pool_id])[pool_id]


def counters(pool_id):
    pool = view(pool_id)
    return pool.reserved, pool.confirmed


def test_reserve_takes_from_every_pool_or_from_none(in_shop):
    plenty, scarce = make_pool(10), make_pool(1)
    reserve(order(), (plenty, 2), (scarce, 1))
    with pytest.raises(PoolExhausted) as refused:
        reserve(order(), (plenty, 2), (scarce, 1))
    assert refused.value.pools == (scarce,)
    assert (counters(plenty), counters(scarce)) == ((2, 0), (1, 0))


def test_reserve_twice_by_one_holder_takes_once(in_shop):
    pool, holder = make_pool(3), order()
    reserve(holder, (pool, 2))
    reserve(holder, (pool, 2))
    assert counters(pool) == (2, 0)


def test_untracked_pool_never_refuses(in_shop):
    pool = make_pool(None)
    reserve(order(), (pool, 10_000))
    assert view(pool).available is None


def test_expired_hold_gives_way_to_the_next_buyer(in_shop, clock):
    pool, late = make_pool(1), order()
    reserve(late, (pool, 1))
    clock.advance(minutes=11)
    winner = order()
    reserve(winner, (pool, 1))
    assert [made.outcome for made in do(actions.confirm, holder=late)] == ["lost"]
    assert [made.outcome for made in do(actions.confirm, holder=winner)] == ["confirmed"]
    assert counters(pool) == (0, 1)


def test_hold_that_expires_at_once_is_not_freed_before_it_is_taken(in_shop):
    pool = make_pool(1)
    reserve(order(), (pool, 1), ttl=timedelta(0))
    reserve(order(), (pool, 1), ttl=timedelta(0))
    assert counters(pool) == (1, 0)


def test_expired_hold_is_reacquired_while_there_is_room(in_shop, clock):
    pool, late = make_pool(1), order()
    reserve(late, (pool, 1))
    clock.advance(minutes=11)
    assert do(actions.free_expired_reservations) == 1
    assert [made.outcome for made in do(actions.confirm, holder=late)] == ["reacquired"]
    assert counters(pool) == (0, 1)


def test_confirm_twice_counts_once(in_shop):
    pool, holder = make_pool(2), order()
    reserve(holder, (pool, 1))
    assert len(do(actions.confirm, holder=holder)) == 1
    assert do(actions.confirm, holder=holder) == []
    assert counters(pool) == (0, 1)


def test_nothing_changes_when_one_of_two_pools_is_lost(in_shop, clock):
    goods, seat, late = make_pool(5), make_pool(1), order()
    reserve(late, (goods, 1), (seat, 1))
    clock.advance(minutes=11)
    reserve(order(), (seat, 1))
    outcomes = {made.pool_id: made.outcome for made in do(actions.confirm, holder=late)}
    assert outcomes == {goods: "reacquired", seat: "lost"}
    assert counters(goods)[1] == 0


def test_threshold_closes_the_pool_and_the_first_confirmation_fixes_the_deadline(in_shop, clock):
    start = clock.freeze()
    pool = make_pool(2, threshold=2, window_seconds=3600, hard_deadline=start + timedelta(minutes=30))
    first, second = order(), order()
    reserve(first, (pool, 1))
    reserve(second, (pool, 1))
    made = do(actions.confirm, holder=first)[0]
    assert (made.filled, made.deadline) == (False, start + timedelta(minutes=30))
    assert do(actions.confirm, holder=second)[0].filled
    assert view(pool).closed_as == "filled"
    with pytest.raises(PoolExhausted):
        reserve(order(), (pool, 1))


def test_pool_past_its_deadline_refuses_even_before_a_worker_closed_it(in_shop, clock):
    pool = make_pool(3, threshold=3, window_seconds=60)
    first, second = order(), order()
    reserve(first, (pool, 1))
    reserve(second, (pool, 1))
    do(actions.confirm, holder=first)
    clock.advance(seconds=61)
    assert [made.outcome for made in do(actions.confirm, holder=second)] == ["lost"]
    with pytest.raises(PoolExhausted):
        reserve(order(), (pool, 1))


def test_transfer_hands_a_seat_from_checkout_to_order(in_shop):
    pool, checkout, placed = make_pool(1), Holder("checkout", new_id()), order()
    reserve(checkout, (pool, 1))
    assert do(actions.transfer, source=checkout, target=placed, expires_at=now() + SOON) == 1
    assert [made.outcome for made in do(actions.confirm, holder=placed)] == ["confirmed"]


def test_release_and_give_back_return_units(in_shop):
    pool, unpaid, paid = make_pool(5), order(), order()
    reserve(unpaid, (pool, 2))
    reserve(paid, (pool, 3))
    do(actions.confirm, holder=paid)
    do(actions.release, holder=unpaid)
    do(actions.release, holder=unpaid)
    assert counters(pool) == (0, 3)
    assert do(actions.give_back, holder=paid, pool_id=pool, quantity=1) == 1
    assert do(actions.give_back, holder=paid, pool_id=pool) == 2
    assert do(actions.give_back, holder=paid, pool_id=pool) == 0
    assert counters(pool) == (0, 0)


def test_stock_cannot_be_set_below_what_orders_hold(in_shop):
    variant = new_id()
    do(set_stock, levels={variant: 5})
    reserve(order(), (stock_pool_id(variant), 3))
    with pytest.raises(CapacityTooSmall):
        do(set_stock, levels={variant: 2})
    do(set_stock, levels={variant: 3})
    with reading():
        assert stock_of([variant])[variant].available == 0


def test_pools_of_another_shop_cannot_be_taken(shop, other_shop):
    with shop_bound(shop, SYSTEM):
        pool = make_pool(5)
    with shop_bound(other_shop, SYSTEM), pytest.raises(Exception, match="fk_reservations"):
        reserve(order(), (pool, 1))
    with shop_bound(shop, SYSTEM):
        assert counters(pool) == (0, 0)


@pytest.mark.race
def test_last_units_go_to_exactly_as_many_buyers(in_shop):
    pool = make_pool(5)
    attempts = race([functools.partial(reserve, order(), (pool, 1)) for _ in range(24)])
    assert overlapping_pairs(attempts) > 100
    assert sum(attempt.error is None for attempt in attempts) == 5
    assert {type(attempt.error) for attempt in attempts if attempt.error} == {PoolExhausted}
    assert counters(pool) == (5, 0)


@pytest.mark.race
def test_carts_in_any_order_never_deadlock(in_shop):
    one, two = make_pool(1000), make_pool(1000)
    attempts = race(
        [
            functools.partial(reserve, order(), *([(one, 1), (two, 1)][:: 1 if n % 2 else -1]))
            for n in range(24)
        ]
    )
    assert [attempt.error for attempt in attempts] == [None] * 24
    assert (counters(one), counters(two)) == ((24, 0), (24, 0))


@pytest.mark.race
def test_check_then_act_would_oversell(in_shop):
    """The same race with the conditional UPDATE replaced by reading first: it must go wrong, or the race proves nothing."""
    pool = make_pool(5)

    @command("system")
    def take_naively():
        left = session().scalars(select(Pool.capacity - Pool.reserved).where(Pool.id == pool)).one()
        time.sleep(0.02)
        if left < 1:
            raise PoolExhausted((pool,))
        session().execute(update(Pool).where(Pool.id == pool).values(reserved=Pool.reserved + 1))

    attempts = race([take_naively for _ in range(24)])
    sold = sum(attempt.error is None for attempt in attempts)
    refused_by_the_constraint = sum(not isinstance(a.error, PoolExhausted) for a in attempts if a.error)
    # The CHECK constraint stands behind: what reading-first lets through, the database refuses.
    assert sold == 5
    assert refused_by_the_constraint > 0
