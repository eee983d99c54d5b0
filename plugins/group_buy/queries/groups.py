"""Groups as buyers see them: open ones to join, one with its seats, those of one buyer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.reservations import ReservationView, reservations_in
from core.sdk.shop import current_scope
from core.sdk.tables import CHECKOUT, CUSTOMER, ORDER, ORDER_LINE, POOL, REFUND, RESERVATION
from plugins.group_buy.domain import Standing, masked, standing
from plugins.group_buy.domain.kinds import Ladder, Step
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.models import Group, Seat
from plugins.group_buy.queries.facts import ladder_of

POOL_OF_GROUP = (POOL.c.shop_id == Group.shop_id) & (POOL.c.id == Group.pool_id)
_POOL_COLUMNS = (
    POOL.c.confirmed,
    POOL.c.reserved,
    POOL.c.deadline,
    POOL.c.closed_as,
    POOL.c.closed_at,
    POOL.c.least,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup:
    """A group that takes members: free seats `left` of `size`, until `deadline`; the leader's name is masked."""

    id: UUID
    code: str
    activity_id: UUID
    variant_id: UUID
    leader: str
    size: int
    left: int
    deadline: datetime
    price_minor: int
    # More have to pay until it succeeds; of a tiered group, until its first step.
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """A seat: "paid", "reserved" (until `until`) or "free"; names are masked."""

    state: str
    name: str = ""
    leader: bool = False
    mine: bool = False
    until: datetime | None = None
    paid_at: datetime | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None
    # Paid, but all of it has gone back since.
    refunded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group with its seats: paid first (the leader before all), then reserved, then free."""

    id: UUID
    code: str
    activity_id: UUID
    activity_version: int
    variant_id: UUID
    pool_id: UUID
    standing: Standing
    size: int
    paid: int
    left: int
    price_minor: int
    deadline: datetime | None
    opened_at: datetime
    ended_at: datetime | None
    leader: str
    seats: tuple[SeatView, ...]
    terms: dict[str, Any]
    rules: Rules
    ladder: Ladder
    # The merchant declared its success with so many paid seats; None: it succeeded, or will, by itself.
    declared_paid: int | None = None
    declared_at: datetime | None = None
    declared_by: str = ""
    extended_at: datetime | None = None
    settled_at: datetime | None = None
    hard_end: datetime | None = None

    @property
    def step(self) -> Step:
        """What a piece costs with the members who have paid."""
        return self.ladder.reached(self.paid)

    @property
    def missing(self) -> int:
        """How many still have to pay until it succeeds; of a tiered group, until its first step."""
        return max(0, self.ladder.first.size - self.paid)


def expired_units(moment: datetime) -> ColumnElement[int]:
    """Seats of a group whose time to pay is over, though nobody has given them back yet."""
    return func.coalesce(
        select(func.sum(RESERVATION.c.quantity))
        .where(
            RESERVATION.c.shop_id == POOL.c.shop_id,
            RESERVATION.c.pool_id == POOL.c.id,
            RESERVATION.c.state == "held",
            RESERVATION.c.expires_at <= moment,
        )
        .correlate(POOL)
        .scalar_subquery(),
        0,
    )


def is_forming(moment: datetime) -> ColumnElement[bool]:
    """The condition that a joined pool's group is forming at `moment`; says what `domain.standing` says."""
    return POOL.c.closed_as.is_(None) & (POOL.c.deadline > moment) & (POOL.c.confirmed > 0)


