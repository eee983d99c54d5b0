"""The console's lists: activities, groups and refunds, each page in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from core.sdk.catalog import Picture, sold_variants
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER, POOL, PRODUCT, REFUND
from plugins.group_buy.domain import Standing, standing
from plugins.group_buy.models import Activity, Group, Seat
from plugins.group_buy.queries.activities import (
    ActivityView,
    GroupCounts,
    group_counts,
    pieces_taken,
    views_of,
)
from plugins.group_buy.queries.groups import POOL_OF_GROUP, is_forming


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: its rows, how many match in this view, and how many each view has."""

    rows: Sequence[Any]
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """An activity in the console's list; prices in minor units, `taken` pieces of its stock."""

    activity: ActivityView
    product: str
    picture: Picture | None
    price_minor: int | None
    alone_minor: int | None
    taken: int
    groups: GroupCounts


_ACTIVITY_VIEWS = {
    "all": ("draft", "scheduled", "running", "paused", "ended", "closed"),
    "running": ("running",),
    "planned": ("draft", "scheduled"),
    "paused": ("paused",),
    "over": ("ended", "closed"),
}
ACTIVITY_SORTS: dict[str, tuple[Any, ...]] = {
    "-starts_at": (Activity.starts_at.desc(), Activity.id),
    "ends_at": (Activity.ends_at, Activity.id),
    "title": (Activity.title, Activity.id),
}


def _stage() -> ColumnElement[str]:
    """`domain.stage` as an expression."""
    moment = now()
    return case(
        (Activity.state.in_(("draft", "closed")), Activity.state),
        (Activity.ends_at <= moment, "ended"),
        (Activity.state == "paused", "paused"),
        (Activity.starts_at > moment, "scheduled"),
        else_="running",
    )


def activity_list(*, view: str, search: str, sort: str, limit: int, offset: int, kind: str = "") -> Listed:
    """One page of activities, of one kind if it is given."""
    of_kind = _of_kind(kind)
    counted = session().execute(
        _searched(select(_stage().label("stage"), func.count()), search).where(*of_kind).group_by("stage")
    )
    by_stage = {row[0]: row[1] for row in counted}
    counts = {name: sum(by_stage.get(one, 0) for one in stages) for name, stages in _ACTIVITY_VIEWS.items()}
    statement = _searched(select(Activity), search).where(_stage().in_(_ACTIVITY_VIEWS[view]), *of_kind)
    found = views_of(statement.order_by(*ACTIVITY_SORTS[sort]).limit(limit).offset(offset))
    return Listed(_activity_rows(found), counts[view], counts)


def _of_kind(kind: str) -> list[ColumnElement[bool]]:
    said = func.coalesce(Activity.rules["kind"].as_string(), "normal")
    return [said == kind] if kind else []


def _searched(statement: Any, search: str) -> Any:
    joined = statement.join(
        PRODUCT, (PRODUCT.c.shop_id == Activity.shop_id) & (PRODUCT.c.id == Activity.product_id)
    ).where(Activity.shop_id == current_scope().shop_id)
    if not search:
        return joined
    return joined.where(
        Activity.title.icontains(search, autoescape=True) | PRODUCT.c.title.icontains(search, autoescape=True)
    )


