"""The coupons that people have, and how each stands: from its row, its pool of uses, and its orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Table, and_, bindparam, func, select

from core.sdk.clock import now
from core.sdk.data import HotStatement, session
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER, ORDER_LINE, POOL
from plugins.coupon.domain import Standing
from plugins.coupon.models import Campaign, Choice, Instance, Redemption, Template
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
    flagged: bool = False
    extended: bool = False

    @property
    def resting(self) -> bool:
        """A pass was used, and the time between two uses is not over."""
        rests = timedelta(hours=self.terms.interval_hours)
        return bool(rests) and self.last_used_at is not None and self.last_used_at + rests > now()


# The bound shop in a statement that is built once, filled in when it runs.
_BOUND = bindparam("shop_id", type_=BigInteger)
_INSTANCE = cast(Table, Instance.__table__)


def lost_uses(instance_id: Any, shop_id: Any = None) -> ColumnElement[int]:
    """Uses in orders that were paid and then cancelled: core gave them back, and the terms may keep them all the same."""
    return (
        select(func.count())
        .select_from(Redemption)
        .join(ORDER, (ORDER.c.shop_id == Redemption.shop_id) & (ORDER.c.id == Redemption.order_id))
        .where(
            Redemption.shop_id == (current_scope().shop_id if shop_id is None else shop_id),
            Redemption.instance_id == instance_id,
            ORDER.c.lifecycle == "cancelled",
            ORDER.c.paid_at.is_not(None),
        )
        .correlate(Instance)
        .scalar_subquery()
    )


def coupon_rows(shop_id: Any = None) -> Select[Any]:
    """Coupons (of `shop_id`, by default the bound shop) with template, campaign's state and pool; further conditions are
    the caller's."""
    shop_id = current_scope().shop_id if shop_id is None else shop_id
    return (
        select(
            *_INSTANCE.columns,
            Template.terms,
            Template.version,
            Campaign.state.label("campaign_state"),
            func.coalesce(POOL.c.reserved, 0).label("reserved"),
            func.coalesce(POOL.c.confirmed, 0).label("confirmed"),
            lost_uses(Instance.id, shop_id).label("lost"),
        )
        .join(Template, and_(Template.shop_id == Instance.shop_id, Template.id == Instance.template_id))
        .join(Campaign, and_(Campaign.shop_id == Instance.shop_id, Campaign.id == Instance.campaign_id))
        .outerjoin(POOL, and_(POOL.c.shop_id == Instance.shop_id, POOL.c.id == Instance.pool_id))
        .where(Instance.shop_id == shop_id)
    )


def views_of(rows: Iterable[Any]) -> list[CouponView]:
    """The rows of `coupon_rows` as values."""
    return [_view(row) for row in rows]


def _view(row: Any) -> CouponView:
    terms = Terms.from_json(row.terms)
    lost = 0 if terms.returns else row.lost
    left = max(0, row.uses - row.reserved - row.confirmed - lost)
    return CouponView(
        id=row.id,
        code=row.code,
        campaign_id=row.campaign_id,
        customer_id=row.customer_id,
        version=row.version,
        terms=terms,
        value=row.value,
        uses=row.uses,
        left=left,
        locked=row.reserved,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        standing=_standing(row, left, row.reserved),
        campaign_state=row.campaign_state,
        last_order_id=row.last_order_id,
        last_used_at=row.last_used_at,
        offered_until=row.offered_until,
        created_at=row.created_at,
        gift_hash=row.gift_hash,
        flagged=bool(row.flagged),
        extended=row.extended_at is not None,
    )


def _standing(row: Any, left: int, reserved: int) -> Standing:
    moment = now()
    if row.given_at is not None:
        return Standing.GIVEN
    if row.revoked_at is not None:
        return Standing.REVOKED
    if not left:
        return Standing.LOCKED if reserved else Standing.USED
    if row.offered_until is not None and row.offered_until > moment:
        return Standing.OFFERED
    if moment >= row.valid_to:
        return Standing.EXPIRED
    return Standing.PENDING if moment < row.valid_from else Standing.AVAILABLE


# No buyer looks through more; the soonest to run out come first.
MOST_SHOWN = 200