def open_groups(
    *,
    activity_ids: Iterable[UUID],
    variant_id: UUID | None = None,
    price_minor: int | None = None,
    without_customer: UUID | None = None,
    city: str = "",
    limit: int = 20,
) -> list[OpenGroup]:
    """Groups with a free seat, those most likely to succeed first: fewest seats left, of `city`, then the soonest end.

    `without_customer` leaves out groups in which this buyer has or had a seat. `city` is the buyer's; a group is of the
    city to which its leader's order goes.
    """
    statement, left = _open()
    statement = statement.where(Group.activity_id.in_(list(activity_ids)))
    nearer = [_city_of_leader() != city] if city else []
    statement = statement.order_by(left, *nearer, POOL.c.deadline, Group.id).limit(limit)
    if variant_id is not None:
        statement = statement.where(Group.variant_id == variant_id)
    if price_minor is not None:
        statement = statement.where(Group.price_minor == price_minor)
    if without_customer is not None:
        seats = select(Seat.group_id).where(Seat.customer_id == without_customer)
        statement = statement.where(Group.id.not_in(seats))
    return [_open_group(row) for row in session().execute(statement)]


def _city_of_leader() -> ColumnElement[str]:
    """Where the leader's order goes; "" where it is fetched."""
    city = (
        select(ORDER.c.address["city"].as_string())
        .select_from(Seat)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .where(
            Seat.shop_id == Group.shop_id,
            Seat.group_id == Group.id,
            Seat.customer_id == Group.leader_id,
            Seat.left_at.is_(None),
        )
        .limit(1)
        .correlate(Group)
    )
    return func.coalesce(city.scalar_subquery(), "")


def city_of(customer_id: UUID | None) -> str:
    """Where a buyer's last order went; "" for somebody unknown."""
    if customer_id is None:
        return ""
    statement = (
        select(ORDER.c.address["city"].as_string())
        .where(ORDER.c.shop_id == current_scope().shop_id, ORDER.c.customer_id == customer_id)
        .order_by(ORDER.c.placed_at.desc())
        .limit(1)
    )
    return session().execute(statement).scalar() or ""


def nearest_groups(activity_ids: Iterable[UUID]) -> dict[UUID, OpenGroup]:
    """The open group of each activity that is most likely to succeed next; activities without one are left out."""
    statement, left = _open()
    statement = statement.where(Group.activity_id.in_(list(activity_ids))).ext(distinct_on(Group.activity_id))
    statement = statement.order_by(Group.activity_id, left, POOL.c.deadline, Group.id)
    return {row.Group.activity_id: _open_group(row) for row in session().execute(statement)}


def _open() -> tuple[Select[Any], ColumnElement[int]]:
    """Groups with a free seat, their deadline and their leader's name; and the number of free seats."""
    moment = now()
    left = Group.size - POOL.c.confirmed - POOL.c.reserved + expired_units(moment)
    statement = (
        select(Group, POOL.c.deadline, POOL.c.confirmed, left.label("left"), CUSTOMER.c.name)
        .join(POOL, POOL_OF_GROUP)
        .join(CUSTOMER, (CUSTOMER.c.shop_id == Group.shop_id) & (CUSTOMER.c.id == Group.leader_id))
        .where(is_forming(moment), left > 0)
    )
    return statement, left


def _open_group(row: Any) -> OpenGroup:
    ladder = ladder_of(row.Group)
    return OpenGroup(
        id=row.Group.id,
        code=row.Group.code,
        activity_id=row.Group.activity_id,
        variant_id=row.Group.variant_id,
        leader=masked(row.name),
        size=row.Group.size,
        left=int(row.left),
        deadline=row.deadline,
        price_minor=ladder.reached(row.confirmed).price,
        missing=max(0, ladder.first.size - row.confirmed),
    )


def group_row(code: str) -> Group | None:
    """The group with this public code."""
    return session().scalars(select(Group).where(Group.code == code)).first()


def group_by_code(code: str, *, viewer_id: UUID | None = None) -> GroupView | None:
    """The group with this public code and its seats; `viewer_id` is the customer whose seat is "mine"."""
    return _group(Group.code == code, viewer_id)


def group_of_order(order_id: UUID, *, viewer_id: UUID | None = None) -> GroupView | None:
    """The group that an order belongs to, with its seats."""
    seat = select(Seat.group_id).where(Seat.order_id == order_id)
    return _group(Group.id.in_(seat), viewer_id)


def group_by_id(group_id: UUID) -> GroupView | None:
    """The group with this id and its seats."""
    return _group(Group.id == group_id, None)


