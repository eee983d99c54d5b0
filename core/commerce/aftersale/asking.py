"""What plugins see of something that a buyer is about to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """A buyer wants a case.

    Attributes:
        order_id: the order.
        customer_id: whose it is; None for a guest.
        kind: cancel | refund | return | exchange.
        units: order line key → units.
        marks: what plugins noted on the order.
        held: whether something keeps the order from shipping (a group that is forming).
    """

    order_id: UUID
    customer_id: UUID | None
    kind: str
    units: Mapping[str, int]
    marks: Mapping[str, Any]
    held: bool
