"""The stand-in's gate: who calls, whether the answer is kept already, which fault waits; then the operation."""

import json
import socket
import struct
from collections.abc import Iterator
from hashlib import sha256
from threading import Event, RLock
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.stripe_stand_in.api import Call, Operation, operation_of
from tests.stripe_stand_in.books import API_VERSION, Book, Books, Fault, Kept, seconds
from tests.stripe_stand_in.connect import connected_book
from tests.stripe_stand_in.levers import LEVERS
from tests.stripe_stand_in.lists import expanded
from tests.stripe_stand_in.pages import pages
from tests.stripe_stand_in.typed import typed_params
from tests.stripe_stand_in.wire import Json, Problem, form_fields

# Stripe forgets a key after a day.
_KEPT_SECONDS = 24 * 3600
_PARTS = "stripe_stand_in"


class Parts:
    """What every request needs: the books, one lock for all of them, the signal that ends waiting answers."""

    def __init__(self) -> None:
        self.books = Books()
        self.lock = RLock()
        self.closing = Event()


def create_stand_in(parts: Parts) -> Flask:
    """The service as a Flask program."""
    app = Flask(__name__)
    app.extensions[_PARTS] = parts
    app.register_blueprint(pages(parts.books, parts.lock))

    @app.route("/v1/<path:path>", methods=["GET", "POST", "DELETE"])
    def answer(path: str) -> Response:
        return _answer(parts, path)

    @app.post("/_control/<name>")
    def control(name: str) -> Response:
        with parts.lock:
            try:
                book = _caller(parts.books)
                return jsonify(done=LEVERS[name](book, **(request.get_json(silent=True) or {})))
            except Problem as problem:
                return _shown(problem.status, problem.body)

    return app


def _caller(books: Books) -> Book:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not given:
        raise Problem(401, "You did not provide an API key.")
    if request.path.startswith("/v1/") and request.headers.get("Stripe-Version", API_VERSION) != API_VERSION:
        raise Problem(400, f"Invalid Stripe API version: the stand-in speaks {API_VERSION}.")
    book = books.of_key(given)
    below = request.headers.get("Stripe-Account", "")
    return book if below in ("", book.account["id"]) else connected_book(book, below)


def _answer(parts: Parts, path: str) -> Response:
    fault: Fault | None = None
    try:
        with parts.lock:
            book = _caller(parts.books)
            found, name = operation_of(request.method, path)
            _check_permission(book, found)
            fault = _take_fault(book, found.name)
            if fault and not fault.after_acting:
                return _spoiled(parts, fault, None)
            answer = _kept_or_made(book, found, name, fault)
    except Problem as problem:
        answer = _shown(problem.status, problem.body)
    return _spoiled(parts, fault, answer) if fault else answer


def _check_permission(book: Book, found: Operation) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    denied = {found.name, found.name.rpartition(".")[0]} & book.denied
    if given.startswith("rk_") and denied:
        message = (
            f"The provided key '{given[:8]}***' does not have the required permissions for this endpoint on account"
            f" '{book.account['id']}'. Having the 'rak_{found.name.partition('.')[0]}' permission would allow this"
            " request to continue."
        )
        raise Problem(403, message)


def _kept_or_made(book: Book, found: Operation, name: str, fault: Fault | None) -> Response:
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    asked = sha256(request.method.encode() + request.full_path.encode() + request.get_data()).hexdigest()
    kept = book.kept.get(key) if key else None
    if kept is not None and kept.at + _KEPT_SECONDS > seconds():
        if kept.request != asked:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
                " Try using a key other than"
                f" '{key}' if you meant to execute a different request."
            )
            raise Problem(400, message, kind="idempotency_error")
        answer = _shown(kept.status, kept.body)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer
    if fault is not None and fault.what == "breakdown":
        status, body, keep = 500, _broken(), True
    else:
        status, body, keep = _made(book, found, name)
    if fault is not None and fault.what == "500":
        # Stripe keeps this answer as well, whatever had been done by then.
        status, body, keep = 500, _broken(), True
    if key and keep:
        book.kept[key] = Kept(asked, status, body, seconds())
    return _shown(status, body)


def _made(book: Book, found: Operation, name: str) -> tuple[int, Json, bool]:
    """Carry the operation out: status, body, and whether a key keeps this answer."""
    try:
        given = form_fields(request.get_data(as_text=True) or request.query_string.decode())
        params = typed_params(given, found.params)
        paths = params.pop("expand", [])
        body = found.run(Call(book, name, params, request.host_url.rstrip("/")))
        body = {field: value for field, value in body.items() if not field.startswith("_")}
        # As text and back: what was answered does not change with what happens next.
        return 200, json.loads(json.dumps(_listed(expanded(book, body, paths)))), True
    except Problem as problem:
        return problem.status, json.loads(json.dumps(_listed(problem.body))), not problem.validation


def _listed(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _listed(value) for name, value in body.items() if not name.startswith("_")}
    return [_listed(one) for one in body] if isinstance(body, list) else body


def _shown(status: int, body: Json) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    answer.headers["Request-Id"] = "req_standin"
    answer.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    return answer


def _broken() -> Json:
    return {"error": {"type": "api_error", "message": "An unknown error occurred. We are sorry."}}


# Bad days


def _take_fault(book: Book, operation: str) -> Fault | None:
    for one in book.faults:
        if one.times and one.operation in ("", operation):
            one.times -= 1
            return one
    return None


def _spoiled(parts: Parts, fault: Fault, answer: Response | None) -> Response:
    if fault.what == "slow" and answer is not None:
        parts.closing.wait(fault.seconds)
        return answer
    if fault.what in ("500", "breakdown"):
        return answer if answer is not None else _shown(500, _broken())
    if fault.what == "429":
        message = "Request rate limit exceeded."
        limited = Problem(429, message, code="rate_limit")
        return _shown(limited.status, limited.body)
    if fault.what == "409":
        message = "There is currently another in-progress request using this Idempotent Key."
        busy = Problem(409, message, kind="idempotency_error", code="idempotency_key_in_use")
        return _shown(busy.status, busy.body)
    pause = fault.seconds if fault.what == "timeout" else 0.0
    return Response(_hang_up(request.environ["werkzeug.socket"], parts.closing, pause), 200)


def _hang_up(connection: socket.socket, closing: Event, pause: float) -> Iterator[bytes]:
    """End the connection before the first byte; raised while sending, so that no status line goes out."""
    closing.wait(pause)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError("an armed fault ends this connection")
    yield b""
