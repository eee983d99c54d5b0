"""Giving coupons without being asked: by staff, to one customer or a segment, and when something happens."""

from uuid import UUID

from sqlalchemy import or_, select

from core.sdk.audiences import audiences, is_member, members
from core.sdk.commands import command
from core.sdk.data import session
from core.sdk.errors import InputRefused, NotFound
from core.sdk.jobs import defer, job_types
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER
from core.sdk.words import _
from plugins.coupon.actions.issuing import issue
from plugins.coupon.errors import CouponError, refused
from plugins.coupon.holdout import is_held_out
from plugins.coupon.models import Campaign
from plugins.coupon.queries.campaigns import CampaignView, open_campaigns

_AT_ONCE = 200


@command("coupon.manage")
def give_to_customer(*, campaign_id: UUID, contact: str) -> str:
    """Give one coupon to the customer with this e-mail or phone; returns their name.

    Raises NotFound, InputRefused (nobody has this contact), all_given, had_yours, not_open.
    """
    _published(campaign_id)
    statement = select(CUSTOMER.c.id, CUSTOMER.c.name).where(
        CUSTOMER.c.shop_id == current_scope().shop_id,
        or_(CUSTOMER.c.email == contact.lower(), CUSTOMER.c.phone == contact),
    )
    found = session().execute(statement).first()
    if not contact or found is None:
        raise InputRefused({"contact": [_("Nobody in this shop has this e-mail or phone.")]})
    issue(campaign_id, found.id, source="staff")
    return str(found.name or contact)


@command("coupon.manage")
def give_to_audience(*, campaign_id: UUID, audience: str) -> None:
    """Give one coupon to everybody of a segment, in portions, each person once. Raises NotFound, InputRefused, not_open."""
    _published(campaign_id)
    if audience not in {one.key for one in audiences()}:
        raise InputRefused({"audience": [_("Choose one of the list.")]})
    defer(job_types()["coupon.give"], campaign_id=str(campaign_id), audience=audience, after="")


def _published(campaign_id: UUID) -> Campaign:
    row = session().scalars(select(Campaign).where(Campaign.id == campaign_id)).first()
    if row is None:
        raise NotFound
    if row.state != "published":
        raise refused("not_open")
    return row


@command("system")
def give_portion(*, campaign_id: UUID, audience: str, after: UUID | None) -> None:
    """Give to the next portion of a segment, and defer the one behind it; whoever has one from this is left out."""
    row = _published(campaign_id)
    people = members(audience, after=after, limit=_AT_ONCE)
    for customer_id in people:
        if is_held_out(campaign_id, customer_id, row.holdout_points):
            continue
        key = f"given:{audience}:{customer_id}"
        try:
            issue(campaign_id, customer_id, source="staff", source_key=key, limited=False)
        except CouponError:
            # The last one is given out; nobody behind gets one either.
            return
    if len(people) == _AT_ONCE:
        defer(
            job_types()["coupon.give"],
            campaign_id=str(campaign_id),
            audience=audience,
            after=str(people[-1]),
        )


def give_for(trigger: str, customer_id: UUID, *, key: str) -> None:
    """Something happened to a customer: give what campaigns with this trigger give; once for each cause."""
    for campaign in open_campaigns(way="trigger", trigger=trigger):
        if _is_meant(campaign, customer_id):
            try:
                # What a refused coupon had counted already is undone, and the next campaign has its turn.
                with session().begin_nested():
                    issue(campaign.id, customer_id, source=trigger, source_key=key)
            except CouponError:
                # All given out, or this customer has theirs: nothing that anybody waits for.
                continue


def _is_meant(campaign: CampaignView, customer_id: UUID) -> bool:
    if is_held_out(campaign.id, customer_id, campaign.plan.holdout_points):
        return False
    audience = campaign.plan.audience
    return not audience or customer_id in is_member(audience, [customer_id])


def give_after_payment(order_id: UUID) -> None:
    """An order was paid."""
    statement = select(ORDER.c.customer_id).where(
        ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id
    )
    customer_id = session().scalars(statement).first()
    if customer_id is not None:
        give_for("paid", customer_id, key=f"order:{order_id}")
