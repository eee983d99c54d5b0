"""Buyers' pages: the coupon centre, my coupons, a code, and which coupons to use."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request

from core.sdk.commands import current_actor
from core.sdk.data import as_id
from core.sdk.errors import NotFound, PinpuError
from core.sdk.storefront import login_url, show_page, tell, to_path
from core.sdk.words import _, sentences
from plugins.coupon.actions.birthdays import tell_birthday
from plugins.coupon.actions.claiming import choose_coupons, claim_coupon
from plugins.coupon.actions.gifting import accept_gift, offer_gift, withdraw_gift
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.actions.rounds import join_round, start_round
from plugins.coupon.pages import HOME, MINE, centre_page, gift_page, mine_page, round_page
from plugins.coupon.visitors import device, seen_as
from plugins.coupon.wording import what

storefront = Blueprint("coupon_storefront", __name__)


@storefront.get("/")
def centre() -> Response:
    """What can be claimed now."""
    return show_page(centre_page(customer_id()))


@storefront.get("/mine")
def mine() -> Response:
    """The coupons of whoever is logged in."""
    customer = customer_id()
    if customer is None:
        return to_path(login_url(MINE))
    return show_page(mine_page(customer, tab=request.args.get("tab", "")))


@storefront.post("/claim")
def claim() -> Response:
    """Take a coupon."""
    campaign_id = as_id(request.form.get("campaign", ""))
    if campaign_id is None:
        raise NotFound

    def take() -> Response:
        issued = claim_coupon(campaign_id=campaign_id, device=device())
        tell(
            _("“%(name)s” is yours. %(what)s", name=issued.terms.title, what=what(issued.terms, issued.value))
        )
        return to_path(back())

    return as_customer(take, to=back())


@storefront.post("/code")
def code() -> Response:
    """Exchange a code for a coupon; only when it is sent off, never while it is typed."""

    def exchange() -> Response:
        issued = redeem_code(code=request.form.get("coupon_code", "")[:80], seen_as=seen_as())
        tell(
            _("“%(name)s” is yours. %(what)s", name=issued.terms.title, what=what(issued.terms, issued.value))
        )
        return to_path(back())

    return as_customer(exchange, to=back())


@storefront.post("/choose")
def choose() -> Response:
    """Use the ticked coupons, none, or again those that save most."""

    def keep() -> Response:
        how = request.form.get("coupon_how", "")
        ticked = [key for text in request.form.getlist("coupon") if (key := as_id(text)) is not None]
        choose_coupons(chosen=None if how == "best" else [] if how == "none" else ticked)
        return to_path(back())

    return as_customer(keep, to=back())


@storefront.post("/give")
def give() -> Response:
    """Offer a coupon to a friend."""
    instance_id = as_id(request.form.get("coupon", ""))
    if instance_id is None:
        raise NotFound
    return as_customer(lambda: to_path(f"{HOME}gifts/{offer_gift(instance_id=instance_id)}"), to=MINE)


@storefront.get("/gifts/<token>")
def gift(token: str) -> Response:
    """A gift, for its giver or for whoever has the link."""
    page = gift_page(token[:60], viewer_id=customer_id())
    if page is None:
        raise NotFound
    return show_page(page)


@storefront.post("/gifts/<token>/accept")
def accept(token: str) -> Response:
    """Take a gift."""

    def take() -> Response:
        accept_gift(token=token[:60])
        tell(_("The coupon is yours."))
        return to_path(MINE)

    return as_customer(take, to=f"{HOME}gifts/{token[:60]}")


@storefront.post("/gifts/<token>/withdraw")
def withdraw(token: str) -> Response:
    """Take an offer back."""
    instance_id = as_id(request.form.get("coupon", ""))
    if instance_id is None:
        raise NotFound

    def take_back() -> Response:
        withdraw_gift(instance_id=instance_id)
        tell(_("The coupon is yours again."))
        return to_path(MINE)

    return as_customer(take_back, to=f"{HOME}gifts/{token[:60]}")


@storefront.post("/rounds")
def begin_round() -> Response:
    """Start a round, or go on with one's own."""
    campaign_id = as_id(request.form.get("campaign", ""))
    if campaign_id is None:
        raise NotFound
    return as_customer(lambda: to_path(f"{HOME}rounds/{start_round(campaign_id=campaign_id)}"), to=HOME)


@storefront.get("/rounds/<code>")
def one_round(code: str) -> Response:
    """A round: for those in it, the link to share; for others the way in."""
    page = round_page(code[:60], viewer_id=customer_id())
    if page is None:
        raise NotFound
    return show_page(page)


@storefront.post("/rounds/<code>/join")
def join(code: str) -> Response:
    """Join a round."""
    here = f"{HOME}rounds/{code[:60]}"

    def go() -> Response:
        complete = join_round(code=code[:60])
        tell(_("You are in, and everybody has the coupon.") if complete else _("You are in."))
        return to_path(MINE if complete else here)

    return as_customer(go, to=here)


@storefront.post("/birthday")
def birthday() -> Response:
    """Tell one's birthday."""
    month, day = (request.form.get(name, "") for name in ("month", "day"))

    def note() -> Response:
        told = [int(one) if one.isascii() and one.isdigit() and len(one) < 3 else 0 for one in (month, day)]
        tell_birthday(month=told[0], day=told[1])
        tell(_("Noted. The coupon comes by itself."))
        return to_path(MINE)

    return as_customer(note, to=MINE)


def back() -> str:
    """Where the visitor came from: a path of this shop that the form names."""
    return request.form.get("coupon_back", "")[:200] or HOME


def as_customer(act: Callable[[], Response], *, to: str) -> Response:
    """Do it for whoever is logged in; others log in first, and a refusal is told where they came from."""
    if customer_id() is None:
        return to_path(login_url(to))
    try:
        return act()
    except NotFound:
        raise
    except PinpuError as error:
        tell(sentences(error.text, error.fix_text), tone="error")
        return to_path(to)


def customer_id() -> UUID | None:
    """The customer who is logged in."""
    actor = current_actor()
    return actor.id if actor.kind == "customer" else None
