"""One HTTP POST to an address that a merchant named: never into a private network, never longer than a few seconds."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.commerce.messages.deadlines import STEP_SECONDS, cut_after
from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.outside import outside
from core.kernel.i18n import N_
from core.kernel.public_addresses import AddressPrivate, HostUnknown, checked_address

_MOST_BYTES = 64 * 1024
_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: status and body, as far as it is JSON `said`."""

    status: int
    text: str
    said: Mapping[str, Any]


def refused_address(url: str) -> str:
    """Why an address that a merchant typed is not used (a message id), "" when it may be."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return N_("This is not an address.")
    if not parts.hostname or parts.username is not None or port == 0:
        return N_("This is not an address.")
    private = outside().private_addresses
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return N_("Only addresses that begin with https:// are used.")
    try:
        checked_address(parts.hostname, port or 443, private=private)
    except AddressPrivate:
        return N_("The address leads into a private network, and is not used.")
    except HostUnknown:
        return N_("The server's name is not known: check it for a typing mistake.")
    return ""


def post_json(
    url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = _SECONDS
) -> Answer | Outcome:
    """Send `body`; an Outcome says why there is no answer. Redirects are not followed."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = http.client.HTTPConnection(host, port, timeout=min(STEP_SECONDS, seconds))
    with cut_after(seconds, lambda: connection.sock):
        try:
            connection.sock = _connected(host, port, secure=secure, seconds=min(STEP_SECONDS, seconds))
        except OSError as error:
            connection.close()
            return _unreached(error)
        try:
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request(
                "POST", path, body, {"Content-Type": "application/json; charset=utf-8", **headers}
            )
            response = connection.getresponse()
            content = response.read(_MOST_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome("unknown", "lost", str(error)[:300])
        finally:
            connection.close()
    return _read(response.status, content)


def _connected(host: str, port: int, *, secure: bool, seconds: float) -> socket.socket:
    address = checked_address(host, port, private=outside().private_addresses)
    plain = socket.create_connection((address, port), timeout=seconds)
    if not secure:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _unreached(error: OSError) -> Outcome:
    reasons = (
        (HostUnknown, "host_unknown"),
        (AddressPrivate, "private"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "tls"),
        (TimeoutError, "timeout"),
    )
    return Outcome(
        "silent", next((reason for kind, reason in reasons if isinstance(error, kind)), "unreachable")
    )


def _read(status: int, content: bytes) -> Answer:
    text = content.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except ValueError:
        said = {}
    return Answer(status, " ".join(text.split())[:300], said if isinstance(said, dict) else {})
