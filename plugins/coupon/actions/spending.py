"""Coupons in orders: locked in the order's own transaction, with their part of the budgets."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from core.sdk.checkout import Claim, OrderClaimed
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.reservations import NewPool, Want, pools
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER
from core.sdk.values import Applied
from plugins.coupon.actions.alarms import note_alert
from plugins.coupon.actions.tracing import ALIAS, alias_mode
from plugins.coupon.domain import PLUGIN
from plugins.coupon.errors import refused
from plugins.coupon.identity import payer_trace
from plugins.coupon.models import Campaign, Choice, Instance, Redemption
from plugins.coupon.pools import day_pool, money_pool, payer_limit_pool, payer_pool, use_pool, uses_pool


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
        campaign = campaigns[UUID(one.adjustment.rule_id)]
        wanted = _pools(one, campaign)
        payer = _payer_pools(order, one, campaign)
        _note(order, one, _flag(campaign, one, payer))
        title = str(one.adjustment.rule_snapshot["terms"]["title"])
        words[wanted[0][0].id] = refused("in_use", name=title).text
        words |= {pool.id: refused("budget_spent", name=title).text for pool, _units in wanted[1:]}
        words |= {pool.id: refused("had_yours").text for pool, _units in payer}
        wants += [Want(pool.id, units) for pool, units in (*wanted, *payer)]
        made += [pool for pool, _units in (*wanted, *payer)]
    session().flush()
    together = Counter({want.pool_id: 0 for want in wants})
    for want in wants:
        together[want.pool_id] += want.quantity
    return Claim(
        wants=tuple(Want(pool_id, units) for pool_id, units in together.items()),
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


def _payer_pools(order: OrderClaimed, one: Applied, campaign: Campaign) -> list[tuple[NewPool, int]]:
    """How often whoever pays has used coupons of this campaign, under whatever account."""
    mode, payer = alias_mode(), payer_trace(order.contact)
    if mode == "off" or not payer or campaign.per_customer is None:
        return []
    counted = [(payer_pool(campaign.id, payer), 1)]
    if mode == "flag":
        return counted
    return [*counted, (payer_limit_pool(campaign.id, payer, _most_uses(one, campaign)), 1)]


def _most_uses(one: Applied, campaign: Campaign) -> int:
    return (campaign.per_customer or 1) * int(one.adjustment.rule_snapshot["terms"]["uses"])


def _flag(campaign: Campaign, one: Applied, payer: Sequence[tuple[NewPool, int]]) -> str:
    if not payer:
        return ""
    known = pools([payer[0][0].id]).get(payer[0][0].id)
    if known is None or known.reserved + known.confirmed < _most_uses(one, campaign):
        return ""
    note_alert(ALIAS, f"{campaign.id}:{now():%Y-%m-%d}", campaign_id=campaign.id)
    return ALIAS


def _note(order: OrderClaimed, one: Applied, flagged: str) -> None:
    session().add(
        Redemption(
            campaign_id=UUID(one.adjustment.rule_id),
            instance_id=_coupon(one),
            order_id=order.order_id,
            customer_id=order.customer_id,
            amount_minor=one.amount,
            allocation=dict(one.allocations),
            funder=str(next(iter(one.adjustment.funding))),
            flagged=flagged,
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
