"""The cart: what a browser has gathered, and the first step from it to an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.carts.actions import add_to_cart, set_quantity
from core.commerce.carts.errors import QuantityRefused, VariantUnavailable
from core.commerce.carts.queries import CartLineView, CartView, cart_of_token
from core.commerce.catalog.listings import all_products
from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.checkout.actions import start_checkout
from core.commerce.checkout.basket import BasketLine, basket
from core.commerce.checkout.errors import CheckoutEmpty
from core.commerce.pricing.plugin_prices import LivePrice, cart_refusals, price_with_plugins
from core.commerce.reservations.stock import stock_of
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, _, ngettext, sentences
from core.kernel.ids import as_id, new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.contexts import CartPage, LineView, PriceSum, ProductCard
from core.web.storefront.answers import go, page_answer, slots_for
from core.web.storefront.browser import CART, current_browser
from core.web.storefront.cards import listed
from core.web.storefront.forms import whole_number
from core.web.storefront.frame import preview
from core.web.storefront.limits import CHECKOUT, limiter
from core.web.storefront.lines import goods_rates, line_views, product_ids
from core.web.storefront.notices import tell
from core.web.storefront.parts import parts
from core.web.storefront.prices import price_sum

cart = Blueprint("cart", __name__)

_IDEAS = 8
_FIELD = "quantity-"
_NOT_FOR_SALE = N_("This is not for sale any more. Take it out to go on.")


@dataclass(frozen=True, slots=True)
class _Looked:
    """A cart with what catalog, stock and prices say about it now; `live` is None while nothing in it is sold."""

    cart: CartView | None
    variants: Mapping[UUID, SoldVariant]
    left: Mapping[UUID, int | None]
    live: LivePrice | None
    problems: Mapping[str, str]
    general: tuple[str, ...]


@cart.get("/cart")
def show_cart() -> Response:
    """What is in the cart."""
    return _answer(_look(), {})


@cart.post("/cart/add")
@limiter.limit(CHECKOUT)
def add() -> Response:
    """Put a variant into the cart, or with `then=checkout` buy it right away."""
    variant_id = as_id(request.form.get("variant_id", ""))
    found = sold_variants([variant_id]).get(variant_id) if variant_id else None
    if variant_id is None or found is None:
        raise NotFound
    quantity = whole_number(request.form.get("quantity", "1"))
    if quantity is None or not 1 <= quantity <= 9999:
        raise QuantityRefused
    if not found.for_sale:
        raise VariantUnavailable
    if request.form.get("then") == "checkout":
        line = BasketLine(str(new_id()), variant_id, quantity, {})
        return _to_checkout([line])
    browser = current_browser()
    touched = add_to_cart(
        token=browser.cookie(CART) or None,
        variant_id=variant_id,
        quantity=quantity,
        customer_id=browser.customer.id if browser.customer else None,
    )
    browser.keep(CART, touched.token)
    tell(_("“%(title)s” is in your cart.", title=found.product_title))
    return go(links.product_url(found.handle, variant_id))


@cart.post("/cart")
def change() -> Response:
    """Take over new quantities, and take a line out."""
    refused = _take_over_form()
    return _answer(_look(), refused, status=422) if refused else go(links.CART)


@cart.post("/checkout")
@limiter.limit(CHECKOUT)
def check_out() -> Response:
    """From the cart, with the quantities as they stand in the form, to its checkout."""
    refused = _take_over_form()
    looked = _look()
    if refused or looked.problems:
        return _answer(looked, refused, status=422 if refused else 409)
    if looked.cart is None or not looked.cart.lines:
        raise CheckoutEmpty
    lines = [
        BasketLine(str(line.id), line.variant_id, line.quantity, line.marks) for line in looked.cart.lines
    ]
    return _to_checkout(lines, cart=looked.cart)


@cart.get("/checkout")
def no_checkout() -> Response:
    """A checkout begins with the cart."""
    return go(links.CART)


def _to_checkout(lines: list[BasketLine], *, cart: CartView | None = None) -> Response:
    browser = current_browser()
    code = start_checkout(
        lines=lines,
        token=browser.token(),
        customer_id=browser.customer.id if browser.customer else None,
        cart_id=cart.id if cart else None,
        cart_version=cart.version if cart else None,
    )
    return go(f"{links.CHECKOUT}/{code}")


def _take_over_form() -> dict[str, str]:
    """Change the lines that the form names; returns line id → what is wrong with its quantity."""
    token = current_browser().cookie(CART)
    found = cart_of_token(token) if token else None
    if found is None:
        return {}
    wanted, refused = _wanted(found)
    for line_id, quantity in wanted.items():
        try:
            set_quantity(token=token, line_id=line_id, quantity=quantity)
        except QuantityRefused as error:
            refused[str(line_id)] = error.text
    return refused


def _wanted(found: CartView) -> tuple[dict[UUID, int], dict[str, str]]:
    removed = as_id(request.form.get("remove", ""))
    wanted, refused = {}, {}
    for line in found.lines:
        sent = request.form.get(f"{_FIELD}{line.id}")
        quantity = 0 if line.id == removed else line.quantity if sent is None else whole_number(sent)
        if quantity is None:
            refused[str(line.id)] = QuantityRefused().text
        elif quantity != line.quantity:
            wanted[line.id] = quantity
    return wanted, refused


def _look() -> _Looked:
    token = current_browser().cookie(CART)
    found = cart_of_token(token) if token else None
    lines = found.lines if found else ()
    variants = sold_variants(line.variant_id for line in lines)
    left = {variant_id: one.available for variant_id, one in stock_of(variants).items()}
    problems = {str(line.id): words for line in lines if (words := _problem(line, variants, left))}
    live = _priced([line for line in lines if _is_sold(line, variants)])
    general: list[str] = []
    if live is not None:
        for refusal in cart_refusals(live.price_input, live.priced, at_checkout=False):
            words = sentences(refusal.message, refusal.fix or "")
            if refusal.line is not None:
                problems[str(refusal.line)] = words
            else:
                general.append(words)
    return _Looked(found, variants, left, live, problems, tuple(general))


def _is_sold(line: CartLineView, variants: Mapping[UUID, SoldVariant]) -> bool:
    variant = variants.get(line.variant_id)
    return variant is not None and variant.for_sale


def _problem(
    line: CartLineView, variants: Mapping[UUID, SoldVariant], left: Mapping[UUID, int | None]
) -> str:
    if not _is_sold(line, variants):
        return _(_NOT_FOR_SALE)
    available = left.get(line.variant_id)
    if available is None or line.quantity <= available:
        return ""
    if available <= 0:
        return _("Sold out. Take it out to go on.")
    return ngettext("Only %(n)s is left.", "Only %(n)s are left.", available)


def _priced(lines: list[CartLineView]) -> LivePrice | None:
    if not lines:
        return None
    customer = current_browser().customer
    made = basket(
        [BasketLine(str(line.id), line.variant_id, line.quantity, line.marks) for line in lines],
        customer_id=customer.id if customer else None,
    )
    return price_with_plugins(made.price_input)


def _answer(looked: _Looked, refused: Mapping[str, str], *, status: int = 200) -> Response:
    frame, title = parts().frames.frame(), _("Cart")
    problems = {**looked.problems, **refused}
    lines = _lines(looked, problems)
    page = CartPage(
        title=title,
        preview=preview(frame, title, links.CART, index=False),
        subject_ids=product_ids(looked.variants.values()),
        lines=lines,
        sum=_sum(looked) if lines else None,
        update_url=links.CART,
        checkout_url=links.CHECKOUT if lines and not problems and not looked.general else "",
        problems=looked.general,
        ideas=() if lines else _ideas(),
    )
    cart_id = looked.cart.id if looked.cart else None
    priced = looked.live.priced if looked.live else None
    return page_answer(page, status=status, slots=slots_for(page, checkout_id=cart_id, priced=priced))


def _sum(looked: _Looked) -> PriceSum:
    if looked.live is None:
        return PriceSum(steps=(), total=Money.zero(current_scope().currency))
    return price_sum(looked.live.priced, rates=goods_rates(looked.live.price_input))


def _lines(looked: _Looked, problems: Mapping[str, str]) -> tuple[LineView, ...]:
    """The lines in the order in which they were put in, also those that have no price any more."""
    if looked.cart is None:
        return ()
    priced = looked.live.priced if looked.live else None
    shown = line_views(priced, looked.variants, problems=problems, left=looked.left) if priced else ()
    by_id = {line.id: line for line in shown}
    return tuple(
        by_id.get(str(line.id)) or _gone(line, looked.variants.get(line.variant_id))
        for line in looked.cart.lines
    )


def _gone(line: CartLineView, variant: SoldVariant | None) -> LineView:
    price = variant.price_minor if variant else 0
    return LineView(
        id=str(line.id),
        title=variant.product_title if variant else "",
        variant=variant.title if variant else "",
        quantity=line.quantity,
        total=Money(price * line.quantity, current_scope().currency),
        problem=_(_NOT_FOR_SALE),
        fixed=True,
    )


def _ideas() -> tuple[ProductCard, ...]:
    return listed(all_products(sort="newest").cards[:_IDEAS], parts().frames.frame())
