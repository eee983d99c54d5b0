"""What the price of a marked line depends on, looked up once per basket and frozen into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.audiences import UnknownAudience, is_member
from core.sdk.customers import tags_of
from core.sdk.data import as_id, session
from core.sdk.reservations import PoolView, pools, reservations_in
from core.sdk.shop import current_scope, takes_new_business
from core.sdk.tables import ORDER, POOL
from core.sdk.values import PriceInput, PriceLine
from plugins.group_buy.domain import Allowance, GroupFacts, Offer, standing
from plugins.group_buy.domain.kinds import Ladder
from plugins.group_buy.domain.rules import Rules, tag_of
from plugins.group_buy.models import Activity, ActivityPrice, Group
from plugins.group_buy.pools import customer_pool, day_pool, member_pool, product_pool, shop_day, stock_pool


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line says it is: part of an activity, and of a group that it joins (None: it starts one)."""

    activity_id: UUID
    group_id: UUID | None

    def as_json(self) -> dict[str, str | None]:
        """As it is kept on a line."""
        return {"activity": str(self.activity_id), "group": str(self.group_id) if self.group_id else None}


def mark_of(line: PriceLine) -> Mark | None:
    """The mark of a line, or None when it has none or one that was never ours."""
    said: Any = line.marks.get("group_buy")
    if not isinstance(said, Mapping):
        return None
    activity_id, group = as_id(str(said.get("activity"))), said.get("group")
    group_id = as_id(str(group)) if group is not None else None
    if activity_id is None or (group is not None and group_id is None):
        return None
    return Mark(activity_id, group_id)


def price_facts(price_input: PriceInput) -> dict[str, Any]:
    """The offer behind each marked line, JSON-able; an unmarked basket costs no statement."""
    marked = [(line, mark) for line in price_input.lines if (mark := mark_of(line))]
    if not marked:
        return {}
    customer_id = price_input.customer.customer_id
    found = _Lookup(marked, customer_id, price_input.moment)
    offers = {line.key: found.offer(line, mark) for line, mark in marked}
    return {"lines": {key: offer.as_json() for key, offer in offers.items() if offer}}


class _Lookup:
    """Everything the marked lines refer to, fetched in one statement per kind of thing."""

    def __init__(
        self, marked: Sequence[tuple[PriceLine, Mark]], customer_id: UUID | None, moment: datetime
    ) -> None:
        self.customer_id, self.moment = customer_id, moment
        self.draining = not takes_new_business("group_buy")
        activity_ids = {mark.activity_id for _, mark in marked}
        group_ids = {mark.group_id for _, mark in marked if mark.group_id}
        self.activities = {
            row.id: row for row in session().scalars(select(Activity).where(Activity.id.in_(activity_ids)))
        }
        self.prices = _prices(activity_ids, {line.variant_id for line, _ in marked})
        self.groups = _groups_with_pools(group_ids) if group_ids else {}
        self.stock = pools(stock_pool(activity, None).id for activity in activity_ids)
        self.mine, self.used = self._orders_of_buyer(group_ids)
        self._known: bool | None = None

    def _orders_of_buyer(self, group_ids: set[UUID]) -> tuple[set[UUID], dict[UUID, int]]:
        """Groups in which the buyer has an order, and pieces by pool; what a checkout keeps is being paid for now."""
        if self.customer_id is None:
            return set(), {}
        seats = {member_pool(group, self.customer_id).id: group for group in group_ids}
        pieces = {pool for row in self.activities.values() for pool in self._pieces(row).values()}
        mine: set[UUID] = set()
        used: dict[UUID, int] = {}
        for held in reservations_in([*seats, *pieces]):
            if held.holder_kind != "order" or held.state == "expired":
                continue
            if held.pool_id in seats:
                mine.add(seats[held.pool_id])
            else:
                used[held.pool_id] = used.get(held.pool_id, 0) + held.quantity
        return mine, used

    def _pieces(self, row: Activity) -> dict[str, UUID]:
        """The pools that count the buyer's pieces, by what refuses when they are used up."""
        who = self.customer_id
        if who is None:
            return {}
        return {
            "limit": customer_pool(row.id, who, None).id,
            "limit_day": day_pool(row.id, who, shop_day(self.moment), None).id,
            "limit_product": product_pool(row.product_id, who, None).id,
        }

    def offer(self, line: PriceLine, mark: Mark) -> Offer | None:
        activity = self.activities.get(mark.activity_id)
        if activity is None:
            return None
        joined = self.groups.get(mark.group_id) if mark.group_id else None
        if mark.group_id and (joined is None or joined[0].activity_id != activity.id):
            return None
        rules = Rules.from_json(joined[0].terms.get("rules", {}) if joined else activity.rules)
        terms = (
            self._joining(joined[0], joined[1], line) if joined else self._starting(activity, line.variant_id)
        )
        used = {name: self.used.get(pool, 0) for name, pool in self._pieces(activity).items()}
        draws = rules.of_kind.draws
        return Offer(
            activity=str(activity.id),
            state=activity.state,
            starts_at=activity.starts_at,
            ends_at=activity.ends_at,
            limit=activity.limit_per_customer,
            bought=used.get("limit", 0),
            # What the winners of a lottery group get was set aside when it was opened.
            cap=None if draws and joined else activity.stock_cap,
            prizes=rules.winners if draws and not joined else 0,
            taken=_units(self.stock.get(stock_pool(activity.id, None).id)),
            draining=self.draining,
            kind=rules.kind,
            coupons=rules.coupons,
            allowances=tuple(_allowances(rules, used)),
            welcome=self._is_welcome(rules),
            known=joined is not None and rules.of_kind.newcomers and self._has_bought(),
            **terms,
        )

    def _starting(self, activity: Activity, variant_id: UUID) -> dict[str, Any]:
        price = self.prices.get((activity.id, variant_id))
        return {
            "price": price.price_minor if price else None,
            "size": activity.size,
            "version": activity.version,
        }

    def _joining(self, group: Group, pool: Any, line: PriceLine) -> dict[str, Any]:
        """What the group's terms say; of a ladder, the step that its paid members have reached."""
        ladder = ladder_of(group)
        price = ladder.reached(pool.confirmed).price if group.variant_id == line.variant_id else None
        return {
            "price": price,
            "size": group.size,
            "version": group.activity_version,
            "group": _group_facts(group, pool, self.moment, mine=group.id in self.mine),
        }

    def _is_welcome(self, rules: Rules) -> bool:
        if not rules.audience or self.customer_id is None:
            return True
        return belongs(rules.audience, self.customer_id)

    def _has_bought(self) -> bool:
        if self._known is None:
            self._known = self.customer_id is not None and has_bought(self.customer_id)
        return self._known


