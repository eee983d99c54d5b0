"""Nobody waits in a circle: with a single try per transaction, a deadlock would reach the caller."""

import random
from datetime import timedelta

import pytest

from core.commerce.orders.models import OrderHold
from core.commerce.payments.actions.deadlines import cancel_pool, end_pool
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.reservations.actions import ensure_pools, reserve
from core.commerce.reservations.stock import stock_pool_id
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel import command as kernel_command
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import PinpuError
from core.kernel.ids import new_id
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, stock_left
from core.testing.races import Started, race, row_locked, wait_for_waiters


@command("system")
def seat_pool(*, above, size=5, minutes=60):
    """A pool of seats that is locked after the pool `above`."""
    pool = NewPool("test", "seat", str(new_id()), size, threshold=size, window_seconds=minutes * 60)
    while pool.id < above:
        pool = NewPool("test", "seat", str(new_id()), size, threshold=size, window_seconds=minutes * 60)
    ensure_pools([pool])
    return pool.id


@command("system")
def seat(*, order_id, pool_id):
    session().add(
        OrderHold(
            order_id=order_id, pool_id=pool_id, plugin="test", reason={"message": "Waiting", "params": {}}
        )
    )
    until = now() + timedelta(minutes=30)
    reserve(holder=Holder("order", order_id), wants=[Want(pool_id, 1)], expires_at=until)


@pytest.fixture
def one_try(monkeypatch):
    monkeypatch.setattr(kernel_command, "_TRIES", 1)


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000], stock=50)


@pytest.fixture
def seats(tea):
    return seat_pool(above=stock_pool_id(tea.variant_id))


@pytest.fixture
def seated(buyer, tea, seats):
    def make():
        order_id = buyer().order([(tea.variant_id, 1)]).order_id
        seat(order_id=order_id, pool_id=seats)
        return order_id

    return make


@command("system")
def cancel_seats(*, pool_id):
    return cancel_pool(pool_id=pool_id)


@pytest.mark.parametrize("end", [end_pool, cancel_seats])
def test_ending_a_pool_and_a_late_capture_do_not_wait_for_each_other(
    seated, seats, tea, gateway, clock, owner_engine, run_jobs, one_try, end
):
    waiting, late = seated(), seated()
    pay(gateway, waiting)
    attempt = start_payment(order_id=late, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    clock.advance(minutes=61)
    with row_locked(owner_engine, "orders_order", waiting):
        ending = Started(lambda: end(pool_id=seats))
        wait_for_waiters(owner_engine, 1)
        capture = Started(lambda: check_payment(attempt.payment_id))
        wait_for_waiters(owner_engine, 2)
    assert ending.result() is True
    assert capture.result() == "captured"
    run_jobs()
    assert [order_row(one).financial for one in (waiting, late)] == ["refunded", "refunded"]
    assert stock_left(tea) == 50


@pytest.mark.race
@pytest.mark.parametrize("seed", range(3))
def test_everything_at_once_never_meets_in_a_circle(
    seated, seats, tea, gateway, clock, run_jobs, one_try, seed
):
    """Captures, cancellations, refunds and the deadline over one stock and one pool of seats, in random order."""
    chance = random.Random(seed)
    paid = [seated() for _ in range(2)]
    for order_id in paid:
        pay(gateway, order_id)
    orders = [seated() for _ in range(3)]
    attempts = {one: start_payment(order_id=one, return_url="http://x/").payment_id for one in orders}
    for payment_id in attempts.values():
        gateway.capture(str(payment_id))
    clock.advance(minutes=61 if seed else 1)
    key = next(iter(preview_keys(paid[0])))
    seen = preview_refund(order_id=paid[0], wanted={key: 1}, include_shipping=True).amount

    def refund():
        return refund_units(
            order_id=paid[0], wanted={key: 1}, include_shipping=True, reason="", confirmed_amount=seen
        )

    work = [lambda one=one: check_payment(attempts[one]) for one in orders]
    work += [lambda one=one: cancel_order(order_id=one) for one in (orders[0], paid[1])]
    work += [refund, lambda: end_pool(pool_id=seats), lambda: end_pool(pool_id=seats)]
    chance.shuffle(work)
    errors = [attempt.error for attempt in race(work) if attempt.error is not None]
    assert all(isinstance(error, PinpuError) and error.code != "kernel.unavailable" for error in errors), (
        errors
    )
    run_jobs()
    unkept = [one for one in (*orders, *paid) if order_row(one).lifecycle == "cancelled"]
    assert all(order_row(one).financial == "refunded" for one in unkept if order_row(one).captured_minor)
    assert stock_left(tea) == 50 - (5 - len(unkept))


def preview_keys(order_id):
    from core.commerce.orders.queries import order
    from core.kernel.db import reading

    with reading():
        return [line.key for line in order(order_id).lines]
