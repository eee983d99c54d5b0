"""What buyers do: claim a coupon, type a code in, say which coupons they want to use."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.sdk.audiences import is_member
from core.sdk.clock import now
from core.sdk.commands import command, current_actor
from core.sdk.data import new_id, session
from core.sdk.errors import NotFound
from core.sdk.shop import current_scope, takes_new_business
from core.sdk.words import shown_moment
from plugins.coupon.actions.issuing import Issued, issue
from plugins.coupon.errors import refused
from plugins.coupon.holdout import is_held_out
from plugins.coupon.models import Campaign, Choice

MOST_CHOSEN = 20


def acting_buyer() -> UUID:
    """The customer who acts; a coupon belongs to an account. Raises login_needed."""
    actor = current_actor()
    if actor.kind != "customer" or actor.id is None:
        raise refused("login_needed")
    return actor.id


@command("buyer")
def claim_coupon(*, campaign_id: UUID, device: str = "") -> Issued:
    """Take a coupon from the coupon centre; `device` names the browser ("device:<hash>").

    Raises NotFound, login_needed, not_open, not_begun_yet, over, not_for_you, had_yours, had_today,
    had_on_device, all_given.
    """
    customer_id = acting_buyer()
    campaign = session().scalars(select(Campaign).where(Campaign.id == campaign_id)).first()
    if campaign is None or campaign.way != "centre" or campaign.state == "draft":
        raise NotFound
    require_open(campaign, customer_id, now())
    issued = issue(campaign_id, customer_id, source="claim", device=device)
    assert issued is not None
    return issued


def require_open(campaign: Campaign, customer_id: UUID, moment: datetime) -> None:
    """Refuse a campaign that gives nothing out now, or nothing to this customer."""
    if not takes_new_business("coupon") or campaign.state in ("draft", "paused"):
        raise refused("not_open")
    if campaign.state == "closed" or (campaign.claim_to is not None and moment >= campaign.claim_to):
        raise refused("over")
    if campaign.claim_from is not None and moment < campaign.claim_from:
        raise refused("not_begun_yet", time=shown_moment(campaign.claim_from))
    if is_held_out(campaign.id, customer_id, campaign.holdout_points):
        raise refused("not_for_you")
    if campaign.audience and customer_id not in is_member(campaign.audience, [customer_id]):
        raise refused("not_for_you")


@command("buyer")
def choose_coupons(*, chosen: Sequence[UUID] | None) -> None:
    """Use these coupons instead of the best ones, as far as they fit; none for an empty list, None for the best again.

    Raises login_needed.
    """
    customer_id = acting_buyer()
    mine = (Choice.shop_id == current_scope().shop_id, Choice.customer_id == customer_id)
    if chosen is None:
        session().execute(delete(Choice).where(*mine).execution_options(synchronize_session=False))
        return
    ids = [str(one) for one in chosen[:MOST_CHOSEN]]
    statement = insert(Choice).values(
        shop_id=current_scope().shop_id, id=new_id(), customer_id=customer_id, chosen=ids
    )
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["shop_id", "customer_id"], set_={"chosen": statement.excluded.chosen}
        )
    )
