"""What group-buys bring and cost: every number can be traced to groups, orders and refunds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

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
    """The figures of all activities, or of one, in one statement."""
    chosen: Chosen = (Group.shop_id == current_scope().shop_id, Group.created_at >= since)
    if activity_id is not None:
        chosen = (*chosen, Group.activity_id == activity_id)
    found = _found(since, activity_id, chosen)
    return Numbers(
        opened=found.opened,
        forming=found.forming,
        succeeded=found.succeeded,
        failed=found.opened - found.forming - found.succeeded - found.declared,
        declared=found.declared,
        median_fill=found.median_fill,
        members=int(found.members),
        payers=found.payers,
        new_payers=found.new_payers,
        group_sales=int(found.sales),
        alone_sales=int(found.alone),
        discount=int(found.discount),
        refunded=int(found.amount),
        refunds=found.refunds,
        refund_time=found.time,
        unpaid_seats=int(found.unpaid),
        fallen=int(found.fallen),
        perks=int(found.perks),
    )


Chosen = tuple[ColumnElement[bool], ...]


def _found(since: datetime, activity_id: UUID | None, chosen: Chosen) -> Any:
    """Every figure is one row of its own, so that all of them side by side are one row."""
    first, *others = (
        one.subquery()
        for one in (
            _groups(chosen),
            _people(chosen),
            _money(chosen),
            _refunds(chosen),
            _alone_sales(since, activity_id),
            _unpaid_seats(chosen),
        )
    )
    beside: Any = first
    for other in others:
        beside = beside.join(other, true())
    columns = [column for one in (first, *others) for column in one.c]
    return session().execute(select(*columns).select_from(beside)).one()


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
    return (
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
    return _seats(
        select(customers.label("payers"), customers.filter(~came_before).label("new_payers")), chosen
    )


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
    return _seats(columns, chosen).join(ORDER_LINE, of_order).where(ORDER.c.lifecycle != "cancelled")


def _alone_sales(since: datetime, activity_id: UUID | None) -> Any:
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
    return (
        select(func.coalesce(func.sum(ORDER_LINE.c.net_minor), 0).label("alone"))
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


def _refunds(chosen: Chosen) -> Any:
    of_order = (REFUND.c.shop_id == Seat.shop_id) & (REFUND.c.order_id == Seat.order_id)
    return _seats(
        select(
            func.count(REFUND.c.id).label("refunds"),
            func.coalesce(func.sum(REFUND.c.amount_minor), 0).label("amount"),
            func.avg(REFUND.c.done_at - REFUND.c.created_at).label("time"),
            _sent_back("cut:group:").label("fallen"),
            _sent_back("cut:perk:").label("perks"),
        ),
        chosen,
    ).join(REFUND, of_order)


def _sent_back(cause: str) -> ColumnElement[int]:
    """Money of refunds whose cause begins so."""
    return func.coalesce(func.sum(REFUND.c.amount_minor).filter(func.starts_with(REFUND.c.cause, cause)), 0)


def _unpaid_seats(chosen: Chosen) -> Any:
    """Seats that ran out before anything was paid, whether an order had been placed or not."""
    lapsed = (RESERVATION.c.state == "released") | (
        (RESERVATION.c.state == "held") & (RESERVATION.c.expires_at <= now())
    )
    return (
        select(func.count().label("unpaid"))
        .select_from(Group)
        .join(
            RESERVATION, (RESERVATION.c.shop_id == Group.shop_id) & (RESERVATION.c.pool_id == Group.pool_id)
        )
        .where(*chosen, lapsed, RESERVATION.c.confirmed_at.is_(None))
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """Of `seen` ended groups of an activity that had as many paid members as this one, `filled` succeeded by themselves."""

    seen: int
    filled: int

    @property
    def points(self) -> int | None:
        """The share, basis points; None where too few were seen to say anything."""
        return self.filled * 10_000 // self.seen if self.seen >= FEWEST_SEEN else None


# Of fewer ended groups nothing is concluded.
FEWEST_SEEN = 5


def chance_of(*, activity_id: UUID, size: int, paid: int) -> Chance:
    """How groups of the same activity and size that had `paid` members ended; a declared one did not fill by itself."""
    filled = (POOL.c.closed_as == "filled") & Group.declared_at.is_(None)
    statement = (
        select(func.count().label("seen"), func.count().filter(filled).label("filled"))
        .select_from(Group)
        .join(POOL, POOL_OF_GROUP)
        .where(
            Group.shop_id == current_scope().shop_id,
            Group.activity_id == activity_id,
            Group.size == size,
            POOL.c.deadline.is_not(None),
            POOL.c.confirmed >= paid,
            ~is_forming(now()),
        )
    )
    row = session().execute(statement).one()
    return Chance(row.seen, row.filled)
