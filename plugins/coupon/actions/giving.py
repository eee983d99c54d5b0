"""Giving coupons without being asked: by staff, to one customer or a segment, and when something happens."""

from uuid import UUID

from sqlalchemy import or_, select

from core.sdk.audiences import audiences, is_member, members
from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import InputRefused, NotFound
from core.sdk.jobs import defer, job_types
from core.sdk.shop import current_scope
from core.sdk.tables import CUSTOMER, ORDER
from core.sdk.words import _
from plugins.coupon.actions.issuing import issue
from plugins.coupon.errors import CouponError, refused
from plugins.coupon.holdout import is_held_out
from plugins.coupon.models import Campaign, Giving, Instance
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
def give_to_audience(*, campaign_id: UUID, audience: str) -> UUID:
    """Give one coupon to everybody of a segment, in portions, each person once; returns the id of the giving.

    Asked again while it is under way, it answers the one that runs. Raises NotFound, InputRefused, not_open.
    """
    statement = select(Campaign.id).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    session().execute(statement)
    _published(campaign_id)
    if audience not in {one.key for one in audiences()}:
        raise InputRefused({"audience": [_("Choose one of the list.")]})
    under_way = session().scalars(
        select(Giving.id).where(
            Giving.campaign_id == campaign_id, Giving.audience == audience, Giving.state == "running"
        )
    )
    if (known := under_way.first()) is not None:
        return known
    row = Giving(id=new_id(), campaign_id=campaign_id, audience=audience, state="running", given=0, skipped=0)
    session().add(row)
    session().flush()
    defer(job_types()["coupon.give"], giving_id=str(row.id))
    return row.id


def _published(campaign_id: UUID) -> Campaign:
    row = session().scalars(select(Campaign).where(Campaign.id == campaign_id)).first()
    if row is None:
        raise NotFound
    if row.state != "published":
        raise refused("not_open")
    return row


@command("system")
def give_portion(*, giving_id: UUID) -> None:
    """Give to the next portion of a segment, and defer the one behind it; whoever has one from this is left out.

    The row is locked and says how far it is, so a job that runs twice gives nobody a second one.
    """
    statement = select(Giving).where(Giving.id == giving_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None or row.state != "running":
        return
    campaign = session().scalars(select(Campaign).where(Campaign.id == row.campaign_id)).one()
    people = members(row.audience, after=row.after, limit=_AT_ONCE) if campaign.state == "published" else []
    for customer_id in people:
        given = _give_one(campaign, row.audience, customer_id)
        if given is None:
            row.state, row.finished_at = "stopped", now()
            return
        row.given, row.skipped, row.after = row.given + given, row.skipped + (not given), customer_id
    if len(people) == _AT_ONCE:
        defer(job_types()["coupon.give"], giving_id=str(giving_id))
        return
    row.state = "done" if campaign.state == "published" else "stopped"
    row.finished_at = now()


def _give_one(campaign: Campaign, audience: str, customer_id: UUID) -> bool | None:
    """Whether this one got a coupon; None when there is none left for anybody."""
    if is_held_out(campaign.id, customer_id, campaign.holdout_points):
        return False
    key = f"given:{audience}:{customer_id}"
    try:
        with session().begin_nested():
            return issue(campaign.id, customer_id, source="staff", source_key=key, limited=False) is not None
    except CouponError:
        return None


def give_for(trigger: str, customer_id: UUID, *, key: str) -> None:
    """Something happened to a customer: give what campaigns with this trigger give; once for each cause."""
    for campaign in open_campaigns(way="trigger", trigger=trigger):
        if _is_meant(campaign, customer_id):
            if is_offset(campaign.id, customer_id):
                continue
            try:
                # What a refused coupon had counted already is undone, and the next campaign has its turn.
                with session().begin_nested():
                    issue(campaign.id, customer_id, source=trigger, source_key=key)
            except CouponError:
                # All given out, or this customer has theirs: nothing that anybody waits for.
                continue


def is_offset(campaign_id: UUID, customer_id: UUID) -> bool:
    """Whether the customer has used one of this campaign whose order fell through: then this one is not given."""
    owed = (
        select(Instance)
        .where(
            Instance.campaign_id == campaign_id,
            Instance.customer_id == customer_id,
            Instance.owed_at.is_not(None),
            Instance.offset_at.is_(None),
        )
        .order_by(Instance.id)
        .limit(1)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row = session().scalars(owed).first()
    if row is not None:
        row.offset_at = now()
    return row is not None


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