def coupons_of(customer_id: UUID, *, limit: int = MOST_SHOWN) -> list[CouponView]:
    """What a customer has or had within the last year: what holds by the time it runs out, then what ran out last."""
    moment = now()
    since = moment - timedelta(days=365)
    # However many have run out, they never take the place of one that still holds.
    away = func.abs(func.extract("epoch", Instance.valid_to - moment))
    statement = (
        coupon_rows()
        .where(Instance.customer_id == customer_id, Instance.valid_to > since)
        .order_by(Instance.valid_to <= moment, away, Instance.id)
        .limit(limit)
    )
    return views_of(session().execute(statement))


# What a basket has to look at: every basket of whoever is logged in asks it.
_USABLE = HotStatement(
    coupon_rows(_BOUND)
    .add_columns(
        Campaign.budget_minor,
        Campaign.budget_uses,
        Campaign.budget_day_minor,
        select(Choice.chosen)
        .where(Choice.shop_id == _BOUND, Choice.customer_id == bindparam("customer_id"))
        .scalar_subquery()
        .label("chosen"),
    )
    .where(
        Instance.customer_id == bindparam("customer_id"),
        Instance.valid_to > bindparam("since"),
        Instance.revoked_at.is_(None),
        Instance.given_at.is_(None),
        func.coalesce(POOL.c.confirmed, 0) < Instance.uses,
    )
    .order_by(Instance.valid_to, Instance.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Usable:
    """Coupons that a basket looks at, what their campaigns may spend (rows with `id` and the three budgets), and what the
    buyer chose (None: the best ones)."""

    coupons: list[CouponView]
    budgets: dict[UUID, Any]
    chosen: list[str] | None


def usable(customer_id: UUID, moment: datetime, *, limit: int) -> Usable:
    """Coupons that are not used up, given, revoked or long expired, the soonest to run out first; in one statement."""
    rows = _USABLE.rows(customer_id=customer_id, since=moment - GRACE, most=limit)
    wanted = (Standing.AVAILABLE, Standing.PENDING, Standing.LOCKED, Standing.EXPIRED)
    pairs = [(view, row) for view, row in zip(views_of(rows), rows, strict=True) if view.standing in wanted]
    chosen = rows[0].chosen if rows else None
    return Usable(
        [view for view, _row in pairs],
        {view.campaign_id: row for view, row in pairs},
        chosen and list(chosen),
    )


def usable_coupons(customer_id: UUID, moment: datetime, *, limit: int) -> list[CouponView]:
    """The coupons of `usable`."""
    return usable(customer_id, moment, limit=limit).coupons


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


@dataclass(frozen=True, slots=True)
class UsedCoupon:
    """A coupon in an order: minor units that it took off, and of them by line (None: the shipping fee)."""

    title: str
    amount: int
    lines: tuple[tuple[str | None, int], ...]


def coupons_in_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[UsedCoupon]]:
    """Coupons by order; two statements."""
    statement = (
        select(
            Redemption.order_id,
            Template.terms["title"].as_string(),
            Redemption.amount_minor,
            Redemption.allocation,
        )
        .join(Instance, and_(Instance.shop_id == Redemption.shop_id, Instance.id == Redemption.instance_id))
        .join(Template, and_(Template.shop_id == Instance.shop_id, Template.id == Instance.template_id))
        .where(Redemption.shop_id == current_scope().shop_id, Redemption.order_id.in_(list(order_ids)))
        .order_by(Redemption.id)
    )
    rows = session().execute(statement).all()
    titles = line_titles({row[0] for row in rows})
    found: dict[UUID, list[UsedCoupon]] = {}
    for order_id, title, amount, allocation in rows:
        lines = sorted(allocation.items(), key=lambda item: -item[1])
        told = tuple((titles.get((order_id, key)), off) for key, off in lines)
        found.setdefault(order_id, []).append(UsedCoupon(title, amount, told))
    return found


def line_titles(order_ids: set[UUID]) -> dict[tuple[UUID, str], str]:
    """Titles of the lines of orders, by order and key."""
    if not order_ids:
        return {}
    statement = select(
        ORDER_LINE.c.order_id, ORDER_LINE.c.key, ORDER_LINE.c.title, ORDER_LINE.c.variant_title
    ).where(ORDER_LINE.c.shop_id == current_scope().shop_id, ORDER_LINE.c.order_id.in_(order_ids))
    return {
        (row.order_id, row.key): " ".join(filter(None, (row.title, row.variant_title)))
        for row in session().execute(statement)
    }
