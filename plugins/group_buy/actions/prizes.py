"""What the winners of a lottery group get: kept from its opening on, the winners' own after the draw, or free again.

Members reserve no goods, so that ten people can take part for one piece; what is kept outlives the draw's own deadline.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from core.sdk.data import session
from core.sdk.errors import PoolExhausted
from core.sdk.reservations import (
    Holder,
    Want,
    confirm,
    ensure_pools,
    release,
    reserve,
    stock_pool_id,
    transfer,
)
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.errors import refused
from plugins.group_buy.models import Group, Seat
from plugins.group_buy.pools import DRAW_WITHIN, prize_holders, stock_pool

_A_DAY = timedelta(days=1)


def set_aside(group: Group, *, cap: int | None) -> None:
    """Keep the winners' goods for a group that is being opened; joins the caller's transaction. Raises sold_out.

    They count in the stock and in the activity's cap, as if they had been ordered.
    """
    cap_pool = stock_pool(group.activity_id, cap)
    ensure_pools([cap_pool])
    wants = [Want(stock_pool_id(group.variant_id), 1), Want(cap_pool.id, 1)]
    try:
        for holder in _holders(group):
            reserve(holder=holder, wants=wants, expires_at=_kept_until(group))
    except PoolExhausted as error:
        raise refused("sold_out") from error


def _holders(group: Group) -> list[Holder]:
    rules = Rules.from_json(group.terms.get("rules", {}))
    return prize_holders(group.id, rules.winners) if rules.of_kind.draws else []


def _kept_until(group: Group) -> datetime:
    """Later than any draw of the group can be: by then core has sent every payment back."""
    window = timedelta(minutes=int(group.terms["window_minutes"]))
    return datetime.fromisoformat(group.terms["hard_end_at"]) + window + DRAW_WITHIN + _A_DAY


def hand_over(group: Group, order_ids: Iterable[UUID], *, until: datetime) -> None:
    """Give the kept goods to the winners' orders, for good; what nobody won is free again. Joins the transaction.

    Orders of groups that were opened before goods were set aside have theirs already.
    """
    for holder, order_id in zip(_holders(group), order_ids, strict=False):
        order = Holder("order", order_id)
        if transfer(source=holder, target=order, expires_at=until):
            confirm(holder=order)
    give_back_prizes(group)


def give_back_prizes(group: Group) -> None:
    """Nobody wins any more: the goods can be sold again. Joins the caller's transaction; safe to repeat."""
    for holder in _holders(group):
        release(holder=holder)


def give_back_prizes_of(order_ids: Iterable[UUID]) -> None:
    """Groups to which these orders belong have failed: their goods can be sold again. Joins the transaction."""
    groups = select(Seat.group_id).where(Seat.order_id.in_(list(order_ids)))
    for group in session().scalars(select(Group).where(Group.id.in_(groups)).order_by(Group.id)):
        give_back_prizes(group)
