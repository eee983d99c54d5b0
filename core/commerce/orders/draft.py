"""An order before it exists: everything that placing it writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What an order line keeps of its variant besides the price."""

    variant_title: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDraft:
    """A hold that the order will have once it is paid: the pool that must fill, whose plugin, and why in words.

    `reason` is {"message": message id, "params": {…}}, as pricing's Reason.as_json().
    """

    pool_id: UUID
    plugin: str
    reason: Mapping[str, Any]


def require_wanted(holds: Iterable[HoldDraft], wanted: Iterable[UUID]) -> None:
    """Raise ValueError when a hold names a pool in which the order would have no place: nothing could ever release it."""
    astray = {hold.pool_id for hold in holds} - set(wanted)
    if astray:
        raise ValueError(f"a hold needs a want in the same pool: {sorted(map(str, astray))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """All that `create_order` needs. Amounts are in `price_input`/`priced`; `pay_by` is when an unpaid order closes.

    `is_test`: the merchant places it to see how it goes; no figure counts it.
    """

    id: UUID
    number: str
    code: str
    checkout_id: UUID
    customer_id: UUID | None
    price_input: PriceInput
    priced: PricedCart
    contact: Mapping[str, Any]
    address: Mapping[str, Any]
    delivery: Mapping[str, Any]
    line_facts: Mapping[str, LineFacts]
    pay_by: datetime
    marks: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    holds: tuple[HoldDraft, ...] = ()
    is_test: bool = False
