"""Rounds of fission as their pages show them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.data import session
from plugins.coupon.models import Fission, FissionMember
from plugins.coupon.queries.campaigns import CampaignView, campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """A round: `standing` is open, complete or over; `mine` says that the viewer is in it."""

    code: str
    campaign: CampaignView
    need: int
    joined: int
    expires_at: datetime
    standing: str
    mine: bool


def round_of_code(code: str, *, viewer_id: UUID | None) -> RoundView | None:
    """The round with this public code; three statements."""
    statement = select(Fission).where(Fission.code == code).execution_options(populate_existing=True)
    row = session().scalars(statement).first()
    about = campaign(row.campaign_id) if row is not None else None
    if row is None or about is None:
        return None
    mine = select(FissionMember.id).where(
        FissionMember.fission_id == row.id, FissionMember.customer_id == viewer_id
    )
    standing = "complete" if row.completed_at else "open" if row.expires_at > now() else "over"
    return RoundView(
        code=row.code,
        campaign=about,
        need=row.need,
        joined=row.joined,
        expires_at=row.expires_at,
        standing=standing,
        mine=viewer_id is not None and session().scalars(mine).first() is not None,
    )
