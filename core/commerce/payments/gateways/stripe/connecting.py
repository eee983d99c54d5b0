"""Stripe Connect: Express accounts below ours, transfers to them and reversals."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.commerce.payments.gateways.connect import (
    PayeeAccount,
    PayeeRequest,
    ReversalRequest,
    TransferRequest,
    TransferState,
)
from core.commerce.payments.gateways.interface import GatewayCredentials, GatewayRefused
from core.commerce.payments.gateways.stripe.money import our_amount, stripe_amount
from core.commerce.payments.gateways.stripe.sdk import Json, Patience, asking, client_of, create_once, plain
from core.commerce.payments.gateways.stripe.starting import first_named, look_window

PAYEE_KEY = "pinpu_payee"
TRANSFER_KEY = "pinpu_transfer"
REVERSAL_KEY = "pinpu_reversal"
_ACCOUNT = re.compile(r"acct_\w{1,200}")
_TRANSFER = re.compile(r"tr_\w{1,200}")
_LIST = 100
_CODES = {
    "balance_insufficient": "insufficient_balance",
    "insufficient_capabilities_for_transfer": "payee_not_ready",
    "transfer_reversed": "reversal_above_transfer",
}


class StripeConnect:
    """Implements `ConnectGateway` with the platform's own Stripe account."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()

    def open_payee(self, credentials: GatewayCredentials, request: PayeeRequest) -> PayeeAccount:
        """Make an Express account that can receive transfers, once per reference."""
        params: Any = {
            "country": request.country,
            "capabilities": {"transfers": {"requested": True}},
            "controller": {
                "stripe_dashboard": {"type": "express"},
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
            },
            "metadata": {PAYEE_KEY: request.reference},
        }
        if request.email:
            params["email"] = request.email
        v1 = client_of(credentials, self._patience)
        with asking():
            made = create_once(
                lambda key: v1.accounts.create(params, {"idempotency_key": key}),
                request.reference,
                lambda: _payee_named(v1, request.reference),
            )
        return _payee(made)

    def onboarding_link(
        self, credentials: GatewayCredentials, account_ref: str, *, return_url: str, again_url: str
    ) -> str:
        """A fresh onboarding page of Stripe's; never kept, it is as good as the payee's own word."""
        params: Any = {
            "account": account_ref,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": again_url,
        }
        with asking("payee_not_found"):
            return str(plain(client_of(credentials, self._patience).account_links.create(params))["url"])

    def payee_account(self, credentials: GatewayCredentials, account_ref: str) -> PayeeAccount:
        """Fetch the account; one that is not below ours is not found."""
        if not _ACCOUNT.fullmatch(account_ref):
            raise GatewayRefused("payee_not_found")
        try:
            with asking("payee_not_found"):
                return _payee(plain(client_of(credentials, self._patience).accounts.retrieve(account_ref)))
        except GatewayRefused as error:
            if error.failure_code == "not_permitted":
                raise GatewayRefused("payee_not_found") from error
            raise

    def transfer(self, credentials: GatewayCredentials, request: TransferRequest) -> TransferState:
        """Move money from our balance, once per reference."""
        params: Any = {
            "amount": stripe_amount(request.amount, request.currency),
            "currency": request.currency.lower(),
            "destination": request.account_ref,
            "metadata": {TRANSFER_KEY: request.reference},
            "description": request.description[:_LIST],
        }
        if request.group:
            params["transfer_group"] = request.group
        v1 = client_of(credentials, self._patience)
        with _in_our_words(), asking("payee_not_found"):
            made = create_once(
                lambda key: v1.transfers.create(params, {"idempotency_key": key}),
                request.reference,
                lambda: _named(v1, request.reference),
            )
        return _transfer(made)

    def transfer_state(
        self, credentials: GatewayCredentials, *, transfer_ref: str = "", reference: str = ""
    ) -> TransferState:
        """Fetch the transfer by its id, or look through the list for our reference."""
        v1 = client_of(credentials, self._patience)
        with asking("transfer_not_found"):
            if transfer_ref:
                found = (
                    plain(v1.transfers.retrieve(transfer_ref)) if _TRANSFER.fullmatch(transfer_ref) else None
                )
            else:
                found = _named(v1, reference)
        if found is None:
            raise GatewayRefused("transfer_not_found")
        return _transfer(found)

    def reverse_transfer(self, credentials: GatewayCredentials, request: ReversalRequest) -> TransferState:
        """Take a transfer or a part back, once per reference; Stripe's own keys are forgotten after a day, its list not."""
        v1 = client_of(credentials, self._patience)

        def made() -> Json | None:
            listed = v1.transfers.reversals.list(request.transfer_ref, {"limit": _LIST}).auto_paging_iter()
            return first_named(listed, REVERSAL_KEY, request.reference)

        with _in_our_words(), asking("transfer_not_found"):
            transfer = plain(v1.transfers.retrieve(request.transfer_ref))
            wanted = stripe_amount(request.amount, transfer["currency"].upper())
            earlier = made()
            if earlier is not None and earlier["amount"] != wanted:
                raise GatewayRefused("idempotency_key_reused")
            if earlier is None:
                if wanted > transfer["amount"] - transfer["amount_reversed"]:
                    raise GatewayRefused("reversal_above_transfer")
                params: Any = {"amount": wanted, "metadata": {REVERSAL_KEY: request.reference}}
                create_once(
                    lambda key: v1.transfers.reversals.create(
                        request.transfer_ref, params, {"idempotency_key": key}
                    ),
                    request.reference,
                    made,
                )
            return _transfer(plain(v1.transfers.retrieve(request.transfer_ref)))

    def transfers_of(self, credentials: GatewayCredentials, group: str) -> Iterator[TransferState]:
        """The transfers of a group, page by page."""
        v1 = client_of(credentials, self._patience)
        with asking():
            for one in v1.transfers.list({"transfer_group": group, "limit": _LIST}).auto_paging_iter():
                yield _transfer(plain(one))

    def balance(self, credentials: GatewayCredentials) -> Mapping[str, int]:
        """Available and pending together."""
        with asking():
            found = plain(client_of(credentials, self._patience).balance.retrieve())
        held: dict[str, int] = defaultdict(int)
        for part in (*found["available"], *found["pending"]):
            currency = part["currency"].upper()
            held[currency] += our_amount(part["amount"], currency)
        return dict(held)


