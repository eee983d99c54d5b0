"""The hooks of the orders room: facts that plugins hear of after they happened."""

from core.commerce.orders.events import HoldsExpired, HoldsReleased, OrderCancelled, OrderPaid, OrderPlaced
from core.hooks.markers import hookspec


@hookspec(since="0.1")
def on_order_placed(event: OrderPlaced) -> None:
    """An order was placed and waits for its payment.

    When: after the placing transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with ids only; read what you need, it may have moved on.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_order_paid(event: OrderPaid) -> None:
    """An order was paid in full.

    When: after the capture committed, at least once, in a transaction of the handler's own. Seats are already confirmed
    and a filled pool is already closed: core did both in the capture.
    Arguments: `event`, with ids only.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_order_cancelled(event: OrderCancelled) -> None:
    """An order was closed without being fulfilled; its reservations were given back and its money is on its way.

    When: after the cancelling transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with the reason.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_holds_released(event: HoldsReleased) -> None:
    """A pool reached its threshold and its orders became shippable (a group succeeded).

    When: after the capture that filled it committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with the pool and all its orders.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_holds_expired(event: HoldsExpired) -> None:
    """A pool's deadline passed below its threshold; its paid orders were cancelled and their refunds began.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with the pool and the orders that are refunded.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """
