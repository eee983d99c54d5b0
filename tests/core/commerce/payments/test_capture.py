"""Captures, holds, deadlines and refunds: money is never unowned, a full group is never refunded."""

import dataclasses
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.commerce.ledger.queries import balances
from core.commerce.orders.draft import HoldDraft
from core.commerce.orders.models import OrderEntry, OrderHold
from core.commerce.payments.actions.capture import settle_capture
from core.commerce.payments.actions.deadlines import cancel_pool, end_pool
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.payments.errors import NothingToPay, PreviewOutdated
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.models import Payment, Refund
from core.commerce.reservations.actions import ensure_pools, reserve
from core.commerce.reservations.stock import stock_of
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import speaking
from core.kernel.ids import new_id
from core.testing.buying import order_row, pay
from core.testing.goods import make_product
from core.testing.races import overlapping_pairs, race


def available(product):
    with reading():
        return stock_of([product.variant_id])[product.variant_id].available


def net(code):
    with reading():
        return next((balance.net for balance in balances() if balance.code == code), 0)


def all_of(model, order_id):
    with reading():
        return session().scalars(select(model).where(model.order_id == order_id)).all()


def timeline(order_id):
    return [entry.kind for entry in sorted(all_of(OrderEntry, order_id), key=lambda entry: entry.id)]


@command("system")
def seat_pool(*, size, minutes=60):
    pool = NewPool("test", "seat", str(new_id()), size, threshold=size, window_seconds=minutes * 60)
    ensure_pools([pool])
    return pool.id


@command("system")
def seat(*, order_id, pool_id, minutes=10):
    """What a plugin's claim does: a seat and a hold."""
    hold = HoldDraft(pool_id=pool_id, plugin="test", reason={"message": "Waiting", "params": {}})
    session().add(OrderHold(order_id=order_id, pool_id=pool_id, plugin=hold.plugin, reason=dict(hold.reason)))
    reserve(
        holder=Holder("order", order_id),
        wants=[Want(pool_id, 1)],
        expires_at=now() + timedelta(minutes=minutes),
    )


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000])


@pytest.fixture
def seated(buyer, tea):
    """An unpaid order with a seat in the given pool."""

    def make(pool_id):
        placed = buyer().order([(tea.variant_id, 1)])
        seat(order_id=placed.order_id, pool_id=pool_id)
        return placed.order_id

    return make


def test_capture_pays_the_order_and_moves_the_ledger_once(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    payment = pay(gateway, placed.order_id)
    for _ in range(3):
        check_payment(payment.id)
        settle_capture(payment_id=payment.id, captured_at=None)
    row = order_row(placed.order_id)
    assert (row.financial, row.captured_minor, row.lifecycle) == ("paid", 11_200, "placed")
    assert (net("gateway:clearing"), net("merchant:pending")) == (-11_200, 11_200)
    assert timeline(placed.order_id) == ["placed", "paid"]
    with pytest.raises(NothingToPay):
        start_payment(order_id=placed.order_id, return_url="http://x/")


def test_unpaid_order_closes_in_time_and_gives_stock_back(buyer, tea, gateway, clock, run_jobs):
    placed = buyer().order([(tea.variant_id, 3)])
    assert available(tea) == 97
    clock.advance(minutes=31)
    run_jobs()
    assert order_row(placed.order_id).lifecycle == "cancelled"
    assert available(tea) == 100


def test_late_payment_of_a_closed_order_comes_back_by_itself(buyer, tea, gateway, clock, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.fail_next("cancel_payment", times=50)
    clock.advance(minutes=31)
    run_jobs()
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    run_jobs()
    row = order_row(placed.order_id)
    assert (row.lifecycle, row.captured_minor, row.refunded_minor) == ("cancelled", 0, 0)
    refunds = all_of(Refund, placed.order_id)
    assert [(refund.cause, refund.amount_minor, refund.state) for refund in refunds] == [
        ("surplus", 11_200, "done")
    ]
    assert (net("gateway:clearing"), net("merchant:pending"), net("refunds:owed")) == (0, 0, 0)


def test_last_paid_seat_fills_the_pool_and_lets_every_order_ship(seated, gateway, run_jobs):
    pool = seat_pool(size=2)
    first, second = seated(pool), seated(pool)
    pay(gateway, first)
    assert order_row(first).holds_open == 1
    pay(gateway, second)
    assert [order_row(one).holds_open for one in (first, second)] == [0, 0]
    assert {hold.state for one in (first, second) for hold in all_of(OrderHold, one)} == {"released"}


def test_deadline_below_the_threshold_refunds_every_payer(seated, gateway, clock, run_jobs, tea):
    pool = seat_pool(size=3)
    paid, also_paid = seated(pool), seated(pool)
    pay(gateway, paid)
    pay(gateway, also_paid)
    run_jobs()
    clock.advance(minutes=61)
    run_jobs()
    for one in (paid, also_paid):
        row = order_row(one)
        assert (row.lifecycle, row.financial, row.cancel_reason) == ("cancelled", "refunded", "hold_expired")
        assert [refund.state for refund in all_of(Refund, one)] == ["done"]
        assert timeline(one) == ["placed", "paid", "held", "cancelled", "refund_requested", "refund_done"]
    assert available(tea) == 100
    assert (net("merchant:pending"), net("refunds:owed"), net("gateway:clearing")) == (0, 0, 0)


@command("system")
def end_early(pool):
    return cancel_pool(pool_id=pool)


def test_pool_that_the_shop_ends_refunds_for_that_reason(seated, gateway, run_jobs):
    pool = seat_pool(size=3)
    order_id = seated(pool)
    pay(gateway, order_id)
    assert end_early(pool)
    run_jobs()
    row = order_row(order_id)
    assert (row.lifecycle, row.financial, row.cancel_reason) == ("cancelled", "refunded", "merchant")
    assert [refund.cause for refund in all_of(Refund, order_id)] == ["hold_cancelled"]


def test_filled_pool_is_never_refunded_by_a_late_worker(seated, gateway, clock, run_jobs):
    pool = seat_pool(size=1)
    order_id = seated(pool)
    pay(gateway, order_id)
    clock.advance(days=30)
    assert end_pool(pool_id=pool) is False
    run_jobs()
    assert order_row(order_id).financial == "paid"


def test_payment_after_the_deadline_is_refunded_when_no_plugin_offers_more(seated, gateway, clock, run_jobs):
    pool = seat_pool(size=3, minutes=5)
    early, late = seated(pool), seated(pool)
    pay(gateway, early)
    attempt = start_payment(order_id=late, return_url="http://x/")
    clock.advance(minutes=6)
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    run_jobs()
    row = order_row(late)
    assert (row.lifecycle, row.financial, row.cancel_reason) == ("cancelled", "refunded", "seat_lost")


def test_refund_is_retried_until_the_gateway_settles_it(buyer, tea, gateway, clock, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    pay(gateway, placed.order_id)
    gateway.fail_next("refund", times=2)
    cancel_order(order_id=placed.order_id)
    run_jobs()
    assert all_of(Refund, placed.order_id)[0].state == "sent"
    for _ in range(4):
        clock.advance(hours=1)
        run_jobs()
    refund = all_of(Refund, placed.order_id)[0]
    assert (refund.state, refund.attempts) == ("done", 3)


def test_partial_refund_gives_exactly_the_preview_and_restocks(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 3)])
    pay(gateway, placed.order_id)
    key = order_line_key(placed.order_id)
    seen = preview_refund(order_id=placed.order_id, wanted={key: 1})
    assert seen.amount == 10_000
    with pytest.raises(PreviewOutdated):
        refund_units(
            order_id=placed.order_id,
            wanted={key: 1},
            include_shipping=False,
            reason="",
            confirmed_amount=9_999,
        )
    refund_units(
        order_id=placed.order_id,
        wanted={key: 1},
        include_shipping=False,
        reason="少要一件",
        confirmed_amount=10_000,
    )
    run_jobs()
    row = order_row(placed.order_id)
    assert (row.refunded_minor, row.financial, row.lifecycle) == (10_000, "partly_refunded", "placed")
    assert available(tea) == 98


def order_line_key(order_id):
    from core.commerce.orders.models import OrderLine

    return all_of(OrderLine, order_id)[0].key


@pytest.mark.race
def test_sixteen_refunds_of_one_unit_give_back_what_was_sold(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 3)])
    pay(gateway, placed.order_id)
    key = order_line_key(placed.order_id)

    def attempt():
        return refund_units(
            order_id=placed.order_id,
            wanted={key: 1},
            include_shipping=False,
            reason="",
            confirmed_amount=10_000,
        )

    attempts = race([attempt] * 16)
    assert overlapping_pairs(attempts) > 30
    assert sum(one.error is None for one in attempts) == 3
    run_jobs()
    assert order_row(placed.order_id).refunded_minor == 30_000
    assert sum(refund.amount_minor for refund in all_of(Refund, placed.order_id)) == 30_000