def _activity_rows(found: Sequence[ActivityView]) -> list[ActivityRow]:
    ids = [one.id for one in found]
    cheapest = {one.id: min(one.prices.items(), key=itemgetter(1))[0] for one in found if one.prices}
    variants = sold_variants(cheapest.values())
    groups, taken = group_counts(ids), pieces_taken(ids)
    rows = []
    for one in found:
        variant = variants.get(cheapest[one.id]) if one.id in cheapest else None
        rows.append(
            ActivityRow(
                activity=one,
                product=variant.product_title if variant else "",
                picture=variant.picture if variant else None,
                price_minor=one.prices[variant.id] if variant else None,
                alone_minor=variant.price_minor if variant else None,
                taken=taken[one.id],
                groups=groups[one.id],
            )
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group in the console's list; `paid_minor` is what its members have paid and was not refunded.

    `activity` is its activity's name, "" in a list of one activity's groups.
    """

    id: UUID
    code: str
    activity_id: UUID
    activity: str
    leader: str
    standing: Standing
    size: int
    paid: int
    reserved: int
    deadline: datetime
    ended_at: datetime | None
    opened_at: datetime
    paid_minor: int
    declared_paid: int | None = None


GROUP_SORTS: dict[str, tuple[Any, ...]] = {
    "deadline": (POOL.c.deadline, Group.id),
    "-deadline": (POOL.c.deadline.desc(), Group.id),
    "-paid": (POOL.c.confirmed.desc(), Group.id),
}


GROUP_VIEWS = ("forming", "soon", "succeeded", "declared", "failed", "all")
# Groups that end within this time are worth a hand.
SOON = timedelta(hours=3)
Days = tuple[date | None, date | None]


def _group_view(view: str) -> ColumnElement[bool]:
    forming, succeeded = is_forming(now()), POOL.c.closed_as == "filled"
    if view == "forming":
        return forming
    if view == "succeeded":
        return func.coalesce(succeeded, False)
    if view == "declared":
        return func.coalesce(succeeded, False) & Group.declared_at.is_not(None)
    if view == "failed":
        return ~forming & ~func.coalesce(succeeded, False)
    if view == "soon":
        return forming & (POOL.c.deadline <= now() + SOON)
    return literal(True)


def _on_days(moment: Any, days: Days) -> list[ColumnElement[bool]]:
    """The conditions that an instant lies on days of the shop's zone, both ends included."""
    first, last = days
    found = []
    if first is not None:
        found.append(moment >= _start_of(first))
    if last is not None:
        found.append(moment < _start_of(last + timedelta(days=1)))
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), current_scope().zone)


def group_ended() -> ColumnElement[Any]:
    """When a group was over, filled or not; only of groups that are not forming any more."""
    ended: ColumnElement[Any] = func.coalesce(POOL.c.closed_at, POOL.c.deadline)
    return ended


@dataclass(frozen=True, slots=True)
class EndingSoon:
    """Groups that form and end soon, their free seats, and when the first of them ends."""

    groups: int
    free_seats: int
    first: datetime | None


def groups_ending_soon() -> EndingSoon:
    """What the view "soon" lists, in numbers."""
    statement = _begun(
        select(
            func.count().label("groups"),
            func.coalesce(func.sum(Group.size - POOL.c.confirmed), 0).label("free"),
            func.min(POOL.c.deadline).label("first"),
        ),
        None,
    ).where(_group_view("soon"))
    row = session().execute(statement).one()
    return EndingSoon(row.groups, int(row.free), row.first)


def group_list(
    *,
    activity_id: UUID | None,
    view: str,
    sort: str,
    limit: int,
    offset: int,
    opened: Days = (None, None),
    ended: Days = (None, None),
) -> Listed:
    """One page of groups that have begun, of one activity or of all; opened, or over, on some days."""
    narrowed = [_group_view(view), *_on_days(Group.created_at, opened), *_on_days(group_ended(), ended)]
    if any(ended):
        narrowed.append(~is_forming(now()))
    counted = {name: func.count().filter(_group_view(name)).label(name) for name in GROUP_VIEWS}
    total = func.count().filter(and_(*narrowed)).label("total")
    counts = dict(session().execute(_begun(select(total, *counted.values()), activity_id)).mappings().one())
    total_count = counts.pop("total")
    of_pool = ("confirmed", "reserved", "deadline", "closed_as", "closed_at", "least")
    columns = [POOL.c[name] for name in of_pool]
    listing = (
        _begun(select(Group, *columns, CUSTOMER.c.name, Activity.title, _kept_money()), activity_id)
        .join(CUSTOMER, (CUSTOMER.c.shop_id == Group.shop_id) & (CUSTOMER.c.id == Group.leader_id))
        .join(Activity, (Activity.shop_id == Group.shop_id) & (Activity.id == Group.activity_id))
        .where(*narrowed)
        .order_by(*GROUP_SORTS[sort])
        .limit(limit)
        .offset(offset)
    )
    rows = [_group_row(row, named=activity_id is None) for row in session().execute(listing)]
    return Listed(rows, total_count, counts)


def _kept_money() -> Any:
    """What the members of a group have paid and was not refunded."""
    of_group = (
        select(func.coalesce(func.sum(ORDER.c.captured_minor - ORDER.c.refunded_minor), 0))
        .select_from(Seat)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(Seat.shop_id == Group.shop_id, Seat.group_id == Group.id)
        .correlate(Group)
    )
    return of_group.scalar_subquery().label("paid_minor")


def _begun(statement: Any, activity_id: UUID | None) -> Any:
    found = statement.select_from(Group).join(POOL, POOL_OF_GROUP)
    found = found.where(Group.shop_id == current_scope().shop_id, POOL.c.deadline.is_not(None))
    return found.where(Group.activity_id == activity_id) if activity_id else found


