"""Which of Stripe's notifications are believed, and what they say."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.payments.gateways.interface import GatewayCredentials, NotificationRefused
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.kernel import clock as kernel_clock
from tests.core.commerce.payments.gateways.stripe.at_stand_in import HOOK_SECRET, asked, back, key_of
from tests.stripe_stand_in import signed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CREDENTIALS = GatewayCredentials("http://127.0.0.1:9", "test", {"webhook_secret": HOOK_SECRET})
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": int(NOW.timestamp()) - 2,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"pinpu_payment": "row"}}},
}


def read(headers, body, *, credentials=CREDENTIALS, now=NOW):
    return StripeGateway().read_notification(credentials, headers, body, now)


def refusal(headers, body, **more):
    with pytest.raises(NotificationRefused) as refused:
        read(headers, body, **more)
    return refused.value.reason


def message(event=EVENT, *, at=NOW, secret=HOOK_SECRET):
    return signed(event, secret, at=int(at.timestamp()))


def test_every_event_of_a_payments_life_names_our_row(stand_in, gateway, tea):
    page, wallet = asked(), asked(method="wechat_pay")
    names = [gateway.start_payment(tea, one).gateway_ref for one in (page, wallet)]
    for name in names:
        stand_in.pull(key_of(tea), "decline", id=name)
    stand_in.pull(key_of(tea), "pay", id=names[0])
    refund = back(names[0], 100)
    gateway.refund(tea, refund)
    stand_in.pull(key_of(tea), "dispute", id=names[0])
    told = {}
    for event in stand_in.events(key_of(tea)):
        headers, body = signed(event, HOOK_SECRET)
        notice = gateway.read_notification(tea, headers, body, kernel_clock.now())
        assert notice.event_id == event["id"]
        told.setdefault(notice.kind, set()).add(notice.reference)
    assert told["payment.succeeded"] == told["payment.completed"] == {page.reference}
    assert told["payment.payment_failed"] == {page.reference, wallet.reference}
    assert told["refund.created"] == {refund.reference}
    assert {kind for kind in told if kind.startswith("other.")} == {
        "other.charge.succeeded",
        "other.charge.refunded",
    }


def test_dispute_is_told_with_its_payment_amount_and_time_to_answer(stand_in, gateway, tea):
    name = gateway.start_payment(tea, asked(method="alipay")).gateway_ref
    stand_in.pull(key_of(tea), "pay", id=name)
    opened = stand_in.pull(key_of(tea), "dispute", id=name, reason="product_not_received")
    headers, body = stand_in.notification(key_of(tea), "charge.dispute.created", HOOK_SECRET)
    notice = gateway.read_notification(tea, headers, body, kernel_clock.now())
    dispute = notice.dispute
    assert (notice.kind, notice.gateway_ref) == ("dispute.created", name)
    assert (dispute.gateway_ref, dispute.payment_ref, dispute.amount) == (opened, name, 9800)
    assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
    assert timedelta(days=6) < dispute.respond_by - kernel_clock.now() < timedelta(days=8)


def test_signature_of_another_shop_an_altered_body_and_a_missing_secret_are_refused():
    headers, body = message()
    assert read(headers, body).reference == "row"
    assert read({"STRIPE-SIGNATURE": headers["Stripe-Signature"]}, body).event_id == "evt_1"
    other = GatewayCredentials("", "test", {"webhook_secret": "whsec_home"})
    assert refusal(headers, body, credentials=other) == "wrong_signature"
    assert refusal(headers, body, credentials=GatewayCredentials("", "test", {})) == "wrong_signature"
    assert refusal(headers, body.replace(b"pi_1", b"pi_2")) == "wrong_signature"
    assert refusal({}, body) == "unsigned"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_notification_signed_ten_minutes_away_is_stale_and_signed_afresh_it_is_not(minutes):
    away = NOW + timedelta(minutes=minutes)
    assert refusal(*message(at=away)) == "stale"
    assert read(*message(at=away), now=away).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_notification_at_the_edge_of_the_tolerance_is_accepted(seconds):
    assert read(*message(at=NOW + timedelta(seconds=seconds))).event_id == "evt_1"


def test_second_signature_while_a_secret_is_replaced_is_enough():
    headers, body = message()
    stamp, _, good = headers["Stripe-Signature"].partition(",")
    assert read({"Stripe-Signature": f"{stamp},v1={'0' * 64},{good},v0=x"}, body).event_id == "evt_1"


@pytest.mark.parametrize(
    "header",
    ["v1=abc", "t=1,t=2,v1=abc", "t=1", "t=-5,v1=abc", "t=１２,v1=abc", "t=1e9,v1=a", "nonsense", "t=,v1="],
)
def test_notification_with_malformed_signature_is_refused(header):
    assert refusal({"Stripe-Signature": header}, message()[1]) == "malformed"


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {"id": "evt_1"},
        EVENT | {"created": "yesterday"},
        EVENT | {"data": {"object": {"id": 7}}},
        EVENT | {"object": "v2.core.event"},
        EVENT | {"data": {"object": {"id": "pi_1", "metadata": {"pinpu_payment": {"a": 1}}}}},
    ],
)
def test_signed_nonsense_is_unreadable(event):
    assert refusal(*message(event)) == "unreadable"


def test_notification_that_is_no_text_is_unreadable():
    assert refusal(message()[0], b"\xff\xfe") == "unreadable"


@given(st.text(max_size=300), st.binary(max_size=300))
def test_no_header_and_body_is_believed_by_chance(header, body):
    told = refusal({"Stripe-Signature": header}, body)
    assert told in ("unsigned", "malformed", "wrong_signature", "unreadable")


def test_signature_is_the_hmac_of_time_dot_and_body():
    """Made here without the SDK, so that both sides are not wrong together."""
    body = json.dumps(EVENT).encode()
    stamp = int(NOW.timestamp())
    made = hmac.new(HOOK_SECRET.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
    assert read({"Stripe-Signature": f"t={stamp},v1={made}"}, body).gateway_ref == "pi_1"
