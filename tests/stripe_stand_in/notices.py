"""Signed notifications: one by one for a test that hands them over itself, or sent by a thread as they arise."""

import json
import random
from threading import Event, Thread

from stripe import WebhookSignature

from core.commerce.payments.gateways.wire import EXCHANGE_FAILURES, exchange
from core.kernel import clock
from tests.stripe_stand_in.app import Parts
from tests.stripe_stand_in.books import Book
from tests.stripe_stand_in.wire import Json

_POLL_SECONDS = 0.05
_ATTEMPTS = 5


def signed(event: Json, secret: str, *, at: int | None = None) -> tuple[dict[str, str], bytes]:
    """Headers and body of one notification, signed now or at the unix time `at`."""
    body = json.dumps(event, ensure_ascii=False)
    stamp = int(clock.now().timestamp()) if at is None else at
    header = WebhookSignature.generate_signature_header(body, secret, stamp)
    return {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}, body.encode()


class Deliveries:
    """Sends every event to the webhook endpoints that want it; `copies`, `shuffled` and `held` are for bad days."""

    def __init__(self, parts: Parts) -> None:
        self.copies = 1
        self.shuffled = False
        self.held = False
        # What the endpoints answered, oldest first: (event type, status or name of the failure).
        self.answers: list[tuple[str, str]] = []
        self._parts = parts
        self._sent: set[tuple[str, str]] = set()
        self._attempts: dict[tuple[str, str], int] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="stripe stand-in", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing any more."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            if not self.held:
                self._send_due()

    def _send_due(self) -> None:
        with self._parts.lock:
            due = [wanted for book in self._parts.books.all() for wanted in _wanted(book)]
        due = [
            (event, endpoint) for event, endpoint in due if (event["id"], endpoint["id"]) not in self._sent
        ]
        if self.shuffled:
            random.shuffle(due)
        for event, endpoint in due:
            self._send(event, endpoint)

    def _send(self, event: Json, endpoint: Json) -> None:
        name = (event["id"], endpoint["id"])
        for _ in range(self.copies):
            headers, body = signed(event, endpoint["secret"])
            try:
                answer = exchange(
                    "POST", endpoint["url"], headers=headers, body=body, connect_timeout=2, read_timeout=10
                )
                told = str(answer.status)
            except EXCHANGE_FAILURES as error:
                told = type(error).__name__
            self.answers.append((event["type"], told))
        self._attempts[name] = self._attempts.get(name, 0) + 1
        if told.startswith("2") or self._attempts[name] >= _ATTEMPTS:
            self._sent.add(name)


def _wanted(book: Book) -> list[tuple[Json, Json]]:
    endpoints = list(book.all_of("we"))
    if not endpoints:
        return []
    return [
        (event, endpoint)
        for event in reversed(list(book.all_of("evt")))
        for endpoint in endpoints
        if endpoint["created"] <= event["created"] and {event["type"], "*"} & set(endpoint["enabled_events"])
    ]
