"""The hooks of the fulfilment room."""

from core.commerce.fulfilment.events import OrderShipped
from core.hooks.markers import hookspec


@hookspec(since="0.1")
def on_order_shipped(event: OrderShipped) -> None:
    """Units of an order are on their way, or were handed over at a pick-up point.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with ids only; an order may be sent in several shipments.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """
