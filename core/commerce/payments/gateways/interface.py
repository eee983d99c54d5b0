"""The small interface behind which every payment provider sits: frozen values, six methods, three errors.

The rules that keep money right whatever the provider does:

- our own row id is the provider's idempotency key (`reference`), so that any call may
  be made again after a crash;
- a notification only says "look again": `payment_state` and `refund_state` fetch the truth;
- no method is called inside a database transaction, and each one answers or fails within seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_

PaymentStatus = Literal["pending", "captured", "failed", "cancelled"]
RefundStatus = Literal["pending", "done", "failed"]

# How far a notification's own time may lie from ours; an older one is a replay, or a shop that was down,
# and a provider sends that one again with a fresh signature.
NOTIFICATION_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class GatewayCredentials:
    """One shop's account with a provider.

    `key` and `notification_secret` are opaque to the room: a provider that needs several values (certificate,
    private key, account number) keeps them in one JSON text. Neither is ever printed.
    """

    base_url: str
    key: str = field(repr=False)
    notification_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Money to be asked of a buyer.

    `reference` is our payment row's id and the idempotency key. `amount` is in minor units.
    `return_url` is where the buyer's browser comes back, `notify_url` where the provider reports. After
    `expires_at` (UTC) the provider takes no new attempt to pay. `locale` is a language tag ("zh-CN", "en").
    """

    reference: str
    amount: int
    currency: str
    description: str
    return_url: str
    notify_url: str
    expires_at: datetime
    locale: str


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """Where the buyer pays: the provider's id, and the address to send the browser to.

    A provider whose payment begins with a code to scan answers with that code's own address
    (`weixin://wxpay/…`), which the checkout page draws instead of following.
    """

    gateway_ref: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class PaymentState:
    """The truth about one payment as the provider holds it now.

    `amount` (minor units) is what was asked for, and once captured what was taken. `captured_at` (UTC) is the
    provider's own time of payment. `failure_code` says why a payment failed or was cancelled, else it is "".
    """

    gateway_ref: str
    reference: str
    status: PaymentStatus
    amount: int
    currency: str
    captured_at: datetime | None = None
    failure_code: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to be sent back: `reference` is our refund row's id, `gateway_ref` the payment that took it."""

    reference: str
    gateway_ref: str
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundState:
    """How far a refund is; `gateway_ref` is the refund's own id at the provider.

    A failed refund with `retry` may be asked for again with the same reference; without it a person has to
    look.
    """

    status: RefundStatus
    retry: bool
    failure_code: str
    gateway_ref: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A provider's message after its signature was checked; it may come twice, late, or out of order.

    `event_id` is what duplicates share. `kind` is `payment.…` or `refund.…`; `gateway_ref` and `reference`
    are those of the payment or refund it speaks about.
    """

    event_id: str
    kind: str
    gateway_ref: str
    reference: str
    occurred_at: datetime


class GatewayUnavailable(PinpuError):
    """No usable answer (timeout, reset, 5xx, 429): the call may have acted or not, so make it again."""

    code = "payments.gateway_unavailable"
    status = 503
    message = N_("The payment service does not answer right now.")
    fix = N_("Please try again in a moment; you cannot be charged twice.")
    retry = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class GatewayRefused(PinpuError):
    """The provider understood and said no, for the reason `failure_code`; the same call gets it again."""

    code = "payments.gateway_refused"
    status = 409
    message = N_("The payment service refused this (%(failure_code)s).")
    fix = N_("Choose another way to pay, or ask the shop.")

    def __init__(self, failure_code: str) -> None:
        super().__init__(failure_code=failure_code)
        self.failure_code = failure_code


class NotificationRefused(PinpuError):
    """A notification that does not prove where it comes from.

    `reason` is "unsigned", "malformed", "stale", "wrong_signature" or "unreadable".
    """

    code = "payments.notification_refused"
    status = 400
    message = N_("This payment notification was refused (%(reason)s).")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class PaymentGateway(Protocol):
    """A payment provider. Objects hold no shop's state: every call brings the shop's credentials.

    Every call may raise GatewayUnavailable (outcome unknown, try again) or GatewayRefused (final).
    """

    @property
    def name(self) -> str:
        """The name under which shops choose it and rows remember it: "test", "stripe", "wechat_pay"."""

    @property
    def acknowledgement(self) -> str:
        """The body, often "", which the provider takes with a 2xx as "received"; Alipay wants "success"."""

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Open the payment, or find the one opened by an earlier equal request.

        Raises GatewayRefused("idempotency_key_reused") if the reference was used for something else.
        """

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """What the provider holds now, by its id or, where a start was never answered, by our reference.

        Raises GatewayRefused("payment_not_found") when it has no such payment.
        """

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Close the payment so that nobody can pay it any more, and answer what is true afterwards.

        Any status but "cancelled" means that it was too late: captured, failed, or being paid this moment
        ("pending"), which may still end in a capture.
        """

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Send money back, once per reference; a failed attempt with `retry` is tried anew.

        Raises GatewayRefused("refund_above_captured") when all refunds together would exceed the capture.
        """

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """What the provider holds now, by the refund's id there or by our reference.

        Raises GatewayRefused("refund_not_found") when it has no such refund.
        """

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime
    ) -> Notification:
        """The message in a request to `notify_url`, its signature checked with the shop's `secret`.

        Needs no network. Raises NotificationRefused for a missing, wrong or malformed signature, for a time
        further than NOTIFICATION_TOLERANCE from `now`, and for a body that is not a message.
        """
