"""What plugins may claim while an order is placed: reservations, holds, marks and a shorter time to pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.commerce.orders.draft import HoldDraft, require_wanted
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.reservations.values import NewPool, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClaimed:
    """The order that is being placed, as plugins see it: its id is fixed, its row is written after the claims.

    `contact` and `address` are what the buyer typed, as the order will keep them.
    """

    order_id: UUID
    checkout_id: UUID
    customer_id: UUID | None
    price_input: PriceInput
    priced: PricedCart
    choices: Mapping[str, Any]
    contact: Mapping[str, Any] = field(default_factory=dict)
    address: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one plugin wants with the order.

    `wants`        units of pools, reserved together with the stock: all or nothing.
    `new_pools`    pools that are made first.
    `holds`        what will keep the paid order from shipping.
    `marks`        what the plugin notes on the order (JSON-able).
    `pay_within`   the order closes unpaid after this time, if the shop's own window is longer.
    `exhausted`    pool id → words for the buyer if that pool has nothing left (already translated).
    `set_aside`    keys of lines whose goods the plugin keeps under a holder of its own: the order reserves no stock for
                   them, and gets it by `transfer` and `confirm` when it is its turn.
    """

    wants: tuple[Want, ...] = ()
    new_pools: tuple[NewPool, ...] = ()
    holds: tuple[HoldDraft, ...] = ()
    marks: Mapping[str, Any] = field(default_factory=dict)
    pay_within: timedelta | None = None
    exhausted: Mapping[UUID, str] = field(default_factory=dict)
    set_aside: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raise ValueError for a hold in a pool that is not wanted."""
        require_wanted(self.holds, (want.pool_id for want in self.wants))
