"""Reserve, extend, transfer, confirm, release and give back: the only code that moves a pool's counters.

Every function joins the caller's transaction. A counter moves by one conditional UPDATE whose row count decides;
CHECK constraints stand behind it. Pools are locked in ascending id order, with NO KEY UPDATE: the foreign key of a new
reservation already shares the pool's key, and two buyers must not wait for each other's share.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Update,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.commerce.reservations.errors import CapacityTooSmall, PoolExhausted
from core.commerce.reservations.models import Pool, Reservation
from core.commerce.reservations.queries import PoolView, pool_view
from core.commerce.reservations.statements import NOTE, PUT_BACK, TAKE
from core.commerce.reservations.values import Confirmation, Holder, NewPool, Outcome, Want
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope


def ensure_pools(pools: Iterable[NewPool]) -> None:
    """Make the pools that do not exist yet; existing ones stay as they are."""
    rows = [
        {
            "shop_id": current_scope().shop_id,
            "id": pool.id,
            "owner": pool.owner,
            "kind": pool.kind,
            "subject": pool.subject,
            "capacity": pool.capacity,
            "reserved": 0,
            "confirmed": 0,
            "threshold": pool.threshold,
            "least": pool.least,
            "window_seconds": pool.window_seconds,
            "hard_deadline": pool.hard_deadline,
            "created_at": now(),
        }
        for pool in sorted(pools, key=lambda pool: pool.id)
    ]
    if rows:
        session().execute(insert(Pool).on_conflict_do_nothing(), rows)


def reserve(*, holder: Holder, wants: Sequence[Want], expires_at: datetime) -> None:
    """Keep units of several pools for `holder` until `expires_at`: all of them, or PoolExhausted and none.

    Idempotent per (pool, holder): what the holder already keeps is not taken twice. Several wants of one pool add up.
    A refusal first frees expired reservations of the refusing pools and tries once more; who catches it may go on.
    """
    sums: dict[UUID, int] = {}
    for want in wants:
        sums[want.pool_id] = sums.get(want.pool_id, 0) + want.quantity
    fresh, revived = _note_reservations(holder, sums, expires_at)
    if len(fresh) < len(sums):
        kept = [pool_id for pool_id in sums if pool_id not in {want.pool_id for want in fresh}]
        later = _own(holder).where(Reservation.pool_id.in_(kept), Reservation.expires_at < expires_at)
        session().execute(later.values(expires_at=expires_at))
    if not fresh:
        return
    refused = _take(fresh)
    if refused and _free_expired(refused, besides=holder):
        refused = _take([want for want in fresh if want.pool_id in refused])
    if refused:
        _undo(holder, fresh, refused, revived)
        raise PoolExhausted(tuple(sorted(refused)))


def _note_reservations(
    holder: Holder, sums: Mapping[UUID, int], expires_at: datetime
) -> tuple[list[Want], list[UUID]]:
    """Write the holder's rows; returns what has to be taken for them, and the pools where a lapsed row lives again."""
    if not sums:
        return [], []
    pool_ids = sorted(sums)
    made = [new_id() for _ in pool_ids]
    noted = NOTE.rows(
        new_ids=made,
        ids=pool_ids,
        quantities=[sums[pool_id] for pool_id in pool_ids],
        holder_kind=holder.kind,
        holder_id=holder.id,
        expires_at=expires_at,
        moment=now(),
    )
    fresh = [Want(row.pool_id, row.quantity) for row in noted]
    return fresh, [row.pool_id for row in noted if row.id not in made]


def _undo(holder: Holder, fresh: Sequence[Want], refused: set[UUID], revived: Sequence[UUID]) -> None:
    """Put back what the agreeing pools gave; new rows vanish, so that a later `confirm` never sees them."""
    taken = [want for want in fresh if want.pool_id not in refused]
    if taken:
        PUT_BACK.run(**_arrays(taken))
    session().execute(_own(holder).where(Reservation.pool_id.in_(revived)).values(state="released"))
    made = [want.pool_id for want in fresh if want.pool_id not in revived]
    session().execute(
        delete(Reservation)
        .where(
            Reservation.shop_id == current_scope().shop_id,
            Reservation.holder_kind == holder.kind,
            Reservation.holder_id == holder.id,
            Reservation.pool_id.in_(made),
        )
        .execution_options(synchronize_session=False)
    )


def _take(wants: Sequence[Want]) -> set[UUID]:
    """Take units and return the pools that refused."""
    taken = {row.id for row in TAKE.rows(**_arrays(wants), moment=now())}
    return {want.pool_id for want in wants} - taken


def _arrays(wants: Sequence[Want]) -> dict[str, object]:
    return {
        "ids": [want.pool_id for want in wants],
        "quantities": [want.quantity for want in wants],
    }


