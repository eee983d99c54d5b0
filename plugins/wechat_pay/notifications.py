"""Messages of WeChat Pay: signed with its key, their content sealed with the merchant's APIv3 key."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.sdk.payments import (
    NOTIFICATION_TOLERANCE,
    GatewayCredentials,
    GatewayRefused,
    GatewayUnavailable,
    Notification,
    NotificationRefused,
)
from plugins.wechat_pay.client import AnswerUnverified, client_for, verified_call
from plugins.wechat_pay.domain import reference_of

_HEADERS = ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")
_PAID = "TRANSACTION.SUCCESS"
_REFUND = "REFUND."


def read_notification(
    credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
) -> Notification:
    """The message in a request; raises NotificationRefused."""
    signed = _signature_headers(headers)
    message = _opened(credentials, signed, body)
    if abs(now.timestamp() - int(signed["Wechatpay-Timestamp"])) > NOTIFICATION_TOLERANCE.total_seconds():
        raise NotificationRefused("stale")
    try:
        return _notification(message, credentials.values["mchid"].strip())
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise NotificationRefused("unreadable") from error


def _signature_headers(headers: Mapping[str, str]) -> dict[str, str]:
    given = {name.lower(): value for name, value in headers.items()}
    signed = {f"Wechatpay-{name}": given.get(f"wechatpay-{name.lower()}", "") for name in _HEADERS}
    if not signed["Wechatpay-Signature"]:
        raise NotificationRefused("unsigned")
    at = signed["Wechatpay-Timestamp"]
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise NotificationRefused("malformed")
    return signed


def _opened(credentials: GatewayCredentials, signed: dict[str, str], body: bytes) -> dict[str, Any]:
    try:
        client = client_for(credentials)
        message = verified_call(lambda: client.callback(signed, body))
    except AnswerUnverified as error:
        raise NotificationRefused("wrong_signature") from error
    except (GatewayRefused, GatewayUnavailable) as error:
        # Keys that cannot be used, or no platform certificates to be had: nothing can be proved.
        raise NotificationRefused("wrong_signature") from error
    except Exception as error:
        raise NotificationRefused("unreadable") from error
    if not isinstance(message, dict):
        raise NotificationRefused("unreadable")
    return message


def _notification(message: dict[str, Any], mchid: str) -> Notification:
    resource, event = message["resource"], str(message["event_type"])
    if str(resource["mchid"]) != mchid:
        raise ValueError("another merchant's")
    if event.startswith(_REFUND):
        number, kind = str(resource["out_refund_no"]), f"refund.{event.removeprefix(_REFUND).lower()}"
    else:
        number = str(resource.get("out_trade_no", ""))
        kind = "payment.captured" if event == _PAID else f"other.{event.lower()}"
    return Notification(
        event_id=str(message["id"]),
        kind=kind,
        gateway_ref=number,
        reference=reference_of(number),
        occurred_at=datetime.fromisoformat(str(message["create_time"])).astimezone(UTC),
    )
