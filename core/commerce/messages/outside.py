"""What the messages room is told from outside when the process starts: the platform's mail server, addresses, a secret."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server to send through.

    Args:
        host: its name or address.
        port: 465 for TLS from the beginning, else usually 587.
        security: "starttls", "tls" (from the beginning) or "none".
        user: "" sends without logging in.
        password: of `user`.
        sender: address that messages come from.
        sender_name: name beside it; "" is the shop's.
        trusted: named by whoever runs the platform, so it may be in a private network.
    """

    host: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    sender_name: str = ""
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Installed once at boot.

    Args:
        mail_server: sends for shops that have none of their own; None: their e-mail is only kept.
        console_address: where the console answers, without a slash at the end.
        secret: signs the links that unsubscribe.
        private_addresses: whether merchants may name servers in private networks.
        shows_secrets: the demo shows log-in codes in the outbox; nobody else does.
    """

    mail_server: MailServer | None = None
    console_address: str = "http://127.0.0.1:8000"
    secret: bytes = b""
    private_addresses: bool = False
    shows_secrets: bool = False


def mail_server_of(url: str, sender: str) -> MailServer | None:
    """The platform's mail server from its address (smtp, smtps, smtp+plain); "" is none."""
    if not url:
        return None
    parts = urlsplit(url)
    security = {"smtps": "tls", "smtp+plain": "none"}.get(parts.scheme, "starttls")
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or {"tls": 465, "none": 25}.get(security, 587),
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
        trusted=True,
    )


_outside = Outside()


def install_outside(told: Outside) -> None:
    """Use `told` for this process from now on."""
    global _outside
    _outside = told


def outside() -> Outside:
    """What was told at boot."""
    return _outside


def signature(text: str) -> str:
    """What proves that a link was made here."""
    return hmac.new(_outside.secret, text.encode(), hashlib.sha256).hexdigest()[:32]
