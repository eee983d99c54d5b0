"""WeChat Pay's messages: believed only when signed by its key, fresh, sealed with our APIv3 key, and about us."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.sdk.clock import now
from core.sdk.payments import NotificationRefused
from plugins.wechat_pay.domain import number_of
from plugins.wechat_pay.tests.provider import sealed
from plugins.wechat_pay.tests.test_gateway import asked, back


@pytest.fixture
def paid(provider, wechat):
    request = asked()
    start = wechat.start_payment(provider.credentials, request)
    provider.pay(start.gateway_ref)
    return request.reference, start.gateway_ref


def reason_of(call):
    with pytest.raises(NotificationRefused) as refused:
        call()
    return refused.value.reason


def test_a_payment_is_told_once_however_often_it_comes(provider, wechat, paid):
    reference, number = paid
    asked_before = len(provider.asked)
    seen = [
        wechat.read_notification(provider.credentials, *provider.notification(number), now()) for _ in "ab"
    ]
    assert {one.event_id for one in seen} == {f"EV-TRANSACTION.SUCCESS-{number}"}
    assert (seen[0].kind, seen[0].reference, seen[0].gateway_ref) == ("payment.captured", reference, number)
    assert abs(seen[0].occurred_at - now()) < timedelta(seconds=5)
    assert len(provider.asked) == asked_before, "a signature needs no network"


def test_header_names_are_read_in_any_case(provider, wechat, paid):
    headers, body = provider.notification(paid[1])
    for change in (str.lower, str.upper):
        changed = {change(name): value for name, value in headers.items()}
        assert wechat.read_notification(provider.credentials, changed, body, now()).reference == paid[0]


def test_a_refund_names_our_refund(provider, wechat, paid):
    provider.next_refund = "ABNORMAL"
    request = back(paid[1])
    wechat.refund(provider.credentials, request)
    headers, body = provider.notification(number_of(request.reference))
    seen = wechat.read_notification(provider.credentials, headers, body, now())
    assert (seen.kind, seen.reference) == ("refund.abnormal", request.reference)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Wechatpay-Signature": ""}, "unsigned"),
        ({"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcd"}, "wrong_signature"),
        ({"Wechatpay-Signature": "%%%"}, "wrong_signature"),
        ({"Wechatpay-Timestamp": "yesterday"}, "malformed"),
        ({"Wechatpay-Timestamp": "1"}, "wrong_signature"),
        ({"Wechatpay-Nonce": "another"}, "wrong_signature"),
        ({"Wechatpay-Serial": "PUB_KEY_ID_0000"}, "wrong_signature"),
        ({"Wechatpay-Serial": ""}, "wrong_signature"),
        ({"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, "wrong_signature"),
    ],
)
def test_a_changed_header_is_refused(provider, wechat, paid, change, reason):
    headers, body = provider.notification(paid[1])
    refused = reason_of(lambda: wechat.read_notification(provider.credentials, headers | change, body, now()))
    assert refused == reason


def test_a_changed_body_and_another_key_are_refused(provider, wechat, paid):
    headers, body = provider.notification(paid[1])
    assert reason_of(lambda: wechat.read_notification(provider.credentials, headers, body + b" ", now())) == (
        "wrong_signature"
    )
    provider.signing_key = "somebody"
    headers, body = provider.notification(paid[1])
    assert reason_of(lambda: wechat.read_notification(provider.credentials, headers, body, now())) == (
        "wrong_signature"
    )


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_message_is_refused_though_its_signature_is_right(provider, wechat, paid, minutes):
    at = int((now() + timedelta(minutes=minutes)).timestamp())
    headers, body = provider.notification(paid[1], at=at)
    assert reason_of(lambda: wechat.read_notification(provider.credentials, headers, body, now())) == "stale"
    assert wechat.read_notification(provider.credentials, headers, body, now() + timedelta(minutes=minutes))


def test_a_message_sealed_with_another_key_or_for_another_merchant_is_refused(provider, wechat, paid):
    headers, body = provider.notification(paid[1])
    other = {**provider.credentials.values, "api_v3_key": "v" * 32}
    mine = replace(provider.credentials, values=other)
    assert reason_of(lambda: wechat.read_notification(mine, headers, body, now())) == "unreadable"
    headers, body = provider.notification(paid[1], mchid="1900000222")
    assert reason_of(lambda: wechat.read_notification(provider.credentials, headers, body, now())) == (
        "unreadable"
    )


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"resource_type": "encrypt-resource"}']
)
def test_signed_nonsense_is_unreadable(provider, wechat, body):
    headers = provider.signature_headers(body.decode(errors="replace"))
    assert reason_of(lambda: wechat.read_notification(provider.credentials, headers, body, now())) in (
        "unreadable",
        "wrong_signature",
    )


def test_the_sealed_content_is_the_published_shape(provider, wechat):
    """AEAD_AES_256_GCM with the key as bytes, nonce of 12, associated data: a fixed vector made with `cryptography`."""
    number = number_of(str(uuid4()))
    resource = json.dumps({"mchid": "1900000109", "out_trade_no": number, "trade_state": "SUCCESS"})
    message = {
        "id": "EV-1", "create_time": "2026-11-23T12:00:00+08:00", "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "",
            "ciphertext": sealed(resource, "", "0123456789ab"),
        },
    }  # fmt: skip
    body = json.dumps(message)
    headers = provider.signature_headers(body)
    seen = wechat.read_notification(provider.credentials, headers, body.encode(), now())
    assert (seen.gateway_ref, seen.occurred_at.hour) == (number, 4)


def test_the_library_is_loaded_by_the_first_call_only():
    """A shop that does not use it pays nothing for it."""
    code = (
        "import sys; import plugins.wechat_pay.hooks as h; g = h.declare_payment_gateways(); g.profile;"
        "print([m for m in ('wechatpayv3', 'requests', 'cryptography') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
