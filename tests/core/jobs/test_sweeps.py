"""Sweeps do what is overdue even when every job row is lost."""

import contextvars

from sqlalchemy import text

from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.actions.refund import cancel_order
from core.commerce.payments.models import Refund
from core.commerce.reservations.stock import stock_of
from core.jobs import sweeps
from core.kernel.db import app_engine, reading, session
from core.testing.buying import order_row, pay
from core.testing.goods import make_product


def sweep(what):
    """As the worker does it: with no shop bound."""
    return contextvars.Context().run(sweeps.sweep, what)


def lose_every_job():
    with app_engine().begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))


def test_unpaid_order_closes_without_its_job(buyer, clock, gateway):
    tea = make_product()
    placed = buyer().order([(tea.variant_id, 1)])
    lose_every_job()
    clock.advance(minutes=31)
    sweep(sweeps.EVERYTHING)
    assert order_row(placed.order_id).lifecycle == "cancelled"
    with reading():
        assert stock_of([tea.variant_id])[tea.variant_id].available == 100


def test_capture_nobody_reported_is_found(buyer, clock, gateway):
    placed = buyer().order([(make_product().variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    clock.advance(minutes=2)
    sweep(sweeps.EVERYTHING)
    assert order_row(placed.order_id).financial == "paid"


def test_refund_is_sent_without_its_job(buyer, clock, gateway):
    placed = buyer().order([(make_product().variant_id, 1)])
    pay(gateway, placed.order_id)
    cancel_order(order_id=placed.order_id)
    lose_every_job()
    clock.advance(minutes=3)
    sweep(sweeps.EVERYTHING)
    with reading():
        assert [refund.state for refund in session().query(Refund)] == ["done"]


def test_sweeps_do_nothing_twice(buyer, clock, gateway):
    placed = buyer().order([(make_product().variant_id, 1)])
    clock.advance(minutes=31)
    sweep(sweeps.OFTEN)
    before = order_row(placed.order_id).cancelled_at
    clock.advance(minutes=1)
    sweep(sweeps.EVERYTHING)
    assert order_row(placed.order_id).cancelled_at == before
