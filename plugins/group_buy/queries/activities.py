"""Activities as the product page and the console read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.reservations import pools
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, POOL, PRODUCT, VARIANT
from plugins.group_buy.domain import Plan, stage
from plugins.group_buy.domain.kinds import Ladder
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.models import Activity, ActivityPrice, Group, Seat
from plugins.group_buy.pools import stock_pool
from plugins.group_buy.queries.groups import POOL_OF_GROUP, is_forming


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView:
    """An activity with its prices (minor units by variant id); `stage` is the word of `domain.stage`."""

    id: UUID
    product_id: UUID
    title: str
    state: str
    stage: str
    size: int
    window: timedelta
    starts_at: datetime
    ends_at: datetime
    hard_end_at: datetime
    limit_per_customer: int | None
    stock_cap: int | None
    version: int
    prices: Mapping[UUID, int] = field(default_factory=dict)
    ladders: Mapping[UUID, Ladder] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def ladder(self, variant_id: UUID) -> Ladder:
        """What a variant costs in groups of any size."""
        return self.plan.ladder(variant_id)

    @property
    def plan(self) -> Plan:
        """What the merchant wrote down."""
        return Plan(
            title=self.title,
            size=self.size,
            window=self.window,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            hard_end_at=self.hard_end_at,
            limit_per_customer=self.limit_per_customer,
            stock_cap=self.stock_cap,
            prices=self.prices,
            ladders=self.ladders,
            rules=self.rules,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """How the groups of an activity stand; a group counts from its leader's payment on.

    Those that the merchant declared successful are `declared` and nothing else.
    """

    forming: int = 0
    succeeded: int = 0
    failed: int = 0
    declared: int = 0

    @property
    def opened(self) -> int:
        """All groups that ever began."""
        return self.forming + self.succeeded + self.failed + self.declared


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldProduct:
    """A product with today's prices of its variants, as the form and its price check need it."""

    id: UUID
    title: str
    handle: str
    status: str
    variants: tuple["SoldKind", ...]

    @property
    def alone(self) -> dict[UUID, int]:
        """Price of buying alone, minor units by variant id."""
        return {kind.id: kind.price_minor for kind in self.variants}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldKind:
    """A variant: its option values in words, number and price (minor units)."""

    id: UUID
    title: str
    sku: str
    price_minor: int
    # What one costs the shop; None: not known.
    cost_minor: int | None = None


def activity(activity_id: UUID) -> ActivityView | None:
    """The activity with this id."""
    return next(iter(views_of(select(Activity).where(Activity.id == activity_id))), None)


def activities(*, product_id: UUID | None = None) -> list[ActivityView]:
    """All activities, or those of one product, the latest first."""
    statement = select(Activity).order_by(Activity.starts_at.desc(), Activity.id)
    if product_id is not None:
        statement = statement.where(Activity.product_id == product_id)
    return views_of(statement)


def running_activities(
    product_ids: Iterable[UUID] | None = None, *, limit: int = 200, offset: int = 0
) -> list[ActivityView]:
    """Activities in which groups can be started now, the one that ends first before the others."""
    statement = _running(select(Activity)).order_by(Activity.ends_at, Activity.id)
    if product_ids is not None:
        statement = statement.where(Activity.product_id.in_(list(product_ids)))
    return views_of(statement.limit(limit).offset(offset))


def running_count() -> int:
    """In how many activities groups can be started now."""
    counted = _running(select(func.count()).select_from(Activity))
    return int(session().execute(counted).scalar_one())


def _running(statement: Select[Any]) -> Select[Any]:
    moment = now()
    return statement.join(
        PRODUCT, (PRODUCT.c.shop_id == Activity.shop_id) & (PRODUCT.c.id == Activity.product_id)
    ).where(
        Activity.shop_id == current_scope().shop_id,
        Activity.state == "published",
        Activity.starts_at <= moment,
        Activity.ends_at > moment,
        PRODUCT.c.status == "active",
    )


def views_of(statement: Select[Activity]) -> list[ActivityView]:
    """The activities that `statement` selects, with their prices; two statements."""
    rows = session().scalars(statement).all()
    if not rows:
        return []
    prices: dict[UUID, list[ActivityPrice]] = {row.id: [] for row in rows}
    for price in session().scalars(select(ActivityPrice).where(ActivityPrice.activity_id.in_(prices))):
        prices[price.activity_id].append(price)
    return [_view(row, prices[row.id]) for row in rows]


def _view(row: Activity, prices: Sequence[ActivityPrice]) -> ActivityView:
    return ActivityView(
        id=row.id,
        product_id=row.product_id,
        title=row.title,
        state=row.state,
        stage=stage(row.state, row.starts_at, row.ends_at, now()),
        size=row.size,
        window=timedelta(minutes=row.window_minutes),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hard_end_at=row.hard_end_at,
        limit_per_customer=row.limit_per_customer,
        stock_cap=row.stock_cap,
        version=row.version,
        prices={price.variant_id: price.price_minor for price in prices},
        ladders={price.variant_id: Ladder.from_json(price.steps) for price in prices if price.steps},
        rules=Rules.from_json(row.rules),
    )


