"""Integration: what the client makes of a service that is slow, broken, gone, or somebody else (reliability F08)."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    GatewayRefused,
    GatewayUnavailable,
    PaymentRequest,
    PaymentState,
)
from core.commerce.payments.gateways.test import PinpuTestGateway, credentials_for_key, new_credentials
from core.kernel import clock as kernel_clock
from core.kernel.ids import new_id
from core.testing.gateway import RunningGateway, in_thread

GATEWAY = PinpuTestGateway(connect_timeout=10, read_timeout=1.5)
# A client that looks early reads the end of the stream, one that looks late the reset that follows it.
HUNG_UP = {"RemoteDisconnected", "ConnectionResetError"}


@pytest.fixture(scope="module")
def service() -> Iterator[RunningGateway]:
    with in_thread() as running:
        yield running


@pytest.fixture
def tea(service: RunningGateway) -> GatewayCredentials:
    return new_credentials(service.base_url)


def asked() -> PaymentRequest:
    return PaymentRequest(
        reference=str(new_id()),
        amount=9800,
        currency="CNY",
        description="",
        return_url="http://tea.localhost:8000/",
        notify_url="http://127.0.0.1:9/",
        expires_at=kernel_clock.now() + timedelta(minutes=15),
        locale="zh-CN",
    )


def arm(credentials: GatewayCredentials, **fault: Any) -> None:
    PinpuTestGateway()._call(credentials, "POST", "/control", body=fault)


def payments_at(credentials: GatewayCredentials) -> list[str]:
    listed = PinpuTestGateway()._call(credentials, "GET", "/v1/payments")
    return [payment["reference"] for payment in listed["payments"]]


def reason_of(credentials: GatewayCredentials, request: PaymentRequest) -> str:
    with pytest.raises(GatewayUnavailable) as failed:
        GATEWAY.start_payment(credentials, request)
    assert failed.value.retry is True
    return failed.value.reason


@pytest.mark.parametrize(
    ("fault", "reason", "acted"),
    [
        ({"next": "timeout_after_acting"}, {"TimeoutError"}, True),
        ({"next": "slow", "seconds": 4}, {"TimeoutError"}, True),
        ({"next": "500"}, {"http_500"}, False),
        ({"next": "500", "after_acting": True}, {"http_500"}, True),
        ({"next": "429"}, {"http_429"}, False),
        ({"next": "reset"}, HUNG_UP, False),
        ({"next": "reset", "after_acting": True}, HUNG_UP, True),
    ],
)
def test_failed_start_can_be_made_again_and_opens_one_payment(tea, fault, reason, acted):
    request = asked()
    arm(tea, **fault)
    assert reason_of(tea, request) in reason
    assert payments_at(tea) == ([request.reference] if acted else [])
    start = GATEWAY.start_payment(tea, request)
    assert payments_at(tea) == [request.reference]
    assert GATEWAY.payment_state(tea, gateway_ref=start.gateway_ref).reference == request.reference


def test_timeout_is_noticed_within_the_read_timeout(tea):
    arm(tea, next="timeout_after_acting", seconds=30)
    began = monotonic()
    reason_of(tea, asked())
    assert monotonic() - began < 5


def test_fault_for_one_operation_leaves_the_others_alone(tea):
    arm(tea, next="500", operation="cancel", times=2)
    start = GATEWAY.start_payment(tea, asked())
    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            GATEWAY.cancel_payment(tea, start.gateway_ref)
        assert GATEWAY.payment_state(tea, gateway_ref=start.gateway_ref).status == "pending"
    assert GATEWAY.cancel_payment(tea, start.gateway_ref).status == "cancelled"


def test_fault_of_one_account_leaves_the_others_alone(tea, service):
    arm(tea, next="500", times=1000)
    assert GATEWAY.start_payment(new_credentials(service.base_url), asked()).gateway_ref


def test_service_that_is_not_there_is_unavailable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = new_credentials(f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert reason_of(nobody, asked()) == "ConnectionRefusedError"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:notaport", "http://", "http://..", "ftp//x"])
def test_address_that_is_none_is_unavailable(base_url):
    with pytest.raises(GatewayUnavailable):
        GATEWAY.start_payment(credentials_for_key(base_url, "test_x"), asked())


def test_key_that_is_not_a_test_key_is_refused(service):
    with pytest.raises(GatewayRefused) as refused:
        GATEWAY.start_payment(credentials_for_key(service.base_url, "live_x"), asked())
    assert refused.value.failure_code == "unknown_key"


def test_name_below_localhost_means_this_machine(service, tea):
    named = replace(tea, base_url=service.base_url.replace("127.0.0.1", "gateway.localhost"))
    assert GATEWAY.start_payment(named, asked()).redirect_url.startswith(named.base_url)


@contextmanager
def stranger(status: int, body: bytes) -> Iterator[str]:
    """A server on our port that is not the gateway."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>hello</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"id": 7, "pay_url": "x"}'),
        (200, b'{"id": "pay_1"}'),
        (200, b"[" * 100_000),
        (302, b""),
        (404, b"<html>nginx</html>"),
        (400, b'{"error": "x"}'),
    ],
)
def test_answer_of_a_stranger_is_not_believed(status, body):
    with stranger(status, body) as base_url:
        assert reason_of(new_credentials(base_url), asked()) == "unreadable_answer"


STATE = {
    "id": "pay_1",
    "reference": "row",
    "status": "captured",
    "amount": 1,
    "currency": "CNY",
    "captured_at": "2026-11-22T12:00:00+00:00",
    "failure_code": "",
}


def state_from(**change: Any) -> PaymentState:
    with stranger(200, json.dumps({"payments": [STATE | change]}).encode()) as base_url:
        return GATEWAY.payment_state(new_credentials(base_url), reference="row")


@pytest.mark.parametrize(
    "change", [{"status": "paid"}, {"status": None}, {"captured_at": "2026-11-22"}, {"amount": None}]
)
def test_state_in_unknown_words_is_not_believed(change):
    assert state_from().status == "captured"
    with pytest.raises(GatewayUnavailable) as failed:
        state_from(**change)
    assert failed.value.reason == "unreadable_answer"


def test_credentials_never_show_their_secrets():
    shown = repr(credentials_for_key("http://127.0.0.1:1", "test_very_secret"))
    assert shown == "GatewayCredentials(base_url='http://127.0.0.1:1', mode='test')"
