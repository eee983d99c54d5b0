"""What follows from a group's success: differences go back, winners are drawn, the leader's perk is noted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.customers import RewardEarned, record
from core.sdk.data import session
from core.sdk.jobs import defer, job_types
from core.sdk.orders import cancel_unshipped, complete_pool, lower_price
from core.sdk.reservations import lock_pool_and_those_of, locked_pool, reservations_in
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, ORDER_LINE
from plugins.group_buy.actions.buying import pool_of_draw, rules_of
from plugins.group_buy.actions.perks import note_perk
from plugins.group_buy.actions.prizes import hand_over
from plugins.group_buy.domain.draws import entry_list, list_hash, ranking
from plugins.group_buy.domain.kinds import unit_cut
from plugins.group_buy.messages import tell_draw, tell_falling
from plugins.group_buy.models import Draw, Group, Seat
from plugins.group_buy.pools import prize_holders
from plugins.group_buy.queries.facts import ladder_of


def settle_later(pool_id: UUID) -> None:
    """A pool of seats filled: settle its group by a job of its own. Joins the caller's transaction."""
    group_id = session().scalars(select(Group.id).where(Group.pool_id == pool_id)).first()
    if group_id is not None:
        defer(job_types()["group_buy.settle_group"], group_id=str(group_id))


@command("system")
def settle_group(*, group_id: UUID) -> bool:
    """Do all that follows from a group's success, in one transaction and once; returns whether this call did it."""
    pool_id = session().scalars(select(Group.pool_id).where(Group.id == group_id)).first()
    if pool_id is None:
        # The merchant has deleted what group-buy kept.
        return False
    # All at once and in one order: the draw moves goods and gives limits back.
    lock_pool_and_those_of(pool_id, order_ids=_orders_of(group_id))
    pool = locked_pool(pool_id)
    statement = select(Group).where(Group.id == group_id).with_for_update(key_share=True)
    group = session().scalars(statement.execution_options(populate_existing=True)).one()
    if pool is None or pool.closed_as != "filled" or group.settled_at is not None:
        return False
    group.settled_at = now()
    group.final_minor = ladder_of(group).reached(pool.confirmed).price
    session().flush()
    members = paid_members(group)
    if rules_of(group).of_kind.draws:
        _draw(group, members)
    if rules_of(group).of_kind.climbs:
        _send_differences(group, group.final_minor, members)
    note_perk(group, rules_of(group).perk)
    return True


def _orders_of(group_id: UUID) -> list[UUID]:
    """The orders of a group, and whoever keeps its prizes."""
    seats = session().scalars(select(Seat.order_id).where(Seat.group_id == group_id)).all()
    winners = session().scalars(select(Draw.winners).where(Draw.group_id == group_id)).first() or 0
    return [*seats, *(holder.id for holder in prize_holders(group_id, winners))]


def paid_members(group: Group) -> Sequence[Any]:
    """Seats that are paid and whose orders stand: (Seat, order id, marks), in the order of their payment."""
    paid = {one.holder_id: one for one in reservations_in([group.pool_id]) if one.state == "confirmed"}
    statement = (
        select(Seat, ORDER.c.id.label("order_id"), ORDER.c.marks)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(Seat.group_id == group.id, Seat.order_id.in_(paid), ORDER.c.lifecycle != "cancelled")
        .order_by(ORDER.c.paid_at, Seat.id)
    )
    return session().execute(statement).all()


def _send_differences(group: Group, final: int, members: Sequence[Any]) -> None:
    """Each member gets back, piece by piece, what the own price is above the final one; references the capture."""
    lines = _lines([member.order_id for member in members])
    for member in members:
        cut = unit_cut(member.marks["group_buy"]["price"], final)
        line = lines[member.order_id]
        refund = (
            lower_price(
                order_id=member.order_id,
                cuts={line.key: [cut] * line.quantity},
                source=f"group:{group.id}",
            )
            if cut
            else None
        )
        if refund is not None:
            tell_falling(group.id, member.order_id, member.Seat.customer_id, cut * line.quantity)


def _lines(order_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The one line of each order of a group."""
    statement = select(ORDER_LINE.c.order_id, ORDER_LINE.c.key, ORDER_LINE.c.quantity).where(
        ORDER_LINE.c.shop_id == current_scope().shop_id, ORDER_LINE.c.order_id.in_(order_ids)
    )
    return {row.order_id: row for row in session().execute(statement)}


def _draw(group: Group, members: Sequence[Any]) -> None:
    """Freeze the list, rank it, refund whoever was not drawn, and let the winners' orders ship."""
    draw = session().scalars(select(Draw).where(Draw.group_id == group.id)).one()
    seats = {member.Seat.ticket: member.Seat for member in members}
    draw.entries = entry_list(seats)
    draw.entries_hash, draw.drawn_at = list_hash(draw.entries), now()
    ranked = ranking(draw.seed, draw.entries, draw.winners)
    for entry in ranked:
        seats[entry.ticket].won = entry.wins
    session().flush()
    won = [seats[entry.ticket].order_id for entry in ranked if entry.wins]
    hand_over(group, won, until=now() + timedelta(days=1))
    # In ascending order of orders, so that two draws never wait for each other crosswise.
    for entry in sorted(ranked, key=lambda one: seats[one.ticket].order_id):
        seat = seats[entry.ticket]
        if not entry.wins:
            cancel_unshipped(order_id=seat.order_id, reason="not_drawn")
            record(
                RewardEarned(
                    customer_id=seat.customer_id, occasion="lottery_consolation", source=f"draw:{seat.id}"
                )
            )
        tell_draw(group.id, seat.order_id, seat.customer_id, won=entry.wins)
    complete_pool(pool_id=pool_of_draw(group).id)
