"""A campaign that is claimed far faster than its merchant expects pauses by itself: its link or code has leaked."""

from datetime import timedelta

from sqlalchemy import func, select, update

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import bump_epoch, current_scope
from plugins.coupon.models import Campaign, Instance


def sound_alarm(campaign: Campaign) -> None:
    """Pause the campaign if more than `hourly_alarm` coupons were given within the hour; those that were given stay.

    Joins the caller's transaction; the claim that set the alarm off is still good.
    """
    if campaign.hourly_alarm is None:
        return
    since = now() - timedelta(hours=1)
    recent = (
        session()
        .scalars(
            select(func.count())
            .select_from(Instance)
            .where(Instance.campaign_id == campaign.id, Instance.created_at > since)
        )
        .one()
    )
    if recent <= campaign.hourly_alarm:
        return
    session().execute(
        update(Campaign)
        .where(
            Campaign.shop_id == current_scope().shop_id,
            Campaign.id == campaign.id,
            Campaign.state == "published",
        )
        .values(state="paused", paused_by="leak")
        .execution_options(synchronize_session=False)
    )
    bump_epoch()
