"""A merchant writes to the members of a group: a few words, a few times a day, to those who did not opt out."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import InputRefused, NotFound, PoolExhausted
from core.sdk.reservations import Holder, Want, ensure_pools, reserve
from core.sdk.shop import settings
from core.sdk.tables import ORDER
from core.sdk.words import _
from plugins.group_buy.errors import refused
from plugins.group_buy.messages import tell_note
from plugins.group_buy.models import Group, Seat
from plugins.group_buy.pools import note_pool, shop_day
from plugins.group_buy.schemas import GroupBuySettings

LONGEST_NOTE = 300
# The day's count is a pool of its own, which nobody needs longer.
_A_DAY = timedelta(days=2)


@command("group_buy.manage")
def write_to_members(*, group_id: UUID, text: str) -> int:
    """Tell the paid members of a group something, in the shop's words; returns how many are told.

    It goes through the shop's messages: whoever opted out of news about groups is left out there, and quiet hours hold.
    Raises NotFound, InputRefused, no_members, too_many_notes.
    """
    group = session().scalars(select(Group).where(Group.id == group_id)).first()
    if group is None:
        raise NotFound
    words = " ".join(text.replace("\0", "").split())
    if not 1 <= len(words) <= LONGEST_NOTE:
        raise InputRefused({"text": [_("Write 1 to %(most)s characters.", most=LONGEST_NOTE)]})
    members = session().execute(
        select(Seat.order_id, Seat.customer_id)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(
            Seat.group_id == group_id,
            Seat.left_at.is_(None),
            ORDER.c.paid_at.is_not(None),
            ORDER.c.lifecycle != "cancelled",
        )
    )
    told = members.all()
    if not told:
        raise refused("no_members")
    note_id = new_id()
    _count_note(group_id, note_id)
    tell_note(group_id, note_id, words, [(one.order_id, one.customer_id) for one in told])
    return len(told)


def _count_note(group_id: UUID, note_id: UUID) -> None:
    limit = settings(GroupBuySettings, "group_buy")["notes_per_day"]
    pool = note_pool(group_id, shop_day(now()), limit)
    ensure_pools([pool])
    try:
        reserve(holder=Holder("order", note_id), wants=[Want(pool.id, 1)], expires_at=now() + _A_DAY)
    except PoolExhausted as error:
        raise refused("too_many_notes") from error