def _group(condition: ColumnElement[bool], viewer_id: UUID | None) -> GroupView | None:
    statement = select(Group, *_POOL_COLUMNS).join(POOL, POOL_OF_GROUP).where(condition)
    row = session().execute(statement).first()
    if row is None:
        return None
    group = row.Group
    seats = _seats(group, viewer_id)
    free = max(0, group.size - len(seats))
    how = standing(**_pool_facts(row), moment=now())
    over = row.closed_at or (row.deadline if how is Standing.FAILED else None)
    return GroupView(
        id=group.id,
        code=group.code,
        activity_id=group.activity_id,
        activity_version=group.activity_version,
        variant_id=group.variant_id,
        pool_id=group.pool_id,
        standing=how,
        size=group.size,
        paid=row.confirmed,
        left=free if how is Standing.FORMING else 0,
        price_minor=group.price_minor,
        deadline=row.deadline,
        opened_at=group.created_at,
        ended_at=over,
        leader=next((seat.name for seat in seats if seat.leader), ""),
        seats=(*seats, *(SeatView(state="free") for _ in range(free))),
        terms=dict(group.terms),
        rules=Rules.from_json(group.terms.get("rules", {})),
        ladder=ladder_of(group),
        declared_paid=group.declared_paid,
        declared_at=group.declared_at,
        declared_by=group.declared_by,
        extended_at=group.extended_at,
        settled_at=group.settled_at,
        hard_end=datetime.fromisoformat(group.terms["hard_end_at"]) if "hard_end_at" in group.terms else None,
    )


def _pool_facts(row: Any) -> dict[str, Any]:
    """What `domain.standing` asks of a pool's row."""
    return {name: getattr(row, name) for name in ("confirmed", "deadline", "closed_as", "least")}


def _seats(group: Group, viewer_id: UUID | None) -> list[SeatView]:
    """Taken seats: paid ones by time, the leader first, then reserved ones by the time they are kept."""
    live = [one for one in reservations_in([group.pool_id]) if one.state in ("confirmed", "held")]
    who = _people(group.id, live)
    seats = [_seat(group, one, who.get(one.holder_id), viewer_id) for one in live]
    return sorted(seats, key=lambda seat: (seat.state != "paid", not seat.leader, seat.paid_at or seat.until))


def _seat(
    group: Group, held: ReservationView, person: tuple[UUID, str, bool] | None, viewer_id: UUID | None
) -> SeatView:
    customer_id, name, refunded = person or (None, "", False)
    paid = held.state == "confirmed"
    return SeatView(
        state="paid" if paid else "reserved",
        name=masked(name),
        leader=customer_id == group.leader_id,
        mine=viewer_id is not None and customer_id == viewer_id,
        until=None if paid else held.expires_at,
        paid_at=held.confirmed_at if paid else None,
        order_id=held.holder_id if held.holder_kind == "order" else None,
        customer_id=customer_id,
        refunded=refunded,
    )


