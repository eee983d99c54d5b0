"""A hard limit for talking to another machine: however slowly it drips, the connection is cut when time is over."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STEP_SECONDS = 10.0
WHOLE_SECONDS = 30.0


@contextmanager
def cut_after(seconds: float, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket that `current()` names `seconds` from now unless the block is left before."""

    def cut() -> None:
        open_socket = current()
        if open_socket is not None:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
