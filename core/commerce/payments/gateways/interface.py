"""The small interface behind which every payment provider sits: frozen values, nine methods, three errors.

The rules that keep money right whatever the provider does:

- our own row id is the provider's idempotency key (`reference`), so that any call may
  be made again after a crash;
- a notification only says "look again": `payment_state` and `refund_state` fetch the truth;
- no method is called inside a database transaction, and each one answers or fails within seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Protocol, runtime_checkable

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_

# "authorised": the bank keeps the money ready until it is captured, or the payment is cancelled.
PaymentStatus = Literal["pending", "authorised", "captured", "failed", "cancelled"]
RefundStatus = Literal["pending", "done", "failed"]
# "test" moves no money.
Mode = Literal["test", "live"]
# What a buyer chooses; "page" is a page of the provider's own, where the buyer chooses further.
PaymentMethod = Literal["card", "wechat_pay", "alipay", "page"]
# "phone" is a browser on a phone outside WeChat, "wechat" the browser inside WeChat.
Device = Literal["phone", "desktop", "wechat"]
CaptureWay = Literal["automatic", "manual"]
DisputeStatus = Literal["needs_response", "under_review", "won", "lost"]
TransactionKind = Literal["payment", "refund", "fee", "dispute", "other"]

# How far a notification's own time may lie from ours; an older one is a replay, or a shop that was down,
# and a provider sends that one again with a fresh signature.
NOTIFICATION_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the form in which a merchant types credentials.

    `name` is the key in `GatewayCredentials.values`. `label` and `help` are message ids. A `secret` is sealed and never
    shown again, any other value is. `multiline` is for keys and certificates in PEM.
    """

    name: str
    label: str
    secret: bool = True
    multiline: bool = False
    help: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class GatewayProfile:
    """What a provider is, for the console's form and the checkout's choice.

    `label` and `summary` are message ids. `methods` are what it can offer, in its own order. `fields` is its form.
    `base_urls` is where its API lives, for each mode that it has. `currencies` (ISO 4217) is empty for a provider that
    takes any, `method_currencies` names those of methods that take fewer. `devices` names where a method works; one that is
    not named works everywhere, but Alipay never inside WeChat. `manual_capture` are the methods whose money can be
    authorised first and captured later. `guide` is a page of the provider's that tells where its credentials are found.
    """

    name: str
    label: str
    methods: tuple[PaymentMethod, ...]
    fields: tuple[CredentialField, ...]
    base_urls: Mapping[Mode, str]
    currencies: tuple[str, ...] = ()
    method_currencies: Mapping[PaymentMethod, tuple[str, ...]] = field(default_factory=dict)
    devices: Mapping[PaymentMethod, tuple[Device, ...]] = field(default_factory=dict)
    manual_capture: tuple[PaymentMethod, ...] = ()
    summary: str = ""
    guide: str = ""

    def works_on(self, method: PaymentMethod, device: Device) -> bool:
        """Whether `method` can be used in that browser."""
        if method == "alipay" and device == "wechat":
            return False
        return method not in self.devices or device in self.devices[method]

    def takes(self, method: PaymentMethod, currency: str) -> bool:
        """Whether buyers can pay amounts in `currency` (ISO 4217) that way."""
        known = self.method_currencies.get(method) or self.currencies
        return not known or currency in known


