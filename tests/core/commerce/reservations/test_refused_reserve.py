"""A refusal takes nothing, also for a caller who catches it and goes on; several wants of one pool are one."""

from datetime import timedelta

import pytest

from core.commerce.reservations import actions, queries
from core.commerce.reservations.errors import PoolExhausted
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading
from core.kernel.ids import new_id

SOON = timedelta(minutes=10)


def do(function, **kwargs):
    return command("system")(function)(**kwargs)


def make_pool(capacity):
    pool = NewPool("test", "thing", str(new_id()), capacity)
    do(actions.ensure_pools, pools=[pool])
    return pool.id


def order():
    return Holder("order", new_id())


def counters(pool_id):
    with reading():
        pool = queries.pools([pool_id])[pool_id]
    return pool.reserved, pool.confirmed


def kept(holder):
    with reading():
        return {one.pool_id: (one.quantity, one.state) for one in queries.reservations_of("order", holder.id)}


@command("system")
def take_or_take(*, holder, first, second):
    """What a plugin may do: try these pools, and where they are full, others."""
    try:
        actions.reserve(holder=holder, wants=first, expires_at=now() + SOON)
    except PoolExhausted:
        actions.reserve(holder=holder, wants=second, expires_at=now() + SOON)


def test_caller_who_catches_the_refusal_has_taken_nothing_of_it(in_shop):
    plenty, full, other = make_pool(10), make_pool(0), make_pool(1)
    holder = order()
    take_or_take(holder=holder, first=[Want(plenty, 3), Want(full, 1)], second=[Want(other, 1)])
    assert (counters(plenty), counters(full), counters(other)) == ((0, 0), (0, 0), (1, 0))
    assert kept(holder) == {other: (1, "held")}
    assert [made.outcome for made in do(actions.confirm, holder=holder)] == ["confirmed"]


def test_refusal_leaves_what_the_holder_kept_before(in_shop):
    mine, full = make_pool(2), make_pool(0)
    holder = order()
    do(actions.reserve, holder=holder, wants=[Want(mine, 2)], expires_at=now() + SOON)
    with pytest.raises(PoolExhausted):
        do(actions.reserve, holder=holder, wants=[Want(mine, 2), Want(full, 1)], expires_at=now() + SOON)
    take_or_take(holder=holder, first=[Want(mine, 2), Want(full, 1)], second=[Want(mine, 2)])
    assert (counters(mine), kept(holder)) == ((2, 0), {mine: (2, "held")})


def test_lapsed_reservation_stays_lapsed_after_a_refused_try(in_shop, clock):
    mine, full = make_pool(2), make_pool(0)
    holder = order()
    do(actions.reserve, holder=holder, wants=[Want(mine, 1)], expires_at=now() + SOON)
    clock.advance(minutes=11)
    do(actions.free_expired_reservations)
    take_or_take(holder=holder, first=[Want(mine, 1), Want(full, 1)], second=[Want(make_pool(1), 1)])
    assert counters(mine) == (0, 0)
    assert kept(holder)[mine] == (1, "released")


def test_refusal_after_freeing_expired_holds_keeps_them_freed(in_shop, clock):
    one, full = make_pool(1), make_pool(0)
    do(actions.reserve, holder=order(), wants=[Want(one, 1)], expires_at=now() + SOON)
    clock.advance(minutes=11)
    take_or_take(holder=order(), first=[Want(one, 1), Want(full, 1)], second=[Want(make_pool(1), 1)])
    assert counters(one) == (0, 0)


def test_several_wants_of_one_pool_are_taken_together(in_shop):
    pool, holder = make_pool(5), order()
    do(actions.reserve, holder=holder, wants=[Want(pool, 2), Want(pool, 3)], expires_at=now() + SOON)
    assert (counters(pool), kept(holder)) == ((5, 0), {pool: (5, "held")})
    with pytest.raises(PoolExhausted):
        do(actions.reserve, holder=order(), wants=[Want(pool, 1), Want(pool, 1)], expires_at=now() + SOON)


def test_reserving_nothing_is_nothing(in_shop):
    do(actions.reserve, holder=order(), wants=[], expires_at=now() + SOON)


def test_reserving_again_keeps_it_for_longer(in_shop, clock):
    pool, holder = make_pool(1), order()
    do(actions.reserve, holder=holder, wants=[Want(pool, 1)], expires_at=now() + SOON)
    clock.advance(minutes=9)
    do(actions.reserve, holder=holder, wants=[Want(pool, 1)], expires_at=now() + SOON)
    clock.advance(minutes=5)
    assert do(actions.free_expired_reservations) == 0
    assert (counters(pool), kept(holder)) == ((1, 0), {pool: (1, "held")})
