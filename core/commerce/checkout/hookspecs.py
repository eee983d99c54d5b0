"""The hooks of the checkout room."""

from core.commerce.checkout.claims import Claim, OrderClaimed
from core.hooks.markers import hookspec


@hookspec(since="0.1", budget_ms=10)
def claim_order(order: OrderClaimed) -> Claim | None:
    """Claim what the order needs from you: seats, limits, holds, marks.

    When: inside the place-order transaction, after the price was confirmed and before stock is reserved; database only,
    no network. Your own rows may refer to the order: it is written in the same transaction.
    Arguments: `order`: ids, the frozen price input with the marks of its lines, and the buyer's choices.
    Returns: a Claim, or nothing. Core reserves all claims and the stock together, all or none.
    On failure: closed: the order is not placed and nothing is half-written. Raise a PinpuError to refuse with words.
    """
