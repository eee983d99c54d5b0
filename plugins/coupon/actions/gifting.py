"""Giving a coupon to a friend, once: offered under a secret for a day, taken by one person, or taken back."""

import hashlib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_code, new_id, session
from core.sdk.shop import current_scope
from plugins.coupon.actions.claiming import acting_buyer
from plugins.coupon.actions.issuing import remind_later
from plugins.coupon.domain import Standing
from plugins.coupon.errors import refused
from plugins.coupon.models import Instance
from plugins.coupon.pools import use_pool
from plugins.coupon.queries.wallet import coupon

OFFERED_FOR = timedelta(hours=24)


def gift_hash(token: str) -> str:
    """How the secret of a gift is kept."""
    return hashlib.sha256(f"gift:{token}".encode()).hexdigest()


@command("buyer")
def offer_gift(*, instance_id: UUID) -> str:
    """Offer a coupon of one's own; returns the secret of its link. For a day it cannot be used.

    Only a whole coupon, whose terms allow it, and that was no gift before. Raises login_needed, not_yours, not_giftable.
    """
    customer_id = acting_buyer()
    # The row is what an order that uses the coupon changes first: one of both waits for the other.
    statement = (
        select(Instance)
        .where(Instance.id == instance_id, Instance.customer_id == customer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row = session().scalars(statement).first()
    found = coupon(instance_id) if row is not None else None
    if row is None or found is None or found.standing is not Standing.AVAILABLE:
        raise refused("not_yours")
    if not found.terms.gift or found.left != found.uses or row.source == "gift" or row.last_order_id:
        raise refused("not_giftable")
    token = new_code(24)
    row.gift_hash, row.offered_until = gift_hash(token), min(now() + OFFERED_FOR, row.valid_to)
    return token


@command("buyer")
def withdraw_gift(*, instance_id: UUID) -> None:
    """Take an offer back that nobody has taken. Raises login_needed, gift_gone."""
    taken_back = (
        update(Instance)
        .where(
            Instance.shop_id == current_scope().shop_id,
            Instance.id == instance_id,
            Instance.customer_id == acting_buyer(),
            Instance.offered_until.is_not(None),
            Instance.given_at.is_(None),
        )
        .values(offered_until=None, gift_hash=None)
        .returning(Instance.id)
        .execution_options(synchronize_session=False)
    )
    if session().execute(taken_back).first() is None:
        raise refused("gift_gone")


@command("buyer")
def accept_gift(*, token: str) -> UUID:
    """Take the coupon that is offered under this secret; returns the id of one's own.

    One statement decides who of several has it. A person takes one gift of a campaign a day, so that nobody gathers them.
    Raises login_needed, own_gift, gift_gone, had_today.
    """
    customer_id = acting_buyer()
    moment = now()
    open_gift = (
        Instance.shop_id == current_scope().shop_id,
        Instance.gift_hash == gift_hash(token),
        Instance.given_at.is_(None),
        Instance.revoked_at.is_(None),
        Instance.offered_until > moment,
    )
    owner = session().scalars(select(Instance.customer_id).where(*open_gift)).first()
    if owner is None:
        raise refused("gift_gone")
    if owner == customer_id:
        raise refused("own_gift")
    given = (
        update(Instance)
        .where(*open_gift)
        .values(given_at=moment)
        .returning(Instance.id)
        .execution_options(synchronize_session=False)
    )
    old_id = session().execute(given).scalar()
    if old_id is None:
        raise refused("gift_gone")
    return _hand_over(old_id, customer_id)


def _hand_over(old_id: UUID, customer_id: UUID) -> UUID:
    statement = select(Instance).where(Instance.id == old_id).execution_options(populate_existing=True)
    old, moment, instance_id = session().scalars(statement).one(), now(), new_id()
    today = moment.astimezone(current_scope().zone).date()
    row = {
        "shop_id": current_scope().shop_id,
        "id": instance_id,
        "code": new_code(),
        "campaign_id": old.campaign_id,
        "template_id": old.template_id,
        "customer_id": customer_id,
        "pool_id": use_pool(instance_id).id,
        "value": old.value,
        "uses": old.uses,
        "valid_from": old.valid_from,
        "valid_to": old.valid_to,
        "source": "gift",
        "source_key": f"gift:{customer_id}:{today.isoformat()}",
        "parent_id": old.id,
        "created_at": moment,
    }
    written = insert(Instance).values(row).on_conflict_do_nothing().returning(Instance.id)
    if session().execute(written).first() is None:
        raise refused("had_today")
    remind_later(instance_id, old.valid_to)
    return instance_id
