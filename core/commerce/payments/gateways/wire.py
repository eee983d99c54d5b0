"""One HTTP exchange over the network: two short timeouts, no redirects, a bounded answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

LARGEST_ANSWER = 1024 * 1024

# What an exchange may raise: no answer, none that is HTTP, or an address that is none.
EXCHANGE_FAILURES: tuple[type[Exception], ...] = (OSError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the body of an HTTP answer."""

    status: int
    body: bytes


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    connect_timeout: float,
    read_timeout: float,
) -> Answer:
    """Send one request and read its answer; timeouts are in seconds. Raises one of EXCHANGE_FAILURES."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, connect_timeout)
    try:
        connection.connect()
        connection.sock.settimeout(read_timeout)
        connection.request(method, target, body=body, headers={"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LARGEST_ANSWER))
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=timeout)
    # Not every system's resolver knows that names below .localhost mean this machine; browsers do.
    return HTTPConnection("127.0.0.1" if host.endswith(".localhost") else host, port, timeout=timeout)
