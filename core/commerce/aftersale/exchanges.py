"""What goods can be exchanged for: variants of the same product at the same price, so that no money changes hands."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.commerce.catalog.models import Variant
from core.commerce.catalog.queries import sold_variants
from core.commerce.reservations.stock import stock_of
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class Swap:
    """A variant that can be had in exchange; `left` units, None for untracked."""

    id: UUID
    title: str
    left: int | None


def swaps_for(variant_ids: Iterable[UUID]) -> dict[UUID, list[Swap]]:
    """By sold variant what it can be exchanged for, itself first; what is gone or not for sale is left out."""
    wanted = list(variant_ids)
    sold, other = aliased(Variant), aliased(Variant)
    statement = (
        select(sold.id, other.id)
        .join(
            other,
            (other.shop_id == sold.shop_id)
            & (other.product_id == sold.product_id)
            & (other.price_minor == sold.price_minor),
        )
        .where(sold.shop_id == current_scope().shop_id, sold.id.in_(wanted))
        .order_by(other.position)
    )
    pairs = [(row[0], row[1]) for row in session().execute(statement)]
    known = sold_variants({other_id for _, other_id in pairs})
    stock = stock_of(known)
    found: dict[UUID, list[Swap]] = {}
    for sold_id, other_id in sorted(pairs, key=lambda pair: pair[0] != pair[1]):
        variant, left = known.get(other_id), stock[other_id].available if other_id in stock else 0
        if variant is not None and variant.for_sale and (left is None or left > 0):
            found.setdefault(sold_id, []).append(Swap(other_id, variant.title, left))
    return found
