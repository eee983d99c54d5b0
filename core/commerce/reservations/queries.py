"""Reads of pools and reservations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from core.commerce.reservations.models import Pool, Reservation
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.hot_statements import HotStatement


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool as it stands: counters in units, instants in UTC; `available` None means untracked."""

    id: UUID
    capacity: int | None
    reserved: int
    confirmed: int
    threshold: int | None
    least: int | None
    deadline: datetime | None
    hard_deadline: datetime | None
    closed_as: str | None
    closed_at: datetime | None

    @property
    def available(self) -> int | None:
        """Units that can still be reserved."""
        return None if self.capacity is None else self.capacity - self.reserved - self.confirmed

    def open_at(self, moment: datetime) -> bool:
        """Whether a unit could be reserved at `moment`: not closed, and a late worker never makes it look open."""
        return self.closed_as is None and (self.deadline is None or self.deadline > moment)


@dataclass(frozen=True, slots=True)
class ReservationView:
    """One holder's share of a pool; `state` is what holds at the time of reading (an expired hold reads as "expired")."""

    pool_id: UUID
    holder_kind: str
    holder_id: UUID
    quantity: int
    state: str
    expires_at: datetime
    confirmed_at: datetime | None


# Asked by every basket and every product page.
_POOLS = HotStatement(
    select(*(Pool.__table__.c[name] for name in PoolView.__slots__)).where(
        Pool.shop_id == bindparam("shop_id"), Pool.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


def pools(ids: Iterable[UUID]) -> dict[UUID, PoolView]:
    """Pools by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: PoolView(*row) for row in _POOLS.rows(ids=wanted)}


def pool_view(row: Pool) -> PoolView:
    """A pool's row as a frozen value."""
    return PoolView(**{name: getattr(row, name) for name in PoolView.__slots__})


def reservations_in(pool_ids: Iterable[UUID]) -> list[ReservationView]:
    """Live reservations (held or confirmed) of these pools, oldest first."""
    statement = (
        select(Reservation)
        .where(Reservation.pool_id.in_(list(pool_ids)), Reservation.state != "released")
        .order_by(Reservation.created_at, Reservation.id)
        .execution_options(populate_existing=True)
    )
    return [_reservation_view(row) for row in session().scalars(statement)]


def reservations_of(holder_kind: str, holder_id: UUID) -> list[ReservationView]:
    """All reservations of one holder."""
    statement = (
        select(Reservation)
        .where(Reservation.holder_id == holder_id, Reservation.holder_kind == holder_kind)
        .execution_options(populate_existing=True)
    )
    return [_reservation_view(row) for row in session().scalars(statement)]


def _reservation_view(row: Reservation) -> ReservationView:
    expired = row.state == "held" and row.expires_at <= now()
    return ReservationView(
        row.pool_id,
        row.holder_kind,
        row.holder_id,
        row.quantity,
        "expired" if expired else row.state,
        row.expires_at,
        row.confirmed_at,
    )