def belongs(audience: str, customer_id: UUID) -> bool:
    """Whether a customer is in the segment, or has the tag, now; nobody is in a segment that was deleted."""
    tag = tag_of(audience)
    if tag:
        return tag in tags_of([customer_id]).get(customer_id, ())
    try:
        return customer_id in is_member(audience, [customer_id])
    except UnknownAudience:
        return False


def has_bought(customer_id: UUID, *, besides: UUID | None = None) -> bool:
    """Whether a customer has a paid order in this shop that was not cancelled, or that is `besides`."""
    paid = select(ORDER.c.id).where(
        ORDER.c.shop_id == current_scope().shop_id,
        ORDER.c.customer_id == customer_id,
        ORDER.c.paid_at.is_not(None),
        ORDER.c.lifecycle != "cancelled",
    )
    if besides is not None:
        paid = paid.where(ORDER.c.id != besides)
    return session().execute(paid.limit(1)).first() is not None


def ladder_of(group: Group) -> Ladder:
    """What a piece costs in this group, by its members."""
    return Ladder.from_json(group.steps) if group.steps else Ladder.of(group.size, group.price_minor)


def _allowances(rules: Rules, used: Mapping[str, int]) -> list[Allowance]:
    limits = {"limit_order": rules.per_order, "limit_day": rules.per_day, "limit_product": rules.per_product}
    return [Allowance(name, most, used.get(name, 0)) for name, most in limits.items() if most is not None]


def _units(pool: PoolView | None) -> int:
    return pool.reserved + pool.confirmed if pool else 0


def _prices(activity_ids: set[UUID], variant_ids: set[UUID]) -> dict[tuple[UUID, UUID], ActivityPrice]:
    rows = session().scalars(
        select(ActivityPrice).where(
            ActivityPrice.activity_id.in_(activity_ids), ActivityPrice.variant_id.in_(variant_ids)
        )
    )
    return {(row.activity_id, row.variant_id): row for row in rows}


def _groups_with_pools(group_ids: set[UUID]) -> dict[UUID, tuple[Group, Any]]:
    columns = (POOL.c.confirmed, POOL.c.deadline, POOL.c.closed_as, POOL.c.least)
    statement = (
        select(Group, *columns)
        .join(POOL, (POOL.c.shop_id == Group.shop_id) & (POOL.c.id == Group.pool_id))
        .where(Group.id.in_(group_ids))
    )
    return {row.Group.id: (row.Group, row) for row in session().execute(statement)}


def _group_facts(group: Group, pool: Any, moment: datetime, *, mine: bool) -> GroupFacts:
    how = standing(
        confirmed=pool.confirmed,
        deadline=pool.deadline,
        closed_as=pool.closed_as,
        moment=moment,
        least=pool.least,
    )
    return GroupFacts(id=str(group.id), code=group.code, standing=how, mine=mine)
