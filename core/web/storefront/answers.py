"""From a page's view to the answer: slots, the shop around it, the visitor's parts, and the cache for nobody's pages."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, redirect, request

from core.commerce.carts.queries import pieces_in_cart
from core.commerce.pricing.priced import PricedCart
from core.hooks import current
from core.kernel.clock import now
from core.kernel.i18n import current_language
from core.kernel.tenancy import current_scope
from core.rendering.contexts import CartBadge, CustomerView, Page, Visitor
from core.rendering.slots import NO_SLOTS, PageSlots, page_slots
from core.rendering.storefront import draw_visitor, fill_moment, fill_visitor, render_page
from core.web.hosts import host_name
from core.web.page_cache import PageKey
from core.web.security import csp_nonce
from core.web.storefront.browser import CART, NEWS, current_browser
from core.web.storefront.frame import Frame, has_closed_announcement, shop_view
from core.web.storefront.notices import taken_notices
from core.web.storefront.parts import parts

_LONGEST_VALUE = 200
# What senders of links append and no page of ours reads; the language is bound before any page is made.
_TRACKING = frozenset({"lang", "fbclid", "gclid", "msclkid", "spm", "from", "isappinstalled"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A page with the plugins' blocks for it."""

    page: Page
    slots: PageSlots = NO_SLOTS


def here() -> str:
    """Path and query of the request."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path


def asked(name: str) -> str:
    """A query parameter, cut to a length that no honest one has."""
    return request.args.get(name, "")[:_LONGEST_VALUE]


def go(path: str) -> Response:
    """Send the browser to a path of this shop with a GET."""
    answer = redirect(path, 303)
    assert isinstance(answer, Response)
    return answer


def slots_for(
    page: Page,
    params: Mapping[str, str] | None = None,
    *,
    checkout_id: UUID | None = None,
    marked: Iterable[str] = (),
    priced: PricedCart | None = None,
) -> PageSlots:
    """The plugins' blocks for `page`.

    Args:
        page: what is shown.
        params: the query parameters that plugins may see (default: all).
        checkout_id: the checkout or cart, where there is one.
        marked: the plugins whose mark the basket carries; they are asked while they drain, too.
        priced: what the basket costs, where there is one.
    """
    return slots_about(
        page.template,
        page.subject_ids,
        params,
        selected_id=page.selected_id,
        checkout_id=checkout_id,
        marked=marked,
        priced=priced,
    )


def slots_about(
    name: str,
    subject_ids: tuple[UUID, ...],
    params: Mapping[str, str] | None = None,
    *,
    selected_id: UUID | None = None,
    checkout_id: UUID | None = None,
    marked: Iterable[str] = (),
    priced: PricedCart | None = None,
) -> PageSlots:
    """The plugins' blocks for the page called `name`, before its view is made; arguments as of `slots_for`."""
    customer = current_browser().customer
    return page_slots(
        name,
        current.basket_hooks(marked),
        subject_ids=subject_ids,
        selected_id=selected_id,
        customer_id=customer.id if customer else None,
        params=_params() if params is None else params,
        checkout_id=checkout_id,
        priced=priced,
    )


def _params() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if len(value) <= _LONGEST_VALUE}


def page_answer(page: Page, *, status: int = 200, slots: PageSlots = NO_SLOTS) -> Response:
    """`page` for this visitor, never cached."""
    frame, path = parts().frames.frame(), here()
    shop = _shop(frame, path)
    html = render_page(page, theme=frame.theme, shop=shop, path=path, slots=slots)
    return _sent(fill_visitor(html, theme=frame.theme, shop=shop, visitor=visitor(), path=path), status)


def browsing_answer(
    make: Callable[[Mapping[str, str]], Shown | Response], *, reads: Collection[str] = ()
) -> Response:
    """A page for looking around; for nobody in particular it comes from the cache where it can.

    Args:
        make: builds the page from the query parameters it is given; a Response (a redirect) is passed on.
        reads: the query parameters that the page understands. A request with others is not cached, because a
            plugin may read them; those that senders of links append count as none.
    """
    path = _plain_path(reads)
    key = _cache_key(path) if path is not None else None
    if key is not None and (kept := parts().cache.get(key)) is not None:
        return _sent(fill_moment(kept, zone=current_scope().timezone, visitor=visitor()), 200)
    shown = make({name: value for name, value in _params().items() if key is None or name in reads})
    if isinstance(shown, Response):
        return shown
    frame, path = parts().frames.frame(), key.path if key else here()
    shop, looking = _shop(frame, path), visitor()
    html = render_page(shown.page, theme=frame.theme, shop=shop, path=path, slots=shown.slots)
    drawn = draw_visitor(html, theme=frame.theme, shop=shop, visitor=looking, path=path)
    if key is not None:
        parts().cache.put(key, drawn, max_age=shown.slots.max_age)
    return _sent(fill_moment(drawn, zone=shop.zone, visitor=looking), 200)


def _plain_path(reads: Collection[str]) -> str | None:
    """The path with the parameters that the page reads, in one spelling; None if there are others."""
    known = {}
    for name, values in request.args.lists():
        if name in reads and len(values) == 1 and len(values[0]) <= _LONGEST_VALUE:
            known[name] = values[0]
        elif name not in _TRACKING and not name.startswith("utm_"):
            return None
    return request.path + (f"?{urlencode(sorted(known.items()))}" if known else "")


def _cache_key(path: str) -> PageKey | None:
    if not current_browser().is_nobody or request.method not in ("GET", "HEAD"):
        return None
    return PageKey(
        host_name(request.environ),
        current_scope().shop_id,
        path,
        current_language(),
        parts().frames.epoch(),
        current.shop_hooks().sets,
        closed=has_closed_announcement(parts().frames.frame(), current_browser().cookie(NEWS)),
    )


def _shop(frame: Frame, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a ShopView
    return shop_view(frame, path, demo=parts().demo)


def _sent(html: str, status: int) -> Response:
    """A page in which nothing is open any more."""
    answer = Response(html, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def visitor() -> Visitor:
    """Who is looking."""
    browser = current_browser()
    cart = browser.cookie(CART)
    return Visitor(
        nonce=csp_nonce(),
        now=now(),
        customer=customer_view(),
        cart=CartBadge(count=pieces_in_cart(cart) if cart else 0),
        notices=taken_notices(),
        closed=browser.cookie(NEWS),
    )


def customer_view() -> CustomerView | None:
    """The buyer who is logged in, as pages show them."""
    found = current_browser().customer
    if found is None:
        return None
    name = found.shown_name
    return CustomerView(name=name, contact=found.masked_contact, initial=name[:1].upper())
