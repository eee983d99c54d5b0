"""Campaigns, and people who claim and use coupons by the real actions."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk.clock import now
from core.sdk.commands import Actor, acting_as, reading
from core.sdk.demo import place_order
from core.testing.buying import ADDRESS, CONTACT, Buyer, Quoted
from plugins.coupon.actions.campaigns import publish_campaign, save_campaign
from plugins.coupon.actions.claiming import choose_coupons, claim_coupon
from plugins.coupon.actions.issuing import Issued
from plugins.coupon.domain import Standing
from plugins.coupon.plans import Plan
from plugins.coupon.queries.wallet import CouponView, coupon, coupons_of
from plugins.coupon.terms import Kind, Terms

_PLAN = set(Plan.__slots__)


def terms(**changes: Any) -> Terms:
    """¥30 off from ¥200 on, for a week, unless said otherwise."""
    rules: dict[str, Any] = {
        "title": "满200减30",
        "kind": Kind.AMOUNT,
        "value": 30_00,
        "threshold": 200_00,
        "ends_at": now() + timedelta(days=7),
    }
    return Terms(**{**rules, **changes})


def plan(**changes: Any) -> Plan:
    """A campaign in the coupon centre; what is no word of a plan is one of its terms."""
    own = {name: value for name, value in changes.items() if name in _PLAN}
    about = {name: value for name, value in changes.items() if name not in _PLAN}
    return Plan(**{"name": "秋茶节", "terms": terms(**about), **own})


def make_campaign(**changes: Any) -> UUID:
    """A published campaign."""
    campaign_id = save_campaign(plan=plan(**changes))
    publish_campaign(campaign_id=campaign_id)
    return campaign_id


@dataclass(frozen=True)
class Person:
    """A buyer with an account who claims coupons and buys by the real actions."""

    who: Buyer

    @property
    def id(self) -> UUID:
        assert self.who.customer_id is not None
        return self.who.customer_id

    @property
    def acting(self) -> Any:
        """Acts as this customer inside the block."""
        return acting_as(Actor("customer", self.id, "林知夏"))

    def claim(self, campaign_id: UUID) -> Issued:
        """Take a coupon."""
        with self.acting:
            return claim_coupon(campaign_id=campaign_id)

    def choose(self, *chosen: UUID) -> None:
        """Use these and no others."""
        with self.acting:
            choose_coupons(chosen=list(chosen))

    def off(self, *lines: tuple[UUID, int]) -> int:
        """What comes off a basket, minor units."""
        return self.who.price(lines).discount_total

    def order(self, *lines: tuple[UUID, int]) -> UUID:
        """Place an order."""
        with self.acting:
            return self.who.order(lines).order_id

    def quoted(self, *lines: tuple[UUID, int]) -> Quoted:
        """A checkout at its signed price."""
        return self.who.quote(self.who.checkout(lines))

    def place(self, quoted: Quoted) -> UUID:
        """Place the order of a checkout at the price that was seen."""
        with self.acting:
            placed = place_order(
                code=quoted.code,
                quote=quoted.token,
                contact=CONTACT,
                address=ADDRESS,
                delivery=self.who.delivery,
            )
        return placed.order_id

    def wallet(self) -> list[CouponView]:
        """All coupons of this person."""
        with reading():
            return coupons_of(self.id)


def standing(instance_id: UUID) -> Standing:
    """How a coupon stands now."""
    with reading():
        found = coupon(instance_id)
    assert found is not None
    return found.standing
