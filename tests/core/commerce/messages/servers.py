"""Real servers on this machine that take messages, refuse them, or never answer."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class PostOffice:
    """What a mail server does: addresses that it refuses for ever or for now, and what it took."""

    refused: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    password: str = ""
    letters: list[Any] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address in self.refused:
            return "550 5.1.1 no such user here"
        if address in self.busy:
            return "451 4.7.1 greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(envelope)
        return "250 2.0.0 queued as 42"

    def log_in(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@contextmanager
def mail_server(**how: Any) -> Iterator[PostOffice]:
    """A real mail server on a port of its own."""
    office = PostOffice(**how)
    more = (
        {"authenticator": office.log_in, "auth_required": True, "auth_require_tls": False}
        if office.password
        else {}
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        office.port = probe.getsockname()[1]
    running = Controller(office, hostname="127.0.0.1", port=office.port, **more)
    running.start()
    try:
        yield office
    finally:
        running.stop()


@contextmanager
def silent_server(*, drips: bytes = b"") -> Iterator[int]:
    """A port that takes connections and says nothing, or one byte after the other without end."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            while not stop.wait(0.05):
                if drips:
                    try:
                        connection.send(drips)
                    except OSError:
                        return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        stop.set()
        listening.close()


@dataclass
class Hook:
    """What an HTTP service answers, and what it was asked."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"errcode": 0})
    hangs_up: bool = False
    asked: list[Any] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send?key=k"


@contextmanager
def http_service(**how: Any) -> Iterator[Hook]:
    """A real HTTP service on a port of its own."""
    hook = Hook(**how)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.asked.append((self.path, dict(self.headers), body))
            if hook.hangs_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = json.dumps(hook.answer).encode()
            self.send_response(hook.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
