"""What plugins do to their pools: new totals for many at once, a locked look, and reservations that are forgotten."""

from datetime import timedelta

from core.commerce.reservations import actions, queries
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.races import overlapping_pairs, race

SOON = timedelta(minutes=10)


def do(function, **kwargs):
    return command("system")(function)(**kwargs)


def made(subject, capacity, kind="thing"):
    pool = NewPool("test", kind, subject, capacity)
    do(actions.ensure_pools, pools=[pool])
    return pool.id


def reserve(holder, *wants):
    do(actions.reserve, holder=holder, wants=[Want(*want) for want in wants], expires_at=now() + SOON)


def capacity(pool_id):
    with reading():
        return queries.pools([pool_id])[pool_id].capacity


def counters(pool_id):
    with reading():
        pool = queries.pools([pool_id])[pool_id]
    return pool.reserved, pool.confirmed


def test_new_total_reaches_every_pool_with_the_prefix_and_no_other(in_shop):
    mine, other = f"{new_id()}:", f"{new_id()}:"
    ours = [made(f"{mine}{buyer}", 2) for buyer in "ab"]
    others = [made(f"{other}a", 2), made(f"{mine}a", 2, kind="other"), made(f"x{mine}a", 2)]
    do(actions.limit_pools, owner="test", kind="thing", subject_prefix=mine, capacity=5)
    assert [capacity(pool) for pool in [*ours, *others]] == [5, 5, 2, 2, 2]
    do(actions.limit_pools, owner="test", kind="thing", subject_prefix=mine, capacity=None)
    assert [capacity(pool) for pool in [*ours, *others]] == [None, None, 2, 2, 2]


def test_new_total_takes_nothing_away(in_shop):
    prefix = f"{new_id()}:"
    kept, bought, fresh = (made(f"{prefix}{buyer}", 9) for buyer in "abc")
    reserve(Holder("order", new_id()), (kept, 4))
    buyer = Holder("order", new_id())
    reserve(buyer, (bought, 3))
    do(actions.confirm, holder=buyer)
    do(actions.limit_pools, owner="test", kind="thing", subject_prefix=prefix, capacity=2)
    assert [capacity(pool) for pool in (kept, bought, fresh)] == [4, 3, 2]


def test_prefix_with_a_wildcard_is_taken_literally(in_shop):
    pool = made(f"{new_id()}", 2)
    do(actions.limit_pools, owner="test", kind="thing", subject_prefix="%", capacity=9)
    assert capacity(pool) == 2


def test_pools_of_another_shop_keep_their_total(shop, other_shop):
    subject = str(new_id())
    with shop_bound(other_shop, SYSTEM):
        theirs = made(subject, 2)
    with shop_bound(shop, SYSTEM):
        do(actions.limit_pools, owner="test", kind="thing", subject_prefix=subject, capacity=9)
        with reading():
            assert queries.pools([theirs]) == {}
        assert do(actions.locked_pool, pool_id=theirs) is None
    with shop_bound(other_shop, SYSTEM):
        assert capacity(theirs) == 2


def test_locked_pool_tells_how_it_stands(in_shop):
    pool = made(str(new_id()), 3)
    reserve(Holder("order", new_id()), (pool, 2))
    found = do(actions.locked_pool, pool_id=pool)
    assert (found.id, found.capacity, found.reserved, found.available) == (pool, 3, 2, 1)
    assert do(actions.locked_pool, pool_id=new_id()) is None


def test_look_at_a_locked_pool_keeps_others_out_until_it_is_decided(in_shop):
    pool = made(str(new_id()), 100)

    @command("system")
    def add_one():
        found = actions.locked_pool(pool)
        actions.set_capacity(pool_id=pool, available=found.capacity + 1)

    attempts = race([add_one] * 10)
    assert [attempt.error for attempt in attempts] == [None] * 10
    assert overlapping_pairs(attempts) >= 10
    assert capacity(pool) == 110


def test_forgotten_reservation_is_not_in_the_way_of_a_confirmation(in_shop, clock):
    full, other = made(str(new_id()), 1), made(str(new_id()), 1)
    buyer = Holder("order", new_id())
    reserve(buyer, (full, 1))
    clock.advance(minutes=11)
    reserve(Holder("order", new_id()), (full, 1))
    assert [one.outcome for one in do(actions.confirm, holder=buyer)] == ["lost"]
    do(actions.forget, holder=buyer, pools=[full])
    reserve(buyer, (other, 1))
    assert [(one.pool_id, one.outcome) for one in do(actions.confirm, holder=buyer)] == [(other, "confirmed")]
    assert (counters(full), counters(other)) == ((1, 0), (0, 1))


def test_forgetting_gives_held_units_back_and_leaves_what_is_paid(in_shop):
    held, paid, elsewhere = (made(str(new_id()), 5) for _ in range(3))
    buyer, other = Holder("order", new_id()), Holder("order", new_id())
    reserve(buyer, (paid, 1))
    do(actions.confirm, holder=buyer)
    reserve(buyer, (held, 2), (elsewhere, 3))
    reserve(other, (held, 1))
    do(actions.forget, holder=buyer, pools=[held, paid])
    assert [counters(pool) for pool in (held, paid, elsewhere)] == [(1, 0), (0, 1), (3, 0)]


def test_forgetting_in_a_closed_pool_works(in_shop):
    pool, buyer = made(str(new_id()), 5), Holder("order", new_id())
    reserve(buyer, (pool, 2))
    do(actions.close_pool, pool_id=pool, as_="cancelled")
    do(actions.forget, holder=buyer, pools=[pool])
    assert counters(pool) == (0, 0)
