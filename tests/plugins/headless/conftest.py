"""A running platform: our server and the test gateway's on ports of this machine, spoken to over plain HTTP only."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from core.commerce.messages.queries import latest_messages
from core.commerce.payments import accounts
from core.commerce.payments.gateways.test import credentials_for_key
from core.kernel.db import reading
from core.testing.browsers import host_of
from core.testing.gateway import in_thread
from core.web.application import HostDispatch

SECONDS = 30.0


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: object) -> None:
        """No line for each request."""


@contextmanager
def serving(application: Any) -> Iterator[int]:
    """The port at which `application` answers."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def application(platform):
    return HostDispatch(platform)


@dataclass
class Headless:
    """A client without pages: it knows a host, an address and what the reference says."""

    port: int
    host: str
    token: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        headers = {"Host": self.host, "Accept-Language": "en"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        sent = None
        if method != "GET":
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body if body is not None else {}).encode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, f"/api/v1{path}", body=sent, headers=headers)
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None
        finally:
            connection.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._good(*self.ask("GET", f"{path}?{urlencode(query)}" if query else path))

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self._good(*self.ask("POST", path, body, key=key))

    def _good(self, status: int, said: Any) -> Any:
        assert status < 300, f"{status} {said}"
        return said

    def log_in(self, contact: str) -> "Headless":
        """As a guest first, then with the code from the message that the shop sent."""
        self.token = self.post("/sessions")["token"]
        self.post("/sessions/codes", {"contact": contact})
        with reading():
            sent = next(one for one in latest_messages() if one.recipient == contact)
        words = sent.body.replace(".", " ").replace("，", " ").split()
        code = next(word for word in words if word.isdigit() and len(word) == 6)
        self.token = self.post("/sessions/login", {"contact": contact, "code": code})["token"]
        return self

    def place(self, code: str, receiver: dict[str, str], **more: Any) -> Any:
        """Quote a checkout for the first way to get it, and place it."""
        ways = self.post(f"/checkouts/{code}/quote", {"address": receiver})["ways_to_get"]
        delivery = {"kind": ways[0]["kind"], "id": ways[0]["id"]}
        quoted = self.post(f"/checkouts/{code}/quote", {"delivery": delivery, "address": receiver})
        body = {"quote": quoted["quote"], "delivery": delivery, "receiver": receiver, **more}
        return self.post(f"/checkouts/{code}/order", body, key=str(uuid4()))


def press(page: str, choice: str) -> int:
    """What a browser sends when the buyer presses a button on the gateway's page."""
    parts = urlsplit(page)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", parts.path, body=urlencode({"choice": choice}), headers=form)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def headless(application, in_shop) -> Iterator[Callable[[], Headless]]:
    """`headless()` is a new client; the test gateway runs beside the server and reports to it."""
    told = accounts._told()
    with serving(application) as port, in_thread() as gateway:
        accounts.install_accounts(
            replace(
                told,
                test_credentials=lambda scope: credentials_for_key(gateway.base_url, f"test_{scope.handle}"),
                notify_url=lambda scope, name: (
                    f"http://127.0.0.1:{port}/webhooks/{scope.handle}/payments/{name}"
                ),
            )
        )
        yield lambda: Headless(port, f"{host_of(in_shop)}:{port}")
        accounts.install_accounts(told)
