"""What the price of a marked line depends on, looked up once per basket and frozen into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.data import as_id, session
from core.sdk.reservations import PoolView, pools, reservations_in
from core.sdk.shop import takes_new_business
from core.sdk.tables import POOL
from core.sdk.values import PriceInput, PriceLine
from plugins.group_buy.domain import GroupFacts, Offer, standing
from plugins.group_buy.models import Activity, ActivityPrice, Group
from plugins.group_buy.pools import customer_pool, member_pool, stock_pool


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
        self.mine, self.bought = self._orders_of_buyer(activity_ids, group_ids)

    def _orders_of_buyer(
        self, activity_ids: set[UUID], group_ids: set[UUID]
    ) -> tuple[set[UUID], dict[UUID, int]]:
        """Groups in which the buyer has an order, and pieces by activity; what a checkout keeps is being paid for now."""
        if self.customer_id is None:
            return set(), {}
        seats = {member_pool(group, self.customer_id).id: group for group in group_ids}
        pieces = {customer_pool(activity, self.customer_id, None).id: activity for activity in activity_ids}
        mine: set[UUID] = set()
        bought: dict[UUID, int] = {}
        for held in reservations_in([*seats, *pieces]):
            if held.holder_kind != "order" or held.state == "expired":
                continue
            if held.pool_id in seats:
                mine.add(seats[held.pool_id])
            else:
                activity = pieces[held.pool_id]
                bought[activity] = bought.get(activity, 0) + held.quantity
        return mine, bought

    def offer(self, line: PriceLine, mark: Mark) -> Offer | None:
        activity = self.activities.get(mark.activity_id)
        if activity is None:
            return None
        price, size, version = (
            self.prices.get((activity.id, line.variant_id)),
            activity.size,
            activity.version,
        )
        facts = None
        if mark.group_id:
            found = self.groups.get(mark.group_id)
            if found is None or found[0].activity_id != activity.id:
                return None
            group, pool = found
            price = group.price_minor if group.variant_id == line.variant_id else None
            size, version = group.size, group.activity_version
            facts = _group_facts(group, pool, self.moment, mine=group.id in self.mine)
        return Offer(
            activity=str(activity.id),
            version=version,
            size=size,
            price=price,
            state=activity.state,
            starts_at=activity.starts_at,
            ends_at=activity.ends_at,
            limit=activity.limit_per_customer,
            bought=self.bought.get(activity.id, 0),
            cap=activity.stock_cap,
            taken=_units(self.stock.get(stock_pool(activity.id, None).id)),
            draining=self.draining,
            group=facts,
        )


def _units(pool: PoolView | None) -> int:
    return pool.reserved + pool.confirmed if pool else 0


def _prices(activity_ids: set[UUID], variant_ids: set[UUID]) -> dict[tuple[UUID, UUID], int]:
    rows = session().scalars(
        select(ActivityPrice).where(
            ActivityPrice.activity_id.in_(activity_ids), ActivityPrice.variant_id.in_(variant_ids)
        )
    )
    return {(row.activity_id, row.variant_id): row.price_minor for row in rows}


def _groups_with_pools(group_ids: set[UUID]) -> dict[UUID, tuple[Group, Any]]:
    columns = (POOL.c.confirmed, POOL.c.deadline, POOL.c.closed_as)
    statement = (
        select(Group, *columns)
        .join(POOL, (POOL.c.shop_id == Group.shop_id) & (POOL.c.id == Group.pool_id))
        .where(Group.id.in_(group_ids))
    )
    return {row.Group.id: (row.Group, row) for row in session().execute(statement)}


def _group_facts(group: Group, pool: Any, moment: datetime, *, mine: bool) -> GroupFacts:
    how = standing(confirmed=pool.confirmed, deadline=pool.deadline, closed_as=pool.closed_as, moment=moment)
    return GroupFacts(id=str(group.id), code=group.code, standing=how, mine=mine)
