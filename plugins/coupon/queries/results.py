"""What campaigns say to the shop's calendar and to its insights."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from core.sdk.campaigns import Campaign as CalendarCampaign
from core.sdk.console import console_path
from core.sdk.data import as_id, session
from core.sdk.insights import CampaignFigure, CampaignResult, Period
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER
from core.sdk.values import Stage
from core.sdk.words import _
from plugins.coupon.models import Campaign, Redemption
from plugins.coupon.queries.campaigns import CampaignView, campaign_rows, campaigns_of
from plugins.coupon.terms import Kind
from plugins.coupon.wording import kind_name, money, what

_MOST = 300


def calendar_campaigns(since: datetime, until: datetime) -> list[CalendarCampaign]:
    """Campaigns whose coupons are given out in a period; drafts are left out."""
    rows = session().execute(
        campaign_rows()
        .where(
            Campaign.state != "draft",
            func.coalesce(Campaign.claim_from, Campaign.created_at) < until,
            Campaign.claim_to.is_(None) | (Campaign.claim_to > since),
        )
        .order_by(func.coalesce(Campaign.claim_from, Campaign.created_at))
        .limit(_MOST)
    )
    return [_calendar(one) for one in campaigns_of(rows) if one.state != "closed"]


def _calendar(one: CampaignView) -> CalendarCampaign:
    scope = one.terms.scope
    products = [as_id(key) for key in scope.products]
    named = frozenset(key for key in products if key is not None)
    return CalendarCampaign(
        key=str(one.id),
        title=one.plan.name,
        kind=kind_name(one.terms.kind),
        starts_at=one.plan.claim_from or one.created_at,
        ends_at=one.plan.claim_to,
        stage=Stage.SHIPPING_PROMOTIONS if one.terms.kind is Kind.SHIPPING else Stage.COUPONS,
        exclusive_group=f"coupon:{one.terms.group}",
        product_ids=named if named and not scope.collections else None,
        url=console_path(f"/x/coupon/campaigns/{one.id}"),
        paused=one.state == "paused",
    )


def campaign_results(period: Period) -> list[CampaignResult]:
    """What campaigns brought in a period, those that sold most first, at most _MOST; two statements."""
    earlier = ORDER.alias("earlier")
    first = ~(
        select(earlier.c.id)
        .where(
            earlier.c.shop_id == ORDER.c.shop_id,
            earlier.c.customer_id == ORDER.c.customer_id,
            earlier.c.paid_at < ORDER.c.paid_at,
            earlier.c.is_test.is_(False),
        )
        .exists()
    )
    rows = (
        session()
        .execute(
            select(
                Redemption.campaign_id,
                func.count(ORDER.c.id.distinct()).label("orders"),
                func.sum(ORDER.c.captured_minor).label("taken"),
                func.sum(Redemption.amount_minor).label("discount"),
                func.count(ORDER.c.customer_id.distinct()).filter(first).label("new_buyers"),
            )
            .join(ORDER, and_(ORDER.c.shop_id == Redemption.shop_id, ORDER.c.id == Redemption.order_id))
            .where(
                Redemption.shop_id == current_scope().shop_id,
                ORDER.c.paid_at >= period.begin,
                ORDER.c.paid_at < period.end,
                ORDER.c.is_test.is_(False),
            )
            .group_by(Redemption.campaign_id)
            .order_by(func.sum(ORDER.c.captured_minor).desc())
            .limit(_MOST)
        )
        .all()
    )
    named = campaign_rows().where(Campaign.id.in_([row.campaign_id for row in rows]))
    found = {one.id: one for one in campaigns_of(session().execute(named))}
    return [_result(found[row.campaign_id], row) for row in rows if row.campaign_id in found]


def _result(one: CampaignView, row: Any) -> CampaignResult:
    here = console_path(f"/x/coupon/campaigns/{one.id}")
    return CampaignResult(
        key=str(one.id),
        title=one.plan.name,
        note=what(one.terms),
        url=here,
        orders=row.orders,
        taken=money(int(row.taken)),
        discount=money(int(row.discount)),
        new_buyers=row.new_buyers,
        figures=(CampaignFigure(label=_("Claimed"), value=one.issued, url=here),),
    )
