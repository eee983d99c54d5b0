"""The leader's perk: noted when the group succeeded, given when nothing can come back, refused when people were missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.aftersale import return_windows
from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.customers import RewardEarned, record
from core.sdk.data import session
from core.sdk.errors import PoolExhausted
from core.sdk.jobs import defer, job_types
from core.sdk.orders import lower_price
from core.sdk.reservations import Holder, Want, ensure_pools, release, reserve
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, ORDER_LINE
from core.sdk.words import _
from plugins.group_buy.domain.rules import Perk, Rules, distinct_payers
from plugins.group_buy.models import Group, LeaderPerk, Seat
from plugins.group_buy.pools import address_key, payer_key, perk_pools

_AGAIN = timedelta(days=1)
# A cap's unit stays the leader's for good; a refused perk gives it back.
_FOR_GOOD = timedelta(days=36_500)


def note_perk(group: Group, perk: Perk | None) -> None:
    """The group succeeded: note the leader's perk, if one is left. Joins the caller's transaction."""
    seat = (
        session()
        .scalars(
            select(Seat)
            .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
            .where(
                Seat.group_id == group.id,
                Seat.customer_id == group.leader_id,
                Seat.left_at.is_(None),
                ORDER.c.lifecycle != "cancelled",
            )
        )
        .first()
    )
    if perk is None or seat is None:
        return
    row = LeaderPerk(
        group_id=group.id,
        order_id=seat.order_id,
        customer_id=seat.customer_id,
        due_at=now() + _AGAIN,
    )
    session().add(row)
    session().flush()
    pools = perk_pools(group.activity_id, seat.customer_id, perk.per_person, perk.in_all)
    ensure_pools(pools)
    try:
        wants = [Want(pool.id, 1) for pool in pools]
        reserve(holder=Holder("order", seat.order_id), wants=wants, expires_at=now() + _FOR_GOOD)
    except PoolExhausted:
        row.state, row.reason, row.settled_at = "refused", "cap", now()
        return
    _look_later(row)


def _look_later(row: LeaderPerk) -> None:
    defer(job_types()["group_buy.look_at_perk"], at=row.due_at, perk_id=str(row.id))


@command("system")
def look_at_perk(*, perk_id: UUID) -> str:
    """Give a perk whose time has come, refuse one that was not earned, or look again later; returns how it stands."""
    statement = select(LeaderPerk).where(LeaderPerk.id == perk_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None or row.state != "waiting":
        return row.state if row else ""
    group = session().scalars(select(Group).where(Group.id == row.group_id)).one()
    perk = Rules.from_json(group.terms["rules"]).perk
    assert perk is not None
    kept = kept_orders(group.id)
    waits_until = _waits_until([order.id for order in kept])
    payers = distinct_payers([_person(order) for order in kept])
    leads_still = any(order.id == row.order_id for order in kept)
    if payers < perk.payers or not leads_still:
        _refuse(row, group, perk, "people" if leads_still else "left")
    elif waits_until > now():
        row.due_at = waits_until
        _look_later(row)
    else:
        _give(row, group, perk)
    session().flush()
    return row.state


def kept_orders(group_id: UUID) -> Sequence[Any]:
    """The orders of a group's members who paid and kept something: not cancelled, not wholly refunded."""
    names = ("id", "customer_id", "contact", "address", "captured_minor", "refunded_minor")
    statement = (
        select(*(ORDER.c[name] for name in names))
        .join(Seat, (Seat.shop_id == ORDER.c.shop_id) & (Seat.order_id == ORDER.c.id))
        .where(
            Seat.group_id == group_id,
            ORDER.c.lifecycle != "cancelled",
            ORDER.c.paid_at.is_not(None),
            ORDER.c.financial != "refunded",
        )
    )
    return session().execute(statement).all()


def _person(order: Any) -> Mapping[str, str]:
    """What makes a payer a different one; an order that is fetched has no address to compare."""
    person = {"account": str(order.customer_id), "phone": payer_key(order.contact)}
    address = address_key(order.address)
    return {**person, "address": address or str(order.id)}


def _waits_until(order_ids: Sequence[UUID]) -> datetime:
    """When nothing of these orders can come back any more; a day from now while that cannot be said."""
    ends = list(return_windows(order_ids).values())
    if any(end is None for end in ends):
        return now() + _AGAIN
    return max((end for end in ends if end is not None), default=now())


def _refuse(row: LeaderPerk, group: Group, perk: Perk, reason: str) -> None:
    row.state, row.reason, row.settled_at = "refused", reason, now()
    pools = perk_pools(group.activity_id, row.customer_id, perk.per_person, perk.in_all)
    release(holder=Holder("order", row.order_id), only=[pool.id for pool in pools])


def _give(row: LeaderPerk, group: Group, perk: Perk) -> None:
    row.state, row.settled_at = "given", now()
    if perk.kind == "coupon":
        record(RewardEarned(customer_id=row.customer_id, occasion="group_leader", source=f"perk:{row.id}"))
        return
    line = (
        session()
        .execute(
            select(
                ORDER_LINE.c.key, ORDER_LINE.c.unit_nets, ORDER_LINE.c.unit_cuts, ORDER_LINE.c.refunded
            ).where(ORDER_LINE.c.shop_id == current_scope().shop_id, ORDER_LINE.c.order_id == row.order_id)
        )
        .one()
    )
    before = line.unit_cuts or [0] * len(line.unit_nets)
    left = [net - cut for net, cut in zip(line.unit_nets, before, strict=True)]
    cuts = perk.cuts(left)
    words = _("Thanks for bringing a group together")
    if lower_price(order_id=row.order_id, cuts={line.key: cuts}, source=f"perk:{row.id}", reason=words):
        row.amount_minor = sum(cuts[line.refunded :])