@pytest.mark.race
@pytest.mark.parametrize("round_", range(8))
def test_last_seat_paid_in_the_second_of_the_deadline_is_either_filled_or_refunded(
    seated, gateway, clock, run_jobs, round_
):
    pool = seat_pool(size=2, minutes=5)
    first, last = seated(pool), seated(pool)
    pay(gateway, first)
    attempt = start_payment(order_id=last, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    clock.advance(minutes=5, milliseconds=-5 + round_)
    attempts = race([lambda: check_payment(attempt.payment_id), lambda: end_pool(pool_id=pool)])
    assert [one.error for one in attempts] == [None, None]
    clock.advance(seconds=10)
    run_jobs()
    states = Counter((order_row(one).lifecycle, order_row(one).financial) for one in (first, last))
    assert states in (Counter({("placed", "paid"): 2}), Counter({("cancelled", "refunded"): 2}))


def test_second_capture_of_one_order_goes_back(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    first = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.decline(str(first.payment_id))
    check_payment(first.payment_id)
    pay(gateway, placed.order_id)
    gateway.capture(str(first.payment_id))
    check_payment(first.payment_id)
    run_jobs()
    payments = sorted((payment.state, payment.surplus) for payment in all_of(Payment, placed.order_id))
    assert payments == [("captured", False), ("captured", True)]
    assert [refund.cause for refund in all_of(Refund, placed.order_id)] == ["surplus"]
    assert order_row(placed.order_id).financial == "paid"


def test_start_repeated_in_another_language_asks_the_gateway_the_same(buyer, tea, gateway):
    placed = buyer().order([(tea.variant_id, 1)])
    gateway.fail_next("start_payment", after_acting=True)
    with pytest.raises(GatewayUnavailable):
        start_payment(order_id=placed.order_id, return_url="http://one/")
    with speaking("en"):
        attempt = start_payment(order_id=placed.order_id, return_url="http://two/")
    assert attempt.redirect_url


def test_capture_of_another_amount_goes_back(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    gateway.payment(str(attempt.payment_id)).request = dataclasses.replace(
        gateway.payment(str(attempt.payment_id)).request, amount=9_900
    )
    check_payment(attempt.payment_id)
    run_jobs()
    row = order_row(placed.order_id)
    assert (row.financial, row.captured_minor) == ("unpaid", 0)
    assert [(refund.amount_minor, refund.cause) for refund in all_of(Refund, placed.order_id)] == [
        (9_900, "surplus")
    ]
