"""Facts of the after-sale room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class CaseOpened(Event):
    """A buyer asked for something after an order; `kind` cancel | refund | return | exchange."""

    name: ClassVar[str] = "aftersale.case_opened"
    label: ClassVar[str] = N_("After-sale request opened")
    case_id: UUID
    order_id: UUID
    kind: str


class CaseClosed(Event):
    """Nobody has to do anything about a case any more; `state` says how it ended.

    refunding (its money is on its way) | replaced | declined | withdrawn | lapsed (the goods never came).
    """

    name: ClassVar[str] = "aftersale.case_closed"
    label: ClassVar[str] = N_("After-sale request closed")
    case_id: UUID
    order_id: UUID
    kind: str
    state: str
