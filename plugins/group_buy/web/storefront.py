"""Buyers' pages: what runs, one group, my groups; and the forms that start, join and leave."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request

from core.sdk.catalog import sold_variants
from core.sdk.commands import current_actor
from core.sdk.data import as_id
from core.sdk.errors import NotFound, PinpuError
from core.sdk.storefront import login_url, product_url, show_page, tell, to_checkout, to_path
from core.sdk.words import _, sentences
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.actions.waiting import wait_for_pieces
from plugins.group_buy.blocks.views import HOME, group_url
from plugins.group_buy.errors import refused
from plugins.group_buy.my_groups import mine_page
from plugins.group_buy.pages import draw_page, group_page, groups_page
from plugins.group_buy.queries.activities import activity, running_activities, sold_product

storefront = Blueprint("group_buy_storefront", __name__)


@storefront.get("/")
def front() -> Response:
    """What runs now, page by page; `?variant=` adds the open groups for one kind."""
    args = request.args
    variant_id = as_id(args.get("variant", ""))
    return show_page(
        groups_page(variant_id=variant_id, page=_number(args.get("page")), viewer_id=_customer_id())
    )


@storefront.get("/mine")
def mine() -> Response:
    """The groups of whoever is logged in."""
    customer_id = _customer_id()
    if customer_id is None:
        return to_path(login_url(f"{HOME}mine"))
    return show_page(mine_page(customer_id))


@storefront.get("/groups/<code>")
def group(code: str) -> Response:
    """One group: seats, time, what happens if it does not fill, and the way in."""
    page = group_page(code, viewer_id=_customer_id(), quantity=_number(request.args.get("quantity")))
    if page is None:
        raise NotFound
    return show_page(page)


@storefront.get("/groups/<code>/draw")
def draw(code: str) -> Response:
    """The draw of a lottery group, and how to repeat it."""
    page = draw_page(code, viewer_id=_customer_id())
    if page is None:
        raise NotFound
    return show_page(page)


@storefront.post("/start")
def start() -> Response:
    """Open a checkout for a new group; the product page sends kind and quantity."""
    variant_id, quantity = as_id(request.form.get("variant_id", "")), _number(request.form.get("quantity"))
    found = sold_variants([variant_id]).get(variant_id) if variant_id else None
    if found is None or variant_id is None:
        raise NotFound
    back = product_url(found.handle, variant_id)

    def begin() -> Response:
        running = running_activities([found.product_id], limit=1)
        if not running:
            raise refused("over")
        return to_checkout(start_group(activity_id=running[0].id, variant_id=variant_id, quantity=quantity))

    return _as_customer(begin, back=back)


@storefront.post("/groups/<code>/join")
def join(code: str) -> Response:
    """Keep a seat and open the checkout for it."""
    quantity = _number(request.form.get("quantity"))
    back = group_url(code) + (f"?quantity={quantity}" if quantity > 1 else "")
    device = request.remote_addr or ""
    return _as_customer(
        lambda: to_checkout(join_group(code=code, quantity=quantity, device=device)), back=back
    )


@storefront.post("/groups/<code>/leave")
def leave(code: str) -> Response:
    """Leave a forming group; the money goes back."""

    def go() -> Response:
        leave_group(code=code)
        tell(_("You have left the group. The whole amount is on its way back."))
        return to_path(f"{HOME}mine")

    return _as_customer(go, back=group_url(code))


@storefront.post("/activities/<ref>/wait")
def wait(ref: str) -> Response:
    """Ask to be told when pieces at the group price come back."""
    found = activity(as_id(ref) or UUID(int=0))
    product = sold_product(found.product_id) if found else None
    if found is None or product is None:
        raise NotFound
    back = product_url(product.handle, as_id(request.form.get("variant_id", "")))

    def ask() -> Response:
        wait_for_pieces(activity_id=found.id)
        tell(_("We tell you as soon as there are pieces at the group price again."))
        return to_path(back)

    return _as_customer(ask, back=back)


def _as_customer(act: Callable[[], Response], *, back: str) -> Response:
    """Do it for whoever is logged in; others log in first and come back, and a refusal is told where they came from."""
    if _customer_id() is None:
        return to_path(login_url(back))
    try:
        return act()
    except NotFound:
        raise
    except PinpuError as error:
        tell(sentences(error.text, error.fix_text), tone="error")
        return to_path(back)


def _customer_id() -> UUID | None:
    actor = current_actor()
    return actor.id if actor.kind == "customer" else None


def _number(text: str | None) -> int:
    """A quantity as typed; anything that is no number from 1 to 9999 counts as one."""
    given = (text or "").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 4 and int(given) else 1
