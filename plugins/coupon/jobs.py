"""Jobs of coupons: safe to run twice."""

from uuid import UUID

from core.sdk.jobs import job
from core.sdk.words import N_
from plugins.coupon.actions.reminding import remind


@job("coupon.remind", queue="bulk", says=N_("reminding of a coupon that runs out"))
def remind_of_coupon(instance_id: str) -> None:
    """Tell the owner of a coupon, if it can still be used."""
    remind(instance_id=UUID(instance_id))
