"""Stripe as a payment gateway."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from core.commerce.payments.gateways.interface import (
    AccountFacts,
    GatewayCredentials,
    GatewayTransaction,
    Notification,
    PaymentRequest,
    PaymentStart,
    PaymentState,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.gateways.stripe import account, movements, notices, paying, refunding
from core.commerce.payments.gateways.stripe.sdk import Patience


class StripeGateway:
    """Implements `PaymentGateway` over Stripe's API at `base_url`; the SDK is imported by the first call."""

    name = "stripe"
    acknowledgement = ""

    def __init__(self, *, base_url: str = account.BASE_URL, patience: Patience | None = None) -> None:
        self.profile = account.profile_at(base_url)
        self._patience = patience or Patience()

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Open a hosted page (card) or a wallet's payment under our row's id, or find the one opened before."""
        return paying.start(credentials, request, self._patience)

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """Fetch the payment by its id, or look through the lists for our reference."""
        return paying.state(credentials, gateway_ref, reference, self._patience)

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Expire the page or cancel the intent; where that comes too late, fetch what is true."""
        return paying.cancel(credentials, gateway_ref, self._patience)

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """Take an authorised payment, or a part of it; the rest is given back."""
        return paying.capture(credentials, gateway_ref, amount, self._patience)

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Send money back, once per reference; Stripe counts all refunds of a charge against what it captured."""
        return refunding.refund(credentials, request, self._patience)

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """Fetch the refund by its id, or look through the list for our reference."""
        return refunding.refund_state(credentials, gateway_ref, reference, self._patience)

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """Ask who the account is and which ways to pay it has switched on."""
        return account.facts(credentials, self._patience)

    def register_notifications(self, credentials: GatewayCredentials, notify_url: str) -> Mapping[str, str]:
        """Make Stripe report to `notify_url`; returns the fields to keep with the credentials."""
        return account.register_endpoint(credentials, notify_url, self._patience)

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """The movements of the account's balance, page by page, newest first."""
        return movements.transactions(credentials, since, until, self._patience)

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """Check the signature with the endpoint's secret, and read the event."""
        return notices.read(credentials.values.get("webhook_secret", ""), headers, body, now)
