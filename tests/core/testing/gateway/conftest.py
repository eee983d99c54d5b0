"""A running test gateway, a merchant with an account at it, and a shop that hears its notifications."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    Notification,
    PaymentRequest,
    PaymentStart,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.gateways.test import PinpuTestGateway, new_credentials
from core.kernel import clock as kernel_clock
from core.kernel.ids import new_id
from core.testing.gateway import RunningGateway, in_thread

GATEWAY = PinpuTestGateway()


@dataclass
class Heard:
    """One notification request as it came in: its headers and its body."""

    headers: dict[str, str]
    body: bytes

    def read(self, credentials: GatewayCredentials) -> Notification:
        return GATEWAY.read_notification(credentials, self.headers, self.body, kernel_clock.now())

    @property
    def kind(self) -> str:
        return str(json.loads(self.body)["kind"])

    @property
    def event_id(self) -> str:
        return str(json.loads(self.body)["event_id"])


@dataclass
class Shop:
    """A server at `notify_url` that answers with the statuses in `answers`, then 200.

    0 hangs up, -1 keeps the caller waiting until `released`.
    """

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    released: Event = field(default_factory=Event)

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Heard]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, seconds), self.kinds
            return list(self.heard)

    def nothing_more(self, seconds: float = 0.45) -> bool:
        with self.changed:
            before = len(self.heard)
            return not self.changed.wait_for(lambda: len(self.heard) > before, seconds)

    @property
    def kinds(self) -> list[str]:
        return [heard.kind for heard in self.heard]


@contextmanager
def open_shop(port: int = 0) -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with shop.changed:
                shop.heard.append(Heard(dict(self.headers), body))
                status = shop.answers.pop(0) if shop.answers else 200
                shop.changed.notify_all()
            if status < 0:
                shop.released.wait(20)
            elif status:
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}/webhooks/test"
    try:
        yield shop
    finally:
        shop.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Merchant:
    """An account at a gateway, and what its server and its payers do."""

    credentials: GatewayCredentials
    notify_url: str

    def request(self, **changes: Any) -> PaymentRequest:
        fields: dict[str, Any] = {
            "reference": str(new_id()),
            "amount": 1000,
            "currency": "CNY",
            "description": "清源茶舍 · 订单 T1001",
            "return_url": "http://tea.localhost:8000/checkout/back?order=T1001",
            "notify_url": self.notify_url,
            "expires_at": kernel_clock.now() + timedelta(minutes=15),
            "locale": "zh-CN",
        }
        return PaymentRequest(**fields | changes)

    def start(self, **changes: Any) -> PaymentStart:
        return GATEWAY.start_payment(self.credentials, self.request(**changes))

    def paid(self, choice: str = "succeed", **form: str) -> PaymentStart:
        start = self.start()
        press(start.redirect_url, choice, **form)
        return start

    def press(self, start: PaymentStart, choice: str, **form: str) -> "Page":
        return press(start.redirect_url, choice, **form)

    def cancel(self, start: PaymentStart) -> str:
        return GATEWAY.cancel_payment(self.credentials, start.gateway_ref).status

    def status(self, start: PaymentStart) -> str:
        return GATEWAY.payment_state(self.credentials, gateway_ref=start.gateway_ref).status

    def refund(self, start: PaymentStart, amount: int = 300, reference: str = "") -> RefundState:
        request = RefundRequest(reference or str(new_id()), start.gateway_ref, amount, "CNY", "")
        return GATEWAY.refund(self.credentials, request)

    def control(self, **levers: Any) -> Any:
        return GATEWAY._call(self.credentials, "POST", "/control", body=levers)

    def get(self, path: str) -> Any:
        return GATEWAY._call(self.credentials, "GET", path)

    def sent(self) -> list[dict[str, Any]]:
        """All notifications of the account, once nothing is on its way any more."""
        until = monotonic() + 10
        while monotonic() < until:
            notifications = list(self.get("/control/notifications")["notifications"])
            if not any(one["state"] in ("due", "sending") for one in notifications):
                return notifications
            sleep(0.05)
        raise AssertionError(notifications)


@dataclass(frozen=True)
class Page:
    """An answer as a browser without JavaScript gets it; redirects are not followed."""

    status: int
    headers: dict[str, str]
    text: str


def browse(method: str, url: str, form: dict[str, str] | None = None, **headers: str) -> Page:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    body = urlencode(form) if form is not None else None
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=headers)
    answer: HTTPResponse = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return Page(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)


def press(url: str, choice: str, **form: str) -> Page:
    page = browse("POST", url, {"choice": choice, **form})
    assert page.status == 303, page.text
    return page


@pytest.fixture
def gateway() -> Iterator[RunningGateway]:
    with in_thread() as running:
        yield running


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture
def merchant_at() -> Callable[[RunningGateway, Shop], Merchant]:
    return lambda running, opened: Merchant(new_credentials(running.base_url), opened.url)


@pytest.fixture
def merchant(gateway: RunningGateway, shop: Shop) -> Merchant:
    return Merchant(new_credentials(gateway.base_url), shop.url)


@pytest.fixture
def other_merchant(gateway: RunningGateway, shop: Shop) -> Merchant:
    return Merchant(new_credentials(gateway.base_url), shop.url)


@pytest.fixture(name="browse")
def browse_fixture() -> Callable[..., Page]:
    return browse
