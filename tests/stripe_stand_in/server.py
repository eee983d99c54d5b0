"""Running the stand-in: in a thread for the length of a test, or for ever as a program."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.stripe_stand_in.app import Parts, create_stand_in
from tests.stripe_stand_in.books import Book
from tests.stripe_stand_in.levers import LEVERS
from tests.stripe_stand_in.notices import Deliveries, signed
from tests.stripe_stand_in.wire import Json


class _QuietHandler(WSGIRequestHandler):
    """Writes no line per request, and closes each connection, so that an aborted answer is seen at once."""

    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


class StripeStandIn:
    """A running stand-in: its address, its levers, and a look into its books."""

    def __init__(self, base_url: str, parts: Parts) -> None:
        self.base_url = base_url
        self.parts = parts
        self.deliveries = Deliveries(parts)

    def book(self, key: str, below: str = "") -> Book:
        """The account that `key` opens, or the one `below` it."""
        found = self.parts.books.of_key(key)
        return found.connected[below] if below else found

    def pull(self, key: str, lever: str, **what: Any) -> Any:
        """Do what a buyer, a bank or a bad day does; see `levers`."""
        with self.parts.lock:
            return LEVERS[lever](self.book(key), **what)

    def events(self, key: str, *kinds: str) -> list[Json]:
        """The events of an account, oldest first: all, or those of these types."""
        with self.parts.lock:
            found = list(self.book(key).all_of("evt"))
        return [one for one in reversed(found) if not kinds or one["type"] in kinds]

    def notification(
        self, key: str, kind: str, secret: str, *, at: int | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of the newest event of a type; asked again, the same event again."""
        return signed(self.events(key, kind)[-1], secret, at=at)


@contextmanager
def stripe_stand_in(port: int = 0) -> Iterator[StripeStandIn]:
    """A stand-in on a free port for the length of the block; everything is forgotten at its end.

    Its threads read the clock of this process: install a clock for the process, not for a context.
    """
    parts = Parts()
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        server = make_server(
            "127.0.0.1",
            listener.getsockname()[1],
            create_stand_in(parts),
            threaded=True,
            request_handler=_QuietHandler,
            fd=listener.fileno(),
        )
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running = StripeStandIn(f"http://127.0.0.1:{listener.getsockname()[1]}", parts)
        running.deliveries.start()
        try:
            yield running
        finally:
            parts.closing.set()
            running.deliveries.stop()
            server.shutdown()
            server.server_close()
            thread.join()
