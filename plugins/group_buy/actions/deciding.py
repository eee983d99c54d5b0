"""What a merchant decides about a group: end it, give it more time once, or declare it successful as it stands."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from core.sdk.clock import now
from core.sdk.commands import command, current_actor
from core.sdk.data import session
from core.sdk.errors import NotFound, PoolExhausted
from core.sdk.orders import cancel_pool, complete_pool, extend_pool
from core.sdk.reservations import Holder, Want, ensure_pools, pools, reserve
from core.sdk.shop import current_scope, settings
from plugins.group_buy.errors import refused
from plugins.group_buy.models import Group
from plugins.group_buy.pools import declared_pool, shop_day
from plugins.group_buy.schemas import GroupBuySettings

# How long the place in a day's count of declared groups is kept; the pool is the day's, so nobody needs it longer.
_A_DAY = timedelta(days=2)


def _found(group_id: UUID) -> Group:
    statement = select(Group).where(Group.id == group_id).execution_options(populate_existing=True)
    group = session().scalars(statement).first()
    if group is None:
        raise NotFound
    return group


@command("group_buy.manage")
def cancel_group(*, group_id: UUID) -> None:
    """End a group before its time: every payer gets the whole payment back. Raises NotFound, group_ended."""
    if not cancel_pool(pool_id=_found(group_id).pool_id):
        raise refused("group_ended")


@command("system")
def end_group(*, group_id: UUID) -> None:
    """As `cancel_group`, for an activity that was closed; a group that has ended by itself stays as it is."""
    cancel_pool(pool_id=_found(group_id).pool_id)


@command("group_buy.manage")
def extend_group(*, group_id: UUID, time: timedelta) -> datetime:
    """Give a forming group more time, once, and never beyond its activity's hard end; returns the new deadline.

    Raises NotFound, group_ended, extended_already, no_more_time.
    """
    group = _found(group_id)
    pool = pools([group.pool_id])[group.pool_id]
    if pool.deadline is None:
        raise refused("group_ended")
    until = min(pool.deadline + time, pool.hard_deadline or pool.deadline + time)
    if until <= pool.deadline:
        raise refused("no_more_time")
    if not extend_pool(pool_id=group.pool_id, until=until):
        raise refused("group_ended")
    once = (
        update(Group)
        .where(Group.shop_id == current_scope().shop_id, Group.id == group_id, Group.extended_at.is_(None))
        .values(extended_at=now())
        .returning(Group.id)
    )
    if session().execute(once.execution_options(synchronize_session=False)).first() is None:
        raise refused("extended_already")
    return until


@command("group_buy.manage")
def declare_success(*, group_id: UUID) -> int:
    """Declare a forming group successful with the seats that are paid; returns how many those are.

    It adds no seat, order or person. Who did it, when and with how many is kept with the group, told on its page and
    counted apart. The settings say from which share of paid seats on, and how many groups a day.
    Raises NotFound, group_ended, too_few, too_many_declared.
    """
    paid = _declare(_found(group_id))
    if paid is None:
        raise refused("group_ended")
    return paid


@command("system")
def complete_group(*, group_id: UUID) -> bool:
    """As `declare_success`, for an activity that was closed so; a group below the share goes on. Whether it was done."""
    group = _found(group_id)
    pool = pools([group.pool_id])[group.pool_id]
    if pool.confirmed < least_declared(group.size):
        return False
    return _declare(group, counted=False) is not None


def least_declared(size: int) -> int:
    """From how many paid seats on the shop declares a group of `size` successful."""
    percent: int = settings(GroupBuySettings, "group_buy")["declare_from"]
    return max(1, -(-size * percent // 100))


def _declare(group: Group, *, counted: bool = True) -> int | None:
    if not complete_pool(pool_id=group.pool_id):
        return None
    # The pool is locked now, and whoever pays from here on is too late.
    paid = pools([group.pool_id])[group.pool_id].confirmed
    least = least_declared(group.size)
    if paid < least:
        raise refused("too_few", least=least, paid=paid)
    if counted:
        _count_declared(group.id)
    group.declared_at, group.declared_paid = now(), paid
    group.declared_by = current_actor().name
    session().flush()
    return paid


def _count_declared(group_id: UUID) -> None:
    limit = settings(GroupBuySettings, "group_buy")["declare_per_day"]
    pool = declared_pool(shop_day(now()), limit)
    ensure_pools([pool])
    try:
        reserve(holder=Holder("order", group_id), wants=[Want(pool.id, 1)], expires_at=now() + _A_DAY)
    except PoolExhausted as error:
        raise refused("too_many_declared") from error
