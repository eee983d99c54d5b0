"""The orders in which shop, browser and gateway may learn of a payment; every gateway is tested with all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.actions.pay import check_payment, keep_notice
from core.commerce.payments.gateways.interface import PaymentGateway
from core.commerce.payments.queries import payment_named
from core.jobs import sweeps
from core.kernel import clock
from core.kernel.db import reading
from core.kernel.ids import as_id
from core.testing.races import race

Completion = Literal[
    "webhook first", "return first", "both at once", "browser never returns", "nobody tells us"
]
COMPLETIONS: tuple[Completion, ...] = get_args(Completion)


@dataclass(frozen=True, slots=True)
class PayingStage:
    """A gateway that the bound shop has switched on, and what the world around it does.

    Args:
        gateway: the gateway as it is registered.
        way: the way to pay that is chosen, as `WayToPay.id`.
        pay: what the buyer does to make the payment with this reference succeed.
        notification: headers and body of the signed message in which the gateway reports it.
    """

    gateway: PaymentGateway
    way: str
    pay: Callable[[str], object]
    notification: Callable[[str], tuple[Mapping[str, str], bytes]]


def complete(
    stage: PayingStage,
    how: Completion,
    *,
    reference: str,
    run_jobs: Callable[[], object],
    later: Callable[[], object],
) -> None:
    """Let a payment that was made become known in the order `how`.

    `run_jobs` does what is due, `later` lets a good minute pass. Raises what a browser or a job would have seen.
    """
    if how == "webhook first":
        notify(stage, reference)
        run_jobs()
        come_back(reference)
    elif how == "return first":
        come_back(reference)
        notify(stage, reference)
    elif how == "both at once":
        notify(stage, reference)
        tries = race([run_jobs, *[lambda: come_back(reference)] * 3])
        for error in (one.error for one in tries if one.error):
            raise error
    elif how == "browser never returns":
        notify(stage, reference)
    else:
        later()
        sweeps.sweep_shop("open_payments")
    run_jobs()


def notify(stage: PayingStage, reference: str) -> None:
    """What our address for notifications does with the gateway's signed message."""
    account = gateway_account(stage.gateway.name)
    headers, body = stage.notification(reference)
    notice = stage.gateway.read_notification(account.credentials, headers, body, clock.now())
    named = as_id(notice.reference)
    with reading():
        found = payment_named(reference=named, gateway=stage.gateway.name, gateway_ref=notice.gateway_ref)
    keep_notice(gateway=stage.gateway.name, notice=notice, payment_id=found, refund_id=None)


def come_back(reference: str) -> None:
    """What the page does to which the gateway sends the browser."""
    payment_id = as_id(reference)
    assert payment_id is not None
    check_payment(payment_id)
