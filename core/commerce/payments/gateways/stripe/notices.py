"""Stripe's notifications: the signature by its SDK, the time by ours, the event in the interface's words."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.commerce.payments.gateways.interface import (
    NOTIFICATION_TOLERANCE,
    GatewayDispute,
    Notification,
    NotificationRefused,
)
from core.commerce.payments.gateways.stripe.movements import dispute_of
from core.commerce.payments.gateways.stripe.sdk import Json, sdk
from core.commerce.payments.gateways.stripe.starting import PAYMENT_KEY, REFUND_KEY

SIGNATURE_HEADER = "stripe-signature"
# What an endpoint of ours asks to be told.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
_STAMP = re.compile(r"t=(\d{1,12})", re.ASCII)
_LONGEST_SIGNATURE = 2048


def read(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
    """The message in a request, believed only with a fresh signature made with `secret`."""
    header = next((v for k, v in headers.items() if k.lower() == SIGNATURE_HEADER), "")
    stamp = _stamp(header)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NotificationRefused("unreadable") from error
    stripe = sdk()
    try:
        # Without its tolerance: that one knows the machine's clock only, and believes any time to come.
        stripe.WebhookSignature.verify_header(text, header, secret, None)
    except stripe.SignatureVerificationError as error:
        raise NotificationRefused("wrong_signature") from error
    if abs(now.timestamp() - stamp) > NOTIFICATION_TOLERANCE.total_seconds():
        raise NotificationRefused("stale")
    try:
        return _notification(json.loads(text))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise NotificationRefused("unreadable") from error


def _stamp(header: str) -> int:
    if not header:
        raise NotificationRefused("unsigned")
    parts = [part.strip() for part in header[:_LONGEST_SIGNATURE].split(",")]
    stamps = [found[1] for part in parts if (found := _STAMP.fullmatch(part))]
    if len(stamps) != 1 or sum(part.startswith("t=") for part in parts) != 1:
        raise NotificationRefused("malformed")
    if not any(part.startswith("v1=") and len(part) > 3 for part in parts):
        raise NotificationRefused("malformed")
    return int(stamps[0])


def _notification(event: Json) -> Notification:
    kind, about = event["type"], event["data"]["object"]
    if event["object"] != "event" or not isinstance(kind, str) or not isinstance(about["id"], str):
        raise TypeError("no event")
    said, reference, gateway_ref, dispute = _reading(kind, about)
    return Notification(
        event_id=_text(event["id"]),
        kind=said,
        gateway_ref=gateway_ref,
        reference=reference,
        occurred_at=datetime.fromtimestamp(int(event["created"]), UTC),
        dispute=dispute,
    )


def _reading(kind: str, about: Json) -> tuple[str, str, str, GatewayDispute | None]:
    """The interface's kind, our reference, Stripe's id, and the dispute if it is one."""
    end, metadata = kind.rpartition(".")[2], about.get("metadata") or {}
    if kind.startswith(("payment_intent.", "checkout.session.")):
        return f"payment.{end}", _text(metadata.get(PAYMENT_KEY, "")), about["id"], None
    if kind.startswith("refund.") or kind == "charge.refund.updated":
        return f"refund.{end}", _text(metadata.get(REFUND_KEY, "")), about["id"], None
    if kind.startswith("charge.dispute."):
        dispute = dispute_of(about)
        return f"dispute.{end}", "", dispute.payment_ref, dispute
    return f"other.{kind}", "", about["id"], None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
