"""Coupons' storefront pages as data: the coupon centre, my coupons, a gift, a round; before any HTML."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.sdk.clock import now
from core.sdk.shop import storefront_url
from core.sdk.storefront import LinkPreview, LinkView, PluginPage, login_url, order_url, plugin_url
from core.sdk.words import _, ngettext, shown_moment
from plugins.coupon.actions.birthdays import birthday_of
from plugins.coupon.actions.gifting import gift_hash
from plugins.coupon.domain import Standing
from plugins.coupon.queries.campaigns import OfferView, offers_for, open_campaigns
from plugins.coupon.queries.orders import order_codes
from plugins.coupon.queries.rounds import round_of_code
from plugins.coupon.queries.wallet import CouponView, coupon_of_gift, coupons_of
from plugins.coupon.terms import Terms
from plugins.coupon.wording import face, from_when, goods, until, what

HOME = plugin_url("coupon")
MINE = f"{HOME}mine"
# Buyers whose coupon runs out within so many hours are told so on it.
_SOON = 48 * 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A coupon as it is drawn: large words, name, rules; `tone` is live, soon, rest or gone."""

    id: str
    face: str
    from_when: str
    title: str
    rules: tuple[str, ...]
    time: str
    tone: str = "live"
    badge: str = ""
    note: str = ""
    claim_url: str = ""
    button: str = ""
    use_url: str = ""
    gift_url: str = ""
    order: LinkView | None = None
    ends_at: datetime | None = None
    left: str = ""


def offer_card(offer: OfferView) -> Card:
    """A campaign in the coupon centre."""
    one = offer.campaign
    badges = {"have": _("Claimed"), "gone": _("All gone"), "tomorrow": _("Again tomorrow")}
    together = one.plan.way == "fission"
    few = one.left is not None and 0 < one.left <= 50
    return Card(
        id=str(one.id),
        **_words(one.terms, 0),
        time=until(one.terms),
        tone="live" if offer.way == "claim" else "rest",
        badge=badges.get(offer.way, ""),
        claim_url=(f"{HOME}rounds" if together else f"{HOME}claim") if offer.way == "claim" else "",
        button=_("With friends") if together else _("Claim"),
        note=_("For all of you when %(n)s have joined", n=one.plan.fission_need) if together else "",
        use_url=MINE if offer.way == "have" else "",
        left=ngettext("%(n)s left", "%(n)s left", one.left or 0) if few else "",
        ends_at=one.plan.claim_to if offer.way == "claim" else None,
    )


def _words(terms: Terms, value: int) -> dict[str, Any]:
    also = _("Also with group-buys and other activity prices.") if terms.with_activity else ""
    alone = _("Not with any other coupon.") if terms.exclusive else ""
    rules = (what(terms, value), goods(terms), alone, also)
    return {
        "face": face(terms, value),
        "from_when": from_when(terms),
        "title": terms.title,
        "rules": tuple(rule for rule in rules if rule),
    }


def centre_page(customer_id: UUID | None) -> PluginPage:
    """What can be claimed now."""
    title = _("Coupon centre")
    cards = tuple(offer_card(offer) for offer in offers_for(customer_id))
    return PluginPage(
        title=title,
        preview=LinkPreview(
            title=title, url=storefront_url(HOME), description=_("Claim first, then buy for less.")
        ),
        plugin="coupon",
        body_template="coupon/pages/centre.html",
        body={"cards": cards, "mine": MINE, "code_url": f"{HOME}code", "known": customer_id is not None},
    )


_TABS = ("available", "used", "expired")


def mine_page(customer_id: UUID, *, tab: str) -> PluginPage:
    """The buyer's coupons: usable ones (the soonest to run out first), used ones, and those that are over."""
    found = coupons_of(customer_id)
    by_tab: dict[str, list[CouponView]] = {name: [] for name in _TABS}
    for one in found:
        by_tab[_tab(one)].append(one)
    shown = tab if tab in _TABS else "available"
    orders = order_codes({one.last_order_id for one in by_tab[shown] if one.last_order_id})
    labels = {"available": _("Available"), "used": _("Used"), "expired": _("No longer usable")}
    title = _("My coupons")
    return PluginPage(
        title=title,
        preview=LinkPreview(title=title, url=storefront_url(MINE), index=False),
        back=LinkView(label=_("My account"), url="/account"),
        plugin="coupon",
        body_template="coupon/pages/mine.html",
        body={
            "tabs": tuple((name, labels[name], len(by_tab[name]), f"{MINE}?tab={name}") for name in _TABS),
            "shown": shown,
            "cards": tuple(held_card(one, orders) for one in by_tab[shown]),
            "home": HOME,
            "code_url": f"{HOME}code",
            "birthday": _birthday(customer_id),
        },
    )


def _birthday(customer_id: UUID) -> dict[str, Any] | None:
    """The form for a birthday, or the one that was told; None where nothing is given on it."""
    if not open_campaigns(way="trigger", trigger="birthday", limit=1):
        return None
    return {"url": f"{HOME}birthday", "told": birthday_of(customer_id), "months": tuple(range(1, 13))}


