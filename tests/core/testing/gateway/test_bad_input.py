"""Integration: what the API does not take, and that nothing is changed by it."""

import json
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.kernel import clock as kernel_clock

GOOD: dict[str, Any] = {
    "amount": 1000,
    "currency": "CNY",
    "description": "订单",
    "return_url": "http://tea.localhost:8000/",
    "notify_url": "http://127.0.0.1:9/",
    "expires_at": (kernel_clock.now() + timedelta(minutes=15)).isoformat(),
    "locale": "zh-CN",
}


@pytest.fixture
def call(gateway, merchant):
    """Send a raw body to the API; answers status and JSON."""

    def send(path: str, body: bytes | dict[str, Any] | None, method: str = "POST", **headers: str):
        parts = urlsplit(gateway.base_url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        all_headers = {
            "Authorization": f"Bearer {merchant.credentials.key}",
            "Idempotency-Key": "row",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=sent, headers=all_headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    return send


def test_good_body_is_taken(call):
    assert call("/v1/payments", GOOD)[0] == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", -1),
        ("amount", 0),
        ("amount", 2**63),
        ("amount", 10**12 + 1),
        ("amount", 0.1),
        ("amount", 1e30),
        ("amount", "１２"),
        ("amount", "1000"),
        ("amount", True),
        ("amount", None),
        ("amount", float("nan")),
        ("amount", [1000]),
        ("currency", "cny"),
        ("currency", "XX"),
        ("currency", ["CNY"]),
        ("currency", "🍵🍵🍵"),
        ("description", "x" * 501),
        ("description", "a\x00b"),
        ("description", "\ud800"),
        ("description", None),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "/checkout"),
        ("return_url", "//evil.example"),
        ("return_url", "http://"),
        ("return_url", "http://a:99999/"),
        ("return_url", "http://a/\r\nSet-Cookie: x=1"),
        ("return_url", "http://a/" + "x" * 2000),
        ("notify_url", "file:///etc/passwd"),
        ("notify_url", "http://[::1"),
        ("expires_at", "tomorrow"),
        ("expires_at", "2026-11-22T12:00:00"),
        ("expires_at", "0001-01-01T00:00:00+14:00"),
        ("expires_at", 1_800_000_000),
        ("locale", "x" * 36),
    ],
)
def test_bad_field_is_named_and_nothing_is_opened(call, merchant, field, value):
    status, answer = call("/v1/payments", GOOD | {field: value})
    assert (status, answer["code"]) == (400, f"bad_{field}")
    assert merchant.get("/v1/payments")["payments"] == []


@pytest.mark.parametrize("field", sorted(GOOD))
def test_missing_field_is_named(call, field):
    body = {name: value for name, value in GOOD.items() if name != field}
    assert call("/v1/payments", body)[1]["code"] == f"bad_{field}"


@pytest.mark.parametrize("field", ["status", "captured_at", "id", "account", "refunded"])
def test_field_that_is_not_the_merchants_is_refused(call, field):
    assert call("/v1/payments", GOOD | {field: "captured"})[1]["code"] == "unknown_field"


@pytest.mark.parametrize("body", [None, b"", b"null", b"[]", b"{", b"\xff", b"[" * 60_000])
def test_body_that_is_no_object_is_refused(call, merchant, body):
    status, answer = call("/v1/payments", body)
    assert status == 400
    assert answer["code"] in ("unreadable_body", "bad_amount")
    assert merchant.get("/v1/payments")["payments"] == []


def test_body_above_the_limit_is_refused(call):
    assert call("/v1/payments", GOOD | {"description": "茶" * 30_000})[0] == 413


@pytest.mark.parametrize("text", ["🍵 <script>alert(1)</script>", "\u202eRTL", "e\u0301 é", "' OR 1=1 --"])
def test_unusual_text_is_kept_as_it_is(call, merchant, text):
    assert call("/v1/payments", GOOD | {"description": text})[0] == 200
    assert merchant.get("/v1/payments")["payments"][0]["description"] == text


@pytest.mark.parametrize("key", ["", "x" * 101])
def test_call_without_a_usable_idempotency_key_is_refused(call, key):
    assert call("/v1/payments", GOOD, Idempotency_Key=key)[1]["code"] == "bad_idempotency_key"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer live_key", "Basic test_key", "Bearer test_", "Bearer test_é"]
)
@pytest.mark.parametrize("path", ["/v1/payments", "/v1/refunds", "/control"])
def test_call_without_a_test_key_is_refused(call, path, authorization):
    assert call(path, GOOD, Authorization=authorization) == (
        401,
        {"code": "unknown_key", "message": "Send a key that starts with test_ as a bearer token."},
    )


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=%EF%BC%91", "limit=x", "order=seq", "created_from=now", "status'=1"],
)
def test_filter_that_does_not_exist_is_refused(call, query):
    assert call(f"/v1/payments?{query}", None, "GET")[0] == 400


@pytest.mark.parametrize(
    "levers",
    [
        {"next": "explode"},
        {"next": "500", "times": 0},
        {"next": "500", "times": 10**6},
        {"next": "slow", "seconds": -1},
        {"next": "slow", "seconds": "long"},
        {"next": "500", "operation": "everything"},
        {"hold_notifications": "yes"},
        {"nxt": "500"},
    ],
)
def test_lever_that_does_not_exist_is_refused(call, merchant, levers):
    assert call("/control", levers)[0] == 400
    assert merchant.get("/control")["faults"] == []


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/payments/a/b", "/control/nothing"])
def test_unknown_address_of_the_api_answers_in_json(call, path):
    assert call(path, None, "GET")[1]["code"] == "not_found"
