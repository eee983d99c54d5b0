"""The console's lists: campaigns, coupons that are out, uses with where they fell; each in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.reservations import pools
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER, POOL
from plugins.coupon.models import Campaign, Code, CodeBatch, Instance, Redemption
from plugins.coupon.pools import money_pool
from plugins.coupon.queries.campaigns import CampaignView, campaign_rows, campaigns_of
from plugins.coupon.queries.wallet import CouponView, coupon_rows, line_titles, views_of

# Beyond this a list says "10,000+"; nobody waits for an exact number.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: its rows, how many match in this view, and how many each view has."""

    rows: Sequence[Any]
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign in the console's list; money in minor units: taken off for good, and kept for unpaid orders."""

    campaign: CampaignView
    used: int
    spent: int
    kept: int


_VIEWS = {
    "all": ("draft", "scheduled", "running", "paused", "exhausted", "ended", "closed"),
    "running": ("running", "exhausted"),
    "planned": ("draft", "scheduled"),
    "paused": ("paused",),
    "over": ("ended", "closed"),
}
CAMPAIGN_SORTS: dict[str, tuple[Any, ...]] = {
    "-created_at": (Campaign.created_at.desc(), Campaign.id),
    "name": (Campaign.name, Campaign.id),
    "-issued": (Campaign.issued.desc(), Campaign.id),
}


def _stage() -> ColumnElement[str]:
    """`campaign_stage` as an expression."""
    moment = now()
    return case(
        (Campaign.state.in_(("draft", "closed")), Campaign.state),
        (Campaign.claim_to <= moment, "ended"),
        (Campaign.state == "paused", "paused"),
        (Campaign.issued >= Campaign.total, "exhausted"),
        (Campaign.claim_from > moment, "scheduled"),
        else_="running",
    )


def campaign_list(*, view: str, search: str, sort: str, limit: int, offset: int) -> Listed:
    """One page of campaigns."""
    counting = select(_stage().label("stage"), func.count()).where(
        Campaign.shop_id == current_scope().shop_id
    )
    counted = session().execute(_searched(counting, search).group_by("stage"))
    by_stage = {row[0]: row[1] for row in counted}
    counts = {name: sum(by_stage.get(one, 0) for one in stages) for name, stages in _VIEWS.items()}
    statement = _searched(campaign_rows(), search).where(_stage().in_(_VIEWS[view]))
    found = campaigns_of(
        session().execute(statement.order_by(*CAMPAIGN_SORTS[sort]).limit(limit).offset(offset))
    )
    return Listed(_rows(found), counts[view], counts)


def _searched(statement: Any, search: str) -> Any:
    return statement.where(Campaign.name.icontains(search, autoescape=True)) if search else statement


def _rows(found: Sequence[CampaignView]) -> list[CampaignRow]:
    spent = budgets_of([one.id for one in found])
    used = uses_of([one.id for one in found])
    return [
        CampaignRow(campaign=one, used=used.get(one.id, 0), kept=spent[one.id][0], spent=spent[one.id][1])
        for one in found
    ]


