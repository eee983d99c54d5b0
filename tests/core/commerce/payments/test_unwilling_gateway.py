"""A gateway that refuses, forgets, answers late or not at all: orders still close, payments still end, money is found."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from core.commerce.payments import accounts
from core.commerce.payments.actions.pay import cancel_open_payments, check_payment, start_payment
from core.commerce.payments.actions.refund import cancel_order, retry_refund, settle_refund
from core.commerce.payments.gateways.interface import GatewayRefused, GatewayUnavailable
from core.commerce.payments.models import Payment, Refund
from core.jobs import sweeps
from core.kernel.command import command
from core.kernel.db import NoScope, app_engine, reading, session
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, stock_left


def rows(model):
    with reading():
        return session().scalars(select(model).order_by(model.id)).all()


def states(model=Payment):
    return [row.state for row in rows(model)]


def waiting_jobs(name):
    with app_engine().connect() as connection:
        counted = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'")
        return connection.execute(counted, {"name": name}).scalar_one()


def sweep():
    """One round over this shop only: other tests' shops would use up what is armed."""
    kinds = ("unpaid_orders", "pool_deadlines", "expired_reservations", "open_refunds", "open_payments")
    return sum(sweeps.sweep_shop(kind) for kind in kinds)


def lose_every_job():
    with app_engine().begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000], stock=10)


@pytest.fixture
def placed(buyer, tea):
    return buyer().order([(tea.variant_id, 1)]).order_id


@pytest.fixture
def started(buyer, tea, gateway):
    """`started()` is (order, payment) of an order whose buyer stands before the gateway's page."""

    def make():
        order_id = buyer().order([(tea.variant_id, 1)]).order_id
        return order_id, start_payment(order_id=order_id, return_url="http://x/").payment_id

    return make


def test_order_closes_though_the_gateway_does_not_know_its_payment(started, gateway, clock, run_jobs, tea):
    order_id, _ = started()
    gateway.payments.clear()
    clock.advance(minutes=31)
    run_jobs()
    assert order_row(order_id).lifecycle == "cancelled"
    assert stock_left(tea) == 10
    assert states() == ["cancelled"]


def test_refused_cancellation_stops_neither_its_order_nor_the_next_ones(started, gateway, clock, tea):
    orders = [started()[0] for _ in range(3)]
    lose_every_job()
    gateway.fail_next("cancel_payment", times=1, refused="account_suspended")
    gateway.fail_next("payment_state", times=1, refused="account_suspended")
    clock.advance(minutes=31)
    sweep()
    assert {order_row(order_id).lifecycle for order_id in orders} == {"cancelled"}
    assert stock_left(tea) == 10


def test_payment_that_was_never_begun_ends_with_its_order(placed, gateway, clock, run_jobs):
    clock.advance(minutes=31)
    run_jobs()
    assert order_row(placed).lifecycle == "cancelled"
    assert states() == ["cancelled"]
    assert sweep() == 0


def test_start_that_was_under_way_when_its_order_closed_is_still_found_and_refunded(
    placed, gateway, clock, run_jobs
):
    [payment] = rows(Payment)
    gateway.fail_next("start_payment", after_acting=True)
    with pytest.raises(GatewayUnavailable):
        start_payment(order_id=placed, return_url="http://x/")
    late = gateway.payments.pop()
    clock.advance(minutes=31)
    run_jobs()
    assert states() == ["cancelled"]
    # Only now does the gateway come to open it, and the buyer pays.
    gateway.payments.append(late)
    gateway.capture(str(payment.id))
    assert check_payment(payment.id) == "captured"
    run_jobs()
    assert [(row.cause, row.state) for row in rows(Refund)] == [("surplus", "done")]
    assert late.refunded == 11_200


def test_sweep_asks_about_the_other_payments_when_one_cannot_be_asked(started, gateway, clock):
    for _ in range(4):
        _, payment_id = started()
        gateway.capture(str(payment_id))
    lose_every_job()
    clock.advance(minutes=2)
    gateway.fail_next("payment_state", times=1)
    sweep()
    assert sorted(states()) == ["captured"] * 3 + ["pending"]
    sweep()
    assert states() == ["captured"] * 4


def test_sweep_gives_up_on_a_silent_gateway_and_closes_orders_all_the_same(started, gateway, clock, tea):
    orders = [started()[0] for _ in range(6)]
    lose_every_job()
    gateway.fail_next("cancel_payment", times=100)
    clock.advance(minutes=31)
    sweep()
    assert {order_row(order_id).lifecycle for order_id in orders} == {"cancelled"}
    assert sum(fault.times for fault in gateway._armed) >= 96


def test_more_open_payments_than_one_sweep_takes_are_all_asked_about(started, gateway, clock, monkeypatch):
    """Some stay open for ever at the gateway: they must not take everybody's turn."""
    for _ in range(3):
        gateway.begin(str(started()[1]))
    _, paid = started()
    gateway.capture(str(paid))
    lose_every_job()
    clock.advance(minutes=2)
    monkeypatch.setattr(sweeps, "_BATCH", 2)
    for _ in range(40):
        sweep()
    assert states() == ["pending", "pending", "pending", "captured"]


