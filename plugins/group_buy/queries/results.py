"""Activities in a period: what they brought, how their groups ended, and what other campaigns have to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from core.sdk.campaigns import Campaign, PromiseFigures
from core.sdk.clock import now
from core.sdk.console import console_path
from core.sdk.data import as_id, session
from core.sdk.insights import Period
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, ORDER_ADJUSTMENT, POOL
from core.sdk.values import Stage
from core.sdk.words import N_, _
from plugins.group_buy.models import Activity, Group, Seat
from plugins.group_buy.queries.activities import ActivityView, views_of
from plugins.group_buy.queries.groups import POOL_OF_GROUP, is_forming
from plugins.group_buy.queries.listings import group_ended

_MOST = 50
_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityResult:
    """An activity in a period; amounts in minor units.

    `orders` are paid orders with its price, `new_buyers` those of them who had never paid here before. `opened` groups
    began in it; `succeeded` and `failed` ended in it; `declared` are those that the shop completed with free seats.
    """

    activity: ActivityView
    orders: int = 0
    taken: int = 0
    discount: int = 0
    new_buyers: int = 0
    opened: int = 0
    succeeded: int = 0
    declared: int = 0
    failed: int = 0


def activity_results(period: Period) -> list[ActivityResult]:
    """The activities that ran or sold in a period, those that brought most first; four statements."""
    orders, groups = _orders(period), _groups(period)
    running = (
        (Activity.state != "draft") & (Activity.starts_at < period.end) & (Activity.ends_at >= period.begin)
    )
    statement = (
        select(Activity)
        .where(or_(running, Activity.id.in_({*orders, *groups})))
        .order_by(Activity.starts_at.desc(), Activity.id)
        .limit(_MOST)
    )
    found = [
        ActivityResult(activity=one, **orders.get(one.id, {}), **groups.get(one.id, {}))
        for one in views_of(statement)
    ]
    return sorted(found, key=lambda one: (-one.taken, one.activity.title))


def _orders(period: Period) -> Mapping[UUID, dict[str, int]]:
    """Paid orders with an adjustment of ours, by the activity that is its rule; test orders are none."""
    each = (
        select(
            ORDER_ADJUSTMENT.c.rule_id,
            ORDER.c.customer_id,
            ORDER.c.captured_minor,
            _came_before().label("came_before"),
            func.sum(ORDER_ADJUSTMENT.c.amount_minor).label("off"),
        )
        .join(
            ORDER_ADJUSTMENT,
            (ORDER_ADJUSTMENT.c.shop_id == ORDER.c.shop_id) & (ORDER_ADJUSTMENT.c.order_id == ORDER.c.id),
        )
        .where(
            ORDER.c.shop_id == current_scope().shop_id,
            ORDER.c.paid_at >= period.begin,
            ORDER.c.paid_at < period.end,
            ~ORDER.c.is_test,
            ORDER_ADJUSTMENT.c.plugin == "group_buy",
        )
        .group_by(
            ORDER_ADJUSTMENT.c.rule_id,
            ORDER.c.shop_id,
            ORDER.c.id,
            ORDER.c.customer_id,
            ORDER.c.captured_minor,
            ORDER.c.paid_at,
        )
        .subquery()
    )
    statement = select(
        each.c.rule_id,
        func.count().label("orders"),
        func.sum(each.c.captured_minor).label("taken"),
        func.sum(each.c.off).label("discount"),
        func.count(each.c.customer_id.distinct()).filter(~each.c.came_before).label("new_buyers"),
    ).group_by(each.c.rule_id)
    names = ("orders", "taken", "discount", "new_buyers")
    return {
        activity_id: {name: int(getattr(row, name)) for name in names}
        for row in session().execute(statement)
        if (activity_id := as_id(row.rule_id)) is not None
    }


def _came_before() -> ColumnElement[bool]:
    """Whether the buyer had paid an order before."""
    earlier = ORDER.alias()
    return (
        select(earlier.c.id)
        .where(
            earlier.c.shop_id == ORDER.c.shop_id,
            earlier.c.customer_id == ORDER.c.customer_id,
            earlier.c.paid_at < ORDER.c.paid_at,
            ~earlier.c.is_test,
        )
        .correlate(ORDER)
        .exists()
    )


def _groups(period: Period) -> Mapping[UUID, dict[str, int]]:
    def within(moment: Any) -> ColumnElement[bool]:
        inside: ColumnElement[bool] = (moment >= period.begin) & (moment < period.end)
        return inside

    ended = group_ended()
    filled = func.coalesce(POOL.c.closed_as == "filled", False)
    over = within(ended) & ~is_forming(now())
    statement = (
        select(
            Group.activity_id,
            func.count().filter(within(Group.created_at)).label("opened"),
            func.count().filter(over & filled).label("succeeded"),
            func.count().filter(over & filled & Group.declared_at.is_not(None)).label("declared"),
            func.count().filter(over & ~filled).label("failed"),
        )
        .select_from(Group)
        .join(POOL, POOL_OF_GROUP)
        .where(
            Group.shop_id == current_scope().shop_id,
            POOL.c.deadline.is_not(None),
            or_(within(Group.created_at), within(ended)),
        )
        .group_by(Group.activity_id)
    )
    names = ("opened", "succeeded", "declared", "failed")
    return {
        row.activity_id: {name: getattr(row, name) for name in names} for row in session().execute(statement)
    }


def calendar_campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Activities that run or will run in a period, for the calendar; drafts are left out. Two statements."""
    statement = (
        select(Activity)
        .where(
            Activity.state.in_(("published", "paused")), Activity.starts_at < until, Activity.ends_at > since
        )
        .order_by(Activity.starts_at, Activity.id)
        .limit(_MOST_SHOWN)
    )
    return [_campaign(one) for one in views_of(statement)]


def _campaign(one: ActivityView) -> Campaign:
    return Campaign(
        key=str(one.id),
        title=one.title,
        kind=_("Group-buy"),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        stage=Stage.CAMPAIGN,
        product_ids=frozenset({one.product_id}),
        url=console_path(f"/x/group-buy/activities/{one.id}"),
        paused=one.state == "paused",
    )


def promise_figures(since: datetime, until: datetime) -> PromiseFigures | None:
    """How groups ended that were over in a period, for the public record; those with a merchant's test order are none."""
    ended, filled = group_ended(), func.coalesce(POOL.c.closed_as == "filled", False)
    tested = (
        select(Seat.id)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(Seat.shop_id == Group.shop_id, Seat.group_id == Group.id, ORDER.c.is_test)
        .correlate(Group)
        .exists()
    )
    statement = (
        select(
            func.count().label("ended"),
            func.count().filter(filled).label("kept"),
            func.count().filter(filled & Group.declared_at.is_not(None)).label("declared"),
        )
        .select_from(Group)
        .join(POOL, POOL_OF_GROUP)
        .where(
            Group.shop_id == current_scope().shop_id,
            POOL.c.deadline.is_not(None),
            ~is_forming(now()),
            ended >= since,
            ended < until,
            ~tested,
        )
    )
    row = session().execute(statement).one()
    if not row.ended:
        return None
    return PromiseFigures(
        label=N_("Groups that succeeded"), ended=row.ended, kept=row.kept, declared=row.declared
    )
