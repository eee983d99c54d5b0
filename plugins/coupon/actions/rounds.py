"""Rounds of fission 裂变: somebody starts one, friends join, and when enough have joined everybody gets the coupon."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_code, new_id, session
from core.sdk.errors import NotFound
from core.sdk.jobs import defer, job_types
from core.sdk.shop import current_scope
from plugins.coupon.actions.claiming import acting_buyer, require_open
from plugins.coupon.actions.issuing import issue
from plugins.coupon.errors import CouponError, refused
from plugins.coupon.models import Campaign, Fission, FissionMember


@command("buyer")
def start_round(*, campaign_id: UUID) -> str:
    """Begin a round, or find one's own that is open; returns its code. Raises NotFound, login_needed, over, all_given…."""
    customer_id = acting_buyer()
    # Two clicks at once wait for each other here, and find one round.
    statement = select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    campaign = session().scalars(statement.execution_options(populate_existing=True)).first()
    if campaign is None or campaign.way != "fission" or campaign.state == "draft":
        raise NotFound
    require_open(campaign, customer_id, now())
    if campaign.total is not None and campaign.issued + (campaign.fission_need or 2) > campaign.total:
        raise refused("all_given")
    known = session().scalars(
        select(Fission.code).where(
            Fission.campaign_id == campaign_id,
            Fission.customer_id == customer_id,
            Fission.completed_at.is_(None),
            Fission.expires_at > now(),
        )
    )
    if (code := known.first()) is not None:
        return code
    row = Fission(
        id=new_id(),
        code=new_code(),
        campaign_id=campaign_id,
        customer_id=customer_id,
        need=campaign.fission_need or 2,
        joined=1,
        expires_at=now() + timedelta(hours=campaign.fission_hours),
    )
    session().add(row)
    session().flush()
    session().add(FissionMember(fission_id=row.id, campaign_id=campaign_id, customer_id=customer_id))
    session().flush()
    defer(job_types()["coupon.round_ends"], at=row.expires_at, fission_id=str(row.id))
    return row.code


@command("buyer")
def join_round(*, code: str) -> bool:
    """Join a round; returns whether it is complete now, in which case everybody in it has a coupon.

    The place is taken by one statement, so the last one goes to one person. Raises NotFound, login_needed,
    already_joined, round_over, over, not_for_you.
    """
    customer_id = acting_buyer()
    found = session().scalars(select(Fission).where(Fission.code == code)).first()
    if found is None:
        raise NotFound
    campaign = session().scalars(select(Campaign).where(Campaign.id == found.campaign_id)).one()
    require_open(campaign, customer_id, now())
    member = insert(FissionMember).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        fission_id=found.id,
        campaign_id=found.campaign_id,
        customer_id=customer_id,
        created_at=now(),
    )
    if session().execute(member.on_conflict_do_nothing().returning(FissionMember.id)).first() is None:
        raise refused("already_joined")
    joined = session().execute(
        update(Fission)
        .where(
            Fission.shop_id == current_scope().shop_id,
            Fission.id == found.id,
            Fission.joined < Fission.need,
            Fission.expires_at > now(),
        )
        .values(joined=Fission.joined + 1)
        .returning(Fission.joined, Fission.need)
        .execution_options(synchronize_session=False)
    )
    row = joined.first()
    if row is None:
        raise refused("round_over")
    if row.joined < row.need:
        return False
    _complete(found)
    return True


def _complete(found: Fission) -> None:
    """Give everybody in the round their coupon; who has as many as one person can have goes without."""
    session().execute(
        update(Fission)
        .where(Fission.shop_id == current_scope().shop_id, Fission.id == found.id)
        .values(completed_at=now())
        .execution_options(synchronize_session=False)
    )
    _give_all(found, found.campaign_id, "fission")


def _give_all(found: Fission, campaign_id: UUID, source: str) -> None:
    people = session().scalars(
        select(FissionMember.customer_id)
        .where(FissionMember.fission_id == found.id)
        .order_by(FissionMember.customer_id)
    )
    for customer_id in people.all():
        try:
            with session().begin_nested():
                issue(
                    campaign_id, customer_id, source=source, source_key=f"{source}:{found.id}:{customer_id}"
                )
        except CouponError:
            continue


@command("system")
def end_round(*, fission_id: UUID) -> None:
    """The time of a round is over: its members get the consolation, where there is one, once.

    The last place and the end take the same row, so a round is either complete or over.
    """
    statement = select(Fission).where(Fission.id == fission_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None or row.completed_at or row.ended_at or row.expires_at > now():
        return
    row.ended_at = now()
    campaign = session().scalars(select(Campaign).where(Campaign.id == row.campaign_id)).one()
    if campaign.consolation_id is not None:
        _give_all(row, campaign.consolation_id, "consolation")
