"""Seats that are kept and not paid: how long, and how many one buyer or one network address can keep at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.errors import PoolExhausted
from core.sdk.reservations import Holder, NewPool, Want, ensure_pools, release, reservations_of, reserve
from core.sdk.shop import settings
from plugins.group_buy.errors import refused
from plugins.group_buy.models import Seat
from plugins.group_buy.pools import unpaid_device_pool, unpaid_pool
from plugins.group_buy.schemas import GroupBuySettings


def seat_time() -> timedelta:
    """How long a seat is kept for a buyer who has not paid."""
    time: timedelta = settings(GroupBuySettings, "group_buy")["seat_time"]
    return time


def unpaid_pools(customer_id: UUID, device: str = "") -> list[NewPool]:
    """What counts the unpaid seats of a buyer, and of the network address that is asked from."""
    most = settings(GroupBuySettings, "group_buy")
    pools = [unpaid_pool(customer_id, most["held_per_buyer"])]
    if device:
        pools.append(unpaid_device_pool(device, most["held_per_network"]))
    return pools


def count_unpaid(of: Holder, pools: Iterable[NewPool], *, until: datetime) -> None:
    """Count one more unpaid seat, of a checkout or an order, until it is paid or lapses. Raises too_many_held.

    Counted beside the seat and not with it: what an order keeps becomes final when it is paid, and this must not.
    """
    wanted = list(pools)
    ensure_pools(wanted)
    _count(of, [pool.id for pool in wanted], until)


def _count(of: Holder, pool_ids: Iterable[UUID], until: datetime) -> None:
    try:
        reserve(holder=_beside(of), wants=[Want(pool, 1) for pool in pool_ids], expires_at=until)
    except PoolExhausted as error:
        raise refused("too_many_held") from error


def _beside(of: Holder) -> Holder:
    return Holder(of.kind, uuid5(of.id, "unpaid"))


def take_over_unpaid(checkout_id: UUID, order_id: UUID, customer_id: UUID) -> None:
    """The checkout's unpaid seat is the order's from now on. Joins the place-order transaction. Raises too_many_held."""
    before = _beside(Holder("checkout", checkout_id))
    known = {one.pool_id for one in reservations_of(before.kind, before.id)}
    release(holder=before)
    mine = unpaid_pools(customer_id)
    ensure_pools(mine)
    pools = sorted({*known, *(pool.id for pool in mine)})
    _count(Holder("order", order_id), pools, now() + seat_time())


def release_unpaid(kind: Literal["checkout", "order"], holder_id: UUID) -> None:
    """A seat is paid, or not kept any more. Joins the caller's transaction; safe to repeat."""
    release(holder=_beside(Holder(kind, holder_id)))


def seat_paid(order_id: UUID) -> None:
    """An order was paid: if it has a seat, it is no unpaid one any more. Joins the caller's transaction."""
    if session().scalars(select(Seat.id).where(Seat.order_id == order_id)).first() is not None:
        release_unpaid("order", order_id)
