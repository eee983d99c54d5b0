"""The hooks of the payments room."""

# mypy: disable-error-code="empty-body"

from uuid import UUID

from core.commerce.payments.events import RefundDone, RefundRequested
from core.commerce.payments.gateways.interface import PaymentGateway
from core.commerce.payments.gateways.registry import gateway_problems
from core.commerce.payments.replacements import PaidOrder, Replacement
from core.hooks.markers import hookspec


@hookspec(since="0.2", judge=gateway_problems)
def declare_payment_gateways() -> PaymentGateway | tuple[PaymentGateway, ...]:
    """Bring a way to be paid: one object that implements `PaymentGateway`, or several.

    When: once per process, at boot; a heavy library must not be imported by it, but by the gateway's first call.
    Returns: the gateway; its `name` is the plugin's, or begins with it and `_`. Merchants who have the plugin switched on
        find it under "Ways to be paid", with a form made of its `profile`. Payments that exist are followed and refunded
        through it even when the plugin is switched off.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1", activation="obligation")
def claim_replacement(order: PaidOrder, lost: tuple[UUID, ...]) -> Replacement | None:
    """A payment arrived after something the order had reserved was gone: offer something in its place.

    When: after `confirm` answered "lost" and before anything is refunded.
    Transaction: inside the capture transaction: database only, no network.
    Args:
        order: what the buyer chose at checkout (`choices`) and what the order is about (`marks`).
        lost: ids of the pools that are full or closed.
    Returns: what to reserve instead, and the hold that goes with it; or nothing, and the buyer is refunded.
    On failure: closed: your changes are rolled back and the buyer is refunded.
    """


@hookspec(since="0.1", activation="obligation")
def claim_capture(order: PaidOrder) -> tuple[UUID, ...] | None:
    """A payment arrived: name the pools of yours that this buyer may not have units of any more.

    When: before `confirm`, for orders that carry a mark of any plugin. A condition that held when the order was placed may
    have ceased since (somebody who counted as new has bought something).
    Transaction: inside the capture transaction: database only, no network.
    Args:
        order: what the buyer chose at checkout (`choices`) and what the order is about (`marks`).
    Returns: ids of pools; the order loses what it reserved there, `claim_replacement` is asked, then the buyer is refunded.
    On failure: your changes are rolled back and the order keeps what it reserved.
    """


@hookspec(since="0.1")
def on_refund_requested(event: RefundRequested) -> None:
    """Money of an order is on its way back.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with ids only.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_refund_done(event: RefundDone) -> None:
    """The gateway confirmed that the money went back.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with ids only.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """
