"""What a campaign did: given, used, came back; what it cost and sold; and what it brought beside its control group."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from core.sdk.campaigns import margin_floor
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER, ORDER_LINE, POOL, VARIANT
from plugins.coupon.holdout import held_out
from plugins.coupon.models import Instance, Redemption
from plugins.coupon.queries.campaigns import CampaignView
from plugins.coupon.queries.listings import budgets_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Counts of coupons, money in minor units, shares in basis points (None: nothing to divide by).

    `issued` coupons given, of them `claimed` by their owners themselves, `locked` in unpaid orders, `used` at least once,
    `expired` unused, `returned` uses that came back; `orders` paid orders with it, `sales` what they were paid with, `cost`
    what it took off; `new_buyers` whose first paid order it was; `time_to_use` between claim and use, the middle one;
    `below_floor` paid orders whose goods left less than the shop's margin floor (or nothing, without one), of the `judged`
    ones, of whose goods all costs are known.
    """

    issued: int
    claimed: int
    holders: int
    locked: int
    used: int
    expired: int
    revoked: int
    returned: int
    orders: int
    sales: int
    cost: int
    new_buyers: int
    time_to_use: timedelta | None
    below_floor: int
    judged: int

    @property
    def use_points(self) -> int | None:
        """Of those that were given, the share that was used."""
        return self.used * 10_000 // self.issued if self.issued else None

    @property
    def depth_points(self) -> int | None:
        """What came off, of what the goods would have cost."""
        before = self.sales + self.cost
        return self.cost * 10_000 // before if before else None

    @property
    def cost_per_new(self) -> int | None:
        """What a new buyer cost."""
        return self.cost // self.new_buyers if self.new_buyers else None


def numbers(campaign_id: UUID) -> Numbers:
    """The figures of a campaign; four statements."""
    given, orders = _given(campaign_id), _orders(campaign_id)
    judged, below = _margins(campaign_id)
    return Numbers(**given, **orders, judged=judged, below_floor=below)


def _margins(campaign_id: UUID) -> tuple[int, int]:
    """Paid orders with the coupon whose costs are all known, and those of them below the shop's margin floor."""
    net, cost = func.sum(ORDER_LINE.c.net_minor), func.sum(VARIANT.c.cost_minor * ORDER_LINE.c.quantity)
    unknown = func.count().filter(VARIANT.c.cost_minor.is_(None))
    mine = select(Redemption.order_id).where(
        Redemption.shop_id == current_scope().shop_id, Redemption.campaign_id == campaign_id
    )
    each = (
        select(net.label("net"), cost.label("cost"), unknown.label("unknown"))
        .select_from(ORDER_LINE)
        .join(ORDER, and_(ORDER.c.shop_id == ORDER_LINE.c.shop_id, ORDER.c.id == ORDER_LINE.c.order_id))
        .outerjoin(
            VARIANT, and_(VARIANT.c.shop_id == ORDER_LINE.c.shop_id, VARIANT.c.id == ORDER_LINE.c.variant_id)
        )
        .where(
            ORDER_LINE.c.shop_id == current_scope().shop_id,
            ORDER_LINE.c.order_id.in_(mine),
            ORDER.c.paid_at.is_not(None),
            ORDER.c.lifecycle != "cancelled",
            ORDER.c.is_test.is_(False),
        )
        .group_by(ORDER_LINE.c.order_id)
        .subquery()
    )
    known = each.c.unknown == 0
    below = (each.c.net - each.c.cost) * 10_000 < (margin_floor() or 0) * each.c.net
    row = session().execute(select(func.count().filter(known), func.count().filter(known & below))).one()
    return row[0], row[1]


def _given(campaign_id: UUID) -> dict[str, Any]:
    confirmed, reserved = func.coalesce(POOL.c.confirmed, 0), func.coalesce(POOL.c.reserved, 0)
    unused = (confirmed == 0) & (reserved == 0) & Instance.revoked_at.is_(None) & Instance.given_at.is_(None)
    row = (
        session()
        .execute(
            select(
                func.count().label("issued"),
                func.count().filter(Instance.source.in_(("claim", "code"))).label("claimed"),
                func.count(Instance.customer_id.distinct()).label("holders"),
                func.count().filter(reserved > 0).label("locked"),
                func.count().filter(confirmed > 0).label("used"),
                func.count().filter(unused & (Instance.valid_to <= now())).label("expired"),
                func.count().filter(Instance.revoked_at.is_not(None)).label("revoked"),
            )
            .select_from(Instance)
            .outerjoin(POOL, and_(POOL.c.shop_id == Instance.shop_id, POOL.c.id == Instance.pool_id))
            .where(Instance.shop_id == current_scope().shop_id, Instance.campaign_id == campaign_id)
        )
        .one()
    )
    return row._asdict()


