"""What a merchant watches: rounds with friends, givings to segments, alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from core.sdk.audiences import audiences
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER
from plugins.coupon.models import Alert, Campaign, Fission, FissionMember, Giving
from plugins.coupon.queries.listings import MOST_COUNTED, Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """A round in the console's list; `standing` is open, complete or over."""

    id: UUID
    code: str
    campaign: str
    starter: str
    need: int
    joined: int
    standing: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundNumbers:
    """Rounds of a campaign (or all): how they ended, who came; `newcomers` had no paid order when they joined."""

    started: int
    complete: int
    over: int
    people: int
    newcomers: int

    @property
    def complete_points(self) -> int | None:
        """Of those that ended, the share that was filled."""
        ended = self.complete + self.over
        return self.complete * 10_000 // ended if ended else None


def _standing() -> ColumnElement[str]:
    return case(
        (Fission.completed_at.is_not(None), "complete"), (Fission.expires_at <= now(), "over"), else_="open"
    )


ROUND_VIEWS = ("all", "open", "complete", "over")


def round_list(*, campaign_id: UUID | None, view: str, limit: int, offset: int) -> Listed:
    """One page of rounds, the newest first; three statements."""
    mine = [Fission.shop_id == current_scope().shop_id]
    if campaign_id is not None:
        mine.append(Fission.campaign_id == campaign_id)
    newest = select(_standing().label("standing")).where(*mine).limit(MOST_COUNTED + 1).subquery()
    by_standing = {
        row[0]: row[1]
        for row in session().execute(select(newest.c.standing, func.count()).group_by(newest.c.standing))
    }
    counts = {name: by_standing.get(name, 0) for name in ROUND_VIEWS} | {"all": sum(by_standing.values())}
    statement = (
        select(
            Fission,
            Campaign.name.label("campaign"),
            CUSTOMER.c.name,
            CUSTOMER.c.email,
            CUSTOMER.c.phone,
            _standing().label("standing"),
        )
        .join(Campaign, and_(Campaign.shop_id == Fission.shop_id, Campaign.id == Fission.campaign_id))
        .join(CUSTOMER, and_(CUSTOMER.c.shop_id == Fission.shop_id, CUSTOMER.c.id == Fission.customer_id))
        .where(*mine)
        .order_by(Fission.created_at.desc(), Fission.id)
        .limit(limit)
        .offset(offset)
        .execution_options(populate_existing=True)
    )
    if view != "all":
        statement = statement.where(_standing() == view)
    return Listed([_round(row) for row in session().execute(statement)], counts[view], counts)


def _round(row: Any) -> RoundRow:
    one: Fission = row.Fission
    return RoundRow(
        id=one.id,
        code=one.code,
        campaign=row.campaign,
        starter=row.name or row.email or row.phone or "",
        need=one.need,
        joined=one.joined,
        standing=row.standing,
        created_at=one.created_at,
        expires_at=one.expires_at,
    )


def round_numbers(campaign_id: UUID | None = None) -> RoundNumbers:
    """How rounds went; two statements."""
    mine = [Fission.shop_id == current_scope().shop_id]
    if campaign_id is not None:
        mine.append(Fission.campaign_id == campaign_id)
    standing = _standing()
    row = (
        session()
        .execute(
            select(
                func.count().label("started"),
                func.count().filter(standing == "complete").label("complete"),
                func.count().filter(standing == "over").label("over"),
            )
            .select_from(Fission)
            .where(*mine)
        )
        .one()
    )
    earlier = (
        select(ORDER.c.id)
        .where(
            ORDER.c.shop_id == FissionMember.shop_id,
            ORDER.c.customer_id == FissionMember.customer_id,
            ORDER.c.paid_at < FissionMember.created_at,
        )
        .exists()
    )
    theirs = [FissionMember.shop_id == current_scope().shop_id]
    if campaign_id is not None:
        theirs.append(FissionMember.campaign_id == campaign_id)
    people = (
        session()
        .execute(
            select(
                func.count(FissionMember.customer_id.distinct()).label("people"),
                func.count(FissionMember.customer_id.distinct()).filter(~earlier).label("newcomers"),
            ).where(*theirs)
        )
        .one()
    )
    return RoundNumbers(
        started=row.started,
        complete=row.complete,
        over=row.over,
        people=people.people,
        newcomers=people.newcomers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingView:
    """A campaign that is or was given to a segment."""

    id: UUID
    audience: str
    state: str
    given: int
    skipped: int
    created_at: datetime
    finished_at: datetime | None


def givings_of(campaign_id: UUID) -> list[GivingView]:
    """The latest givings of a campaign, at most ten; two statements."""
    statement = (
        select(Giving)
        .where(Giving.campaign_id == campaign_id)
        .order_by(Giving.created_at.desc(), Giving.id)
        .limit(10)
        .execution_options(populate_existing=True)
    )
    rows = session().scalars(statement).all()
    names = {one.key: one.name for one in audiences()} if rows else {}
    return [
        GivingView(
            id=row.id,
            audience=names.get(row.audience, row.audience),
            state=row.state,
            given=row.given,
            skipped=row.skipped,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """Something to look at: `kind` is leak, guessing or alias; `campaign` is None for none in particular."""

    id: UUID
    kind: str
    campaign_id: UUID | None
    campaign: str
    count: int
    last_at: datetime
    seen: bool


def alerts(*, limit: int, offset: int = 0, open_only: bool = False) -> Listed:
    """One page of alerts, the latest first; two statements."""
    mine = [Alert.shop_id == current_scope().shop_id]
    recent = select(Alert.seen_at).where(*mine).limit(MOST_COUNTED + 1).subquery()
    total, open_ = (
        session()
        .execute(select(func.count(), func.count().filter(recent.c.seen_at.is_(None))).select_from(recent))
        .one()
    )
    if open_only:
        mine.append(Alert.seen_at.is_(None))
    statement = (
        select(Alert, Campaign.name)
        .outerjoin(Campaign, and_(Campaign.shop_id == Alert.shop_id, Campaign.id == Alert.campaign_id))
        .where(*mine)
        .order_by(Alert.last_at.desc(), Alert.id)
        .limit(limit)
        .offset(offset)
        .execution_options(populate_existing=True)
    )
    rows = [
        AlertView(
            id=row.Alert.id,
            kind=row.Alert.kind,
            campaign_id=row.Alert.campaign_id,
            campaign=row.name or "",
            count=row.Alert.count,
            last_at=row.Alert.last_at,
            seen=row.Alert.seen_at is not None,
        )
        for row in session().execute(statement)
    ]
    return Listed(rows, open_ if open_only else total, {"all": total, "open": open_})