def budgets_of(campaign_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """By campaign, minor units that unpaid orders keep, and that paid ones took off."""
    by_pool = {money_pool(campaign_id, None).id: campaign_id for campaign_id in campaign_ids}
    found = pools(by_pool) if by_pool else {}
    return {
        campaign_id: (found[pool].reserved, found[pool].confirmed) if pool in found else (0, 0)
        for pool, campaign_id in by_pool.items()
    }


def uses_of(campaign_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Paid orders in which coupons of each campaign were used, cancelled ones apart."""
    if not campaign_ids:
        return {}
    statement = (
        select(Redemption.campaign_id, func.count())
        .join(ORDER, and_(ORDER.c.shop_id == Redemption.shop_id, ORDER.c.id == Redemption.order_id))
        .where(
            Redemption.shop_id == current_scope().shop_id,
            Redemption.campaign_id.in_(campaign_ids),
            ORDER.c.paid_at.is_not(None),
            ORDER.c.lifecycle != "cancelled",
        )
        .group_by(Redemption.campaign_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """A coupon in the console's list, with whose it is."""

    coupon: CouponView
    customer: str


_COUPON_VIEWS = ("all", "open", "locked", "used", "over")


def _in_view(view: str) -> ColumnElement[bool]:
    """The conditions of the views, cheap enough for a hundred thousand coupons."""
    reserved = func.coalesce(POOL.c.reserved, 0)
    free = Instance.uses > reserved + func.coalesce(POOL.c.confirmed, 0)
    gone = Instance.revoked_at.is_not(None) | Instance.given_at.is_not(None) | (Instance.valid_to <= now())
    return {
        "all": Instance.id.is_not(None),
        "open": free & ~gone,
        "locked": reserved > 0,
        "used": func.coalesce(POOL.c.confirmed, 0) > 0,
        "over": gone & free,
    }[view]


def coupon_list(*, campaign_id: UUID, view: str, limit: int, offset: int) -> Listed:
    """One page of the coupons of a campaign, the newest first."""
    recent = (
        select(Instance.id)
        .where(Instance.shop_id == current_scope().shop_id, Instance.campaign_id == campaign_id)
        .order_by(Instance.created_at.desc())
        .limit(MOST_COUNTED + 1)
    )
    counting = (
        select(*(func.count().filter(_in_view(name)).label(f"n_{name}") for name in _COUPON_VIEWS))
        .select_from(Instance)
        .outerjoin(POOL, and_(POOL.c.shop_id == Instance.shop_id, POOL.c.id == Instance.pool_id))
        .where(Instance.shop_id == current_scope().shop_id, Instance.id.in_(recent))
    )
    row = session().execute(counting).one()
    counts = {name: getattr(row, f"n_{name}") for name in _COUPON_VIEWS}
    statement = (
        coupon_rows()
        .where(Instance.campaign_id == campaign_id, _in_view(view))
        .order_by(Instance.created_at.desc(), Instance.id)
        .limit(limit)
        .offset(offset)
    )
    found = views_of(session().execute(statement))
    names = _names({one.customer_id for one in found})
    rows = [IssuedRow(coupon=one, customer=names.get(one.customer_id, "")) for one in found]
    return Listed(rows, counts[view], counts)


def _names(ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    statement = select(CUSTOMER.c.id, CUSTOMER.c.name, CUSTOMER.c.email, CUSTOMER.c.phone).where(
        CUSTOMER.c.shop_id == current_scope().shop_id, CUSTOMER.c.id.in_(ids)
    )
    return {row.id: row.name or row.email or row.phone or "" for row in session().execute(statement)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """A use in the console's list: the order, what came off and where; `state` is locked, used or returned.

    `lines` are pairs of a line's title (None: the shipping fee) and the minor units that came off it.
    """

    order_id: UUID
    number: str
    customer: str
    title: str
    amount: int
    total: int
    lines: tuple[tuple[str | None, int], ...]
    funder: str
    flagged: bool
    state: str
    at: datetime


def use_list(*, campaign_id: UUID | None, limit: int, offset: int) -> Listed:
    """One page of uses, the newest first."""
    mine = [Redemption.shop_id == current_scope().shop_id]
    if campaign_id is not None:
        mine.append(Redemption.campaign_id == campaign_id)
    return _uses(mine, limit=limit, offset=offset)


def uses_of_coupon(instance_id: UUID) -> Listed:
    """Where one coupon was used, the latest first; at most 100."""
    mine = [Redemption.shop_id == current_scope().shop_id, Redemption.instance_id == instance_id]
    return _uses(mine, limit=100, offset=0)


def _uses(mine: Sequence[ColumnElement[bool]], *, limit: int, offset: int) -> Listed:
    newest = select(Redemption.id).where(*mine).limit(MOST_COUNTED + 1).subquery()
    total = session().scalars(select(func.count()).select_from(newest)).one()
    state = case(
        (ORDER.c.lifecycle == "cancelled", "returned"), (ORDER.c.paid_at.is_(None), "locked"), else_="used"
    )
    statement = (
        select(
            Redemption.order_id,
            ORDER.c.number,
            CUSTOMER.c.name,
            Campaign.name.label("title"),
            Redemption.amount_minor,
            ORDER.c.total_minor,
            Redemption.allocation,
            Redemption.funder,
            Redemption.flagged,
            state.label("state"),
            Redemption.created_at,
        )
        .join(ORDER, and_(ORDER.c.shop_id == Redemption.shop_id, ORDER.c.id == Redemption.order_id))
        .join(Campaign, and_(Campaign.shop_id == Redemption.shop_id, Campaign.id == Redemption.campaign_id))
        .outerjoin(
            CUSTOMER,
            and_(CUSTOMER.c.shop_id == Redemption.shop_id, CUSTOMER.c.id == Redemption.customer_id),
        )
        .where(*mine)
        .order_by(Redemption.created_at.desc(), Redemption.id)
        .limit(limit)
        .offset(offset)
    )
    found = session().execute(statement).all()
    titles = line_titles({row.order_id for row in found})
    return Listed([_use(row, titles) for row in found], total, {"all": total})


def _use(row: Any, titles: Mapping[tuple[UUID, str], str]) -> UseRow:
    lines = sorted(row.allocation.items(), key=lambda item: -item[1])
    return UseRow(
        order_id=row.order_id,
        number=row.number,
        customer=row.name or "",
        title=row.title,
        amount=row.amount_minor,
        total=row.total_minor,
        lines=tuple((titles.get((row.order_id, key)), amount) for key, amount in lines),
        funder=row.funder,
        flagged=bool(row.flagged),
        state=row.state,
        at=row.created_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch of codes: how many it has, were used and are switched off; `shown` is a public code."""

    id: UUID
    name: str
    shown: str
    count: int
    used: int
    off: int
    created_at: datetime


def batches_of(campaign_id: UUID) -> list[BatchRow]:
    """The batches of a campaign, the newest first; at most 50."""
    statement = (
        select(
            CodeBatch.id,
            CodeBatch.name,
            CodeBatch.shown,
            CodeBatch.count.label("made"),
            CodeBatch.created_at,
            func.coalesce(func.sum(Code.uses), 0).label("used"),
            func.count(Code.disabled_at).label("off"),
        )
        .join(Code, and_(Code.shop_id == CodeBatch.shop_id, Code.batch_id == CodeBatch.id))
        .where(CodeBatch.shop_id == current_scope().shop_id, CodeBatch.campaign_id == campaign_id)
        .group_by(CodeBatch.shop_id, CodeBatch.id)
        .order_by(CodeBatch.created_at.desc())
        .limit(50)
    )
    return [
        BatchRow(
            id=row.id,
            name=row.name,
            shown=row.shown,
            count=row.made,
            used=int(row.used),
            off=row.off,
            created_at=row.created_at,
        )
        for row in session().execute(statement)
    ]
