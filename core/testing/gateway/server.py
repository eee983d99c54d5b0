"""Running the test gateway: for ever as a program, or for the length of a test on a free port."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from types import FrameType
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from core.testing.gateway.app import create_gateway
from core.testing.gateway.notifier import RetryPlan
from core.testing.gateway.parts import EXTENSION, GatewayParts, GatewaySettings


class _QuietHandler(WSGIRequestHandler):
    """Writes no line per request, and closes each connection, so that an aborted answer is seen at once."""

    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that runs in a thread: its address, and its parts for a look behind the curtain."""

    base_url: str
    parts: GatewayParts


def serve(
    port: int, home: Path, *, host: str = "127.0.0.1", public_url: str = "", refund_seconds: float = 2.0
) -> None:
    """Serve until SIGTERM or SIGINT; `home` keeps everything that must survive.

    Raises OSError if the port is taken or the folder cannot be written.
    """
    settings = GatewaySettings(home=home, public_url=public_url, refund_seconds=refund_seconds)
    asked_to_stop = Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    with _listening(host, port) as listener, _running(listener, settings) as (server, _parts):

        def stop() -> None:
            asked_to_stop.wait()
            server.shutdown()

        # `shutdown` waits for the loop below, so it cannot be called by the thread that runs it.
        Thread(target=stop, daemon=True).start()
        server.serve_forever(poll_interval=0.1)


@contextmanager
def in_thread(
    home: Path | None = None,
    *,
    port: int = 0,
    slow_seconds: float = 0.2,
    refund_seconds: float = 0.0,
    retries: RetryPlan | None = None,
) -> Iterator[RunningGateway]:
    """A gateway on a free port for the length of the block, quick enough for tests.

    Give the same `home` (and `port`) again to see what a restart keeps; without one everything is forgotten.
    Background threads read the clock of this process: install a clock for the process, not for a context.
    """
    with TemporaryDirectory(prefix="gateway-") as fallback, _listening("127.0.0.1", port) as listener:
        settings = GatewaySettings(
            home=home or Path(fallback),
            slow_seconds=slow_seconds,
            refund_seconds=refund_seconds,
            retries=retries or RetryPlan(first_pause=0.05),
        )
        with _running(listener, settings) as (server, parts):
            thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield RunningGateway(f"http://127.0.0.1:{listener.getsockname()[1]}", parts)
            finally:
                server.shutdown()
                thread.join()


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def _running(
    listener: socket.socket, settings: GatewaySettings
) -> Iterator[tuple[BaseWSGIServer, GatewayParts]]:
    app = create_gateway(settings)
    parts: GatewayParts = app.extensions[EXTENSION]
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno())
    parts.notifier.start()
    try:
        yield server, parts
    finally:
        parts.closing.set()
        server.server_close()
        parts.notifier.stop()
        parts.store.close()
