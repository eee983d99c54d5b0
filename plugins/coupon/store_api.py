"""What buyers' programs may read and do of coupons: the coupon centre, one's own coupons, a code, which ones to use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.sdk.api import ApiRoom, Get, Send
from core.sdk.commands import current_actor
from core.sdk.words import N_
from plugins.coupon.actions.claiming import acting_buyer, choose_coupons, claim_coupon
from plugins.coupon.actions.issuing import Issued
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.queries.campaigns import OfferView, offers_for
from plugins.coupon.queries.wallet import CouponView, coupons_of
from plugins.coupon.terms import Terms
from plugins.coupon.visitors import device, seen_as
from plugins.coupon.wording import face, from_when, goods, what

_LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class CouponWords:
    """A coupon in words: what it is worth at a glance, from when it counts, all of it, and for which goods."""

    face: str
    from_when: str
    what: str
    goods: str


@dataclass(frozen=True, slots=True)
class CouponOffer:
    """A campaign in the coupon centre.

    Args:
        way: claim (it can be claimed now), have, tomorrow or gone.
        together: whether it comes only when friends join.
        left: how many are left, null for as many as are asked for.
        until: when it can be claimed no longer.
    """

    id: UUID
    title: str
    words: CouponWords
    way: str
    together: bool
    left: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnCoupon:
    """A coupon that the customer has: `standing` says whether it can be used; `left` of `uses` are left."""

    id: UUID
    title: str
    words: CouponWords
    standing: str
    uses: int
    left: int
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True, slots=True)
class ClaimedCoupon:
    """The coupon that somebody has just got; prices use it from now on, wherever it fits."""

    id: UUID
    title: str
    words: CouponWords
    valid_to: datetime


def list_offers() -> list[CouponOffer]:
    """The coupon centre: what can be claimed now, and what this customer has claimed of it."""
    return [_offer(one) for one in offers_for(_viewer())]


def _offer(offer: OfferView) -> CouponOffer:
    one = offer.campaign
    return CouponOffer(
        id=one.id,
        title=one.terms.title,
        words=_words(one.terms, 0),
        way=offer.way,
        together=one.plan.way == "fission",
        left=one.left,
        until=one.plan.claim_to,
    )


def _words(terms: Terms, value: int) -> CouponWords:
    return CouponWords(face(terms, value), from_when(terms), what(terms, value), goods(terms))


def claim(*, campaign_id: UUID) -> ClaimedCoupon:
    """Claim a coupon from the coupon centre."""
    return _claimed(claim_coupon(campaign_id=campaign_id, device=device()))


def exchange_code(*, code: str) -> ClaimedCoupon:
    """Exchange a code for a coupon. Too many wrong ones are refused for a while."""
    return _claimed(redeem_code(code=code[:_LONGEST_CODE], seen_as=seen_as()))


def _claimed(issued: Issued) -> ClaimedCoupon:
    return ClaimedCoupon(issued.id, issued.terms.title, _words(issued.terms, issued.value), issued.valid_to)


def list_coupons() -> list[OwnCoupon]:
    """The customer's coupons, used and expired ones too."""
    return [_own(one) for one in coupons_of(acting_buyer())]


def _own(one: CouponView) -> OwnCoupon:
    return OwnCoupon(
        id=one.id,
        title=one.terms.title,
        words=_words(one.terms, one.value),
        standing=one.standing.value,
        uses=one.uses,
        left=one.left,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
    )


def choose(*, use: Literal["best", "none", "these"], coupons: Sequence[UUID] = ()) -> None:
    """Say which coupons prices use from now on: those that save most, none, or these as far as they fit.

    Args:
        use: best, none or these.
        coupons: with these, which.
    """
    choose_coupons(chosen=None if use == "best" else [] if use == "none" else list(coupons))


def _viewer() -> UUID | None:
    actor = current_actor()
    return actor.id if actor.kind == "customer" else None


ROOM = ApiRoom(
    name="coupon",
    title=N_("Coupons"),
    about=N_("The coupon centre, one's own coupons, codes, and which coupons to use."),
    routes=(
        Get("/offers", list_offers, "buyer"),
        Send("POST", "/offers/<uuid:campaign_id>/claim", claim, scope="customer"),
        Send("POST", "/codes", exchange_code, scope="customer", example={"code": "TEA-7KQ4-2M9X"}),
        Get("/coupons", list_coupons, "customer"),
        Send(
            "POST",
            "/coupons/choice",
            choose,
            scope="customer",
            example={"use": "these", "coupons": ["01a206a3-506d-75f4-88e1-07e933aa7531"]},
        ),
    ),
)
