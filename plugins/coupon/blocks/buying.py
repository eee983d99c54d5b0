"""Cart and checkout: which coupons are used, others instead, and a code."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.storefront import SlotBlock, SlotRequest, login_url
from core.sdk.tables import CHECKOUT
from core.sdk.values import Money, PricedCart
from core.sdk.words import _, ngettext, shown_moment
from plugins.coupon.domain import PLUGIN, Standing
from plugins.coupon.pages import HOME, MINE
from plugins.coupon.queries.facts import MOST_LOOKED_AT, chosen_by
from plugins.coupon.queries.wallet import CouponView, usable_coupons
from plugins.coupon.terms import GRACE
from plugins.coupon.wording import face, from_when, money

# A basket offers so many to choose from; the page "My coupons" has them all.
_MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A coupon that the buyer may use in this basket; `off` is what it takes off now, `why` why it does not."""

    id: str
    face: str
    title: str
    detail: str
    used: bool
    off: Money | None
    why: str


def cart_blocks(request: SlotRequest) -> list[SlotBlock]:
    """The coupons of a cart."""
    if request.checkout_id is None or request.priced is None:
        return []
    return [SlotBlock("cart.summary", "coupon/blocks/cart.html", _context(request, "/cart"))]


def checkout_blocks(request: SlotRequest) -> list[SlotBlock]:
    """The coupons of a checkout; the buttons belong to the checkout's own form."""
    if request.checkout_id is None or request.priced is None:
        return []
    return [
        SlotBlock(
            "checkout.lines", "coupon/blocks/checkout.html", _context(request, f"/checkout/{_code(request)}")
        )
    ]


def _code(request: SlotRequest) -> str:
    statement = select(CHECKOUT.c.code).where(
        CHECKOUT.c.shop_id == current_scope().shop_id, CHECKOUT.c.id == request.checkout_id
    )
    return str(session().scalars(statement).one())


def _context(request: SlotRequest, back: str) -> dict[str, object]:
    known = request.customer_id
    if known is None:
        return {"rows": (), "login_url": login_url(back), "known": False}
    assert request.priced is not None
    rows = _rows(known, request.priced)
    saved = sum(row.off.minor for row in rows if row.off)
    used = sum(row.used for row in rows)
    return {
        "known": True,
        "rows": tuple(rows),
        "used": used,
        "saved": money(saved) if saved else None,
        "said": ngettext("%(n)s coupon in use", "%(n)s coupons in use", used) if used else _("None in use"),
        "own_choice": chosen_by(known) is not None,
        "back": back,
        "choose_url": f"{HOME}choose",
        "code_url": f"{HOME}code",
        "mine": MINE,
    }


def _rows(customer_id: UUID, priced: PricedCart) -> list[Row]:
    applied = {
        one.adjustment.rule_snapshot["coupon"]: one.amount
        for one in priced.applied
        if one.adjustment.plugin == PLUGIN
    }
    whys = {
        one.rule_snapshot["coupon"]: one.because.text() for one in priced.unapplied if one.plugin == PLUGIN
    }
    found = usable_coupons(customer_id, now(), limit=MOST_LOOKED_AT)
    # One that has just run out can still be paid with for some minutes.
    usable = (Standing.AVAILABLE, Standing.EXPIRED)
    shown = [one for one in found if one.standing in usable and one.campaign_state != "paused"]
    rows = [_row(one, applied.get(str(one.id)), whys.get(str(one.id), "")) for one in shown]
    return sorted(rows, key=lambda row: (not row.used, bool(row.why)))[:_MOST_ROWS]


def _row(one: CouponView, off: int | None, why: str) -> Row:
    return Row(
        id=str(one.id),
        face=face(one.terms, one.value),
        title=one.terms.title,
        detail=f"{from_when(one.terms)} · {_until(one)}",
        used=off is not None,
        off=money(off) if off is not None else None,
        why=why if off is None else "",
    )


def _until(one: CouponView) -> str:
    if one.standing is not Standing.EXPIRED:
        return _("until %(time)s", time=shown_moment(one.valid_to))
    return _("has run out; can still be used until %(time)s", time=shown_moment(one.valid_to + GRACE))