def group_counts(activity_ids: Iterable[UUID]) -> dict[UUID, GroupCounts]:
    """How many groups of each activity form, succeeded and failed; one statement for all."""
    wanted = list(activity_ids)
    if not wanted:
        return {}
    forming = is_forming(now())
    filled = POOL.c.closed_as == "filled"
    counted = (
        select(
            Group.activity_id,
            func.count().filter(forming).label("forming"),
            func.count().filter(filled & Group.declared_at.is_(None)).label("succeeded"),
            func.count().filter(filled & Group.declared_at.is_not(None)).label("declared"),
            func.count().label("opened"),
        )
        .join(POOL, POOL_OF_GROUP)
        # Before its leader paid, a group has no deadline and has not begun.
        .where(Group.activity_id.in_(wanted), POOL.c.deadline.is_not(None))
        .group_by(Group.activity_id)
    )
    found = {
        row.activity_id: GroupCounts(
            forming=row.forming,
            succeeded=row.succeeded,
            declared=row.declared,
            failed=row.opened - row.forming - row.succeeded - row.declared,
        )
        for row in session().execute(counted)
    }
    return {activity_id: found.get(activity_id, GroupCounts()) for activity_id in wanted}


def pieces_taken(activity_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Pieces at the group price that orders hold or have paid for, by activity."""
    by_pool = {stock_pool(activity_id, None).id: activity_id for activity_id in activity_ids}
    found = pools(by_pool)
    return {
        activity_id: found[pool].reserved + found[pool].confirmed if pool in found else 0
        for pool, activity_id in by_pool.items()
    }


def sold_product(product_id: UUID) -> SoldProduct | None:
    """A product with the variants that are sold, or None when the shop does not have it."""
    return sold_products([product_id]).get(product_id)


def sold_products(product_ids: Iterable[UUID]) -> dict[UUID, SoldProduct]:
    """Products by id with the variants that are sold."""
    wanted = list(product_ids)
    if not wanted:
        return {}
    statement = (
        select(
            PRODUCT.c.id,
            PRODUCT.c.title,
            PRODUCT.c.handle,
            PRODUCT.c.status,
            VARIANT.c.id.label("variant_id"),
            VARIANT.c.title.label("kind"),
            VARIANT.c.sku,
            VARIANT.c.price_minor,
            VARIANT.c.cost_minor,
        )
        .join(VARIANT, (VARIANT.c.shop_id == PRODUCT.c.shop_id) & (VARIANT.c.product_id == PRODUCT.c.id))
        .where(
            PRODUCT.c.shop_id == current_scope().shop_id,
            PRODUCT.c.id.in_(wanted),
            VARIANT.c.archived.is_(False),
        )
        .order_by(PRODUCT.c.id, VARIANT.c.position, VARIANT.c.id)
    )
    rows: dict[UUID, list[Any]] = {}
    for row in session().execute(statement):
        rows.setdefault(row.id, []).append(row)
    return {product_id: _sold_product(found) for product_id, found in rows.items()}


def _sold_product(rows: Sequence[Any]) -> SoldProduct:
    first = rows[0]
    kinds = tuple(
        SoldKind(
            id=row.variant_id,
            title=row.kind,
            sku=row.sku,
            price_minor=row.price_minor,
            cost_minor=row.cost_minor,
        )
        for row in rows
    )
    return SoldProduct(
        id=first.id, title=first.title, handle=first.handle, status=first.status, variants=kinds
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBusiness:
    """What is still to be finished: groups with paid or kept seats, members who wait, their money, the last end."""

    groups: int
    members: int
    money_minor: int
    until: datetime | None


# Whatever follows from success is done in seconds; groups that are older than this were full before it was noted.
_SETTLED_WITHIN = timedelta(days=3)


def _is_unsettled() -> ColumnElement[bool]:
    """A group that is full, and whose draw, differences or news are still to come."""
    recent = POOL.c.closed_at > now() - _SETTLED_WITHIN
    return (POOL.c.closed_as == "filled") & Group.settled_at.is_(None) & recent


def open_business() -> OpenBusiness:
    """What switching off leaves behind.

    A group whose deadline passed counts until its refunds began, a full one until all that follows from it was done.
    """
    taken = (POOL.c.confirmed > 0) | (POOL.c.reserved > 0)
    is_open = (POOL.c.closed_as.is_(None) & taken) | _is_unsettled()
    counted = (
        select(
            func.count().label("groups"),
            func.coalesce(func.sum(POOL.c.confirmed), 0).label("members"),
            func.max(POOL.c.deadline).label("until"),
        )
        .select_from(Group)
        .join(POOL, POOL_OF_GROUP)
        .where(Group.shop_id == current_scope().shop_id, is_open)
    )
    money = (
        select(func.coalesce(func.sum(ORDER.c.captured_minor - ORDER.c.refunded_minor), 0))
        .select_from(Seat)
        .join(Group, (Group.shop_id == Seat.shop_id) & (Group.id == Seat.group_id))
        .join(POOL, POOL_OF_GROUP)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(Seat.shop_id == current_scope().shop_id, is_open, ORDER.c.lifecycle == "placed")
    )
    row = session().execute(counted).one()
    held = session().execute(money).scalar_one()
    return OpenBusiness(groups=row.groups, members=int(row.members), money_minor=int(held), until=row.until)
