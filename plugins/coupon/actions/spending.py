"""Coupons in orders: locked in the order's own transaction, and what becomes of them when an order falls through."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from core.sdk.checkout import Claim, OrderClaimed
from core.sdk.clock import now
from core.sdk.data import new_code, new_id, session
from core.sdk.reservations import NewPool, Want
from core.sdk.shop import current_scope, settings
from core.sdk.tables import ORDER
from core.sdk.values import Applied
from plugins.coupon.domain import PLUGIN
from plugins.coupon.errors import refused
from plugins.coupon.models import Campaign, Choice, Instance, Redemption
from plugins.coupon.pools import day_pool, money_pool, use_pool, uses_pool
from plugins.coupon.queries.wallet import coupons_by_id
from plugins.coupon.schemas import CouponSettings
from plugins.coupon.terms import Terms


def claim_for(order: OrderClaimed) -> Claim | None:
    """What an order with coupons needs: one use of each, and its part of the campaigns' budgets.

    Runs in the place-order transaction. One conditional statement locks each coupon; one that was taken back, given away or
    used since the basket was priced makes it fail. Raises in_use.
    """
    used = [one for one in order.priced.applied if one.adjustment.plugin == PLUGIN]
    if not used or order.customer_id is None:
        return None
    _lock(order, used)
    campaigns = _campaigns(used)
    wants: list[Want] = []
    made: list[NewPool] = []
    words: dict[UUID, str] = {}
    for one in used:
        _note(order, one)
        campaign = campaigns[UUID(one.adjustment.rule_id)]
        pools = _pools(one, campaign)
        title = str(one.adjustment.rule_snapshot["terms"]["title"])
        wants += [Want(pool.id, units) for pool, units in pools]
        made += [pool for pool, _units in pools]
        words[pools[0][0].id] = refused("in_use", name=title).text
        words |= {pool.id: refused("budget_spent", name=title).text for pool, _units in pools[1:]}
    session().flush()
    return Claim(
        wants=tuple(wants),
        new_pools=tuple({pool.id: pool for pool in made}.values()),
        marks={"coupons": [str(_coupon(one)) for one in used]},
        exhausted=words,
    )


def _coupon(one: Applied) -> UUID:
    return UUID(one.adjustment.rule_snapshot["coupon"])


def _lock(order: OrderClaimed, used: Sequence[Applied]) -> None:
    """Mark the coupons as this order's, if they still are this customer's to use."""
    rests = {_coupon(one): _rest(one) for one in used}
    for instance_id in sorted(rests):
        moment = now()
        statement = (
            update(Instance)
            .where(
                Instance.shop_id == current_scope().shop_id,
                Instance.id == instance_id,
                Instance.customer_id == order.customer_id,
                Instance.revoked_at.is_(None),
                Instance.given_at.is_(None),
                or_(Instance.offered_until.is_(None), Instance.offered_until <= moment),
                or_(Instance.last_used_at.is_(None), Instance.last_used_at <= moment - rests[instance_id]),
            )
            .values(last_order_id=order.order_id, last_used_at=moment)
            .returning(Instance.id)
            .execution_options(synchronize_session=False)
        )
        if session().execute(statement).first() is None:
            raise refused("in_use", name=_title(used, instance_id))


def _rest(one: Applied) -> timedelta:
    return timedelta(hours=int(one.adjustment.rule_snapshot["terms"].get("interval_hours", 0)))


def _title(used: Sequence[Applied], instance_id: UUID) -> str:
    found = (one for one in used if _coupon(one) == instance_id)
    return str(next(found).adjustment.rule_snapshot["terms"]["title"])


def _campaigns(used: Sequence[Applied]) -> dict[UUID, Campaign]:
    ids = {UUID(one.adjustment.rule_id) for one in used}
    rows = session().scalars(
        select(Campaign).where(Campaign.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _pools(one: Applied, campaign: Campaign) -> list[tuple[NewPool, int]]:
    terms = one.adjustment.rule_snapshot["terms"]
    today = now().astimezone(current_scope().zone).date()
    return [
        (use_pool(_coupon(one), int(terms["uses"])), 1),
        (money_pool(campaign.id, campaign.budget_minor), one.amount),
        (uses_pool(campaign.id, campaign.budget_uses), 1),
        (day_pool(campaign.id, today, campaign.budget_day_minor), one.amount),
    ]


def _note(order: OrderClaimed, one: Applied) -> None:
    session().add(
        Redemption(
            campaign_id=UUID(one.adjustment.rule_id),
            instance_id=_coupon(one),
            order_id=order.order_id,
            customer_id=order.customer_id,
            amount_minor=one.amount,
            allocation=dict(one.allocations),
            funder=str(next(iter(one.adjustment.funding))),
        )
    )


def forget_choice(order_id: UUID) -> None:
    """What a buyer chose for this basket is not meant for the next one."""
    statement = select(ORDER.c.customer_id).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id
    )
    customer_id = session().scalars(statement).first()
    if customer_id is not None:
        session().execute(
            delete(Choice).where(Choice.shop_id == current_scope().shop_id, Choice.customer_id == customer_id)
        )


def take_back_lock(order_id: UUID) -> None:
    """An order was cancelled: its coupons can be used again; those that ran out meanwhile get extra time.

    Core has given their uses back already. What the terms keep after a refund stays used (`queries.wallet.lost_uses`).
    """
    paid = _was_paid(order_id)
    grace = settings(CouponSettings, PLUGIN)["return_grace"]
    moment = now()
    for row, terms in _coupons_in(order_id):
        if paid and not terms.returns:
            continue
        if row.last_order_id == order_id:
            row.last_used_at = None
        if grace and row.valid_to < moment:
            row.valid_to = moment + grace
    _revoke_gifts(order_id)


def _was_paid(order_id: UUID) -> bool:
    statement = select(ORDER.c.paid_at).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id
    )
    return session().scalars(statement).first() is not None


def _coupons_in(order_id: UUID) -> list[tuple[Instance, Terms]]:
    rows = session().scalars(
        select(Instance)
        .join(
            Redemption,
            (Redemption.shop_id == Instance.shop_id) & (Redemption.instance_id == Instance.id),
        )
        .where(Redemption.order_id == order_id)
        .order_by(Instance.id)
        .with_for_update(of=Instance, key_share=True)
        .execution_options(populate_existing=True)
    )
    found = rows.all()
    views = coupons_by_id([row.id for row in found])
    return [(row, views[row.id].terms) for row in found if row.id in views]


def _revoke_gifts(order_id: UUID) -> None:
    """Coupons that were given for this order (after payment) go with it, unless they are used or locked already."""
    statement = (
        select(Instance)
        .where(
            Instance.source_key.is_not(None),
            Instance.source_key == f"order:{order_id}",
            Instance.revoked_at.is_(None),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session().scalars(statement).all()
    views = coupons_by_id([row.id for row in found])
    for row in found:
        if row.id in views and views[row.id].left == views[row.id].uses:
            row.revoked_at = now()


def return_after_refund(order_id: UUID) -> None:
    """An order that was sent was refunded as a whole: its coupons come back as new ones, where their terms say so."""
    statement = select(ORDER.c.lifecycle, ORDER.c.captured_minor, ORDER.c.refunded_minor).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id
    )
    order: Any = session().execute(statement).first()
    if (
        order is None
        or order.lifecycle == "cancelled"
        or not 0 < order.captured_minor <= order.refunded_minor
    ):
        return
    for row, terms in _coupons_in(order_id):
        if not terms.returns:
            continue
        key = f"return:{order_id}:{row.id}"
        if session().scalars(select(func.count()).where(Instance.source_key == key)).one():
            continue
        issue_again(row, key)


def issue_again(row: Instance, key: str) -> None:
    """The same coupon once more: same terms, same value, its own time or the extra time if that is over."""
    grace = settings(CouponSettings, PLUGIN)["return_grace"]
    instance_id, moment = new_id(), now()
    session().add(
        Instance(
            id=instance_id,
            code=new_code(),
            campaign_id=row.campaign_id,
            template_id=row.template_id,
            customer_id=row.customer_id,
            pool_id=use_pool(instance_id).id,
            value=row.value,
            uses=1,
            valid_from=moment,
            valid_to=max(row.valid_to, moment + max(grace, timedelta(hours=1))),
            source="return",
            source_key=key,
            parent_id=row.id,
        )
    )
    session().flush()