def _free_expired(pool_ids: Iterable[UUID], *, besides: Holder | None = None) -> bool:
    """Give expired holds back; `besides` is a holder whose own rows in these pools have not taken their units yet."""
    statement = (
        update(Reservation)
        .where(
            Reservation.shop_id == current_scope().shop_id,
            Reservation.pool_id.in_(list(pool_ids)),
            Reservation.state == "held",
            Reservation.expires_at <= now(),
        )
        .values(state="released")
        .returning(Reservation.pool_id, Reservation.quantity)
        .execution_options(synchronize_session=False)
    )
    if besides is not None:
        statement = statement.where(Reservation.holder_id != besides.id)
    return _return_units(session().execute(statement).all())


def _return_units(freed: Iterable[Any]) -> bool:
    sums: dict[UUID, int] = {}
    for row in freed:
        sums[row.pool_id] = sums.get(row.pool_id, 0) + row.quantity
    if sums:
        PUT_BACK.run(**_arrays([Want(pool, sums[pool]) for pool in sorted(sums)]))
    return bool(sums)


def free_expired_reservations(*, limit: int = 500) -> int:
    """Give expired holds of the bound shop back to their pools; returns how many there were."""
    due = (
        select(Reservation.pool_id)
        .where(Reservation.state == "held", Reservation.expires_at <= now())
        .distinct()
        .limit(limit)
    )
    pool_ids = sorted(session().scalars(due))
    _lock(pool_ids)
    return len(pool_ids) if pool_ids and _free_expired(pool_ids) else 0


def extend(*, holder: Holder, expires_at: datetime) -> None:
    """Keep what `holder` still holds until `expires_at`."""
    session().execute(_own(holder).values(expires_at=expires_at))


def transfer(*, source: Holder, target: Holder, expires_at: datetime) -> int:
    """Hand what `source` still holds over to `target`, kept until `expires_at`; returns how many reservations moved."""
    statement = _own(source).where(Reservation.expires_at > now())
    moved = statement.values(holder_kind=target.kind, holder_id=target.id, expires_at=expires_at)
    return len(session().execute(moved.returning(Reservation.id)).all())


def _own(holder: Holder) -> Update:
    return (
        update(Reservation)
        .where(
            Reservation.shop_id == current_scope().shop_id,
            Reservation.holder_kind == holder.kind,
            Reservation.holder_id == holder.id,
            Reservation.state == "held",
        )
        .execution_options(synchronize_session=False)
    )


def release(*, holder: Holder, only: Iterable[UUID] | None = None) -> int:
    """Give held (not confirmed) units back; `only` names pools. Returns how many reservations were released."""
    statement = _own(holder)
    if only is not None:
        statement = statement.where(Reservation.pool_id.in_(list(only)))
    _lock(_pools_of(holder))
    freed = (
        session()
        .execute(statement.values(state="released").returning(Reservation.pool_id, Reservation.quantity))
        .all()
    )
    _return_units(freed)
    return len(freed)


