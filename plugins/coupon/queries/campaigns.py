"""Campaigns as the coupon centre, triggers and the console read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, cast, func, or_, select

from core.sdk.audiences import is_member
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope, takes_new_business
from plugins.coupon.holdout import is_held_out
from plugins.coupon.models import EVER, Campaign, ClaimCount, Instance, Template
from plugins.coupon.plans import Plan
from plugins.coupon.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign with the terms that new coupons get; `stage` is the word of `campaign_stage`."""

    id: UUID
    plan: Plan
    state: str
    stage: str
    paused_by: str
    version: int
    issued: int
    random_given: int
    created_at: datetime

    @property
    def terms(self) -> Terms:
        """What a coupon of it promises now."""
        return self.plan.terms

    @property
    def left(self) -> int | None:
        """How many can still be given out; None for as many as are asked for."""
        return None if self.plan.total is None else max(0, self.plan.total - self.issued)


def campaign_stage(row: Campaign, moment: datetime) -> str:
    """Where a campaign is in its life: draft, scheduled, running, paused, exhausted, ended or closed."""
    if row.state in ("draft", "closed"):
        return row.state
    if row.claim_to is not None and moment >= row.claim_to:
        return "ended"
    if row.state == "paused":
        return "paused"
    if row.total is not None and row.issued >= row.total:
        return "exhausted"
    return "scheduled" if row.claim_from is not None and moment < row.claim_from else "running"


def campaign_rows() -> Select[Any]:
    """Campaigns with the template that new coupons get; further conditions are the caller's."""
    return (
        select(Campaign, Template.terms)
        .join(Template, and_(Template.shop_id == Campaign.shop_id, Template.id == Campaign.template_id))
        .where(Campaign.shop_id == current_scope().shop_id)
        .execution_options(populate_existing=True)
    )


def campaigns_of(rows: Iterable[Any]) -> list[CampaignView]:
    """The rows of `campaign_rows` as values."""
    moment = now()
    return [_view(row.Campaign, Terms.from_json(row.terms), moment) for row in rows]


def _view(row: Campaign, terms: Terms, moment: datetime) -> CampaignView:
    plain = {name: getattr(row, name) for name in Plan.__slots__ if name != "terms"}
    return CampaignView(
        id=row.id,
        plan=Plan(terms=terms, **plain),
        state=row.state,
        stage=campaign_stage(row, moment),
        paused_by=row.paused_by,
        version=row.version,
        issued=row.issued,
        random_given=row.random_given,
        created_at=row.created_at,
    )


def campaign(campaign_id: UUID) -> CampaignView | None:
    """One campaign."""
    found = session().execute(campaign_rows().where(Campaign.id == campaign_id))
    return next(iter(campaigns_of(found)), None)


def open_campaigns(*, way: str = "centre", trigger: str = "", limit: int = 100) -> list[CampaignView]:
    """Campaigns that give something out now in this way, the one that ends first before the others."""
    if not takes_new_business("coupon"):
        return []
    moment = now()
    statement = campaign_rows().where(
        Campaign.state == "published",
        Campaign.way == way,
        or_(Campaign.claim_from.is_(None), Campaign.claim_from <= moment),
        or_(Campaign.claim_to.is_(None), Campaign.claim_to > moment),
    )
    if trigger:
        statement = statement.where(Campaign.trigger == trigger)
    ordered = statement.order_by(Campaign.claim_to.nulls_last(), Campaign.id).limit(limit)
    return campaigns_of(session().execute(ordered))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """A campaign in the coupon centre, for one visitor: `way` is claim, have, tomorrow or gone."""

    campaign: CampaignView
    way: str
    mine: int = 0


def offers_for(customer_id: UUID | None, *, limit: int = 100) -> list[OfferView]:
    """What a visitor finds in the coupon centre; what is meant for others is not shown. At most five statements."""
    listed = [*open_campaigns(limit=limit), *open_campaigns(way="fission", limit=limit)]
    found = [one for one in listed if _is_current(one)]
    if customer_id is None:
        return [
            OfferView(campaign=one, way="claim" if one.left != 0 else "gone")
            for one in found
            if not one.plan.audience
        ]
    mine = [one for one in found if not is_held_out(one.id, customer_id, one.plan.holdout_points)]
    audiences = {one.plan.audience for one in mine if one.plan.audience}
    inside = {key for key in audiences if customer_id in is_member(key, [customer_id])}
    seen = [one for one in mine if not one.plan.audience or one.plan.audience in inside]
    counts = _counts(customer_id, [one.id for one in seen])
    return [_offer(one, counts) for one in seen]


def _is_current(one: CampaignView) -> bool:
    return one.terms.ends_at is None or one.terms.ends_at > now()


def _counts(customer_id: UUID, campaign_ids: list[UUID]) -> dict[tuple[UUID, bool], int]:
    if not campaign_ids:
        return {}
    today = now().astimezone(current_scope().zone).date()
    rows = session().execute(
        select(ClaimCount.campaign_id, ClaimCount.day, ClaimCount.count.label("given")).where(
            ClaimCount.customer_id == customer_id,
            ClaimCount.campaign_id.in_(campaign_ids),
            ClaimCount.day.in_([EVER, today]),
        )
    )
    return {(row.campaign_id, row.day == EVER): row.given for row in rows}


def _offer(one: CampaignView, counts: dict[tuple[UUID, bool], int]) -> OfferView:
    mine, today = counts.get((one.id, True), 0), counts.get((one.id, False), 0)
    if one.plan.per_customer is not None and mine >= one.plan.per_customer:
        return OfferView(campaign=one, way="have", mine=mine)
    if one.left == 0:
        return OfferView(campaign=one, way="gone", mine=mine)
    if one.plan.per_day is not None and today >= one.plan.per_day:
        return OfferView(campaign=one, way="tomorrow", mine=mine)
    return OfferView(campaign=one, way="claim", mine=mine)


def claims_by_day(campaign_id: UUID, since: datetime) -> dict[Any, int]:
    """Coupons given out per day of the shop's zone."""
    day = cast(func.timezone(current_scope().timezone, Instance.created_at), Date)
    rows = session().execute(
        select(day, func.count())
        .where(
            Instance.shop_id == current_scope().shop_id,
            Instance.campaign_id == campaign_id,
            Instance.created_at >= since,
        )
        .group_by(day)
    )
    return {row[0]: row[1] for row in rows}
