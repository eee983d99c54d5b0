"""The coupons that people have, and how each stands: from its row, its pool of uses, and its orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, POOL
from plugins.coupon.domain import Standing
from plugins.coupon.models import Campaign, Instance, Redemption, Template
from plugins.coupon.terms import GRACE, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponView:
    """A coupon that somebody has: `left` uses of `uses`, `locked` by an unpaid order; money in minor units.

    `campaign_state` is its campaign's own; `lost` counts uses that did not come back after a refund.
    """

    id: UUID
    code: str
    campaign_id: UUID
    customer_id: UUID
    version: int
    terms: Terms
    value: int
    uses: int
    left: int
    locked: int
    valid_from: datetime
    valid_to: datetime
    source: str
    standing: Standing
    campaign_state: str
    last_order_id: UUID | None
    last_used_at: datetime | None
    offered_until: datetime | None
    created_at: datetime
    gift_hash: str | None = None

    @property
    def resting(self) -> bool:
        """A pass was used, and the time between two uses is not over."""
        rests = timedelta(hours=self.terms.interval_hours)
        return bool(rests) and self.last_used_at is not None and self.last_used_at + rests > now()


def lost_uses(instance_id: Any) -> ColumnElement[int]:
    """Uses in orders that were paid and then cancelled: core gave them back, and the terms may keep them all the same."""
    return (
        select(func.count())
        .select_from(Redemption)
        .join(ORDER, (ORDER.c.shop_id == Redemption.shop_id) & (ORDER.c.id == Redemption.order_id))
        .where(
            Redemption.shop_id == current_scope().shop_id,
            Redemption.instance_id == instance_id,
            ORDER.c.lifecycle == "cancelled",
            ORDER.c.paid_at.is_not(None),
        )
        .correlate(Instance)
        .scalar_subquery()
    )


def coupon_rows() -> Select[Any]:
    """Coupons with template, campaign's state and pool; further conditions are the caller's."""
    return (
        select(
            Instance,
            Template.terms,
            Template.version,
            Campaign.state.label("campaign_state"),
            func.coalesce(POOL.c.reserved, 0).label("reserved"),
            func.coalesce(POOL.c.confirmed, 0).label("confirmed"),
            lost_uses(Instance.id).label("lost"),
        )
        .join(Template, and_(Template.shop_id == Instance.shop_id, Template.id == Instance.template_id))
        .join(Campaign, and_(Campaign.shop_id == Instance.shop_id, Campaign.id == Instance.campaign_id))
        .outerjoin(POOL, and_(POOL.c.shop_id == Instance.shop_id, POOL.c.id == Instance.pool_id))
        .where(Instance.shop_id == current_scope().shop_id)
        .execution_options(populate_existing=True)
    )


def views_of(rows: Iterable[Any]) -> list[CouponView]:
    """The rows of `coupon_rows` as values."""
    return [_view(row) for row in rows]


def _view(row: Any) -> CouponView:
    one: Instance = row.Instance
    terms = Terms.from_json(row.terms)
    lost = 0 if terms.returns else row.lost
    left = max(0, one.uses - row.reserved - row.confirmed - lost)
    return CouponView(
        id=one.id,
        code=one.code,
        campaign_id=one.campaign_id,
        customer_id=one.customer_id,
        version=row.version,
        terms=terms,
        value=one.value,
        uses=one.uses,
        left=left,
        locked=row.reserved,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        source=one.source,
        standing=_standing(one, left, row.reserved),
        campaign_state=row.campaign_state,
        last_order_id=one.last_order_id,
        last_used_at=one.last_used_at,
        offered_until=one.offered_until,
        created_at=one.created_at,
        gift_hash=one.gift_hash,
    )


def _standing(one: Instance, left: int, reserved: int) -> Standing:
    moment = now()
    if one.given_at is not None:
        return Standing.GIVEN
    if one.revoked_at is not None:
        return Standing.REVOKED
    if not left:
        return Standing.LOCKED if reserved else Standing.USED
    if one.offered_until is not None and one.offered_until > moment:
        return Standing.OFFERED
    if moment >= one.valid_to:
        return Standing.EXPIRED
    return Standing.PENDING if moment < one.valid_from else Standing.AVAILABLE


# No buyer looks through more; the soonest to run out come first.
MOST_SHOWN = 200


def coupons_of(customer_id: UUID, *, limit: int = MOST_SHOWN) -> list[CouponView]:
    """Everything that a customer has or had within the last year, the soonest to run out first."""
    since = now() - timedelta(days=365)
    statement = (
        coupon_rows()
        .where(Instance.customer_id == customer_id, Instance.valid_to > since)
        .order_by(Instance.valid_to, Instance.id)
        .limit(limit)
    )
    return views_of(session().execute(statement))


def usable_coupons(customer_id: UUID, moment: datetime, *, limit: int) -> list[CouponView]:
    """What a basket has to look at: coupons that are not used up, given, revoked or long expired; soonest first."""
    statement = (
        coupon_rows()
        .where(
            Instance.customer_id == customer_id,
            Instance.valid_to > moment - GRACE,
            Instance.revoked_at.is_(None),
            Instance.given_at.is_(None),
            func.coalesce(POOL.c.confirmed, 0) < Instance.uses,
        )
        .order_by(Instance.valid_to, Instance.id)
        .limit(limit)
    )
    wanted = (Standing.AVAILABLE, Standing.PENDING, Standing.LOCKED, Standing.EXPIRED)
    return [one for one in views_of(session().execute(statement)) if one.standing in wanted]


def coupon(instance_id: UUID) -> CouponView | None:
    """One coupon."""
    return _first(Instance.id == instance_id)


def coupons_by_id(ids: Sequence[UUID]) -> dict[UUID, CouponView]:
    """Coupons by id, in one query; ids of none are left out."""
    if not ids:
        return {}
    return {one.id: one for one in views_of(session().execute(coupon_rows().where(Instance.id.in_(ids))))}


def coupon_of_code(code: str) -> CouponView | None:
    """The coupon with this public code of its own."""
    return _first(Instance.code == code)


def coupon_of_gift(gift_hash: str) -> CouponView | None:
    """The coupon that is offered under this secret."""
    return _first(Instance.gift_hash == gift_hash)


def _first(condition: Any) -> CouponView | None:
    return next(iter(views_of(session().execute(coupon_rows().where(condition).limit(1)))), None)


def coupons_in_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    """Coupons by order: title and minor units that it took off."""
    statement = (
        select(Redemption.order_id, Template.terms["title"].as_string(), Redemption.amount_minor)
        .join(Instance, and_(Instance.shop_id == Redemption.shop_id, Instance.id == Redemption.instance_id))
        .join(Template, and_(Template.shop_id == Instance.shop_id, Template.id == Instance.template_id))
        .where(Redemption.shop_id == current_scope().shop_id, Redemption.order_id.in_(list(order_ids)))
        .order_by(Redemption.id)
    )
    found: dict[UUID, list[tuple[str, int]]] = {}
    for order_id, title, amount in session().execute(statement):
        found.setdefault(order_id, []).append((title, amount))
    return found
