"""What becomes of coupons when an order falls through or is given back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.sdk.clock import now
from core.sdk.data import new_code, new_id, session
from core.sdk.shop import current_scope, settings
from core.sdk.tables import ORDER, ORDER_LINE, REFUND
from core.sdk.values import PricedCart, kept_discount
from plugins.coupon.domain import PLUGIN
from plugins.coupon.models import Instance, Redemption
from plugins.coupon.pools import use_pool
from plugins.coupon.queries.wallet import coupons_by_id
from plugins.coupon.schemas import CouponSettings
from plugins.coupon.terms import Terms


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
    """Coupons that were given for this order (after payment) go with it.

    One that is used already is owed: the next coupon for such a cause is kept back (`giving.give_for`).
    """
    statement = (
        select(Instance)
        .where(
            Instance.source_key.is_not(None),
            Instance.source_key == f"order:{order_id}",
            Instance.revoked_at.is_(None),
            Instance.owed_at.is_(None),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session().scalars(statement).all()
    views = coupons_by_id([row.id for row in found])
    for row in found:
        untouched = row.given_at is None and row.id in views and views[row.id].left == views[row.id].uses
        if untouched:
            row.revoked_at = now()
        else:
            row.owed_at = now()


def return_after_refund(order_id: UUID) -> None:
    """Money went back for an order that stands: its coupons come back as new ones, where their terms say so.

    After a full refund; or after one that left less than the minimum, where that takes the whole discount off the rest.
    """
    statement = select(
        ORDER.c.lifecycle, ORDER.c.captured_minor, ORDER.c.refunded_minor, ORDER.c.priced
    ).where(ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id)
    order: Any = session().execute(statement).first()
    if order is None or order.lifecycle == "cancelled" or not order.captured_minor:
        return
    full = 0 < order.captured_minor <= order.refunded_minor
    lost = frozenset[UUID]() if full else _lost_discounts(order_id, PricedCart.from_json(order.priced))
    for row, terms in _coupons_in(order_id):
        if not terms.returns or not (full or row.id in lost):
            continue
        key = f"return:{order_id}:{row.id}"
        if session().scalars(select(func.count()).where(Instance.source_key == key)).one():
            continue
        issue_again(row, key)
    if full:
        _revoke_gifts(order_id)


def _lost_discounts(order_id: UUID, priced: PricedCart) -> frozenset[UUID]:
    """Coupons of which the kept goods have nothing any more: a return broke their minimum, and all of it was kept back."""
    mine = (ORDER_LINE.c.shop_id == current_scope().shop_id, ORDER_LINE.c.order_id == order_id)
    gone = {row.key: row.refunded for row in session().execute(select(ORDER_LINE).where(*mine))}
    used = [one for one in priced.applied if one.adjustment.plugin == PLUGIN]
    if not used or not any(gone.values()):
        return frozenset()
    refunds = (REFUND.c.shop_id == current_scope().shop_id, REFUND.c.order_id == order_id)
    kept_back = select(func.coalesce(func.sum(REFUND.c.claw_back_minor), 0)).where(*refunds)
    if not session().scalars(kept_back).one():
        return frozenset()
    found = [one for one in used if one.adjustment.thresholds and not kept_discount(priced, one, gone)]
    return frozenset(UUID(one.adjustment.rule_snapshot["coupon"]) for one in found)


def issue_again(row: Instance, key: str) -> None:
    """The same coupon once more: same terms, same value, its own time or the extra time if that is over.

    The old one has a use less for good: should its order be cancelled later, it does not come back beside the new one.
    """
    row.uses -= 1
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