def _people(group_id: UUID, live: list[ReservationView]) -> dict[UUID, tuple[UUID, str, bool]]:
    """Who holds a seat: (customer, name, whether all was refunded) by order or checkout."""
    found: dict[UUID, tuple[UUID, str, bool]] = {}
    if any(one.holder_kind == "order" for one in live):
        orders = (
            select(Seat.order_id, Seat.customer_id, CUSTOMER.c.name, ORDER.c.financial)
            .join(CUSTOMER, (CUSTOMER.c.shop_id == Seat.shop_id) & (CUSTOMER.c.id == Seat.customer_id))
            .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
            .where(Seat.group_id == group_id)
        )
        found |= {
            row.order_id: (row.customer_id, row.name, row.financial == "refunded")
            for row in session().execute(orders)
        }
    checkouts = [one.holder_id for one in live if one.holder_kind == "checkout"]
    if checkouts:
        kept = (
            select(CHECKOUT.c.id, CHECKOUT.c.customer_id, CUSTOMER.c.name)
            .join(
                CUSTOMER,
                (CUSTOMER.c.shop_id == CHECKOUT.c.shop_id) & (CUSTOMER.c.id == CHECKOUT.c.customer_id),
            )
            .where(CHECKOUT.c.shop_id == current_scope().shop_id, CHECKOUT.c.id.in_(checkouts))
        )
        found |= {row.id: (row.customer_id, row.name, False) for row in session().execute(kept)}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MyGroup:
    """A group in which a buyer has or had a seat, with the order that pays for it and its refund.

    `refund` is "", "on_its_way" or "done"; amounts in minor units.
    """

    id: UUID
    code: str
    standing: Standing
    size: int
    paid: int
    left: int
    deadline: datetime | None
    leader: bool
    left_at: datetime | None
    order_code: str
    order_unpaid: bool
    total_minor: int
    title: str
    variant: str
    image: str
    refund: str
    refunded_at: datetime | None
    # When the refund was decided, and last handed to the payment service.
    decided_at: datetime | None = None
    sent_at: datetime | None = None
    won: bool | None = None
    back_minor: int = 0


def groups_of(customer_id: UUID, *, limit: int = 50) -> list[MyGroup]:
    """The groups of a buyer, newest first."""
    moment = now()
    left = Group.size - POOL.c.confirmed - POOL.c.reserved + expired_units(moment)
    refunds = (
        select(
            func.bool_and(REFUND.c.state == "done").label("done"),
            func.max(REFUND.c.done_at).label("done_at"),
            func.min(REFUND.c.created_at).label("decided_at"),
            func.max(REFUND.c.sent_at).label("sent_at"),
        )
        .where(REFUND.c.shop_id == Seat.shop_id, REFUND.c.order_id == Seat.order_id)
        .lateral()
    )
    line = (ORDER_LINE.c.shop_id == Seat.shop_id) & (ORDER_LINE.c.order_id == Seat.order_id)
    statement = (
        select(
            Seat,
            Group,
            *_POOL_COLUMNS,
            left.label("left"),
            *(ORDER.c[name] for name in ("code", "financial", "lifecycle", "total_minor", "refunded_minor")),
            *(ORDER_LINE.c[name] for name in ("title", "variant_title", "image")),
            refunds.c.done,
            refunds.c.done_at,
            refunds.c.decided_at,
            refunds.c.sent_at,
        )
        .join(Group, (Group.shop_id == Seat.shop_id) & (Group.id == Seat.group_id))
        .join(POOL, POOL_OF_GROUP)
        .join(ORDER, (ORDER.c.shop_id == Seat.shop_id) & (ORDER.c.id == Seat.order_id))
        .join(ORDER_LINE, line & (ORDER_LINE.c.position == 0))
        .join(refunds, true())
        .where(Seat.customer_id == customer_id)
        .order_by(Seat.created_at.desc(), Seat.id.desc())
        .limit(limit)
    )
    return [_my_group(row, moment) for row in session().execute(statement)]


def _my_group(row: Any, moment: datetime) -> MyGroup:
    how = standing(**_pool_facts(row), moment=moment)
    return MyGroup(
        id=row.Group.id,
        code=row.Group.code,
        standing=how,
        size=row.Group.size,
        paid=row.confirmed,
        left=max(0, int(row.left)) if how is Standing.FORMING else 0,
        deadline=row.deadline,
        leader=row.Group.leader_id == row.Seat.customer_id,
        left_at=row.Seat.left_at,
        order_code=row.code,
        order_unpaid=row.financial == "unpaid" and row.lifecycle == "placed",
        total_minor=row.total_minor,
        title=row.title,
        variant=row.variant_title,
        image=row.image,
        refund="" if row.done is None else "done" if row.done else "on_its_way",
        refunded_at=row.done_at if row.done else None,
        decided_at=row.decided_at,
        sent_at=row.sent_at,
        won=row.Seat.won,
        back_minor=row.refunded_minor if row.lifecycle != "cancelled" else 0,
    )
