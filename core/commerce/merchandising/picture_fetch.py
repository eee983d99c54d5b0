"""Fetches pictures that a product file names: https only, bounded in size and time, and never from inside a network.

The name is resolved once, every address it has must be public, and the connection goes to exactly the address that was
checked, so that a name cannot change its mind in between. Redirects are followed under the same rules.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from core.commerce.media.pictures import MAXIMUM_BYTES
from core.kernel.i18n import N_
from core.kernel.public_addresses import is_public

STEP_SECONDS = 5.0
WHOLE_SECONDS = 15.0
MOST_REDIRECTS = 3
_CHUNK = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


class FetchRefused(Exception):
    """A picture that we do not get; `message` says why in English, `host` is set when the whole host is out of reach."""

    def __init__(self, message: str, *, host: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.host = host


class Resolve(Protocol):
    """Looks a name up."""

    def __call__(self, host: str) -> Sequence[str]:
        """The addresses of `host`; raises OSError."""


def _resolve(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """`plain` with TLS on it, the host's certificate verified; closes it when that fails."""
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _connect(host: str, address: str, seconds: float) -> socket.socket:
    return secured(socket.create_connection((address, 443), timeout=seconds), host)


@dataclass(slots=True)
class PictureFetcher:
    """Fetches pictures one by one and remembers hosts that do not answer, so that a long file does not wait for each."""

    resolve: Resolve = _resolve
    connect: Callable[[str, str, float], socket.socket] = _connect
    public: Callable[[str], bool] = is_public
    silent_hosts: dict[str, str] = field(default_factory=dict)

    def fetch(self, url: str) -> bytes:
        """The bytes at `url`; raises FetchRefused."""
        ends = time.monotonic() + WHOLE_SECONDS
        for _ in range(MOST_REDIRECTS + 1):
            parts = _checked(url)
            response, close = self._asked(parts, ends)
            try:
                if response.status in _REDIRECTS:
                    url = urljoin(url, response.getheader("Location") or "")
                    continue
                return _body(response, ends)
            except (OSError, http.client.HTTPException) as error:
                raise FetchRefused(N_("The picture could not be loaded completely.")) from error
            finally:
                close()
        raise FetchRefused(N_("The address leads on and on."))

    def _asked(self, parts: SplitResult, ends: float) -> tuple[http.client.HTTPResponse, Callable[[], None]]:
        host = parts.hostname or ""
        if host in self.silent_hosts:
            raise FetchRefused(self.silent_hosts[host], host=host)
        try:
            return self._request(host, parts, ends)
        except FetchRefused as refused:
            if refused.host:
                self.silent_hosts[host] = refused.message
            raise

    def _request(
        self, host: str, parts: SplitResult, ends: float
    ) -> tuple[http.client.HTTPResponse, Callable[[], None]]:
        address = self._address(host)
        connection = http.client.HTTPSConnection(host, timeout=STEP_SECONDS)
        try:
            connection.sock = self.connect(host, address, min(STEP_SECONDS, _left(ends)))
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
            connection.request(
                "GET", path + query, headers={"Accept": "image/*", "User-Agent": "Pinpu product import"}
            )
            return connection.getresponse(), connection.close
        except ssl.SSLError as error:
            connection.close()
            raise FetchRefused(N_("The host does not prove who it is."), host=host) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise FetchRefused(N_("The host does not answer."), host=host) from error

    def _address(self, host: str) -> str:
        try:
            addresses = self.resolve(host)
        except (OSError, UnicodeError) as error:
            raise FetchRefused(N_("The host is not known or cannot be reached."), host=host) from error
        if not addresses or not all(map(self.public, addresses)):
            raise FetchRefused(N_("The address leads into a private network."), host=host)
        return addresses[0]


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchRefused(N_("This is not an address.")) from error
    if parts.scheme.lower() != "https":
        raise FetchRefused(N_("Only addresses that begin with https:// are loaded."))
    if (
        not parts.hostname
        or parts.username is not None
        or parts.password is not None
        or port not in (None, 443)
    ):
        raise FetchRefused(N_("This is not an address."))
    return parts


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise FetchRefused(N_("The host is too slow."))
    return left


def _body(response: http.client.HTTPResponse, ends: float) -> bytes:
    if response.status != 200:
        raise FetchRefused(N_("There is no picture at this address."))
    if (response.length or 0) > MAXIMUM_BYTES:
        raise FetchRefused(N_("The picture is too large."))
    content = bytearray()
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > MAXIMUM_BYTES:
            raise FetchRefused(N_("The picture is too large."))
        _left(ends)
    if response.length:
        raise FetchRefused(N_("The picture could not be loaded completely."))
    return bytes(content)
