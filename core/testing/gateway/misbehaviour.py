"""How an armed fault looks on the wire: no answer, a late one, a wrong one."""

import socket
import struct
from collections.abc import Iterator
from threading import Event

from flask import Response, jsonify, make_response, request

from core.testing.gateway.faults import Fault
from core.testing.gateway.parts import gateway_parts

_ALWAYS_ACT = ("timeout_after_acting", "slow")


def acts_first(fault: Fault) -> bool:
    """Whether the operation is carried out although its answer is spoiled."""
    return fault.after_acting or fault.name in _ALWAYS_ACT


def spoiled(fault: Fault, answer: Response | None) -> Response:
    """What the caller gets: `answer` much later, an error, or a dead connection."""
    closing = gateway_parts().closing
    if fault.name == "slow" and answer is not None:
        closing.wait(fault.seconds)
        return answer
    if fault.name == "500":
        return make_response(jsonify(code="internal_error", message="Something broke."), 500)
    if fault.name == "429":
        answer = make_response(jsonify(code="too_many_requests", message="Not so fast."), 429)
        answer.headers["Retry-After"] = "1"
        return answer
    # Of a body that came after its head the server would wait for more before it closes, and nobody would be hung up on.
    request.get_data()
    pause = fault.seconds if fault.name == "timeout_after_acting" else 0.0
    connection: socket.socket = request.environ["werkzeug.socket"]
    return Response(_hang_up(connection, closing, pause), 200)


def _hang_up(connection: socket.socket, closing: Event, pause: float) -> Iterator[bytes]:
    """End the connection before the first byte; raised while sending, so that no status line goes out."""
    closing.wait(pause)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError("an armed fault ends this connection")
    yield b""