@dataclass(frozen=True, slots=True)
class GatewayCredentials:
    """One shop's account with a provider: where its API lives, whether money moves, and the fields that were typed.

    `values` are never printed. `key` and `notification_secret` are two of them, for providers that need no more.
    """

    base_url: str
    mode: Mode = "test"
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """What opens the account."""
        return self.values.get("key", "")

    @property
    def notification_secret(self) -> str:
        """What signs the provider's notifications."""
        return self.values.get("notification_secret", "")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a provider says about an account whose credentials it accepted.

    `name` is the account's own name or number. `ready_methods` can take money today. `problems` (message ids, or the
    provider's own words) say what is missing for the others.
    """

    mode: Mode
    name: str
    ready_methods: tuple[PaymentMethod, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Money to be asked of a buyer.

    `reference` is our payment row's id and the idempotency key. `amount` is in minor units.
    `return_url` is where the buyer's browser comes back, with `left=1` in its query where the provider knows that the
    buyer turned back without paying; `notify_url` is where the provider reports. After
    `expires_at` (UTC) the provider takes no new attempt to pay. `locale` is a language tag ("zh-CN", "en").
    `method` is one of the profile's. `device` is where the buyer's browser runs, `client_ip` the buyer's address, "" if
    unknown. With `capture` "manual" the money is only authorised until `capture_payment` or `cancel_payment`.
    """

    reference: str
    amount: int
    currency: str
    description: str
    return_url: str
    notify_url: str
    expires_at: datetime
    locale: str
    method: PaymentMethod = "page"
    device: Device = "desktop"
    capture: CaptureWay = "automatic"
    client_ip: str = ""


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """Where the buyer pays: the provider's id, and the address to send the browser to.

    A provider whose payment begins with a code to scan answers with that code's own address
    (`weixin://wxpay/…`), which the checkout page draws instead of following. http and https are followed.
    """

    gateway_ref: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class PaymentState:
    """The truth about one payment as the provider holds it now.

    `gateway_ref` of a captured payment may be another than at its start: from then on it is known by that one, and by the
    first one still found. `amount` (minor units) is what was asked for, and once captured what was taken. `captured_at`
    (UTC) is the provider's own time of payment. `failure_code` says why a payment failed or was cancelled, else it is "".
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
class GatewayDispute:
    """A buyer's bank takes a payment back, or asks about it; the merchant answers at the provider.

    `gateway_ref` is the dispute's id there, `payment_ref` its payment's. `amount` is in minor units. `respond_by` (UTC) is
    when an answer is too late, `reason` the provider's code.
    """

    gateway_ref: str
    payment_ref: str
    amount: int
    currency: str
    status: DisputeStatus
    reason: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class GatewayTransaction:
    """One movement on the account as the provider's list has it, for reconciliation.

    `gateway_ref` is the id of the payment, refund, dispute or fee, `reference` our row's id where the provider keeps it.
    `amount` (minor units) is signed: a payment is positive, a refund, a lost dispute and a fee are negative. `fee` is what
    the provider kept of this very movement, positive; one that is told as a row of its own has kind "fee".
    `payment_ref` is the payment that a refund or dispute belongs to.
    """

    kind: TransactionKind
    gateway_ref: str
    amount: int
    currency: str
    occurred_at: datetime
    reference: str = ""
    fee: int = 0
    payment_ref: str = ""
    dispute: GatewayDispute | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A provider's message after its signature was checked; it may come twice, late, or out of order.

    `event_id` is what duplicates share. `kind` is `payment.…`, `refund.…` or `dispute.…`; `gateway_ref` and
    `reference` are those of the payment or refund it speaks about (of a dispute: the payment's). A message that concerns
    nothing of ours has a kind of any other beginning, and is acknowledged and forgotten.
    """

    event_id: str
    kind: str
    gateway_ref: str
    reference: str
    occurred_at: datetime
    dispute: GatewayDispute | None = None


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
    """The provider understood and said no, for the reason `failure_code`; the same call gets it again.

    A gateway's own kind of it has words of its own; about credentials it also says in which `field` of the form the
    mistake is.
    """

    field: ClassVar[str] = ""
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


@runtime_checkable
class PaymentGateway(Protocol):
    """A payment provider. Objects hold no shop's state: every call brings the shop's credentials.

    Every call may raise GatewayUnavailable (outcome unknown, try again) or GatewayRefused (final). What a provider
    cannot do is refused as "unsupported". Being made must cost nothing: a heavy library is imported by the first call.
    """

    @property
    def name(self) -> str:
        """The name under which shops choose it and rows remember it: "test", "stripe", "wechat_pay"."""

    @property
    def profile(self) -> GatewayProfile:
        """What it is, and the form of its credentials; asks nobody."""

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
        ("pending"), which may still end in a capture. An authorised payment is given back.
        """

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """Take `amount` (minor units, at most what was authorised) of an authorised payment, once.

        Of one that is captured already, answer what is true. Raises GatewayRefused("payment_not_authorised"), or
        "unsupported".
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

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """Prove that the credentials open an account of this mode, and say what it can do; moves no money.

        Raises GatewayRefused("wrong_credentials") when the provider does not accept them, and
        GatewayRefused("wrong_mode") when they are of the other mode.
        """

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """Every movement with since ≤ time < until, fetched page by page while it is read. Raises as it goes."""

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """The message in a request to `notify_url`, its signature checked with the shop's credentials.

        Needs no network. Raises NotificationRefused for a missing, wrong or malformed signature, for a time
        further than NOTIFICATION_TOLERANCE from `now`, and for a body that is not a message.
        """


@runtime_checkable
class RegistersNotifications(Protocol):
    """A gateway that can tell its provider by itself where to report; asked when credentials are saved."""

    def register_notifications(self, credentials: GatewayCredentials, notify_url: str) -> Mapping[str, str]:
        """Let the provider report to `notify_url` from now on; returns the fields to keep with the credentials.

        Raises GatewayUnavailable, and GatewayRefused where the credentials may not do that ("not_permitted") or the
        provider cannot reach the address ("url_invalid"): then a person does it at the provider and types the fields.
        """
