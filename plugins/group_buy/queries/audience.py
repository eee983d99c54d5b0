"""What group-buy knows of customers, as conditions of segments."""

from typing import Any

from sqlalchemy import Select, select

from core.sdk.audiences import AudienceCondition
from core.sdk.shop import current_scope
from core.sdk.tables import POOL
from core.sdk.words import N_
from plugins.group_buy.models import Group, Seat

_POOL_OF_GROUP = (POOL.c.shop_id == Group.shop_id) & (POOL.c.id == Group.pool_id)


def conditions() -> list[AudienceCondition]:
    """One condition with a choice of parts that a customer can have played."""
    return [
        AudienceCondition(
            key="part",
            label=N_("Group-buy"),
            choices=(
                ("member", N_("Has been in a group")),
                ("leader", N_("Has led a group")),
                ("succeeded", N_("Was in a group that succeeded")),
                ("failed", N_("Was in a group that failed")),
            ),
            customers=customers_with_part,
        )
    ]


def customers_with_part(part: str) -> Select[Any]:
    """The ids of customers who played a part, one of those in `conditions`."""
    shop_id = current_scope().shop_id
    if part == "leader":
        return select(Group.leader_id).where(Group.shop_id == shop_id)
    seats = select(Seat.customer_id).where(Seat.shop_id == shop_id)
    if part == "member":
        return seats
    closed_as = ("filled",) if part == "succeeded" else ("expired", "cancelled")
    return (
        seats.join(Group, (Group.shop_id == Seat.shop_id) & (Group.id == Seat.group_id))
        .join(POOL, _POOL_OF_GROUP)
        .where(POOL.c.closed_as.in_(closed_as))
    )
