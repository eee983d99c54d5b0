"""What a plugin may offer when a payment comes too late for what it had reserved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.commerce.orders.draft import HoldDraft, require_wanted
from core.commerce.reservations.values import NewPool, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """The order as the plugin may see it: ids, what plugins noted on it, and what the buyer chose at checkout."""

    id: UUID
    customer_id: UUID | None
    marks: Mapping[str, Any]
    choices: Mapping[str, Any]
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Reserve `wants` (pools in `new_pools` are made first) for the order, with `holds` instead of the lost ones."""

    wants: tuple[Want, ...]
    new_pools: tuple[NewPool, ...] = ()
    holds: tuple[HoldDraft, ...] = ()
    # For the order's timeline: a message id and what fills it.
    text: str = ""
    params: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a hold in a pool that is not wanted."""
        require_wanted(self.holds, (want.pool_id for want in self.wants))
