"""Notifications of gateways: kept before they are answered, whoever sends them twice, late or forged."""

import contextvars
import json

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.commerce.orders.models import Order
from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.actions.refund import cancel_order
from core.commerce.payments.models import GatewayNotice, Refund
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_product
from core.testing.jobs import run_due_jobs
from core.web.webhooks.blueprint import webhooks


@pytest.fixture
def service():
    app = Flask("platform")
    app.register_blueprint(webhooks)
    return app.test_client()


@pytest.fixture
def waiting(buyer, gateway, shop):
    """An order that waits for its payment; (order id, reference of the payment)."""
    placed = buyer().order([(make_product().variant_id, 1)])
    attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
    return placed.order_id, str(attempt.payment_id)


@pytest.fixture
def secret(in_shop):
    return gateway_account().credentials.notification_secret


def send(service, shop, notice, *, handle=None, name="test"):
    headers, body = notice
    path = f"/webhooks/{handle or shop.handle}/payments/{name}"
    # A request begins without any shop; the test itself has one bound.
    return contextvars.Context().run(service.post, path, data=body, headers=headers)


def state_of(order_id):
    with reading():
        return session().scalars(select(Order.financial).where(Order.id == order_id)).one()


def notices():
    with reading():
        return session().scalar(select(func.count()).select_from(GatewayNotice))


def test_notification_is_kept_and_acted_on_later(service, shop, gateway, waiting, secret):
    order_id, reference = waiting
    gateway.capture(reference)
    answer = send(service, shop, gateway.notification(reference, secret))
    assert (answer.status_code, answer.text) == (200, gateway.acknowledgement)
    assert (notices(), state_of(order_id)) == (1, "unpaid")
    run_due_jobs()
    assert state_of(order_id) == "paid"


def test_acknowledgement_is_what_the_gateway_wants_to_hear(service, shop, gateway, waiting, secret):
    gateway.acknowledgement = "success"
    assert send(service, shop, gateway.notification(waiting[1], secret)).text == "success"


def test_same_notification_twice_is_one(service, shop, gateway, waiting, secret):
    gateway.capture(waiting[1])
    notice = gateway.notification(waiting[1], secret)
    assert [send(service, shop, notice).status_code for _ in range(3)] == [200] * 3
    assert notices() == 1
    run_due_jobs()
    assert state_of(waiting[0]) == "paid"


def test_notification_that_lies_changes_nothing(service, shop, gateway, waiting, secret):
    notice = gateway.notification(waiting[1], secret, kind="payment.captured")
    assert send(service, shop, notice).status_code == 200
    run_due_jobs()
    assert state_of(waiting[0]) == "unpaid"


def test_refund_is_looked_at_again_when_the_gateway_says_so(service, shop, gateway, waiting, secret):
    gateway.capture(waiting[1])
    send(service, shop, gateway.notification(waiting[1], secret))
    run_due_jobs()
    gateway.next_refunds("pending")
    refund_id = cancel_order(order_id=waiting[0])
    run_due_jobs()
    gateway.settle_refund(str(refund_id))
    assert send(service, shop, gateway.notification(str(refund_id), secret)).status_code == 200
    run_due_jobs()
    with reading():
        assert session().scalars(select(Refund.state)).one() == "done"


@pytest.mark.parametrize("spoil", ["signature", "body", "unsigned", "malformed", "other secret"])
def test_forged_notification_is_refused_and_not_kept(service, shop, gateway, waiting, secret, spoil):
    headers, body = gateway.notification(waiting[1], secret if spoil != "other secret" else "x" * 32)
    name = next(one for one in headers if "ignature" in one)
    if spoil == "signature":
        headers[name] = headers[name][:-2] + "00"
    elif spoil == "body":
        body = body.replace(b"payment.", b"refund.")
    elif spoil == "unsigned":
        del headers[name]
    elif spoil == "malformed":
        headers[name] = "nonsense"
    answer = send(service, shop, (headers, body))
    assert answer.status_code == 400
    assert notices() == 0


def test_signed_body_that_is_no_message_is_refused(service, shop, secret, clock):
    from core.testing.gateway.notifier import signature

    for body in (b"", b"[]", b"\xff", b"{", b"null", json.dumps({"event_id": "x"}).encode()):
        headers = {"Pinpu-Test-Signature": signature(secret, body, int(clock().timestamp()))}
        assert send(service, shop, (headers, body)).status_code == 400
    assert notices() == 0


def test_old_notification_is_refused(service, shop, gateway, waiting, secret, clock):
    notice = gateway.notification(waiting[1], secret)
    clock.advance(minutes=6)
    assert send(service, shop, notice).status_code == 400


def test_unknown_shop_and_gateway_are_missing(service, shop, gateway, waiting, secret):
    notice = gateway.notification(waiting[1], secret)
    assert send(service, shop, notice, handle="nobody").status_code == 404
    assert send(service, shop, notice, name="stripe").status_code == 404
    assert send(service, shop, notice, name="x" * 300).status_code == 404
    assert notices() == 0


def test_notification_for_one_shop_is_refused_by_another(service, shop, other_shop, gateway, waiting, secret):
    assert (
        send(service, shop, gateway.notification(waiting[1], secret), handle=other_shop.handle).status_code
        == 400
    )


def test_payment_of_another_shop_is_not_touched_even_when_signed(service, shop, other_shop, gateway, waiting):
    gateway.capture(waiting[1])

    def as_other():
        with shop_bound(other_shop, SYSTEM):
            return gateway_account().credentials.notification_secret

    secret = contextvars.Context().run(as_other)
    assert (
        send(service, shop, gateway.notification(waiting[1], secret), handle=other_shop.handle).status_code
        == 200
    )
    run_due_jobs()
    assert state_of(waiting[0]) == "unpaid"


def test_huge_body_is_refused(service, shop):
    answer = service.post(f"/webhooks/{shop.handle}/payments/test", data=b"x" * 70_000)
    assert answer.status_code == 413


def test_only_post_is_answered(service, shop):
    assert service.get(f"/webhooks/{shop.handle}/payments/test").status_code == 405
