"""A payment gateway in memory for integration tests: same answers as the test gateway, moved by the test itself."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from core.commerce.payments.gateways.interface import (
    AccountFacts,
    CredentialField,
    GatewayCredentials,
    GatewayProfile,
    GatewayRefused,
    GatewayTransaction,
    GatewayUnavailable,
    Mode,
    Notification,
    PaymentGateway,
    PaymentMethod,
    PaymentRequest,
    PaymentStart,
    PaymentState,
    PaymentStatus,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from core.commerce.payments.gateways.registry import forget_gateway, gateway_for, register_gateway
from core.commerce.payments.gateways.test import PROFILE, SIGNATURE_HEADER, PinpuTestGateway
from core.kernel import clock
from core.kernel.ids import new_code
from core.testing.gateway.notifier import signature


@dataclass(slots=True)
class FakePayment:
    """A payment as the fake holds it; tests read it, levers change it."""

    account: str
    request: PaymentRequest
    gateway_ref: str
    status: PaymentStatus = "pending"
    being_paid: bool = False
    captured_at: datetime | None = None
    failure_code: str = ""
    refunded: int = 0

    @property
    def state(self) -> PaymentState:
        """The payment as the interface shows it."""
        return PaymentState(
            gateway_ref=self.gateway_ref,
            reference=self.request.reference,
            status=self.status,
            amount=self.request.amount,
            currency=self.request.currency,
            captured_at=self.captured_at,
            failure_code=self.failure_code,
        )


@dataclass(slots=True)
class FakeRefund:
    """A refund as the fake holds it; `attempts` counts how often it was really tried."""

    account: str
    request: RefundRequest
    gateway_ref: str
    status: RefundStatus = "pending"
    retry: bool = False
    failure_code: str = ""
    attempts: int = 0
    at: datetime = field(default_factory=clock.now)

    @property
    def state(self) -> RefundState:
        """The refund as the interface shows it."""
        return RefundState(self.status, self.retry, self.failure_code, self.gateway_ref)


@dataclass(slots=True)
class _Armed:
    operation: str
    error: GatewayUnavailable | GatewayRefused
    after_acting: bool
    times: int


@dataclass(slots=True)
class _NextRefund:
    status: RefundStatus
    retry: bool
    times: int


@dataclass(slots=True)
class FakeGateway:
    """Implements `PaymentGateway`; safe for parallel calls. Operations for `fail_next` are the methods' names."""

    name: str = "test"
    acknowledgement: str = ""
    # None: the test gateway's own.
    form: GatewayProfile | None = None
    facts: AccountFacts = field(default_factory=lambda: AccountFacts("test", "acct_fake", ("page",)))
    # What a payment of this method begins with instead of a page: "weixin://wxpay/bizpayurl?pr=".
    addresses: dict[str, str] = field(default_factory=dict)
    # Beside what payments and refunds of this fake moved: fees, disputes, strangers.
    further: list[GatewayTransaction] = field(default_factory=list)
    payments: list[FakePayment] = field(default_factory=list)
    refunds: list[FakeRefund] = field(default_factory=list)
    _armed: list[_Armed] = field(default_factory=list)
    _next_refunds: list[_NextRefund] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    # What the payments room calls

    @property
    def profile(self) -> GatewayProfile:
        """The test gateway's own, under this fake's name, unless `form` says otherwise."""
        return self.form or replace(PROFILE, name=self.name)

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Open the payment, or find the one opened before."""
        with self._lock:
            armed = self._fault("start_payment")
            payment = self._payment(credentials.key, reference=request.reference)
            if payment is None:
                payment = FakePayment(credentials.key, request, f"pay_{new_code(20)}")
                self.payments.append(payment)
            elif payment.request != request:
                raise GatewayRefused("idempotency_key_reused")
            self._spoil(armed)
            base = self.addresses.get(request.method, f"{credentials.base_url}/pay/")
            url = f"{base}{payment.gateway_ref}"
            return PaymentStart(payment.gateway_ref, url)

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """The payment as it is now; one that nobody touched before it expired is cancelled."""
        with self._lock:
            self._spoil(self._fault("payment_state"))
            return self._known_payment(credentials.key, gateway_ref, reference).state

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Close the payment unless somebody is paying it or has paid it."""
        with self._lock:
            armed = self._fault("cancel_payment")
            payment = self._known_payment(credentials.key, gateway_ref)
            if payment.status in ("pending", "authorised") and not payment.being_paid:
                payment.status, payment.failure_code = "cancelled", "cancelled_by_merchant"
            self._spoil(armed)
            return payment.state

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Refund once per reference, never more than was captured."""
        with self._lock:
            armed = self._fault("refund")
            refund = self._refund(credentials.key, reference=request.reference)
            if refund is not None and refund.request != request:
                raise GatewayRefused("idempotency_key_reused")
            if refund is None or refund.state.retry:
                refund = self._attempt(credentials.key, request, refund)
            self._spoil(armed)
            return refund.state

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """The refund as it is now."""
        with self._lock:
            self._spoil(self._fault("refund_state"))
            refund = self._refund(credentials.key, gateway_ref, reference)
            if refund is None:
                raise GatewayRefused("refund_not_found")
            return refund.state

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """Take the money of an authorised payment, once."""
        with self._lock:
            armed = self._fault("capture_payment")
            payment = self._known_payment(credentials.key, gateway_ref)
            if payment.status not in ("authorised", "captured"):
                raise GatewayRefused("payment_not_authorised")
            if payment.status == "authorised":
                payment.request = replace(payment.request, amount=amount)
                payment.status, payment.captured_at = "captured", clock.now()
            self._spoil(armed)
            return payment.state

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """What a test put into `facts`; a key that begins with "wrong" opens nothing."""
        with self._lock:
            self._spoil(self._fault("check_credentials"))
            if credentials.key.startswith("wrong"):
                raise GatewayRefused("wrong_credentials")
            if self.facts.mode != credentials.mode:
                raise GatewayRefused("wrong_mode")
            return self.facts

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """Captures and refunds of the account that are done, then what a test added."""
        with self._lock:
            self._spoil(self._fault("transactions"))
            moved = [*self._movements(credentials.key), *self.further]
        yield from sorted(
            (one for one in moved if since <= one.occurred_at < until), key=lambda one: one.occurred_at
        )

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """Exactly what the test gateway's client does: a signature needs no network."""
        return PinpuTestGateway().read_notification(credentials, headers, body, now)

    # What a test does in the payer's and the provider's place

    def begin(self, reference: str) -> None:
        """The payer has begun to pay: from now on a cancellation comes too late."""
        self.payment(reference).being_paid = True

    def capture(self, reference: str, *, at: datetime | None = None) -> PaymentState:
        """The payer pays, at the instant `at` (default: now), even after the payment expired or was refused."""
        with self._lock:
            payment = self.payment(reference)
            payment.status, payment.captured_at, payment.failure_code = "captured", at or clock.now(), ""
            return payment.state

    def authorise(self, reference: str) -> PaymentState:
        """The bank keeps the money ready; it was asked to with capture "manual"."""
        with self._lock:
            payment = self.payment(reference)
            payment.status = "authorised"
            return payment.state

    def decline(self, reference: str, failure_code: str = "card_declined") -> PaymentState:
        """The bank says no."""
        with self._lock:
            payment = self.payment(reference)
            payment.status, payment.failure_code = "failed", failure_code
            return payment.state

    def settle_refund(self, reference: str, *, failure_code: str = "", retry: bool = True) -> RefundState:
        """A pending refund comes to its end: done, or failed with `failure_code`."""
        with self._lock:
            refund = next(found for found in self.refunds if found.request.reference == reference)
            self._end(refund, failure_code, retry=retry)
            return refund.state

    def fail_next(
        self, operation: str, *, times: int = 1, after_acting: bool = False, refused: str = ""
    ) -> None:
        """Let the next calls raise GatewayUnavailable, or GatewayRefused(`refused`), before or after acting."""
        error = GatewayRefused(refused) if refused else GatewayUnavailable("armed")
        self._armed.append(_Armed(operation, error, after_acting, times))

    def next_refunds(self, status: RefundStatus, *, times: int = 1, retry: bool = True) -> None:
        """Let the next refund attempts stay "pending" or end "failed" (with `retry` or for good)."""
        self._next_refunds.append(_NextRefund(status, retry, times))

    def payment(self, reference: str) -> FakePayment:
        """The payment for one of our rows; raises StopIteration where none was started."""
        return next(found for found in self.payments if found.request.reference == reference)

    def notification(
        self, reference: str, secret: str, *, kind: str = "", sent_at: datetime | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body that report how a payment or refund stands; asked again, the same event again."""
        subject = self._subject(reference)
        kind = kind or _kind(subject)
        message = {
            "event_id": f"evt_{kind}_{subject.gateway_ref}",
            "kind": kind,
            "gateway_ref": subject.gateway_ref,
            "reference": reference,
            "occurred_at": clock.now().isoformat(),
        }
        body = json.dumps(message).encode()
        at = int((sent_at or clock.now()).timestamp())
        return {SIGNATURE_HEADER: signature(secret, body, at), "Content-Type": "application/json"}, body

    # Inside

    def _movements(self, account: str) -> Iterator[GatewayTransaction]:
        for payment in self.payments:
            if payment.account == account and payment.captured_at:
                asked = payment.request
                yield GatewayTransaction(
                    "payment",
                    payment.gateway_ref,
                    asked.amount,
                    asked.currency,
                    payment.captured_at,
                    reference=asked.reference,
                )
        for refund in self.refunds:
            if refund.account == account and refund.status == "done":
                yield GatewayTransaction(
                    "refund",
                    refund.gateway_ref,
                    -refund.request.amount,
                    refund.request.currency,
                    refund.at,
                    reference=refund.request.reference,
                    payment_ref=refund.request.gateway_ref,
                )

    def _subject(self, reference: str) -> FakePayment | FakeRefund:
        subjects: list[FakePayment | FakeRefund] = [*self.payments, *self.refunds]
        return next(found for found in subjects if found.request.reference == reference)

    def _fault(self, operation: str) -> _Armed | None:
        """Use up an armed failure; raises at once unless it waits until after the act."""
        armed = next((fault for fault in self._armed if fault.operation == operation and fault.times), None)
        if armed is None:
            return None
        armed.times -= 1
        if not armed.after_acting:
            raise armed.error
        return armed

    def _spoil(self, armed: _Armed | None) -> None:
        if armed:
            raise armed.error

    def _payment(self, account: str, gateway_ref: str = "", reference: str = "") -> FakePayment | None:
        found = None
        for payment in self.payments:
            if payment.account == account and (
                payment.gateway_ref == gateway_ref or payment.request.reference == reference
            ):
                found = payment
        untouched = found is not None and found.status == "pending" and not found.being_paid
        if found and untouched and found.request.expires_at <= clock.now():
            found.status, found.failure_code = "cancelled", "expired"
        return found

    def _known_payment(self, account: str, gateway_ref: str = "", reference: str = "") -> FakePayment:
        payment = self._payment(account, gateway_ref, reference)
        if payment is None:
            raise GatewayRefused("payment_not_found")
        return payment

    def _refund(self, account: str, gateway_ref: str = "", reference: str = "") -> FakeRefund | None:
        for refund in self.refunds:
            if refund.account == account and (
                refund.gateway_ref == gateway_ref or refund.request.reference == reference
            ):
                return refund
        return None

    def _attempt(self, account: str, request: RefundRequest, refund: FakeRefund | None) -> FakeRefund:
        payment = self._known_payment(account, request.gateway_ref)
        if payment.status != "captured":
            raise GatewayRefused("payment_not_captured")
        if payment.request.currency != request.currency:
            raise GatewayRefused("wrong_currency")
        if payment.refunded + request.amount > payment.request.amount:
            raise GatewayRefused("refund_above_captured")
        payment.refunded += request.amount
        if refund is None:
            refund = FakeRefund(account, request, f"ref_{new_code(20)}")
            self.refunds.append(refund)
        refund.attempts += 1
        refund.status, refund.retry, refund.failure_code = "pending", False, ""
        coming = next((ending for ending in self._next_refunds if ending.times), None)
        if coming:
            coming.times -= 1
        if coming is None or coming.status != "pending":
            failed = coming is not None and coming.status == "failed"
            self._end(
                refund,
                "insufficient_balance" if failed else "",
                retry=coming.retry if coming else False,
            )
        return refund

    def _end(self, refund: FakeRefund, failure_code: str, *, retry: bool) -> None:
        refund.status = "failed" if failure_code else "done"
        refund.failure_code, refund.retry = failure_code, bool(failure_code) and retry
        if failure_code:
            self._known_payment(refund.account, refund.request.gateway_ref).refunded -= refund.request.amount


def _kind(subject: FakePayment | FakeRefund) -> str:
    noun = "payment" if isinstance(subject, FakePayment) else "refund"
    return f"{noun}.{'processing' if subject.status == 'pending' else subject.status}"


def provider(
    name: str = "giro", *, mode: Mode = "test", methods: tuple[PaymentMethod, ...] = ("card",)
) -> FakeGateway:
    """A fake that a merchant has to connect first: two fields, both modes, any currency; `mode` is what its facts say."""
    profile = GatewayProfile(
        name=name,
        label=name.capitalize(),
        methods=methods,
        fields=(
            CredentialField("account", "Account number", secret=False),
            CredentialField("key", "Secret key"),
            CredentialField("notification_secret", "Notification secret", required=False),
        ),
        base_urls={"test": "https://test.example", "live": "https://live.example"},
        manual_capture=methods,
    )
    return FakeGateway(name=name, form=profile, facts=AccountFacts(mode, "Tea Ltd", methods))


@contextmanager
def gateway_added(gateway: PaymentGateway, *, plugin: str = "") -> Iterator[None]:
    """Let this process know one more gateway inside the block."""
    register_gateway(gateway, plugin=plugin)
    try:
        yield
    finally:
        forget_gateway(gateway.name)


@contextmanager
def gateway_in_use(gateway: PaymentGateway) -> Iterator[None]:
    """Let `gateway_for(gateway.name)` find this one inside the block, and the real one again afterwards."""
    replaced = gateway_for(gateway.name)
    register_gateway(gateway)
    try:
        yield
    finally:
        register_gateway(replaced)
