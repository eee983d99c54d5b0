"""What group-buys bring and cost: every number can be traced to groups, orders and refunds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, ORDER_ADJUSTMENT, ORDER_LINE, POOL, REFUND, RESERVATION
from plugins.group_buy.models import Activity, Group, Seat
from plugins.group_buy.queries.groups import POOL_OF_GROUP, is_forming


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Figures of groups that were opened since some instant; amounts in minor units, None where nothing can be said.

    opened            groups whose leader paid
    succeeded, failed groups that have ended by themselves
    declared          groups that the merchant completed with fewer members, which count as neither
    median_fill       from the first payment to a full group
    members           paid members of all opened groups
    payers            different buyers among them
    new_payers        payers for whom it was the first paid order in this shop
    group_sales       goods of the paid orders of groups, without those that were cancelled; no delivery
    alone_sales       the same of other orders, for the same products in the same time
    discount          taken off orders of groups by the group price
    refunded, refunds sent back to members, and in how many refunds
    refund_time       on average from the decision to the money being back
    unpaid_seats      seats that were kept for somebody who did not pay
    fallen            sent back because tiered groups grew
    perks             given to leaders
    """

    opened: int
    forming: int
    succeeded: int
    failed: int
    declared: int
    median_fill: timedelta | None
    members: int
    payers: int
    new_payers: int
    group_sales: int
    alone_sales: int
    discount: int
    refunded: int
    refunds: int
    refund_time: timedelta | None
    unpaid_seats: int
    fallen: int
    perks: int

    @property
    def success_points(self) -> int | None:
        """Groups that succeeded by themselves of all that ended, basis points; declared ones did not."""
        ended = self.succeeded + self.declared + self.failed
        return self.succeeded * 10_000 // ended if ended else None

    @property
    def declared_points(self) -> int | None:
        """Groups that the merchant declared of all that ended, basis points."""
        ended = self.succeeded + self.declared + self.failed
        return self.declared * 10_000 // ended if ended else None

    @property
    def new_points(self) -> int | None:
        """New buyers of all payers, basis points."""
        return self.new_payers * 10_000 // self.payers if self.payers else None

    @property
    def new_per_leader(self) -> int | None:
        """New payers that each opened group brought, in hundredths."""
        return self.new_payers * 100 // self.opened if self.opened else None

    @property
    def members_per_group(self) -> int | None:
        """Paid members of each opened group, in hundredths."""
        return self.members * 100 // self.opened if self.opened else None


def numbers(*, since: datetime, activity_id: UUID | None = None) -> Numbers:
    """The figures of all activities, or of one; six statements."""
    chosen: Chosen = (Group.shop_id == current_scope().shop_id, Group.created_at >= since)
    if activity_id is not None:
        chosen = (*chosen, Group.activity_id == activity_id)
    groups = _groups(chosen)
    people = _people(chosen)
    money = _money(chosen)
    refunds = _refunds(chosen)
    return Numbers(
        opened=groups.opened,
        forming=groups.forming,
        succeeded=groups.succeeded,
        failed=groups.opened - groups.forming - groups.succeeded - groups.declared,
        declared=groups.declared,
        median_fill=groups.median_fill,
        members=int(groups.members),
        payers=people.payers,
        new_payers=people.new_payers,
        group_sales=int(money.sales),
        alone_sales=_alone_sales(since, activity_id),
        discount=int(money.discount),
        refunded=int(refunds.amount),
        refunds=refunds.count,
        refund_time=refunds.time,
        unpaid_seats=_unpaid_seats(chosen),
        fallen=int(refunds.fallen),
        perks=int(refunds.perks),
    )


Chosen = tuple[ColumnElement[bool], ...]


def _groups(chosen: Chosen) -> Any:
    first_paid = (
        select(func.min(RESERVATION.c.confirmed_at))
        .where(RESERVATION.c.shop_id == POOL.c.shop_id, RESERVATION.c.pool_id == POOL.c.id)
        .correlate(POOL)
        .scalar_subquery()
    )
    filled = (POOL.c.closed_as == "filled") & Group.declared_at.is_(None)
    declared = (POOL.c.closed_as == "filled") & Group.declared_at.is_not(None)
    fill = func.percentile_cont(0.5).within_group(POOL.c.closed_at - first_paid)
    statement = (
        select(
            func.count().label("opened"),
            func.count().filter(is_forming(now())).label("forming"),
            func.count().filter(filled).label("succeeded"),
            func.count().filter(declared).label("declared"),
            func.coalesce(func.sum(POOL.c.confirmed), 0).label("members"),
            fill.filter(filled).label("median_fill"),
        )
        .select_from(Group)
        .join(POOL, POOL_OF_GROUP)
        .where(*chosen, POOL.c.deadline.is_not(None))
    )
    return session().execute(statement).one()


