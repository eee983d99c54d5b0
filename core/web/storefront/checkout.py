"""One checkout on one page: shown, quoted anew, placed."""

from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.checkout.actions import (
    Placed,
    Quoted,
    attach_customer,
    place_order,
    quote_checkout,
    token_hash,
)
from core.commerce.checkout.errors import CheckoutRefused, DeliveryMissing, QuoteChanged, SoldOut
from core.commerce.checkout.queries import CheckoutView, checkout_of_code
from core.commerce.customers.actions import keep_address
from core.commerce.customers.errors import LoginNeeded
from core.commerce.customers.queries import AddressView, addresses_of
from core.commerce.orders.queries import order
from core.commerce.pricing.errors import PriceUnavailable, QuoteExpired, QuoteForged, TotalTooLarge
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.quotes import PriceDifference, quote_difference
from core.commerce.shipping.errors import DayClosed, NotDelivered, SlotGone, SlotMissing
from core.commerce.shops.errors import ShopClosed, ShopClosedForNow, ShopPaused
from core.kernel.errors import InputRefused, NotFound, PinpuError, TemporarilyUnavailable
from core.kernel.i18n import _, sentences
from core.rendering import links
from core.rendering.contexts import QuoteChange
from core.web.storefront.answers import go, page_answer, slots_for
from core.web.storefront.browser import SECRET, current_browser
from core.web.storefront.checkout_page import NO_TROUBLE, Trouble, checkout_view_page, refusals_by_line
from core.web.storefront.limits import CHECKOUT, limiter
from core.web.storefront.parts import parts
from core.web.storefront.paying import begin_payment
from core.web.storefront.wishes import Wishes, first_wishes, sent_wishes, where

checkout = Blueprint("checkout", __name__)

# After these the buyer stays on the page, which says what is wrong; all others end in a message page.
_STAYS = (
    CheckoutRefused, DayClosed, DeliveryMissing, NotDelivered, PriceUnavailable, QuoteChanged, QuoteExpired, QuoteForged,
    ShopClosed, ShopClosedForNow, ShopPaused, SlotGone, SlotMissing, SoldOut, TemporarilyUnavailable, TotalTooLarge,
)  # fmt: skip
# Only the page on which a buyer may share a position lets the browser be asked for one.
_MAY_LOCATE = "camera=(), microphone=(), geolocation=(self), payment=()"


@checkout.get("/checkout/<code>")
def show_checkout(code: str) -> Response:
    """The page, at today's price."""
    found = _own(code)
    if found.order_id is not None:
        return go(_order_path(found.order_id))
    kept = _kept_addresses()
    wishes = first_wishes(found, current_browser().customer, kept, parts().frames.frame())
    return _answer(found, wishes, kept)


@checkout.post("/checkout/<code>/quote")
@limiter.limit(CHECKOUT)
def quote(code: str) -> Response:
    """The same form, to see what another way of delivery costs; nothing is ordered."""
    found = _own(code)
    if found.order_id is not None:
        return go(_order_path(found.order_id))
    kept = _kept_addresses()
    return _answer(found, sent_wishes(request.form, kept, parts().frames.frame()), kept)


@checkout.post("/checkout/<code>")
@limiter.limit(CHECKOUT)
def place(code: str) -> Response:
    """Place the order at the price that the buyer saw, and lead on to paying."""
    found = _own(code)
    if found.order_id is not None:
        return go(_order_path(found.order_id))
    kept = _kept_addresses()
    wishes = sent_wishes(request.form, kept, parts().frames.frame())
    if wishes.refused:
        # Another way took its place on the page; nobody has agreed to that one yet.
        return _answer(found, wishes, kept, Trouble(status=409), seen=found.priced)
    if wishes.problems:
        look = Trouble(status=422, errors=(_(InputRefused.message),), fields=True)
        return _answer(found, wishes, kept, look)
    try:
        placed = _placed(found, wishes)
    except _STAYS as error:
        return _answer(
            checkout_of_code(code) or found, wishes, kept, _trouble(error, found.priced), seen=found.priced
        )
    _remember(wishes)
    if placed.financial != "unpaid":
        return go(links.order_url(placed.code))
    return begin_payment(placed.order_id, placed.code, wishes.payment)