def confirm(*, holder: Holder) -> list[Confirmation]:
    """Make what `holder` keeps final; if any part is lost, nothing changes and the answer says which.

    confirmed: still kept. reacquired: the hold had lapsed, but the pool had room. lost: no room, or the pool is closed.
    The first confirmation of a pool with a window fixes its deadline; reaching its threshold closes it as "filled".
    Safe to call again: what is confirmed already is not counted twice.
    """
    locked = {pool.id: pool for pool in _lock(_pools_of(holder))}
    mine = (
        session()
        .scalars(
            select(Reservation)
            .where(Reservation.holder_kind == holder.kind, Reservation.holder_id == holder.id)
            .order_by(Reservation.pool_id)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    open_rows = [row for row in mine if row.state != "confirmed"]
    outcomes = {row.pool_id: _outcome(row, locked[row.pool_id]) for row in open_rows}
    if "lost" in outcomes.values():
        return [Confirmation(row.pool_id, row.quantity, outcomes[row.pool_id]) for row in open_rows]
    return [_confirm_row(row, locked[row.pool_id], outcomes[row.pool_id]) for row in open_rows]


def _outcome(row: Reservation, pool: Pool) -> Outcome:
    if pool.closed_as is not None or (pool.deadline is not None and pool.deadline <= now()):
        return "lost"
    if row.state == "held":
        return "confirmed" if row.expires_at > now() else "reacquired"
    room = pool.capacity is None or pool.reserved + pool.confirmed + row.quantity <= pool.capacity
    return "reacquired" if room else "lost"


def _confirm_row(row: Reservation, pool: Pool, outcome: Outcome) -> Confirmation:
    if row.state == "held":
        pool.reserved -= row.quantity
    pool.confirmed += row.quantity
    row.state, row.confirmed_at = "confirmed", now()
    if pool.window_seconds is not None and pool.deadline is None:
        pool.deadline = now() + timedelta(seconds=pool.window_seconds)
        if pool.hard_deadline is not None:
            pool.deadline = min(pool.deadline, pool.hard_deadline)
    filled = pool.threshold is not None and pool.confirmed >= pool.threshold
    if filled:
        pool.closed_as, pool.closed_at = "filled", now()
    return Confirmation(row.pool_id, row.quantity, outcome, pool.confirmed, pool.deadline, filled)


def lock_pools(*, holder: Holder) -> list[Pool]:
    """Lock the pools in which `holder` has units, in ascending id order, and return them as they stand."""
    return _lock(_pools_of(holder))


def lock_pool_and_those_of(pool_id: UUID, *, order_ids: Iterable[UUID]) -> None:
    """Lock a pool together with every other pool in which these orders have units, in ascending id order."""
    statement = select(Reservation.pool_id).where(
        Reservation.holder_kind == "order", Reservation.holder_id.in_(list(order_ids))
    )
    _lock(sorted({pool_id, *session().scalars(statement)}))


def locked_pool(pool_id: UUID) -> PoolView | None:
    """Lock one pool until the transaction ends and tell how it stands; None when there is no such pool."""
    found = _lock([pool_id])
    return pool_view(found[0]) if found else None


def forget(*, holder: Holder, pools: Iterable[UUID]) -> None:
    """Drop the holder's unconfirmed reservations in `pools`, which may be closed: a later `confirm` does not see them.

    Joins the caller's transaction.
    """
    dropped = (
        session()
        .execute(
            delete(Reservation)
            .where(
                Reservation.shop_id == current_scope().shop_id,
                Reservation.holder_kind == holder.kind,
                Reservation.holder_id == holder.id,
                Reservation.state != "confirmed",
                Reservation.pool_id.in_(list(pools)),
            )
            .returning(Reservation.pool_id, Reservation.quantity, Reservation.state)
            .execution_options(synchronize_session=False)
        )
        .all()
    )
    _return_units(row for row in dropped if row.state == "held")


def give_back(*, holder: Holder, pool_id: UUID, quantity: int | None = None) -> int:
    """Undo a confirmation (a refund that restocks, a member who leaves); `quantity` None means all. Returns units."""
    pool = _lock([pool_id])[0]
    row = (
        session()
        .scalars(
            select(Reservation)
            .where(
                Reservation.pool_id == pool_id,
                Reservation.holder_kind == holder.kind,
                Reservation.holder_id == holder.id,
                Reservation.state == "confirmed",
            )
            .execution_options(populate_existing=True)
        )
        .first()
    )
    if row is None:
        return 0
    units = row.quantity if quantity is None else min(quantity, row.quantity)
    if units == row.quantity:
        row.state = "released"
    else:
        row.quantity -= units
    pool.confirmed -= units
    session().flush()
    return units


def close_pool(*, pool_id: UUID, as_: str, only_below_threshold: bool = False) -> bool:
    """Close an open pool; of two callers one gets True. With `only_below_threshold`, a full pool is left alone."""
    statement = (
        update(Pool)
        .where(Pool.shop_id == current_scope().shop_id, Pool.id == pool_id, Pool.closed_as.is_(None))
        .values(closed_as=as_, closed_at=now())
        .returning(Pool.id)
        .execution_options(synchronize_session=False)
    )
    if only_below_threshold:
        statement = statement.where(Pool.confirmed < Pool.threshold)
    return session().execute(statement).first() is not None


def set_capacity(*, pool_id: UUID, available: int | None) -> None:
    """Say how many units are on hand now (held ones included, confirmed ones not); None: untracked.

    Raises CapacityTooSmall when fewer than are held.
    """
    values = {"capacity": None if available is None else Pool.confirmed + available}
    statement = (
        update(Pool)
        .where(Pool.shop_id == current_scope().shop_id, Pool.id == pool_id)
        .values(values)
        .returning(Pool.id)
        .execution_options(synchronize_session=False)
    )
    if available is not None:
        statement = statement.where(Pool.reserved <= available)
    if session().execute(statement).first() is None:
        taken = session().scalars(select(Pool.reserved).where(Pool.id == pool_id)).first()
        raise CapacityTooSmall(taken=taken or 0)


def limit_pools(*, owner: str, kind: str, subject_prefix: str, capacity: int | None) -> None:
    """Give every pool of (owner, kind) whose subject begins with `subject_prefix` a new total; None: untracked.

    What is reserved or confirmed already stays: a pool never goes below it.
    """
    taken = Pool.reserved + Pool.confirmed
    statement = (
        update(Pool)
        .where(
            Pool.shop_id == current_scope().shop_id,
            Pool.owner == owner,
            Pool.kind == kind,
            func.starts_with(Pool.subject, subject_prefix),
        )
        .values(capacity=None if capacity is None else func.greatest(capacity, taken))
        .execution_options(synchronize_session=False)
    )
    session().execute(statement)


def _pools_of(holder: Holder) -> list[UUID]:
    statement = select(Reservation.pool_id).where(
        Reservation.holder_kind == holder.kind, Reservation.holder_id == holder.id
    )
    return sorted(session().scalars(statement))


def _lock(pool_ids: Sequence[UUID]) -> list[Pool]:
    if not pool_ids:
        return []
    statement = (
        select(Pool)
        .where(Pool.id.in_(pool_ids))
        .order_by(Pool.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(session().scalars(statement))
