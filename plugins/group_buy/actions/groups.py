"""What happens to groups: a member leaves, the leader's role passes on, a payment that comes too late moves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import command, current_actor
from core.sdk.data import session
from core.sdk.errors import NotFound
from core.sdk.orders import PaidOrder, Replacement, cancel_unshipped
from core.sdk.reservations import Holder, Want, close_pool, forget, locked_pool, reservations_in
from core.sdk.shop import current_scope, takes_new_business
from core.sdk.tables import ORDER
from core.sdk.words import N_
from plugins.group_buy.actions.buying import hold_on, open_group, rules_of
from plugins.group_buy.actions.holding import release_unpaid
from plugins.group_buy.actions.prizes import give_back_prizes
from plugins.group_buy.domain import if_full, stage
from plugins.group_buy.errors import refused
from plugins.group_buy.models import Activity, ActivityPrice, Group, Seat
from plugins.group_buy.pools import member_pool, newcomer_pool, seat_pool
from plugins.group_buy.queries.facts import has_bought
from plugins.group_buy.queries.groups import city_of, group_row, open_groups


@command("buyer")
def leave_group(*, code: str) -> None:
    """Leave a group that is still forming: the seat is free again and the whole payment goes back.

    The leader's role passes to the member who paid next, with the same deadline; when the last member leaves, the group
    ends. Raises NotFound, cannot_leave.
    """
    actor = current_actor()
    group = group_row(code)
    seat = _seat_of(group, actor.id) if group else None
    if group is None or seat is None:
        raise NotFound
    if not _is_paid(seat.order_id):
        raise refused("cannot_leave")
    cancel_unshipped(order_id=seat.order_id, reason="withdrawn")
    # Cancelling locked the pool: from here on nobody fills or ends the group. If that had happened, all is undone.
    pool = locked_pool(group.pool_id)
    if pool is None or not pool.open_at(now()):
        raise refused("cannot_leave")
    seat.left_at = now()
    _pass_on(group)


def _seat_of(group: Group, customer_id: UUID | None) -> Seat | None:
    statement = select(Seat).where(
        Seat.group_id == group.id, Seat.customer_id == customer_id, Seat.left_at.is_(None)
    )
    return session().scalars(statement).first()


def _is_paid(order_id: UUID) -> bool:
    statement = select(ORDER.c.financial).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id, ORDER.c.lifecycle == "placed"
    )
    return session().execute(statement).scalar() not in (None, "unpaid")


def give_up_seat(order_id: UUID, reason: str) -> None:
    """An order was cancelled, by whomever: note when, pass the leader's role on, end a group without members.

    Whoever was not drawn has not left. Joins the caller's transaction; safe to repeat.
    """
    seat = session().scalars(select(Seat).where(Seat.order_id == order_id)).first()
    if seat is None:
        return
    release_unpaid("order", order_id)
    if reason == "not_drawn":
        return
    seat.left_at = seat.left_at or now()
    group = session().scalars(select(Group).where(Group.id == seat.group_id)).one()
    pool = locked_pool(group.pool_id)
    if pool is not None and pool.closed_as is None:
        _pass_on(group)


def _pass_on(group: Group) -> None:
    """Let the member who paid first lead, or end the group when none is left; its pool is locked."""
    live = reservations_in([group.pool_id])
    paid = [one for one in live if one.state == "confirmed" and one.confirmed_at]
    if not paid:
        close_pool(pool_id=group.pool_id, as_="cancelled")
        give_back_prizes(group)
        return
    orders = {one.holder_id: one.confirmed_at for one in paid}
    seats = session().scalars(select(Seat).where(Seat.order_id.in_(orders))).all()
    if all(seat.customer_id != group.leader_id for seat in seats):
        group.leader_id = min(seats, key=lambda seat: (orders[seat.order_id], seat.id)).customer_id


def replacement_for(order: PaidOrder, lost: tuple[UUID, ...]) -> Replacement | None:
    """What a buyer chose at checkout for a payment that comes after the group filled or closed; None: refund.

    Runs in the capture's transaction; what it writes is undone when the offered seat turns out to be gone as well.
    """
    mark = order.marks.get("group_buy")
    seat = session().scalars(select(Seat).where(Seat.order_id == order.id)).first()
    if mark is None or seat is None or order.customer_id is None:
        return None
    if set(lost) != {seat_pool(seat.group_id).id}:
        return None
    chosen = if_full(order.choices)
    group = session().scalars(select(Group).where(Group.id == seat.group_id)).one()
    # Every ticket of a draw belongs to the list of its own group.
    if chosen == "refund" or rules_of(group).of_kind.draws:
        return None
    activity_id, variant_id = UUID(mark["activity"]), UUID(mark["variant"])
    if chosen == "join_other":
        if _is_newcomer_no_more(order, mark):
            return None
        group_id = _other_group(activity_id, variant_id, group.price_minor, order.customer_id)
    else:
        group_id = _new_group(activity_id, variant_id, mark, order.customer_id)
    return _moved(order.customer_id, order.id, seat, group_id, mark["size"], chosen) if group_id else None


def seats_given_up(order: PaidOrder) -> tuple[UUID, ...]:
    """The seat of somebody who joined as a newcomer and has bought something since: not theirs any more.

    Runs in the capture's transaction.
    """
    mark = order.marks.get("group_buy")
    seat = session().scalars(select(Seat).where(Seat.order_id == order.id)).first()
    if mark is None or seat is None or not _is_newcomer_no_more(order, mark):
        return ()
    return (seat_pool(seat.group_id).id,)


def _is_newcomer_no_more(order: PaidOrder, mark: Mapping[str, Any]) -> bool:
    newcomer = bool(mark.get("newcomer")) and order.customer_id is not None
    return newcomer and has_bought(order.customer_id, besides=order.id)  # type: ignore[arg-type]


def _other_group(activity_id: UUID, variant_id: UUID, price: int, customer_id: UUID) -> UUID | None:
    found = open_groups(
        activity_ids=[activity_id],
        variant_id=variant_id,
        price_minor=price,
        without_customer=customer_id,
        city=city_of(customer_id),
        limit=1,
    )
    return found[0].id if found else None


def _new_group(
    activity_id: UUID, variant_id: UUID, mark: dict[str, object], customer_id: UUID
) -> UUID | None:
    """A new group under today's rules, if they are still those the buyer agreed to."""
    activity = session().scalars(select(Activity).where(Activity.id == activity_id)).first()
    price = (
        session()
        .scalars(
            select(ActivityPrice.price_minor).where(
                ActivityPrice.activity_id == activity_id, ActivityPrice.variant_id == variant_id
            )
        )
        .first()
    )
    agreed = (mark.get("first", mark["price"]), mark["size"])
    if activity is None or price is None or (price, activity.size) != agreed:
        return None
    if not takes_new_business("group_buy"):
        return None
    if stage(activity.state, activity.starts_at, activity.ends_at, now()) != "running":
        return None
    return open_group(activity, variant_id=variant_id, leader_id=customer_id)


_MOVED = {
    "join_other": N_(
        "The group had closed before the payment came. As chosen, the order moved to another group."
    ),
    "start_new": N_("The group had closed before the payment came. As chosen, the order starts a new group."),
}


def _moved(
    customer_id: UUID, order_id: UUID, seat: Seat, group_id: UUID, size: int, chosen: str
) -> Replacement:
    dropped = [member_pool(seat.group_id, customer_id).id]
    if chosen == "start_new":
        # Whoever leads need not be new.
        dropped.append(newcomer_pool(customer_id).id)
    forget(holder=Holder("order", order_id), pools=dropped)
    seat.group_id = group_id
    session().flush()
    pool, member = seat_pool(group_id), member_pool(group_id, customer_id)
    return Replacement(
        wants=(Want(pool.id, 1), Want(member.id, 1)),
        new_pools=(member,),
        holds=(hold_on(pool.id, size),),
        text=_MOVED[chosen],
    )
