"""What the price of a basket depends on, looked up once per basket and frozen into it: the buyer's coupons."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.catalog import collections_of
from core.sdk.data import session
from core.sdk.reservations import pools
from core.sdk.shop import current_scope, settings, takes_new_business
from core.sdk.values import PriceInput
from plugins.coupon.domain import PLUGIN, Held, Standing
from plugins.coupon.models import Choice
from plugins.coupon.pools import day_pool, money_pool, uses_pool
from plugins.coupon.queries.wallet import CouponView, usable
from plugins.coupon.schemas import CouponSettings

# A basket looks at so many coupons, the soonest to run out first.
MOST_LOOKED_AT = 60


def price_facts(price_input: PriceInput) -> dict[str, Any]:
    """The buyer's coupons, their choice, and which collections the goods are in; nothing for whoever has none."""
    customer_id = price_input.customer.customer_id
    if customer_id is None or not takes_new_business(PLUGIN):
        return {}
    found = usable(customer_id, price_input.moment, limit=MOST_LOOKED_AT)
    if not found.coupons:
        return {}
    budgets = _budgets(found.budgets, price_input.moment)
    inside = _inside(found.coupons, {line.product_id for line in price_input.lines})
    return {
        "coupons": [held_of(one, *budgets[one.campaign_id]).as_json() for one in found.coupons],
        "chosen": found.chosen,
        "inside": inside,
        "most_points": settings(CouponSettings, PLUGIN)["most_points"],
    }


def held_of(one: CouponView, budget: int | None, spent: bool) -> Held:
    """A coupon as a basket sees it."""
    return Held(
        id=str(one.id),
        campaign=str(one.campaign_id),
        version=one.version,
        terms=one.terms,
        value=one.value,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        budget=budget,
        obstacle=_obstacle(one, spent=spent),
    )


def _obstacle(one: CouponView, *, spent: bool) -> str:
    if one.standing is Standing.LOCKED:
        return "locked"
    if one.campaign_state == "paused":
        return "paused"
    if spent:
        return "budget"
    return "resting" if one.resting else ""


def _inside(found: Iterable[CouponView], products: set[UUID]) -> dict[str, list[str]]:
    """Memberships of collections, if any coupon asks for them."""
    scopes = [one.terms.scope for one in found]
    if not any(scope.collections or scope.not_collections for scope in scopes):
        return {}
    return {str(product): sorted(map(str, ids)) for product, ids in collections_of(products).items()}


def _budgets(limits: Mapping[UUID, Any], moment: datetime) -> dict[UUID, tuple[int | None, bool]]:
    """What each campaign can still spend in minor units (None: any amount), and whether its count is used up."""
    today = moment.astimezone(current_scope().zone).date()
    limited = {
        campaign_id: _pools(campaign_id, row, today)
        for campaign_id, row in limits.items()
        if any(value is not None for value in (row.budget_minor, row.budget_uses, row.budget_day_minor))
    }
    wanted = [pool for mine in limited.values() for pool in mine if pool is not None]
    taken = {key: view.reserved + view.confirmed for key, view in pools(wanted).items()} if wanted else {}
    found: dict[UUID, tuple[int | None, bool]] = dict.fromkeys(limits, (None, False))
    for campaign_id, mine in limited.items():
        row = limits[campaign_id]
        money, uses, day = (0 if pool is None else taken.get(pool, 0) for pool in mine)
        left = [
            limit - spent
            for limit, spent in ((row.budget_minor, money), (row.budget_day_minor, day))
            if limit is not None
        ]
        found[campaign_id] = (
            max(0, min(left)) if left else None,
            row.budget_uses is not None and uses >= row.budget_uses,
        )
    return found


def _pools(campaign_id: UUID, row: Any, today: Any) -> Sequence[UUID | None]:
    """Ids of the pools of money, uses and the day; None where nothing limits."""
    return (
        None if row.budget_minor is None else money_pool(campaign_id, row.budget_minor).id,
        None if row.budget_uses is None else uses_pool(campaign_id, row.budget_uses).id,
        None if row.budget_day_minor is None else day_pool(campaign_id, today, row.budget_day_minor).id,
    )


def chosen_by(customer_id: UUID) -> list[str] | None:
    """The coupons that a buyer wants to use, None while they leave it to the shop."""
    statement = select(Choice.chosen).where(Choice.customer_id == customer_id)
    found = session().scalars(statement).first()
    return list(found) if found is not None else None
