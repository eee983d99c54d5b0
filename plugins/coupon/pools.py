"""Which pools of core count what: uses of one coupon, and what a campaign may spend, in all and on a day."""

from datetime import date
from uuid import UUID

from core.sdk.reservations import NewPool

OWNER = "coupon"
USE, MONEY, USES, DAY = "use", "money", "uses", "day"
PAYER, PAYER_LIMIT = "payer", "payer_limit"


def use_pool(instance_id: UUID, uses: int | None = None) -> NewPool:
    """How often one coupon can be used; reserved with an order, confirmed by its payment, given back with it."""
    return NewPool(OWNER, USE, str(instance_id), capacity=uses)


def money_pool(campaign_id: UUID, budget: int | None) -> NewPool:
    """Minor units that a campaign may take off; counted even without a budget, so that one can be set later."""
    return NewPool(OWNER, MONEY, str(campaign_id), capacity=budget)


def uses_pool(campaign_id: UUID, budget: int | None) -> NewPool:
    """Orders in which coupons of a campaign may be used; counted even without a budget."""
    return NewPool(OWNER, USES, str(campaign_id), capacity=budget)


def day_pool(campaign_id: UUID, day: date, budget: int | None) -> NewPool:
    """Minor units that a campaign may take off on one day of the shop's zone; counted even without a budget."""
    return NewPool(OWNER, DAY, f"{campaign_id}:{day.isoformat()}", capacity=budget)


def payer_pool(campaign_id: UUID, trace: str) -> NewPool:
    """Coupons of a campaign that one payer used, under whatever account; counted, never refused."""
    return NewPool(OWNER, PAYER, f"{campaign_id}:{trace}", capacity=None)


def payer_limit_pool(campaign_id: UUID, trace: str, limit: int) -> NewPool:
    """Coupons of a campaign that one payer may use, where the shop refuses more."""
    return NewPool(OWNER, PAYER_LIMIT, f"{campaign_id}:{trace}", capacity=limit)
