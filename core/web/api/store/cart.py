"""The cart of a token: what is in it, what it costs and why, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.commerce.carts.actions import add_to_cart, open_cart, set_quantity
from core.commerce.carts.queries import CartLineView, CartView, cart_of_token
from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.checkout.basket import BasketLine, basket
from core.commerce.media.queries import Picture
from core.commerce.pricing.plugin_prices import LivePrice, cart_refusals, price_with_plugins
from core.commerce.reservations.stock import stock_of
from core.hooks.results import Refusal
from core.kernel.command import command
from core.kernel.i18n import N_, _, ngettext, sentences
from core.rendering.api import ApiRoom, Get, Send
from core.web.api.store.callers import Caller, the_caller
from core.web.api.store.prices import Price, price_of


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of a cart or a checkout.

    Args:
        id: names the line when it is changed.
        left: how many can be had, null where nobody counts.
        problem: why it cannot be ordered like that, or "".
    """

    id: str
    variant_id: UUID
    product_handle: str
    title: str
    variant_title: str
    quantity: int
    picture: Picture | None
    left: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class StoreCart:
    """A cart.

    Args:
        lines: what was put in, oldest first; also what is not for sale any more, which has no price.
        price: what the rest costs now and why; null while there is nothing to price.
        problems: what stands in the way of ordering it, beyond its lines' own.
        ready: whether a checkout can begin.
    """

    lines: tuple[GoodsLine, ...]
    price: Price | None
    problems: tuple[str, ...]
    ready: bool


def my_cart() -> StoreCart:
    """The cart of this token with its price and the reasons; an empty one before anything was put in.

    Raises SessionNeeded.
    """
    return _cart(the_caller())


@command("buyer")
def add_line(*, variant_id: UUID, quantity: int = 1) -> StoreCart:
    """Put pieces of a variant into the cart; the same variant adds up, to at most 9999.

    Raises SessionNeeded, QuantityRefused, VariantUnavailable, CartFull.
    """
    caller = the_caller()
    open_cart(token=caller.token, customer_id=caller.customer_id)
    add_to_cart(token=caller.token, variant_id=variant_id, quantity=quantity, customer_id=caller.customer_id)
    return _cart(caller)


@command("buyer")
def change_line(*, line_id: UUID, quantity: int) -> StoreCart:
    """Set how many pieces a line has; 0 takes it out. Raises SessionNeeded, QuantityRefused, NotFound."""
    caller = the_caller()
    set_quantity(token=caller.token, line_id=line_id, quantity=quantity)
    return _cart(caller)


@command("buyer")
def remove_line(*, line_id: UUID) -> StoreCart:
    """Take a line out. Raises SessionNeeded, NotFound."""
    return change_line(line_id=line_id, quantity=0)


def cart_of(caller: Caller) -> CartView | None:
    """The cart that belongs to the token, or None before anything was put in."""
    return cart_of_token(caller.token)


def basket_lines(cart: CartView) -> list[BasketLine]:
    """The cart's lines as prices and checkouts take them."""
    return [BasketLine(str(line.id), line.variant_id, line.quantity, line.marks) for line in cart.lines]


def _cart(caller: Caller) -> StoreCart:
    found = cart_of(caller)
    lines = found.lines if found else ()
    variants = sold_variants(line.variant_id for line in lines)
    sold = [line for line in lines if _is_sold(line, variants)]
    left = {variant_id: one.available for variant_id, one in stock_of(variants).items()}
    live = _priced(sold, caller)
    refusals = cart_refusals(live.price_input, live.priced, at_checkout=False) if live else ()
    refused, general = refusals_by_line(refusals)
    shown = tuple(_line(line, variants.get(line.variant_id), left, refused) for line in lines)
    ready = bool(shown) and not general and not any(one.problem for one in shown)
    return StoreCart(shown, price_of(live.priced) if live else None, general, ready)


def refusals_by_line(refusals: Sequence[Refusal]) -> tuple[dict[str, str], tuple[str, ...]]:
    """(line → words, sentences about the whole) of what shop and plugins refuse."""
    told = [(str(one.line or ""), sentences(one.message, one.fix or "")) for one in refusals]
    return {line: words for line, words in told if line}, tuple(words for line, words in told if not line)


def _priced(lines: Sequence[CartLineView], caller: Caller) -> LivePrice | None:
    if not lines:
        return None
    goods = [BasketLine(str(line.id), line.variant_id, line.quantity, line.marks) for line in lines]
    return price_with_plugins(basket(goods, customer_id=caller.customer_id).price_input)


def _is_sold(line: CartLineView, variants: Mapping[UUID, SoldVariant]) -> bool:
    variant = variants.get(line.variant_id)
    return variant is not None and variant.for_sale


def _line(
    line: CartLineView,
    variant: SoldVariant | None,
    left: Mapping[UUID, int | None],
    refused: Mapping[str, str],
) -> GoodsLine:
    available = left.get(line.variant_id)
    return GoodsLine(
        id=str(line.id),
        variant_id=line.variant_id,
        product_handle=variant.handle if variant else "",
        title=variant.product_title if variant else "",
        variant_title=variant.title if variant else "",
        quantity=line.quantity,
        picture=variant.picture if variant else None,
        left=max(available, 0) if available is not None else None,
        problem=_problem(line, variant, available) or refused.get(str(line.id), ""),
    )


def _problem(line: CartLineView, variant: SoldVariant | None, available: int | None) -> str:
    if variant is None or not variant.for_sale:
        return _("This is not for sale any more. Take it out to go on.")
    if available is None or line.quantity <= available:
        return ""
    if available <= 0:
        return _("Sold out. Take it out to go on.")
    return ngettext("Only %(n)s is left.", "Only %(n)s are left.", available)


ROOM = ApiRoom(
    name="cart",
    title=N_("Cart"),
    about=N_(
        "What a token has gathered. A guest needs a token first; a log-in takes the guest's cart along."
    ),
    routes=(
        Get("/cart", my_cart, "buyer"),
        Send(
            "POST",
            "/cart/lines",
            add_line,
            example={"variant_id": "01a206a3-506d-75f4-88e1-07e933aa7531", "quantity": 2},
        ),
        Send("PATCH", "/cart/lines/<uuid:line_id>", change_line, example={"quantity": 3}),
        Send("DELETE", "/cart/lines/<uuid:line_id>", remove_line),
    ),
)
