"""Cancelling and refunding in every order of events: no money stays behind, goods go back once and only if wanted."""

import pytest
from sqlalchemy import select

from core.commerce.ledger.queries import balances
from core.commerce.orders.models import OrderLine
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.payments.models import Payment, Refund
from core.commerce.reservations.stock import stock_pool_id
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, stock_left
from core.testing.races import Started, overlapping_pairs, race, row_locked, wait_for_waiters


def net(code):
    with reading():
        return next((balance.net for balance in balances() if balance.code == code), 0)


def refunds(order_id):
    with reading():
        return session().scalars(select(Refund).where(Refund.order_id == order_id)).all()


def line_keys(order_id):
    with reading():
        rows = select(OrderLine.key).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
        return session().scalars(rows).all()


def refund(order_id, wanted, *, restock=True, include_shipping=False, request_id=None):
    seen = preview_refund(order_id=order_id, wanted=wanted, include_shipping=include_shipping)
    return refund_units(
        order_id=order_id,
        wanted=wanted,
        include_shipping=include_shipping,
        reason="",
        confirmed_amount=seen.amount,
        restock=restock,
        request_id=request_id,
    )


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000], stock=10)


@pytest.fixture
def paid(buyer, tea, gateway):
    """A paid order of so many units per line, all of one variant."""

    def make(*quantities):
        placed = buyer().order([(tea.variant_id, units) for units in quantities])
        pay(gateway, placed.order_id)
        return placed.order_id

    return make


def test_order_cancelled_while_its_payment_is_being_kept_gives_the_money_back(
    buyer, tea, gateway, owner_engine, run_jobs
):
    placed = buyer().order([(tea.variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    with row_locked(owner_engine, "reservations_pool", stock_pool_id(tea.variant_id)):
        capture = Started(lambda: check_payment(attempt.payment_id))
        wait_for_waiters(owner_engine, 1)
        cancel = Started(lambda: cancel_order(order_id=placed.order_id))
        wait_for_waiters(owner_engine, 2)
    assert capture.result() == "captured"
    assert cancel.result() is not None
    run_jobs()
    row = order_row(placed.order_id)
    assert (row.lifecycle, row.financial, row.captured_minor) == ("cancelled", "refunded", 11_200)
    assert [one.state for one in refunds(placed.order_id)] == ["done"]
    assert (net("merchant:pending"), net("gateway:clearing")) == (0, 0)


def test_order_cancelled_before_it_is_paid_cannot_be_paid_any_more(buyer, tea, gateway, run_jobs):
    placed = buyer().order([(tea.variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    assert cancel_order(order_id=placed.order_id) is None
    run_jobs()
    assert gateway.payment(str(attempt.payment_id)).status == "cancelled"
    with reading():
        assert session().scalars(select(Payment.state)).all() == ["cancelled"]


def test_goods_that_are_not_to_be_sold_again_stay_out_of_stock(paid, tea):
    order_id = paid(2)
    [key] = line_keys(order_id)
    refund(order_id, {key: 1}, restock=False)
    assert stock_left(tea) == 8
    refund(order_id, {key: 1}, restock=False)
    assert order_row(order_id).lifecycle == "cancelled"
    assert stock_left(tea) == 8


def test_cancelling_restocks_only_what_was_not_refunded_before(paid, tea, run_jobs):
    order_id = paid(3)
    [key] = line_keys(order_id)
    refund(order_id, {key: 1}, restock=False)
    cancel_order(order_id=order_id)
    run_jobs()
    assert stock_left(tea) == 9
    row = order_row(order_id)
    assert (row.financial, row.refunded_minor) == ("refunded", row.captured_minor)


def test_two_lines_of_one_variant_are_restocked_each_for_itself(paid, tea):
    order_id = paid(2, 3)
    assert stock_left(tea) == 5
    first, second = line_keys(order_id)
    refund(order_id, {first: 1, second: 1})
    assert stock_left(tea) == 7
    refund(order_id, {second: 1}, restock=False)
    refund(order_id, {first: 1, second: 1}, include_shipping=True)
    assert stock_left(tea) == 9
    row = order_row(order_id)
    assert (row.lifecycle, row.financial, row.refunded_minor) == ("cancelled", "refunded", row.total_minor)


@pytest.mark.race
def test_one_decision_sent_eight_times_is_one_refund(paid, tea):
    order_id = paid(5)
    [key] = line_keys(order_id)
    request_id = new_id()
    seen = preview_refund(order_id=order_id, wanted={key: 1}).amount

    def click():
        return refund_units(
            order_id=order_id,
            wanted={key: 1},
            include_shipping=False,
            reason="",
            confirmed_amount=seen,
            request_id=request_id,
        )

    attempts = race([click] * 8)
    assert overlapping_pairs(attempts) > 10
    assert [attempt.error for attempt in attempts] == [None] * 8
    assert len({attempt.value for attempt in attempts}) == 1
    assert order_row(order_id).refunded_minor == 10_000
    assert stock_left(tea) == 6


@pytest.mark.race
@pytest.mark.parametrize("round_", range(3))
def test_cancel_and_capture_at_once_end_in_a_refund_or_in_no_payment(
    buyer, tea, gateway, clock, run_jobs, round_
):
    placed = buyer().order([(tea.variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    attempts = race(
        [
            lambda: cancel_order(order_id=placed.order_id),
            lambda: check_payment(attempt.payment_id),
            lambda: check_payment(attempt.payment_id),
        ]
    )
    assert [one.error for one in attempts] == [None] * 3
    run_jobs()
    assert order_row(placed.order_id).lifecycle == "cancelled"
    assert gateway.payment(str(attempt.payment_id)).refunded == 11_200
    assert stock_left(tea) == 10
    assert (net("merchant:pending"), net("refunds:owed"), net("gateway:clearing")) == (0, 0, 0)
