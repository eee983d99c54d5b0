"""Every movement of a Stripe account, for reconciliation: payments, refunds, disputes, fees."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from core.commerce.payments.gateways.interface import (
    DisputeStatus,
    GatewayCredentials,
    GatewayDispute,
    GatewayTransaction,
    TransactionKind,
)
from core.commerce.payments.gateways.stripe.money import our_amount
from core.commerce.payments.gateways.stripe.sdk import Json, Patience, asking, client_of, plain
from core.commerce.payments.gateways.stripe.starting import PAYMENT_KEY, REFUND_KEY

_LIST = 100
_FEES = ("stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost", "application_fee_refund")
_DISPUTE: dict[str, DisputeStatus] = {
    "won": "won",
    "lost": "lost",
    "warning_closed": "won",
    "prevented": "won",
    "under_review": "under_review",
    "warning_under_review": "under_review",
    "appeal_under_review": "under_review",
}


def transactions(
    credentials: GatewayCredentials, since: datetime, until: datetime, patience: Patience
) -> Iterator[GatewayTransaction]:
    """The balance's movements, newest first.

    Amounts are in the currency that the buyer paid in, also where the account's balance is kept in another; the fee is
    converted with the rate of the very movement.
    """
    v1 = client_of(credentials, patience)
    window = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
    wanted: Any = {"created": window, "limit": _LIST, "expand": ["data.source", "data.source.charge"]}
    with asking():
        for one in v1.balance_transactions.list(wanted).auto_paging_iter():
            yield _transaction(plain(one))


def _transaction(movement: Json) -> GatewayTransaction:
    source = movement["source"] if isinstance(movement.get("source"), dict) else {}
    kind, metadata = source.get("object"), source.get("metadata") or {}
    if kind == "charge":
        taken = source["amount_captured"] or source["amount"]
        return _told(
            "payment", movement, source, taken, metadata.get(PAYMENT_KEY, ""), source["payment_intent"]
        )
    if kind == "refund":
        told = metadata.get(REFUND_KEY, "")
        return _told("refund", movement, source, source["amount"], told, source["payment_intent"])
    if kind == "dispute":
        charge = source["charge"] if isinstance(source["charge"], dict) else {}
        told = (charge.get("metadata") or {}).get(PAYMENT_KEY, "")
        return _told("dispute", movement, source, source["amount"], told, source["payment_intent"])
    currency = movement["currency"].upper()
    return GatewayTransaction(
        kind="fee" if movement["type"] in _FEES else "other",
        gateway_ref=movement["id"],
        amount=our_amount(movement["amount"], currency),
        currency=currency,
        occurred_at=datetime.fromtimestamp(movement["created"], UTC),
        fee=our_amount(movement["fee"], currency),
    )


def _told(
    kind: TransactionKind, movement: Json, source: Json, size: int, reference: str, payment_ref: str | None
) -> GatewayTransaction:
    currency = source["currency"].upper()
    fee = movement["fee"]
    if movement["currency"] != source["currency"] and movement["amount"]:
        fee = round(fee * size / abs(movement["amount"]))
    sign = -1 if movement["amount"] < 0 else 1
    payment = kind == "payment"
    return GatewayTransaction(
        kind=kind,
        gateway_ref=(payment_ref or source["id"]) if payment else source["id"],
        amount=sign * our_amount(size, currency),
        currency=currency,
        occurred_at=datetime.fromtimestamp(movement["created"], UTC),
        reference=reference,
        fee=our_amount(fee, currency),
        payment_ref="" if payment else payment_ref or "",
        dispute=dispute_of(source) if kind == "dispute" else None,
    )


def dispute_of(found: Json) -> GatewayDispute:
    """A dispute as the interface tells it."""
    currency, due = found["currency"].upper(), (found.get("evidence_details") or {}).get("due_by")
    return GatewayDispute(
        gateway_ref=found["id"],
        payment_ref=found.get("payment_intent") or "",
        amount=our_amount(found["amount"], currency),
        currency=currency,
        status=_DISPUTE.get(found["status"], "needs_response"),
        reason=found.get("reason") or "",
        respond_by=datetime.fromtimestamp(due, UTC) if due else None,
    )
