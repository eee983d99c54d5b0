"""Alipay's messages: believed only when signed by its key, for our application, and not long past."""

import subprocess
import sys
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest

from core.sdk.clock import now
from core.sdk.payments import NotificationRefused
from plugins.alipay.domain import beijing_time
from plugins.alipay.tests.test_gateway import asked, back


@pytest.fixture
def paid(provider, alipay):
    request = asked()
    start = alipay.start_payment(provider.credentials, request)
    provider.visit(start.redirect_url)
    provider.pay(start.gateway_ref)
    return request.reference, start.gateway_ref


def read(provider, alipay, body, at=None):
    return alipay.read_notification(provider.credentials, {}, body, at or now())


def reason_of(call):
    with pytest.raises(NotificationRefused) as refused:
        call()
    return refused.value.reason


def test_a_payment_is_told_once_however_often_it_comes(provider, alipay, paid):
    reference, number = paid
    before = len(provider.asked)
    seen = [read(provider, alipay, provider.notification(number)[1]) for _ in "ab"]
    assert len({one.event_id for one in seen}) == 1
    assert (seen[0].kind, seen[0].reference, seen[0].gateway_ref) == ("payment.captured", reference, number)
    assert abs(seen[0].occurred_at - now()) < timedelta(seconds=5)
    assert len(provider.asked) == before, "a signature needs no network"
    assert alipay.acknowledgement == "success"


def test_a_refund_names_our_refund(provider, alipay, paid):
    request = back(paid[1])
    alipay.refund(provider.credentials, request)
    _, body = provider.notification(paid[1], refund=UUID(request.reference).hex)
    seen = read(provider, alipay, body)
    assert (seen.kind, seen.reference, seen.gateway_ref) == ("refund.done", request.reference, paid[1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sign": ""}, "unsigned"),
        ({"sign": "AAAA"}, "wrong_signature"),
        ({"sign": "%%%"}, "wrong_signature"),
        ({"sign_type": "RSA"}, "malformed"),
        ({"sign_type": ""}, "malformed"),
        ({"total_amount": "0.01"}, "wrong_signature"),
        ({"trade_status": "TRADE_FINISHED"}, "wrong_signature"),
        ({"more": "fields"}, "wrong_signature"),
        ({"body": "x"}, "wrong_signature"),
    ],
)
def test_a_changed_field_is_refused(provider, alipay, paid, change, reason):
    fields = dict(parse_qsl(provider.notification(paid[1])[1].decode(), keep_blank_values=True))
    assert reason_of(lambda: read(provider, alipay, urlencode(fields | change).encode())) == reason


def test_another_key_and_another_application_are_refused(provider, alipay, paid):
    _, body = provider.notification(paid[1], app_id="2021000000000009")
    assert reason_of(lambda: read(provider, alipay, body)) == "wrong_signature"
    provider.signing_key = "somebody"
    _, body = provider.notification(paid[1])
    assert reason_of(lambda: read(provider, alipay, body)) == "wrong_signature"


def test_a_message_repeated_for_a_day_is_taken_and_an_older_one_or_one_to_come_is_not(provider, alipay, paid):
    def sent(hours):
        return provider.notification(paid[1], at=beijing_time(now() + timedelta(hours=hours)))[1]

    assert read(provider, alipay, sent(-25)).reference == paid[0]
    assert reason_of(lambda: read(provider, alipay, sent(-27))) == "stale"
    assert reason_of(lambda: read(provider, alipay, sent(1))) == "stale"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unsigned"),
        (b"{}", "malformed"),
        (b"\xff\xfe=1", "malformed"),
        (b"sign=a&sign=b", "malformed"),
        (b"a=1", "unsigned"),
        (b"&".join(b"a%d=1" % n for n in range(300)), "malformed"),
    ],
)
def test_what_is_no_message_is_refused(provider, alipay, body, reason):
    assert reason_of(lambda: read(provider, alipay, body)) == reason


def test_a_signed_message_about_something_else_is_unreadable(provider, alipay, paid):
    _, body = provider.notification(paid[1], notify_time="soon")
    assert reason_of(lambda: read(provider, alipay, body)) == "unreadable"


def test_the_library_is_loaded_by_the_first_call_only():
    """A shop that does not use it pays nothing for it."""
    code = (
        "import sys; import plugins.alipay.hooks as h; g = h.declare_payment_gateways(); g.profile;"
        "print([m for m in ('alipay', 'Cryptodome', 'OpenSSL', 'cryptography') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