def test_closing_that_comes_too_early_leaves_the_payment_open(started, gateway):
    order_id, payment_id = started()
    cancel_open_payments(order_id)
    assert (states(), gateway.payment(str(payment_id)).status) == (["pending"], "pending")


def test_refused_attempt_that_was_paid_after_all_is_found_when_the_order_closes(
    started, gateway, clock, run_jobs
):
    order_id, payment_id = started()
    gateway.decline(str(payment_id))
    check_payment(payment_id)
    assert states() == ["failed"]
    gateway.capture(str(payment_id))
    clock.advance(minutes=31)
    run_jobs()
    row = order_row(order_id)
    assert (row.lifecycle, row.financial) == ("placed", "paid")


def test_second_start_asks_the_same_though_the_shop_has_moved(placed, gateway, monkeypatch):
    gateway.fail_next("start_payment", after_acting=True)
    with pytest.raises(GatewayUnavailable):
        start_payment(order_id=placed, return_url="http://x/")
    elsewhere = replace(accounts._outside, notify_url=lambda scope, name: "http://127.0.0.1:9999/elsewhere")
    monkeypatch.setattr(accounts, "_outside", elsewhere)
    attempt = start_payment(order_id=placed, return_url="http://x/")
    assert attempt.redirect_url
    assert start_payment(order_id=placed, return_url="http://x/") == attempt


def test_refund_has_one_next_try_however_often_it_was_asked_about(placed, gateway, clock, run_jobs):
    pay(gateway, placed)
    gateway.next_refunds("pending")
    refund_id = cancel_order(order_id=placed)
    run_jobs()
    for _ in range(3):
        settle_refund(refund_id)
    clock.advance(hours=3)
    run_jobs()
    assert waiting_jobs("payments.send_refund") == 1
    gateway.settle_refund(str(refund_id))
    clock.advance(hours=3)
    run_jobs()
    assert (states(Refund), waiting_jobs("payments.send_refund")) == (["done"], 0)


def test_refund_that_was_refused_is_sent_when_a_person_says_so(placed, gateway, clock, run_jobs):
    pay(gateway, placed)
    gateway.fail_next("refund", refused="account_suspended")
    refund_id = cancel_order(order_id=placed)
    run_jobs()
    assert states(Refund) == ["failed"]
    retry_refund(refund_id=refund_id)
    run_jobs()
    assert states(Refund) == ["done"]
    assert gateway.payments[0].refunded == 11_200


def test_refunds_that_wait_long_do_not_take_the_turn_of_those_that_are_due(
    buyer, tea, gateway, clock, monkeypatch
):
    first = [buyer().order([(tea.variant_id, 1)]).order_id for _ in range(3)]
    for order_id in first:
        pay(gateway, order_id)
    waiting = [cancel_order(order_id=order_id) for order_id in first[:2]]
    gateway.next_refunds("pending", times=12)
    for refund_id in waiting * 6:
        settle_refund(refund_id)
    gateway._next_refunds.clear()
    due = cancel_order(order_id=first[2])
    lose_every_job()
    clock.advance(minutes=3)
    monkeypatch.setattr(sweeps, "_BATCH", 2)
    sweep()
    assert {row.id: row.state for row in rows(Refund)}[due] == "done"


def test_no_gateway_is_called_inside_a_transaction(placed, gateway, started):
    order_id, payment_id = started()
    gateway.capture(str(payment_id))
    check_payment(payment_id)
    refund_id = cancel_order(order_id=order_id)
    _, begun = started()
    calls = [
        lambda: start_payment(order_id=placed, return_url="http://x/"),
        lambda: check_payment(begun),
        lambda: settle_refund(refund_id),
    ]
    for call in calls:
        with pytest.raises(NoScope):
            command("system")(call)()


def test_connection_is_given_back_while_the_gateway_is_awaited(placed, gateway, monkeypatch):
    """A request has a reading unit open; waiting for another service must not keep its connection."""
    seen = []
    for name in ("start_payment", "payment_state", "cancel_payment", "refund"):
        real = getattr(type(gateway), name)

        def watched(self, *args, _real=real, **kwargs):
            seen.append(app_engine().pool.checkedout())
            return _real(self, *args, **kwargs)

        monkeypatch.setattr(type(gateway), name, watched)
    idle = app_engine().pool.checkedout()
    with reading():
        session().scalars(select(Payment)).all()
        attempt = start_payment(order_id=placed, return_url="http://x/")
        session().scalars(select(Payment)).all()
        check_payment(attempt.payment_id)
        gateway.capture(str(attempt.payment_id))
        session().scalars(select(Payment)).all()
        check_payment(attempt.payment_id)
        refund_id = cancel_order(order_id=placed)
        session().scalars(select(Payment)).all()
        settle_refund(refund_id)
    assert seen == [idle] * 4


def test_refusal_for_a_reason_of_its_own_reaches_the_buyer(placed, gateway):
    gateway.fail_next("start_payment", refused="account_suspended")
    with pytest.raises(GatewayRefused):
        start_payment(order_id=placed, return_url="http://x/")
    assert start_payment(order_id=placed, return_url="http://x/").redirect_url
