"""Messages of Alipay: a form whose fields are signed together with its key."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from core.sdk.payments import (
    NOTIFICATION_TOLERANCE,
    GatewayCredentials,
    GatewayRefused,
    Notification,
    NotificationRefused,
)
from plugins.alipay.client import client_for
from plugins.alipay.domain import instant, reference_of

# Alipay repeats an unanswered message for 25 hours and does not date it anew. A replay within that time does nothing: it has
# the same notify_id, and only says "look again".
_REPEATED_FOR = timedelta(hours=26)
_MOST_FIELDS = 200
_PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")


def read_notification(credentials: GatewayCredentials, body: bytes, now: datetime) -> Notification:
    """The message in a request's body; raises NotificationRefused."""
    fields = _fields(body)
    if not fields.get("sign"):
        raise NotificationRefused("unsigned")
    _check_signature(credentials, fields)
    try:
        at = instant(fields["notify_time"])
        notice = _notification(fields, at)
    except (LookupError, ValueError) as error:
        raise NotificationRefused("unreadable") from error
    if not now - _REPEATED_FOR <= at <= now + NOTIFICATION_TOLERANCE:
        raise NotificationRefused("stale")
    return notice


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise NotificationRefused("malformed" if body else "unsigned") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise NotificationRefused("malformed")
    return dict(pairs)


def _check_signature(credentials: GatewayCredentials, fields: Mapping[str, str]) -> None:
    if fields.get("sign_type") != "RSA2":
        raise NotificationRefused("malformed")
    said = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
    try:
        verified = client_for(credentials).verify(said, fields["sign"])
    except (ValueError, GatewayRefused) as error:
        raise NotificationRefused("wrong_signature") from error
    # Alipay signs for every application with the same key: the message must be for ours.
    if not verified or fields.get("app_id") != credentials.values["app_id"].strip():
        raise NotificationRefused("wrong_signature")


def _notification(fields: Mapping[str, str], at: datetime) -> Notification:
    """A message about a refund names the refund's own number; every other is about the payment."""
    refund = fields.get("out_biz_no", "") if fields.get("refund_fee") else ""
    number, status = refund or fields["out_trade_no"], fields["trade_status"]
    about_payment = "payment.captured" if status in _PAID else f"payment.{status.lower()}"
    return Notification(
        event_id=fields["notify_id"],
        kind="refund.done" if refund else about_payment,
        gateway_ref=fields["out_trade_no"],
        reference=reference_of(number),
        occurred_at=at.astimezone(UTC),
    )
