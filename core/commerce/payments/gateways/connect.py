"""What settlement asks of a provider that can pay others: accounts below ours, transfers to them, and taking them back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.commerce.payments.gateways.interface import GatewayCredentials


@dataclass(frozen=True, slots=True)
class PayeeRequest:
    """Somebody who is to be paid: `reference` is our row's id and the idempotency key, `country` ISO 3166 alpha-2."""

    reference: str
    country: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """How far somebody's account at the provider is.

    `ready` is whether transfers reach it, `paid_out` whether it can send them on to a bank. `missing` are the provider's
    own names of what it still wants to know.
    """

    account_ref: str
    reference: str
    ready: bool
    paid_out: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """Money to be moved from our balance to a payee's: `reference` is our row's id and the idempotency key.

    `amount` is in minor units. `group` ties together what belongs to one order.
    """

    reference: str
    account_ref: str
    amount: int
    currency: str
    group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class TransferState:
    """A transfer as the provider holds it; `reversed_amount` (minor units) has come back."""

    transfer_ref: str
    reference: str
    account_ref: str
    amount: int
    currency: str
    reversed_amount: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class ReversalRequest:
    """A transfer, or a part of it, to be taken back; `reference` is our row's id and the idempotency key."""

    reference: str
    transfer_ref: str
    amount: int


@runtime_checkable
class ConnectGateway(Protocol):
    """A provider through which others are paid. `credentials` are always ours, never the payee's.

    Every call may raise GatewayUnavailable (outcome unknown, make it again with the same reference) or GatewayRefused.
    No method is called inside a database transaction.
    """

    def open_payee(self, credentials: GatewayCredentials, request: PayeeRequest) -> PayeeAccount:
        """Make an account for somebody, once per reference."""

    def onboarding_link(
        self, credentials: GatewayCredentials, account_ref: str, *, return_url: str, again_url: str
    ) -> str:
        """A page of the provider's on which the payee tells who they are; good once and for minutes.

        The payee comes back to `return_url`, done or not, and to `again_url` when the link was old: make a new one there.
        """

    def payee_account(self, credentials: GatewayCredentials, account_ref: str) -> PayeeAccount:
        """How far the account is. Raises GatewayRefused("payee_not_found")."""

    def transfer(self, credentials: GatewayCredentials, request: TransferRequest) -> TransferState:
        """Move money, once per reference.

        Raises GatewayRefused("insufficient_balance"), GatewayRefused("payee_not_ready") or
        GatewayRefused("idempotency_key_reused").
        """

    def transfer_state(
        self, credentials: GatewayCredentials, *, transfer_ref: str = "", reference: str = ""
    ) -> TransferState:
        """What the provider holds, by its id or ours. Raises GatewayRefused("transfer_not_found")."""

    def reverse_transfer(self, credentials: GatewayCredentials, request: ReversalRequest) -> TransferState:
        """Take money back, once per reference, never more than is left of the transfer; answers the transfer.

        Raises GatewayRefused("reversal_above_transfer") or GatewayRefused("insufficient_balance"): the payee's.
        """

    def transfers_of(self, credentials: GatewayCredentials, group: str) -> Iterator[TransferState]:
        """Every transfer of a group, newest first."""

    def balance(self, credentials: GatewayCredentials) -> Mapping[str, int]:
        """What is ours at the provider, available or on its way to be: minor units by currency."""
