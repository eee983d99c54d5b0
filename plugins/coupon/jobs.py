"""Jobs of coupons: safe to run twice."""

from uuid import UUID

from core.sdk.jobs import job
from core.sdk.words import N_
from plugins.coupon.actions.giving import give_portion
from plugins.coupon.actions.reminding import remind


@job("coupon.remind", queue="bulk", says=N_("reminding of a coupon that runs out"))
def remind_of_coupon(instance_id: str) -> None:
    """Tell the owner of a coupon, if it can still be used."""
    remind(instance_id=UUID(instance_id))


@job("coupon.give", queue="bulk", says=N_("giving a coupon to a segment"))
def give_coupons(campaign_id: str, audience: str, after: str) -> None:
    """Give to the next portion of a segment."""
    give_portion(campaign_id=UUID(campaign_id), audience=audience, after=UUID(after) if after else None)
