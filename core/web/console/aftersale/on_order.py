"""What the page of an order says about its cases."""

from dataclasses import dataclass
from uuid import UUID

from core.commerce.aftersale.queries import cases_of_order
from core.rendering.console.parts import Badge
from core.web.console.aftersale.words import kind_words, left_words, state_badge


@dataclass(frozen=True, slots=True)
class CaseOnOrder:
    """A case in the panel."""

    id: UUID
    title: str
    reason: str
    left: str
    badge: Badge


def cases_on_order(order_id: UUID) -> list[CaseOnOrder]:
    """The cases of an order, newest first."""
    return [
        CaseOnOrder(
            one.id,
            f"{kind_words(one.kind)} {one.number}",
            one.reason,
            left_words(one.due_at),
            state_badge(one.stands),
        )
        for one in cases_of_order(order_id)
    ]
