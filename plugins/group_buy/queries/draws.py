"""Draws and perks as pages show them; a seed only after its draw."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.sdk.data import session
from plugins.group_buy.domain.draws import Ranked, ranking
from plugins.group_buy.models import Draw, LeaderPerk, Seat


@dataclass(frozen=True, slots=True)
class DrawRow:
    """One entry of a draw that was made: its place and score, and whose order it was."""

    ranked: Ranked
    order_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawView:
    """A draw: its commitment from the beginning; seed, list and ranking when it was made ("" and none before)."""

    commitment: str
    winners: int
    drawn_at: datetime | None
    seed: str
    entries: str
    entries_hash: str
    rows: tuple[DrawRow, ...]


def draw_of_group(group_id: UUID) -> DrawView | None:
    """The draw of a lottery group; None for other groups."""
    draw = session().scalars(select(Draw).where(Draw.group_id == group_id)).first()
    if draw is None:
        return None
    if draw.drawn_at is None:
        return DrawView(
            commitment=draw.commitment,
            winners=draw.winners,
            drawn_at=None,
            seed="",
            entries="",
            entries_hash="",
            rows=(),
        )
    seats = {seat.ticket: seat for seat in session().scalars(select(Seat).where(Seat.group_id == group_id))}
    # Ranked again from what is shown, so that the page cannot say anything that does not follow from it.
    ranked = ranking(draw.seed, draw.entries, draw.winners)
    return DrawView(
        commitment=draw.commitment,
        winners=draw.winners,
        drawn_at=draw.drawn_at,
        seed=draw.seed,
        entries=draw.entries,
        entries_hash=draw.entries_hash,
        rows=tuple(DrawRow(one, seats[one.ticket].order_id, seats[one.ticket].customer_id) for one in ranked),
    )


def ticket_of(group_id: UUID, customer_id: UUID | None) -> str:
    """The ticket of a buyer who is in a lottery group; "" for others."""
    if customer_id is None:
        return ""
    statement = (
        select(Seat.ticket)
        .where(Seat.group_id == group_id, Seat.customer_id == customer_id, Seat.left_at.is_(None))
        .order_by(Seat.created_at.desc())
        .limit(1)
    )
    return session().scalars(statement).first() or ""


@dataclass(frozen=True, slots=True)
class PerkView:
    """How the leader's perk of a group stands: waiting, given (so much, minor units) or refused for a reason."""

    state: str
    reason: str
    amount_minor: int
    due_at: datetime
    settled_at: datetime | None


def perk_of_group(group_id: UUID) -> PerkView | None:
    """The leader's perk of a group that succeeded, or None."""
    row = session().scalars(select(LeaderPerk).where(LeaderPerk.group_id == group_id)).first()
    if row is None:
        return None
    return PerkView(row.state, row.reason, row.amount_minor, row.due_at, row.settled_at)
