"""Unit: which notifications the shop believes (reliability T06, B17)."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.payments.gateways.interface import GatewayCredentials, Notification, NotificationRefused
from core.commerce.payments.gateways.test import PinpuTestGateway, credentials_for_key

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CREDENTIALS = credentials_for_key("", "test_tea")
SECRET = CREDENTIALS.notification_secret
OTHER_SECRET = credentials_for_key("", "test_home").notification_secret
MESSAGE = {
    "event_id": "evt_1",
    "kind": "payment.captured",
    "gateway_ref": "pay_1",
    "reference": "018f-row",
    "occurred_at": "2026-11-22T11:59:58+00:00",
}
BODY = json.dumps(MESSAGE).encode()


def signed(body: bytes = BODY, *, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    stamp = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
    return {"Pinpu-Test-Signature": f"t={stamp},v1={digest}"}


def read(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> Notification:
    return PinpuTestGateway().read_notification(CREDENTIALS, headers, body, now)


def refusal(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(NotificationRefused) as refused:
        read(headers, body, now)
    return refused.value.reason


def test_notification_with_good_signature_is_read():
    assert read(signed()) == Notification(
        event_id="evt_1",
        kind="payment.captured",
        gateway_ref="pay_1",
        reference="018f-row",
        occurred_at=datetime(2026, 11, 22, 11, 59, 58, tzinfo=UTC),
    )


def test_signature_of_a_known_message_is_the_published_one():
    # From outside: printf of time, dot and body, into `openssl dgst -sha256 -hmac key`.
    body = (
        b'{"event_id":"e","kind":"k","gateway_ref":"g","reference":"r","occurred_at":"2023-11-14T22:13:20Z"}'
    )
    header = "t=1700000000,v1=c1fba19d83bbf64a7f17caf0902fc06efee90711cb89c01ff8b98938a72a81b5"
    at = datetime.fromtimestamp(1_700_000_000, UTC)
    message = PinpuTestGateway().read_notification(
        GatewayCredentials("", "test", {"notification_secret": "key"}),
        {"Pinpu-Test-Signature": header},
        body,
        at,
    )
    assert (message.event_id, message.occurred_at) == ("e", at)


def test_header_name_in_any_case_is_found():
    (value,) = signed().values()
    assert read({"PINPU-TEST-SIGNATURE": value}).event_id == "evt_1"


def test_second_signature_while_a_secret_is_replaced_is_enough():
    (value,) = signed().values()
    stamp, _, good = value.partition(",")
    assert read({"Pinpu-Test-Signature": f"{stamp},v1={'0' * 64},{good}"}).event_id == "evt_1"


def test_notification_signed_by_another_shops_secret_is_refused():
    assert refusal(signed(secret=OTHER_SECRET)) == "wrong_signature"


def test_notification_with_altered_body_is_refused():
    assert refusal(signed(), BODY.replace(b"pay_1", b"pay_2")) == "wrong_signature"


def test_notification_with_altered_time_is_refused():
    (value,) = signed(at=NOW - timedelta(minutes=10)).values()
    moved = value.replace(str(int(NOW.timestamp()) - 600), str(int(NOW.timestamp())))
    assert refusal({"Pinpu-Test-Signature": moved}) == "wrong_signature"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_notification_signed_ten_minutes_away_is_refused(minutes):
    assert refusal(signed(at=NOW + timedelta(minutes=minutes))) == "stale"


def test_same_notification_signed_afresh_is_accepted():
    later = NOW + timedelta(minutes=10)
    assert refusal(signed(), now=later) == "stale"
    assert read(signed(at=later), now=later).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_notification_at_the_edge_of_the_tolerance_is_accepted(seconds):
    assert read(signed(at=NOW + timedelta(seconds=seconds))).event_id == "evt_1"


def test_notification_without_signature_is_refused():
    assert refusal({"Content-Type": "application/json"}) == "unsigned"


@pytest.mark.parametrize(
    "header",
    ["v1=abc", "t=1,t=2,v1=abc", "t=1", "t=-5,v1=abc", "t=１２,v1=abc", "t=1e9,v1=a", "nonsense", "t=,v1="],
)
def test_notification_with_malformed_signature_is_refused(header):
    assert refusal({"Pinpu-Test-Signature": header}) == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"event_id": "evt_1"}',
        b"\xff\xfe",
        json.dumps(MESSAGE | {"gateway_ref": 7}).encode(),
        json.dumps(MESSAGE | {"occurred_at": "yesterday"}).encode(),
        json.dumps(MESSAGE | {"occurred_at": "2026-11-22T12:00:00"}).encode(),
        b"[" * 100_000,
    ],
)
def test_signed_nonsense_is_refused(body):
    assert refusal(signed(body), body) == "unreadable"


@given(st.text(max_size=300), st.binary(max_size=300))
def test_no_header_and_body_is_believed_by_chance(header, body):
    assert refusal({"Pinpu-Test-Signature": header}, body) in ("unsigned", "malformed", "wrong_signature")
