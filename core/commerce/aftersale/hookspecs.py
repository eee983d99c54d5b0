"""The hooks of the after-sale room."""

# mypy: disable-error-code="empty-body"

from core.commerce.aftersale.asking import CaseRequest
from core.commerce.aftersale.events import CaseClosed, CaseOpened
from core.hooks.markers import hookspec
from core.hooks.results import Refusal


@hookspec(since="0.2")
def check_case(request: CaseRequest) -> list[Refusal]:
    """Refuse that a buyer cancels, returns or exchanges something that is your business.

    When: when the buyer looks at what can be asked for, and again when it is sent; inside the transaction, before
    anything is locked. Asked of plugins that are on, and of draining ones whose mark the order carries.
    Arguments: `request`, frozen. Pure: look facts up, change nothing.
    Returns: refusals in the buyer's language, `line` None; an empty list agrees. The first one is shown.
    On failure: orders with your mark are refused with a general sentence, all others stay open.
    """


@hookspec(since="0.2")
def on_case_opened(event: CaseOpened) -> None:
    """A buyer asked for a cancellation, refund, return or exchange (commission waits while a case is open).

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with ids only; read what you need, it may have moved on.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.2")
def on_case_closed(event: CaseClosed) -> None:
    """A case is over: refunded (the money is on its way), replaced, declined, withdrawn, or its goods never came.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with the state it ended in.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """
