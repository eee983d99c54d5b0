"""A buyer's program for tests: speaks JSON with one shop's API and keeps its token."""

from contextvars import Context
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.test import Client, TestResponse

from core.testing.browsers import host_of

RECEIVER = {
    "name": "林知夏", "phone": "13800000000", "region": "浙江省", "city": "杭州市", "line1": "西湖区转塘街道 1 号",
}  # fmt: skip


@dataclass
class Program:
    """One program at one shop; `token` goes into every request while there is one."""

    app: Any
    shop: Any
    token: str = ""

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", query: Any = None, **headers: str
    ) -> TestResponse:
        given = {"Accept-Language": "en", **headers}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        if key:
            given["Idempotency-Key"] = key
        # As in a process of its own: the test's bound shop is not there.
        return Context().run(
            Client(self.app).open, f"/api/v1{path}", method=method, json=body, headers=given, query_string=query or None,
            base_url=f"http://{host_of(self.shop)}",
        )  # fmt: skip

    def get(self, path: str, **query: Any) -> Any:
        return self._said(self.ask("GET", path, query=query))

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self._said(self.ask("POST", path, body if body is not None else {}, key=key))

    def refused(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, str]:
        answer = self.ask(method, path, body, key=key)
        assert answer.status_code >= 400, answer.text
        assert answer.mimetype == "application/problem+json"
        return answer.status_code, answer.get_json()["code"]

    def _said(self, answer: TestResponse) -> Any:
        assert answer.status_code < 300, f"{answer.status_code} {answer.text}"
        return answer.get_json() if answer.data else None

    def as_guest(self) -> "Program":
        self.token = self.post("/sessions")["token"]
        return self

    def check_out(self, code: str, **more: Any) -> Any:
        """Quote a checkout for the first way to get it, place it and return the order."""
        first = self.post(f"/checkouts/{code}/quote", {"address": RECEIVER})["ways_to_get"][0]
        delivery = {"kind": first["kind"], "id": first["id"]}
        quoted = self.post(f"/checkouts/{code}/quote", {"delivery": delivery, "address": RECEIVER})
        body = {"quote": quoted["quote"], "delivery": delivery, "receiver": RECEIVER, **more}
        return self.post(f"/checkouts/{code}/order", body, key=str(uuid4()))
