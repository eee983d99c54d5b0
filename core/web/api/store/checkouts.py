"""Checkouts: from goods to an order, at a price that was promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.checkout.actions import (
    Placed,
    Quoted,
    attach_customer,
    place_order,
    quote_checkout,
    start_checkout,
    token_hash,
)
from core.commerce.checkout.basket import BasketLine
from core.commerce.checkout.errors import CheckoutEmpty, CheckoutRefused, QuoteChanged
from core.commerce.checkout.queries import CheckoutView, checkout_of_code
from core.commerce.customers.actions import keep_address
from core.commerce.customers.queries import AddressView, addresses_of, contacts_of
from core.commerce.orders.queries import order
from core.hooks.current import shop_hooks
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, _, sentences
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.api import ApiRoom, Get, Send
from core.web.api.store.callers import Caller, the_caller
from core.web.api.store.cart import GoodsLine, basket_lines, cart_of, refusals_by_line
from core.web.api.store.deliveries import DeliveryWish, WayToGet, ways_to_get
from core.web.api.store.prices import Price, price_of
from core.web.storefront.address_forms import Filled, read_address, read_note, read_pickup
from core.web.storefront.wishes import address_of

_MOST_PIECES = 9999


@dataclass(frozen=True, slots=True)
class GoodsWish:
    """Pieces of a variant that are bought right away, without the cart."""

    variant_id: UUID
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives the goods and where; `GET /shop` says which fields this shop needs."""

    name: str = ""
    phone: str = ""
    email: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class StoreCheckout:
    """A checkout at the price of this moment.

    Args:
        code: names it in addresses.
        state: open, or placed once it became an order.
        order_code: the order's, once it was placed.
        held_until: until when a plugin keeps something for it, a seat in a group for example.
        lines: the goods.
        price: what it costs and why; null once it was placed.
        quote: promises this price until `quote_until`; the order is placed with it.
        ways_to_get: how the goods can come, with fees for the address as far as it is known.
        addresses: those that the customer has kept.
        problems: what stands in the way of ordering it, beyond its lines' own.
    """

    code: str
    state: str
    order_code: str
    held_until: datetime | None
    lines: tuple[GoodsLine, ...]
    price: Price | None
    quote: str
    quote_until: datetime | None
    ways_to_get: tuple[WayToGet, ...]
    addresses: tuple[AddressView, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order that a checkout became; `financial` is unpaid, or paid where nothing is to be paid."""

    code: str
    number: str
    total: Money
    financial: str


@dataclass(frozen=True, slots=True)
class NewCheckout:
    """A checkout that was opened; its code names it in addresses."""

    code: str


def open_checkout(*, lines: tuple[GoodsWish, ...] = field(default=())) -> NewCheckout:  # type: ignore[assignment]  # noqa: B008
    """Begin to order: the cart as it stands, or some goods right away. The same cart has one checkout.

    Args:
        lines: goods to buy without the cart; none for the cart.

    Raises SessionNeeded, CheckoutEmpty, InputRefused.
    """
    raise NotImplementedError


ROOM = ApiRoom(name="checkouts", title=N_("Checkout"), routes=())
