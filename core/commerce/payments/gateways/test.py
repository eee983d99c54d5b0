"""The client of the test gateway: a real HTTP service that moves no money (see core/testing/gateway)."""

import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any, get_args
from urllib.parse import quote, urlencode

from core.commerce.payments.gateways.interface import (
    NOTIFICATION_TOLERANCE,
    AccountFacts,
    GatewayCredentials,
    GatewayProfile,
    GatewayRefused,
    GatewayTransaction,
    GatewayUnavailable,
    Notification,
    NotificationRefused,
    PaymentRequest,
    PaymentStart,
    PaymentState,
    PaymentStatus,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from core.commerce.payments.gateways.wire import EXCHANGE_FAILURES, Answer, exchange
from core.kernel.i18n import N_

SIGNATURE_HEADER = "Pinpu-Test-Signature"
CONNECT_SECONDS = 2.0
READ_SECONDS = 8.0
_BUSY = 429
_LONGEST_SIGNATURE = 1024
_ASKED = ("amount", "currency", "description", "return_url", "notify_url", "locale")
# The service makes an account of any key, so that a shop has nothing to type.
PROFILE = GatewayProfile(
    name="test",
    label=N_("Test payments"),
    methods=("page",),
    fields=(),
    base_urls={"test": ""},
    summary=N_("A page on which you decide how a payment ends. No money moves."),
)


def credentials_for_key(base_url: str, key: str) -> GatewayCredentials:
    """The credentials of the account that `key` (`test_…`) opens at the test gateway on `base_url`.

    An account comes into being with its first call, and its notification secret follows from its key.
    """
    secret = hmac.new(key.encode(), b"pinpu test gateway notifications", sha256).hexdigest()
    return GatewayCredentials(
        base_url.rstrip("/"), "test", {"key": key, "notification_secret": f"secret_{secret}"}
    )


def new_credentials(base_url: str) -> GatewayCredentials:
    """Credentials of a fresh account, for a shop that has none yet; asks nobody."""
    return credentials_for_key(base_url, f"test_{token_hex(16)}")


class PinpuTestGateway:
    """Implements `PaymentGateway` over the test gateway's HTTP API; timeouts are in seconds."""

    name = "test"
    acknowledgement = ""
    profile = PROFILE

    def __init__(
        self, *, connect_timeout: float = CONNECT_SECONDS, read_timeout: float = READ_SECONDS
    ) -> None:
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Open the payment at the service, or find the one opened before."""
        if request.capture != "automatic":
            raise GatewayRefused("unsupported")
        body = {name: getattr(request, name) for name in _ASKED}
        body["expires_at"] = request.expires_at.astimezone(UTC).isoformat()
        reference = request.reference
        payment = self._call(credentials, "POST", "/v1/payments", body=body, idempotency_key=reference)
        with _reading():
            return PaymentStart(_text(payment, "id"), _text(payment, "pay_url"))

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """Fetch the payment by its id or by our reference."""
        path = _path("payments", gateway_ref, reference)
        answer = self._call(credentials, "GET", path)
        return _payment_state(answer if gateway_ref else _only(answer, "payments", "payment_not_found"))

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Close the payment; where the service says that it is too late, fetch what is true."""
        try:
            answer = self._call(credentials, "POST", f"/v1/payments/{quote(gateway_ref, safe='')}/cancel")
        except GatewayRefused:
            return self.payment_state(credentials, gateway_ref=gateway_ref)
        return _payment_state(answer)

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Ask for the refund; the service counts all refunds of the payment against its capture."""
        body = {
            "payment": request.gateway_ref,
            "amount": request.amount,
            "currency": request.currency,
            "reason": request.reason,
        }
        answer = self._call(credentials, "POST", "/v1/refunds", body=body, idempotency_key=request.reference)
        return _refund_state(answer)

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """Fetch the refund by its id or by our reference."""
        answer = self._call(credentials, "GET", _path("refunds", gateway_ref, reference))
        return _refund_state(answer if gateway_ref else _only(answer, "refunds", "refund_not_found"))

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """The service captures at once, always."""
        raise GatewayRefused("unsupported")

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """Ask whose account it is."""
        answer = self._call(credentials, "GET", "/v1/account")
        with _reading():
            return AccountFacts("test", _text(answer, "id"), ("page",))

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """Captured payments and refunds that are done; the service takes no fees."""
        skip: int | None = 0
        while skip is not None:
            asked = {"since": since.isoformat(), "until": until.isoformat(), "skip": str(skip)}
            page = self._call(credentials, "GET", f"/v1/transactions?{urlencode(asked)}")
            with _reading():
                found = [_transaction(one) for one in page["transactions"]]
                skip = page["next"]
            yield from found

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """Check the signature (`t=<unix time>,v1=<HMAC-SHA256 of "t.body">`) and read the message."""
        header = next((v for k, v in headers.items() if k.lower() == SIGNATURE_HEADER.lower()), "")
        _check_signature(header, body, credentials.notification_secret, now)
        try:
            message = json.loads(body)
            return Notification(
                event_id=_text(message, "event_id"),
                kind=_text(message, "kind"),
                gateway_ref=_text(message, "gateway_ref"),
                reference=_text(message, "reference"),
                occurred_at=_instant(_text(message, "occurred_at")),
            )
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise NotificationRefused("unreadable") from error

    def _call(
        self,
        credentials: GatewayCredentials,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str = "",
    ) -> Any:
        headers = {"Authorization": f"Bearer {credentials.key}", "Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        try:
            answer = exchange(
                method,
                credentials.base_url + path,
                headers=headers,
                body=json.dumps(body).encode() if body is not None else None,
                connect_timeout=self.connect_timeout,
                read_timeout=self.read_timeout,
            )
        except EXCHANGE_FAILURES as error:
            raise GatewayUnavailable(type(error).__name__) from error
        return _accepted(answer)


@contextmanager
def _reading() -> Iterator[None]:
    """What cannot be read did not come from the gateway: something else has the port, or a proxy answered."""
    try:
        yield
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise GatewayUnavailable("unreadable_answer") from error


def _accepted(answer: Answer) -> Any:
    if answer.status >= 500 or answer.status == _BUSY:
        raise GatewayUnavailable(f"http_{answer.status}")
    with _reading():
        content = json.loads(answer.body)
        if answer.status >= 300:
            raise GatewayRefused(_text(content, "code"))
    return content


def _check_signature(header: str, body: bytes, secret: str, now: datetime) -> None:
    if not header:
        raise NotificationRefused("unsigned")
    parts = [part.strip().partition("=") for part in header[:_LONGEST_SIGNATURE].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not signatures or not _is_unix_time(times[0]):
        raise NotificationRefused("malformed")
    expected = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, sha256).hexdigest()
    # Several signatures stand side by side while a secret is being replaced.
    if not any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures):
        raise NotificationRefused("wrong_signature")
    if abs(now.timestamp() - int(times[0])) > NOTIFICATION_TOLERANCE.total_seconds():
        raise NotificationRefused("stale")


def _is_unix_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _path(collection: str, gateway_ref: str, reference: str) -> str:
    if gateway_ref:
        return f"/v1/{collection}/{quote(gateway_ref, safe='')}"
    return f"/v1/{collection}?{urlencode({'reference': reference})}"


def _only(answer: Any, collection: str, missing: str) -> Any:
    with _reading():
        if not answer[collection]:
            raise GatewayRefused(missing)
        return answer[collection][0]


def _text(content: Any, name: str) -> str:
    value = content[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not text")
    return value


def _one_of(content: Any, name: str, known: tuple[str, ...]) -> Any:
    value = content[name]
    if value not in known:
        raise ValueError(f"{name} is {value!r}")
    return value


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a time without its zone")
    return instant.astimezone(UTC)


def _transaction(one: Any) -> GatewayTransaction:
    return GatewayTransaction(
        kind=_one_of(one, "kind", ("payment", "refund")),
        gateway_ref=_text(one, "id"),
        amount=int(one["amount"]),
        currency=_text(one, "currency"),
        occurred_at=_instant(_text(one, "occurred_at")),
        reference=_text(one, "reference"),
        payment_ref=_text(one, "payment"),
    )


def _payment_state(payment: Any) -> PaymentState:
    with _reading():
        captured_at = payment["captured_at"]
        return PaymentState(
            gateway_ref=_text(payment, "id"),
            reference=_text(payment, "reference"),
            status=_one_of(payment, "status", get_args(PaymentStatus)),
            amount=int(payment["amount"]),
            currency=_text(payment, "currency"),
            captured_at=_instant(captured_at) if captured_at else None,
            failure_code=_text(payment, "failure_code"),
        )


def _refund_state(refund: Any) -> RefundState:
    with _reading():
        return RefundState(
            status=_one_of(refund, "status", get_args(RefundStatus)),
            retry=refund["retry"] is True,
            failure_code=_text(refund, "failure_code"),
            gateway_ref=_text(refund, "id"),
        )