def _seats(columns: Any, chosen: Chosen) -> Any:
    return (
        columns.select_from(Seat)
        .join(Group, (Group.shop_id == Seat.shop_id) & (Group.id == Seat.group_id))
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(*chosen, ORDER.c.captured_minor > 0)
    )


def _people(chosen: Chosen) -> Any:
    earlier = ORDER.alias()
    came_before = (
        select(earlier.c.id)
        .where(
            earlier.c.shop_id == Seat.shop_id,
            earlier.c.customer_id == Seat.customer_id,
            earlier.c.paid_at < ORDER.c.paid_at,
        )
        .correlate(Seat, ORDER)
        .exists()
    )
    customers = func.count(Seat.customer_id.distinct())
    statement = _seats(
        select(customers.label("payers"), customers.filter(~came_before).label("new_payers")), chosen
    )
    return session().execute(statement).one()


def _money(chosen: Chosen) -> Any:
    of_order = (ORDER_LINE.c.shop_id == ORDER.c.shop_id) & (ORDER_LINE.c.order_id == ORDER.c.id)
    off = (
        select(func.coalesce(func.sum(ORDER_ADJUSTMENT.c.amount_minor), 0))
        .where(
            ORDER_ADJUSTMENT.c.shop_id == ORDER.c.shop_id,
            ORDER_ADJUSTMENT.c.order_id == ORDER.c.id,
            ORDER_ADJUSTMENT.c.plugin == "group_buy",
        )
        .correlate(ORDER)
        .scalar_subquery()
    )
    # An order of a group has one line: nothing else may be in its basket.
    columns = select(
        func.coalesce(func.sum(ORDER_LINE.c.net_minor), 0).label("sales"),
        func.coalesce(func.sum(off), 0).label("discount"),
    )
    statement = _seats(columns, chosen).join(ORDER_LINE, of_order).where(ORDER.c.lifecycle != "cancelled")
    return session().execute(statement).one()


def _alone_sales(since: datetime, activity_id: UUID | None) -> int:
    """What the same products brought in orders without a group."""
    products = select(Activity.product_id).where(Activity.shop_id == current_scope().shop_id)
    if activity_id is not None:
        products = products.where(Activity.id == activity_id)
    in_a_group = (
        select(Seat.id)
        .where(Seat.shop_id == ORDER.c.shop_id, Seat.order_id == ORDER.c.id)
        .correlate(ORDER)
        .exists()
    )
    statement = (
        select(func.coalesce(func.sum(ORDER_LINE.c.net_minor), 0))
        .select_from(ORDER_LINE)
        .join(ORDER, (ORDER.c.shop_id == ORDER_LINE.c.shop_id) & (ORDER.c.id == ORDER_LINE.c.order_id))
        .where(
            ORDER_LINE.c.shop_id == current_scope().shop_id,
            ORDER_LINE.c.product_id.in_(products),
            ORDER.c.paid_at >= since,
            ORDER.c.lifecycle != "cancelled",
            ~in_a_group,
        )
    )
    return int(session().execute(statement).scalar_one())


def _refunds(chosen: Chosen) -> Any:
    of_order = (REFUND.c.shop_id == Seat.shop_id) & (REFUND.c.order_id == Seat.order_id)
    statement = _seats(
        select(
            func.count(REFUND.c.id).label("count"),
            func.coalesce(func.sum(REFUND.c.amount_minor), 0).label("amount"),
            func.avg(REFUND.c.done_at - REFUND.c.created_at).label("time"),
            _sent_back("cut:group:").label("fallen"),
            _sent_back("cut:perk:").label("perks"),
        ),
        chosen,
    ).join(REFUND, of_order)
    return session().execute(statement).one()


def _sent_back(cause: str) -> ColumnElement[int]:
    """Money of refunds whose cause begins so."""
    return func.coalesce(func.sum(REFUND.c.amount_minor).filter(func.starts_with(REFUND.c.cause, cause)), 0)


def _unpaid_seats(chosen: Chosen) -> int:
    """Seats that ran out before anything was paid, whether an order had been placed or not."""
    lapsed = (RESERVATION.c.state == "released") | (
        (RESERVATION.c.state == "held") & (RESERVATION.c.expires_at <= now())
    )
    statement = (
        select(func.count())
        .select_from(Group)
        .join(
            RESERVATION, (RESERVATION.c.shop_id == Group.shop_id) & (RESERVATION.c.pool_id == Group.pool_id)
        )
        .where(*chosen, lapsed, RESERVATION.c.confirmed_at.is_(None))
    )
    return int(session().execute(statement).scalar_one())
