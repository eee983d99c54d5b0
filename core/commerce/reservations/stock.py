"""Stock of variants: the catalog's pools, by variant id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from core.commerce.reservations.actions import ensure_pools, set_capacity
from core.commerce.reservations.models import Pool
from core.commerce.reservations.values import NewPool, pool_id
from core.kernel.hot_statements import HotStatement

OWNER, KIND = "catalog", "stock"


@dataclass(frozen=True, slots=True)
class StockView:
    """Stock of one variant in units; None in `on_hand` and `available` means untracked."""

    on_hand: int | None
    reserved: int
    sold: int

    @property
    def available(self) -> int | None:
        """What can still be sold."""
        return None if self.on_hand is None else self.on_hand - self.reserved


UNTRACKED = StockView(None, 0, 0)


def stock_pool_id(variant_id: UUID) -> UUID:
    """The pool that limits this variant."""
    return pool_id(OWNER, KIND, str(variant_id))


def ensure_stock(variant_ids: Iterable[UUID]) -> None:
    """Make variants that have no stock yet untracked; joins the caller's transaction."""
    ensure_pools(NewPool(OWNER, KIND, str(variant_id), None) for variant_id in variant_ids)


def set_stock(levels: Mapping[UUID, int | None]) -> None:
    """Set what is on hand by variant id (None: untracked); units that orders hold stay held.

    Joins the caller's transaction. Raises CapacityTooSmall when fewer than are held.
    """
    ensure_stock(levels)
    for variant_id in sorted(levels, key=stock_pool_id):
        set_capacity(pool_id=stock_pool_id(variant_id), available=levels[variant_id])


_STOCK = HotStatement(
    select(Pool.id, Pool.capacity, Pool.reserved, Pool.confirmed).where(
        Pool.shop_id == bindparam("shop_id"), Pool.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


def stock_of(variant_ids: Iterable[UUID]) -> dict[UUID, StockView]:
    """Stock by variant id; a variant without a pool reads as untracked."""
    by_pool = {stock_pool_id(variant_id): variant_id for variant_id in variant_ids}
    found = dict.fromkeys(by_pool.values(), UNTRACKED)
    if not by_pool:
        return found
    for row in _STOCK.rows(ids=list(by_pool)):
        on_hand = None if row.capacity is None else row.capacity - row.confirmed
        found[by_pool[row.id]] = StockView(on_hand, row.reserved, row.confirmed)
    return found