def _tab(one: CouponView) -> str:
    if one.standing in (Standing.LOCKED, Standing.USED):
        return "used"
    return "expired" if one.standing in (Standing.EXPIRED, Standing.GIVEN, Standing.REVOKED) else "available"


def held_card(one: CouponView, orders: dict[UUID, str]) -> Card:
    """A coupon that the buyer has."""
    note, tone, badge = _state_words(one)
    code = orders.get(one.last_order_id) if one.last_order_id else None
    used = one.standing in (Standing.LOCKED, Standing.USED)
    usable = one.standing is Standing.AVAILABLE and one.campaign_state != "paused"
    untouched = one.left == one.uses
    return Card(
        id=str(one.id),
        **_words(one.terms, one.value),
        time=_("until %(time)s", time=shown_moment(one.valid_to)),
        tone=tone,
        badge=badge,
        note=note,
        use_url="/cart" if usable else "",
        gift_url=f"{HOME}give" if usable and untouched and one.terms.gift and one.source != "gift" else "",
        order=LinkView(label=_("To the order"), url=order_url(code)) if used and code else None,
        ends_at=one.valid_to if tone == "soon" else None,
    )


def _state_words(one: CouponView) -> tuple[str, str, str]:
    """What is told of how it stands, its tone, and its badge."""
    match one.standing:
        case Standing.AVAILABLE:
            return _available_words(one)
        case Standing.PENDING:
            return _("Usable from %(time)s", time=shown_moment(one.valid_from)), "rest", _("Not yet")
        case Standing.LOCKED:
            return _("Kept for an order that is not paid yet."), "rest", _("Locked")
        case Standing.OFFERED:
            return _("On its way as a gift."), "rest", _("Given away")
        case Standing.USED:
            return "", "gone", _("Used")
        case Standing.GIVEN:
            return "", "gone", _("Given away")
        case Standing.REVOKED:
            return _("Taken back by the shop."), "gone", _("Taken back")
        case Standing.EXPIRED:
            return "", "gone", _("Expired")


def _available_words(one: CouponView) -> tuple[str, str, str]:
    if one.campaign_state == "paused":
        return _("The shop has paused it for now."), "rest", _("Paused")
    if one.resting:
        return _("It has just been used and can be used again later."), "rest", ""
    left = ngettext("%(n)s use left", "%(n)s uses left", one.left) if one.uses > 1 else ""
    soon = (one.valid_to - now()).total_seconds() < _SOON
    return left, "soon" if soon else "live", _("Runs out soon") if soon else ""


def gift_page(token: str, *, viewer_id: UUID | None) -> PluginPage | None:
    """A gift: for its giver the link to send and the way back, for others the coupon and the button; None for none."""
    found = coupon_of_gift(gift_hash(token))
    if found is None or found.standing not in (Standing.OFFERED, Standing.GIVEN):
        return None
    mine = viewer_id is not None and viewer_id == found.customer_id
    path = f"{HOME}gifts/{token}"
    title = _("A coupon as a gift")
    card = Card(
        id=str(found.id),
        **_words(found.terms, found.value),
        time=_("until %(time)s", time=shown_moment(found.valid_to)),
        tone="live" if found.standing is Standing.OFFERED else "gone",
    )
    return PluginPage(
        title=title,
        preview=LinkPreview(
            title=_("For you: %(name)s", name=found.terms.title),
            url=storefront_url(path),
            description=what(found.terms, found.value),
            index=False,
        ),
        plugin="coupon",
        body_template="coupon/pages/gift.html",
        body={
            "card": card,
            "path": path,
            "mine": mine,
            "open": found.standing is Standing.OFFERED,
            "until": found.offered_until,
            "coupon_id": str(found.id),
            "known": viewer_id is not None,
            "login_url": login_url(path),
            "wallet": MINE,
        },
    )


def round_page(code: str, *, viewer_id: UUID | None) -> PluginPage | None:
    """A round: how many have joined, until when, and the way in; None for one that does not exist."""
    found = round_of_code(code, viewer_id=viewer_id)
    if found is None:
        return None
    terms, path = found.campaign.terms, f"{HOME}rounds/{found.code}"
    missing = found.need - found.joined
    headlines = {
        "open": ngettext("%(n)s more has to join", "%(n)s more have to join", missing),
        "complete": _("Everybody has the coupon"),
        "over": _("The time of this round is over"),
    }
    title = _("Together for a coupon")
    return PluginPage(
        title=title,
        preview=LinkPreview(
            title=_("Join in: %(name)s", name=terms.title),
            url=storefront_url(path),
            description=headlines[found.standing],
            index=False,
        ),
        plugin="coupon",
        body_template="coupon/pages/round.html",
        body={
            "card": Card(id=str(found.campaign.id), **_words(terms, 0), time=until(terms)),
            "headline": headlines[found.standing],
            "standing": found.standing,
            "joined": found.joined,
            "need": found.need,
            "until": found.expires_at,
            "mine": found.mine,
            "path": path,
            "known": viewer_id is not None,
            "login_url": login_url(path),
            "wallet": MINE,
            "home": HOME,
        },
    )