def _group_row(row: Any, *, named: bool) -> GroupRow:
    how = standing(
        confirmed=row.confirmed,
        deadline=row.deadline,
        closed_as=row.closed_as,
        moment=now(),
        least=row.least,
    )
    return GroupRow(
        id=row.Group.id,
        code=row.Group.code,
        activity_id=row.Group.activity_id,
        activity=row.title if named else "",
        leader=row.name,
        standing=how,
        size=row.Group.size,
        paid=row.confirmed,
        reserved=row.reserved,
        deadline=row.deadline,
        ended_at=row.closed_at,
        opened_at=row.Group.created_at,
        paid_minor=int(row.paid_minor),
        declared_paid=row.Group.declared_paid,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member of a group on its page: who, which order, how far paid and refunded (minor units)."""

    name: str
    contact: str
    order_id: UUID
    number: str
    lifecycle: str
    financial: str
    total_minor: int
    refunded_minor: int
    placed_at: datetime
    paid_at: datetime | None
    left_at: datetime | None
    leads: bool


def members_of(group_id: UUID) -> list[MemberRow]:
    """Everybody who ever had an order in a group, the earliest first."""
    statement = (
        select(
            Seat.left_at,
            (Seat.customer_id == Group.leader_id).label("leads"),
            CUSTOMER.c.name,
            func.coalesce(CUSTOMER.c.phone, CUSTOMER.c.email, "").label("contact"),
            *(ORDER.c[name] for name in (
                "id", "number", "lifecycle", "financial", "total_minor", "refunded_minor", "placed_at", "paid_at",
            )),
        )
        .join(Group, (Group.shop_id == Seat.shop_id) & (Group.id == Seat.group_id))
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .join(CUSTOMER, (CUSTOMER.c.shop_id == Seat.shop_id) & (CUSTOMER.c.id == Seat.customer_id))
        .where(Seat.group_id == group_id)
        .order_by(ORDER.c.paid_at.nulls_last(), ORDER.c.placed_at)
    )  # fmt: skip
    return [
        MemberRow(
            name=row.name,
            contact=row.contact,
            order_id=row.id,
            number=row.number,
            lifecycle=row.lifecycle,
            financial=row.financial,
            total_minor=row.total_minor,
            refunded_minor=row.refunded_minor,
            placed_at=row.placed_at,
            paid_at=row.paid_at,
            left_at=row.left_at,
            leads=row.leads and row.left_at is None,
        )
        for row in session().execute(statement)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """A refund of a group's order: how much (minor units), why, how far, and since when."""

    order_id: UUID
    number: str
    buyer: str
    amount_minor: int
    cause: str
    state: str
    attempts: int
    created_at: datetime
    done_at: datetime | None


_REFUND_VIEWS = {"open": ("pending", "sent"), "failed": ("failed",), "done": ("done",)}


def refund_list(*, view: str, limit: int, offset: int) -> Listed:
    """One page of refunds of group-buy orders; open ones with the oldest first."""
    of_order = (REFUND.c.shop_id == Seat.shop_id) & (REFUND.c.order_id == Seat.order_id)
    counted = session().execute(
        select(REFUND.c.state, func.count()).select_from(Seat).join(REFUND, of_order).group_by(REFUND.c.state)
    )
    by_state = {row[0]: row[1] for row in counted}
    counts = {name: sum(by_state.get(one, 0) for one in states) for name, states in _REFUND_VIEWS.items()}
    order = REFUND.c.done_at.desc() if view == "done" else REFUND.c.created_at
    names = ("order_id", "amount_minor", "cause", "state", "attempts", "created_at", "done_at")
    listing = (
        select(*(REFUND.c[name] for name in names), ORDER.c.number, CUSTOMER.c.name)
        .select_from(Seat)
        .join(REFUND, of_order)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .join(CUSTOMER, (CUSTOMER.c.shop_id == Seat.shop_id) & (CUSTOMER.c.id == Seat.customer_id))
        .where(REFUND.c.state.in_(_REFUND_VIEWS[view]))
        .order_by(order, REFUND.c.id)
        .limit(limit)
        .offset(offset)
    )
    rows = [
        RefundRow(
            order_id=row.order_id,
            number=row.number,
            buyer=row.name,
            amount_minor=row.amount_minor,
            cause=row.cause,
            state=row.state,
            attempts=row.attempts,
            created_at=row.created_at,
            done_at=row.done_at,
        )
        for row in session().execute(listing)
    ]
    return Listed(rows, counts[view], counts)
