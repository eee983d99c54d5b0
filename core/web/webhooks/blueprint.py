"""Where payment gateways report: a notification is checked and kept before it is answered, and acted on by a job."""

from collections.abc import Sequence

from flask import Blueprint, Response, request
from structlog import get_logger

from core.commerce.payments.accounts import GatewayAccount, accounts_with
from core.commerce.payments.actions.pay import keep_notice
from core.commerce.payments.gateways.interface import Notification, NotificationRefused
from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for
from core.commerce.payments.queries import payment_named, refund_named
from core.commerce.shops.queries import scope_of_handle
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.ids import as_id
from core.kernel.tenancy import SYSTEM, shop_bound

log = get_logger(__name__)

webhooks = Blueprint("webhooks", __name__)

# The largest notification of any gateway is a few kilobytes.
LARGEST_BODY = 64 * 1024


@webhooks.post("/webhooks/<handle>/payments/<gateway>")
def payment_notification(handle: str, gateway: str) -> Response:
    """One notification for one shop: 2xx only once it is stored, so that the gateway repeats what we might lose."""
    if (request.content_length or 0) > LARGEST_BODY:
        return _said("too large", 413)
    scope = scope_of_handle(handle)
    if scope is None:
        return _said("not found", 404)
    with shop_bound(scope, SYSTEM):
        accounts = _accounts(gateway)
        if not accounts:
            return _said("not found", 404)
        body = request.get_data(cache=False)
        if len(body) > LARGEST_BODY:
            return _said("too large", 413)
        try:
            account, notice = _notice(accounts, body)
        except NotificationRefused as error:
            log.warning("notification refused", shop=handle, gateway=gateway, reason=error.reason)
            return _said(error.reason, 400)
        _keep(account, notice)
        return Response(account.gateway.acknowledgement, 200, mimetype="text/plain")


def _accounts(gateway: str) -> Sequence[GatewayAccount]:
    """The shop's accounts with `gateway`; none for a gateway that this installation does not have."""
    try:
        gateway_for(gateway)
        return accounts_with(gateway)
    except UnknownGateway:
        return ()


def _notice(accounts: Sequence[GatewayAccount], body: bytes) -> tuple[GatewayAccount, Notification]:
    """What one of the accounts, live or test, has signed, and which; raises NotificationRefused as the first says it."""
    refused: NotificationRefused | None = None
    for account in accounts:
        try:
            said = dict(request.headers)
            return account, account.gateway.read_notification(account.credentials, said, body, now())
        except NotificationRefused as error:
            refused = refused or error
    raise refused or NotificationRefused("unsigned")


def _keep(account: GatewayAccount, notice: Notification) -> None:
    reference = as_id(notice.reference)
    with reading():
        payment = payment_named(reference=reference, gateway=account.name, gateway_ref=notice.gateway_ref)
        refund = refund_named(reference)
    keep_notice(
        gateway=account.name,
        notice=notice,
        payment_id=payment,
        refund_id=refund,
        mode=account.credentials.mode,
    )


def _said(reason: str, status: int) -> Response:
    return Response(f"{reason}\n", status, mimetype="text/plain")