def _orders(campaign_id: UUID) -> dict[str, Any]:
    paid = ORDER.c.paid_at.is_not(None)
    kept = paid & (ORDER.c.lifecycle != "cancelled") & ORDER.c.is_test.is_(False)
    earlier = ORDER.alias("earlier")
    first = ~(
        select(earlier.c.id)
        .where(
            earlier.c.shop_id == ORDER.c.shop_id,
            earlier.c.customer_id == ORDER.c.customer_id,
            earlier.c.paid_at < ORDER.c.paid_at,
        )
        .exists()
    )
    seconds = func.extract("epoch", Redemption.created_at - Instance.created_at)
    row = (
        session()
        .execute(
            select(
                func.count().filter(paid & (ORDER.c.lifecycle == "cancelled")).label("returned"),
                func.count(ORDER.c.id.distinct()).filter(kept).label("orders"),
                func.coalesce(func.sum(ORDER.c.total_minor).filter(kept), 0).label("sales"),
                func.coalesce(func.sum(Redemption.amount_minor).filter(kept), 0).label("cost"),
                func.count(ORDER.c.customer_id.distinct()).filter(kept & first).label("new_buyers"),
                func.percentile_cont(0.5).within_group(seconds).filter(kept).label("middle"),
            )
            .select_from(Redemption)
            .join(ORDER, and_(ORDER.c.shop_id == Redemption.shop_id, ORDER.c.id == Redemption.order_id))
            .join(
                Instance, and_(Instance.shop_id == Redemption.shop_id, Instance.id == Redemption.instance_id)
            )
            .where(Redemption.shop_id == current_scope().shop_id, Redemption.campaign_id == campaign_id)
        )
        .one()
    )
    return {
        "returned": row.returned,
        "orders": row.orders,
        "sales": int(row.sales),
        "cost": int(row.cost),
        "new_buyers": row.new_buyers,
        "time_to_use": timedelta(seconds=float(row.middle)) if row.middle is not None else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What a campaign brought beside its control group, minor units.

    `offered` and `control` are customers; what they paid a head since the campaign began is `offered_each` and
    `control_each`; `extra` is the difference for all who were offered it, `points` that less the cost, of the cost.
    """

    offered: int
    control: int
    offered_each: int
    control_each: int
    extra: int
    points: int | None


# With fewer people in either group the difference is chance.
LEAST_PEOPLE = 30


def return_on(campaign: CampaignView, cost: int) -> Return | None:
    """The campaign beside its control group; None without one. Customers of the time before its beginning count."""
    points = campaign.plan.holdout_points
    if not points:
        return None
    since = campaign.plan.claim_from or campaign.created_at
    until = campaign.plan.claim_to or now()
    out = held_out(campaign.id, CUSTOMER.c.id, points)
    spent = (
        select(func.coalesce(func.sum(ORDER.c.captured_minor - ORDER.c.refunded_minor), 0))
        .where(
            ORDER.c.shop_id == CUSTOMER.c.shop_id,
            ORDER.c.customer_id == CUSTOMER.c.id,
            ORDER.c.paid_at >= since,
            ORDER.c.paid_at < until + timedelta(days=14),
        )
        .correlate(CUSTOMER)
        .scalar_subquery()
    )
    people = (
        select(out.label("out"), spent.label("spent"))
        .where(CUSTOMER.c.shop_id == current_scope().shop_id, CUSTOMER.c.created_at < until)
        .subquery()
    )
    rows = session().execute(
        select(people.c.out, func.count(), func.coalesce(func.sum(people.c.spent), 0)).group_by(people.c.out)
    )
    found = {row[0]: (row[1], int(row[2])) for row in rows}
    (offered, paid), (control, control_paid) = found.get(False, (0, 0)), found.get(True, (0, 0))
    if not offered or not control:
        return Return(offered=offered, control=control, offered_each=0, control_each=0, extra=0, points=None)
    extra = paid - control_paid * offered // control
    enough = min(offered, control) >= LEAST_PEOPLE and cost
    return Return(
        offered=offered,
        control=control,
        offered_each=paid // offered,
        control_each=control_paid // control,
        extra=extra,
        points=(extra - cost) * 10_000 // cost if enough else None,
    )


def budget_ends(campaign: CampaignView) -> datetime | None:
    """When the budget will be used up at the pace of the last seven days; None while that is not in sight."""
    if campaign.plan.budget_minor is None:
        return None
    kept, spent = budgets_of([campaign.id])[campaign.id]
    left = campaign.plan.budget_minor - kept - spent
    since = now() - timedelta(days=7)
    begun = max(since, campaign.created_at)
    week = (
        session()
        .scalars(
            select(func.coalesce(func.sum(Redemption.amount_minor), 0)).where(
                Redemption.shop_id == current_scope().shop_id,
                Redemption.campaign_id == campaign.id,
                Redemption.created_at >= since,
            )
        )
        .one()
    )
    seconds = max(3_600.0, (now() - begun).total_seconds())
    if not week or left <= 0:
        return now() if left <= 0 else None
    return now() + timedelta(seconds=left / (int(week) / seconds))