def _placed(found: CheckoutView, wishes: Wishes) -> Placed:
    return place_order(
        code=found.code,
        quote=request.form.get("quote", ""),
        contact=wishes.contact(current_browser().customer),
        address=wishes.address(),
        delivery=dict(wishes.delivery),
        choices=dict(wishes.choices),
    )


def _own(code: str) -> CheckoutView:
    """The checkout, if it belongs to this browser or to whoever is logged in; anybody else gets 404."""
    found = checkout_of_code(code)
    browser = current_browser()
    if found is None:
        raise NotFound
    customer = browser.customer
    secret = browser.cookie(SECRET)
    started_here = bool(secret) and found.token_hash == token_hash(secret)
    if customer is not None and found.customer_id == customer.id:
        return found
    if not started_here or (customer is not None and found.customer_id is not None):
        raise NotFound
    if found.customer_id is not None:
        raise LoginNeeded
    if customer is not None and found.order_id is None:
        attach_customer(code=code, customer_id=customer.id)
        return checkout_of_code(code) or found
    return found


def _kept_addresses() -> list[AddressView]:
    customer = current_browser().customer
    return addresses_of(customer.id) if customer else []


def _order_path(order_id: UUID) -> str:
    found = order(order_id)
    if found is None:
        raise NotFound
    return links.order_url(found.code)


def _remember(wishes: Wishes) -> None:
    customer = current_browser().customer
    if customer is not None and not wishes.is_pickup and wishes.kept is None:
        keep_address(customer_id=customer.id, address={**wishes.contact(None), **wishes.address()})


def _answer(
    found: CheckoutView,
    wishes: Wishes,
    kept: list[AddressView],
    trouble: Trouble = NO_TROUBLE,
    *,
    seen: PricedCart | None = None,
) -> Response:
    address = {} if wishes.is_pickup else where(wishes.kept, wishes.ship)
    quoted = quote_checkout(code=found.code, delivery=dict(wishes.delivery), address=address)
    if seen is not None:
        trouble = _with_change(trouble, seen, quoted)
    page = checkout_view_page(parts().frames.frame(), found, quoted, wishes, kept, trouble)
    slots = slots_for(
        page,
        {**request.args.to_dict(), **wishes.choices},
        checkout_id=found.id,
        marked=quoted.basket.price_input.marked_by,
        priced=quoted.priced,
    )
    answer = page_answer(page, status=trouble.status, slots=slots)
    if any(option.locate for option in page.delivery):
        answer.headers["Permissions-Policy"] = _MAY_LOCATE
    return answer


def _trouble(error: PinpuError, seen: PricedCart | None) -> Trouble:
    lines: dict[str, str] = {}
    errors: list[str] = [sentences(error.text, error.fix_text)]
    if isinstance(error, SoldOut):
        lines = {error.line: error.text}
    elif isinstance(error, PriceUnavailable):
        lines = dict.fromkeys(error.lines, error.text)
    elif isinstance(error, CheckoutRefused):
        lines, errors = refusals_by_line(error.refusals)
        errors = errors or [error.message and _(error.message)]
    elif isinstance(error, QuoteChanged):
        errors = [] if seen is not None else errors
    return Trouble(status=error.status, errors=tuple(errors), lines=lines)


def _with_change(trouble: Trouble, seen: PricedCart, quoted: Quoted) -> Trouble:
    """The trouble with the difference between the price that the buyer saw and today's."""
    differences = quote_difference(seen, quoted.priced)
    if not differences:
        return trouble
    changed = QuoteChange(
        before=seen.total_money, now=quoted.priced.total_money, reasons=_reasons(differences)
    )
    return Trouble(trouble.status, trouble.errors, trouble.lines, changed, trouble.fields)


def _reasons(differences: list[PriceDifference]) -> tuple[str, ...]:
    """In sentences; the total itself stands in the headline already."""
    return tuple(one.text() for one in differences if one.code != "total")
