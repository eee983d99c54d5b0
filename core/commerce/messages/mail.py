"""E-mail: one message to one receiver through a real mail server, within strict limits of time."""

import contextlib
import html
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime

from core.commerce.messages.deadlines import STEP_SECONDS, WHOLE_SECONDS, cut_after
from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.outside import MailServer, outside
from core.kernel.clock import now
from core.kernel.public_addresses import AddressPrivate, HostUnknown, checked_address

_LINK = re.compile(r"https?://[^\s<>\"，。；！？、（）]+[^\s<>\"，。；！？、（）.,;!?)]")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent: `id` becomes the Message-ID, the same in each try; `stop_link` unsubscribes."""

    id: str
    to: str
    subject: str
    body: str
    shop_name: str
    stop_link: str = ""


class _Client(smtplib.SMTP):
    """Connects to the address that was checked, whatever the name says a moment later; TLS first with `context`."""

    def __init__(self, server: MailServer, seconds: float) -> None:
        # The name to greet with; asking the machine for its own can take long.
        super().__init__(local_hostname=server.sender.rpartition("@")[2] or "localhost", timeout=seconds)
        self._host = server.host  # whom the certificate must name
        self.address = ""
        self.context = ssl.create_default_context() if server.security == "tls" else None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.address, port), timeout)
        if self.context is None:
            return plain
        try:
            return self.context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


class _Stopped(Exception):
    """A step after which nothing more can be done."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def send_mail(server: MailServer, mail: Mail, *, seconds: float = WHOLE_SECONDS) -> Outcome:
    """Hand one e-mail to `server`; never raises, never takes much longer than `seconds`."""
    try:
        content = _composed(server, mail)
    except (ValueError, IndexError) as error:
        return Outcome("refused", "address", str(error)[:300])
    try:
        with _connected(server, seconds) as client:
            return _delivered(client, server, mail, content)
    except _Stopped as stopped:
        return stopped.outcome


def try_server(server: MailServer, *, seconds: float = WHOLE_SECONDS) -> Outcome:
    """Connect, encrypt and log in, and send nothing."""
    try:
        with _connected(server, seconds):
            return Outcome("sent")
    except _Stopped as stopped:
        return stopped.outcome


def _composed(server: MailServer, mail: Mail) -> bytes:
    message = EmailMessage(policy=LINES)
    sender = Address(server.sender_name or mail.shop_name, addr_spec=server.sender)
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.stop_link:
        message["List-Unsubscribe"] = f"<{mail.stop_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body)
    message.add_alternative(html_part(mail.shop_name, mail.body), subtype="html")
    return message.as_bytes()


def html_part(shop_name: str, body: str) -> str:
    """The words as a plain page: everything escaped, paragraphs kept, links to click."""
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in re.split(r"\n\s*\n", body.strip()))
    return (
        '<!doctype html><html><body style="margin:0;padding:24px;background:#f5f5f4;color:#1c1917;'
        'font:16px/1.6 -apple-system,Segoe UI,PingFang SC,Microsoft YaHei,sans-serif">'
        '<div style="max-width:560px;margin:auto;padding:24px;background:#fff;border-radius:12px">'
        f'<p style="margin:0 0 16px;font-weight:600">{html.escape(shop_name)}</p>{paragraphs}</div></body></html>'
    )


def _linked(text: str) -> str:
    """`text` escaped, with its addresses as links and its line ends kept."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        address = html.escape(found[0])
        parts += [html.escape(text[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*parts, html.escape(text[at:])]).replace("\n", "<br>")


@contextmanager
def _connected(server: MailServer, seconds: float) -> Iterator[smtplib.SMTP]:
    """A session that is encrypted and logged in; raises _Stopped saying what went wrong."""
    client = _Client(server, min(STEP_SECONDS, seconds))
    with cut_after(seconds, lambda: client.sock):
        try:
            with _worded():
                private = server.trusted or outside().private_addresses
                client.address = checked_address(server.host, server.port, private=private)
                _greet(client, server)
            yield client
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
        finally:
            client.close()


def _greet(client: smtplib.SMTP, server: MailServer) -> None:
    code, said = client.connect(server.host, server.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, said)
    client.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        if not client.has_extn("starttls"):
            raise _Stopped(Outcome("silent", "no_starttls"))
        client.starttls(context=ssl.create_default_context())
        client.ehlo()
    if server.user:
        client.login(server.user, server.password)


@contextmanager
def _worded() -> Iterator[None]:
    """Turn whatever goes wrong before a message is handed over into words: the server takes nothing now."""
    try:
        yield
    except smtplib.SMTPException as error:
        raise _Stopped(_refused_session(error)) from error
    except OSError as error:
        raise _Stopped(_no_session(error)) from error


def _refused_session(error: smtplib.SMTPException) -> Outcome:
    """The server spoke, or ended the conversation."""
    if isinstance(error, smtplib.SMTPServerDisconnected):
        slow = "timed out" in str(error)
        return Outcome("silent", "timeout" if slow else "closed", str(error)[:300])
    if not isinstance(error, smtplib.SMTPResponseException):
        return Outcome("silent", "auth", str(error)[:300])
    said = _said(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("silent", "auth", said)
    return Outcome("silent", "busy" if 400 <= error.smtp_code < 600 else "not_mail", said)


def _no_session(error: OSError) -> Outcome:
    """Nobody spoke."""
    reasons = (
        (HostUnknown, "host_unknown"),
        (AddressPrivate, "private"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "tls"),
        (TimeoutError, "timeout"),
    )
    reason = next((reason for kind, reason in reasons if isinstance(error, kind)), "unreachable")
    if reason in ("host_unknown", "private", "timeout"):
        return Outcome("silent", reason)
    detail = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error.strerror or error
    return Outcome("silent", reason, str(detail)[:300])


def _delivered(client: smtplib.SMTP, server: MailServer, mail: Mail, content: bytes) -> Outcome:
    refused = _addressed(client, server.sender, mail.to)
    if refused is not None:
        return refused
    code: int
    answer: bytes | str
    try:
        code, answer = client.data(content)
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, error.smtp_error
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("unknown", "lost", str(error)[:300])
    if code == 250:
        return Outcome("sent", answer=_said(code, answer))
    return Outcome("later" if 400 <= code < 500 else "refused", "content", _said(code, answer))


def _addressed(client: smtplib.SMTP, sender: str, to: str) -> Outcome | None:
    """Why the server does not take a message from and to these, or None."""
    with _worded():
        code, said = client.mail(sender)
        if code != 250:
            return Outcome("silent", "sender", _said(code, said))
        code, said = client.rcpt(to)
    if code in (250, 251):
        return None
    if 400 <= code < 500:
        return Outcome("later", "recipient_later", _said(code, said))
    return Outcome("refused", "recipient", _said(code, said))


def _said(code: int, text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(plain.split())}"[:300]
