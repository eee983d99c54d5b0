"""Waiting for pieces at the group price: whoever asked is told, in the order of asking, when some come back."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command, current_actor
from core.sdk.data import new_id, session
from core.sdk.errors import NotFound
from core.sdk.shop import current_scope
from plugins.group_buy.errors import refused
from plugins.group_buy.messages import tell_pieces_are_back
from plugins.group_buy.models import Group, Seat, Waiter
from plugins.group_buy.queries.activities import activity, pieces_taken

# So many are told at once; more pieces tell the next ones.
_MOST_TOLD = 200


@command("buyer")
def wait_for_pieces(*, activity_id: UUID) -> None:
    """Ask to be told when pieces at the group price come back; asking twice is asking once, being told ends it.

    Raises NotFound, login_needed, over.
    """
    actor = current_actor()
    if actor.kind != "customer" or actor.id is None:
        raise refused("login_needed")
    found = activity(activity_id)
    if found is None:
        raise NotFound
    if found.stage != "running":
        raise refused("over")
    row = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "activity_id": activity_id,
        "customer_id": actor.id,
        "told_at": None,
        "created_at": now(),
    }
    statement = insert(Waiter).values(row)
    again = statement.on_conflict_do_update(
        index_elements=["shop_id", "activity_id", "customer_id"],
        set_={"told_at": None, "created_at": statement.excluded.created_at},
        where=Waiter.told_at.is_not(None),
    )
    session().execute(again)


def tell_waiting(activity_id: UUID) -> int:
    """Tell as many of those who wait as there are pieces again; returns how many. Joins the caller's transaction."""
    waiting = (
        session()
        .scalars(
            select(Waiter)
            .where(Waiter.activity_id == activity_id, Waiter.told_at.is_(None))
            .order_by(Waiter.created_at, Waiter.id)
            .limit(1)
        )
        .first()
    )
    found = activity(activity_id) if waiting else None
    if found is None or found.stage != "running":
        return 0
    cap = found.stock_cap
    left = None if cap is None else cap - pieces_taken([activity_id])[activity_id]
    if left is not None and left <= 0:
        return 0
    # Of two that run at once each row is told by one.
    first = (
        select(Waiter.id)
        .where(Waiter.activity_id == activity_id, Waiter.told_at.is_(None))
        .order_by(Waiter.created_at, Waiter.id)
        .limit(_MOST_TOLD if left is None else min(left, _MOST_TOLD))
        .with_for_update(skip_locked=True)
    )
    told = session().execute(
        update(Waiter)
        .where(
            Waiter.shop_id == current_scope().shop_id,
            Waiter.id.in_(session().scalars(first).all()),
            Waiter.told_at.is_(None),
        )
        .values(told_at=now())
        .returning(Waiter.id, Waiter.customer_id, Waiter.created_at)
        .execution_options(synchronize_session=False)
    )
    count = 0
    for row in told.all():
        key = f"{row.id}:{row.created_at.isoformat()}"
        tell_pieces_are_back(found, row.customer_id, key)
        count += 1
    return count


def pieces_came_back(order_id: UUID) -> None:
    """An order of a group was cancelled: its pieces may be for somebody who waits. Joins the caller's transaction."""
    of_order = (
        select(Group.activity_id)
        .join(Seat, (Seat.shop_id == Group.shop_id) & (Seat.group_id == Group.id))
        .where(Seat.order_id == order_id)
    )
    activity_id = session().scalars(of_order).first()
    if activity_id is not None:
        tell_waiting(activity_id)