def _payee_named(v1: Any, reference: str) -> Json | None:
    wanted = look_window(reference) | {"limit": _LIST}
    return first_named(v1.accounts.list(wanted).auto_paging_iter(), PAYEE_KEY, reference)


def _named(v1: Any, reference: str) -> Json | None:
    wanted = look_window(reference, open_end=True) | {"limit": _LIST}
    return first_named(v1.transfers.list(wanted).auto_paging_iter(), TRANSFER_KEY, reference)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Stripe's codes of transfers as the interface names them."""
    try:
        yield
    except GatewayRefused as error:
        raise GatewayRefused(_CODES.get(error.failure_code, error.failure_code)) from error


def _payee(account: Json) -> PayeeAccount:
    return PayeeAccount(
        account_ref=account["id"],
        reference=(account.get("metadata") or {}).get(PAYEE_KEY, ""),
        ready=(account.get("capabilities") or {}).get("transfers") == "active",
        paid_out=bool(account.get("payouts_enabled")),
        missing=tuple((account.get("requirements") or {}).get("currently_due") or ()),
    )


def _transfer(found: Json) -> TransferState:
    currency = found["currency"].upper()
    return TransferState(
        transfer_ref=found["id"],
        reference=(found.get("metadata") or {}).get(TRANSFER_KEY, ""),
        account_ref=str(found["destination"]),
        amount=our_amount(found["amount"], currency),
        currency=currency,
        reversed_amount=our_amount(found["amount_reversed"], currency),
        group=found.get("transfer_group") or "",
    )
