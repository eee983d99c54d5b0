"""Checkouts: from goods to an order, at a price that was promised."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
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
from core.commerce.pricing.priced import PricedLine
from core.commerce.shops.queries import require_open, shop_settings
from core.hooks.current import shop_hooks
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, _, sentences
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.api import ApiRoom, Get, Send
from core.web.api.store.callers import Caller, the_caller
from core.web.api.store.cart import GoodsLine, basket_lines, cart_of, refusals_by_line
from core.web.api.store.deliveries import DeliveryWish, WayToGet, ways_to_get
from core.web.api.store.prices import Price, price_of
from core.web.api.store.sessions import RECEIVER
from core.web.storefront.address_forms import Filled, read_address, read_note, read_pickup
from core.web.storefront.wishes import address_of

_MOST_PIECES = 9999
_CHOICE = re.compile(r"([a-z][a-z0-9_]{0,40})\.[a-z][a-z0-9_]{0,40}")
_LONGEST_CHOICE = 200
_DELIVERY = {"kind": "method", "id": "01a206a3-506d-75f4-88e1-07e933aa7531"}


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
class NewCheckout:
    """A checkout that was opened; its code names it in addresses."""

    code: str


@dataclass(frozen=True, slots=True)
class StoreCheckout:
    """A checkout.

    Args:
        code: names it in addresses.
        state: open, or placed once it became an order.
        order_code: the order's, once it was placed.
        held_until: until when a plugin keeps something for it, a seat in a group for example.
        price: as it was quoted last; null before that.
        addresses: those that the customer has kept.
    """

    code: str
    state: str
    order_code: str
    held_until: datetime | None
    price: Price | None
    addresses: tuple[AddressView, ...]


@dataclass(frozen=True, slots=True)
class CheckoutQuote:
    """What a checkout costs at this moment, and a promise of that price.

    Args:
        lines: the goods.
        price: what it costs and why.
        quote: the promise; the order is placed with it.
        quote_until: until when it holds.
        ways_to_get: how the goods can come, with fees for the address as far as it is known.
        problems: what stands in the way of ordering it, beyond its lines' own.
    """

    lines: tuple[GoodsLine, ...]
    price: Price
    quote: str
    quote_until: datetime
    ways_to_get: tuple[WayToGet, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order that a checkout became; `financial` is unpaid, or paid where there was nothing to pay."""

    code: str
    number: str
    total: Money
    financial: str


def open_checkout(*, lines: Sequence[GoodsWish] = ()) -> NewCheckout:
    """Begin to order: the cart as it stands, or some goods right away. The same cart has one checkout.

    Args:
        lines: goods to buy without the cart; none for the cart.

    Raises SessionNeeded, CheckoutEmpty, InputRefused.
    """
    caller = the_caller()
    if lines:
        goods = [BasketLine(str(new_id()), one.variant_id, _pieces(one), {}) for one in lines]
        _require_sold(goods)
        return NewCheckout(start_checkout(lines=goods, token=caller.token, customer_id=caller.customer_id))
    cart = cart_of(caller)
    if cart is None or not cart.lines:
        raise CheckoutEmpty
    code = start_checkout(
        lines=basket_lines(cart),
        token=caller.token,
        customer_id=caller.customer_id,
        cart_id=cart.id,
        cart_version=cart.version,
    )
    return NewCheckout(code)


def _pieces(wish: GoodsWish) -> int:
    if not 1 <= wish.quantity <= _MOST_PIECES:
        raise InputRefused({"lines": [_("Choose 1 to %(most)s pieces.", most=_MOST_PIECES)]})
    return wish.quantity


def _require_sold(goods: Sequence[BasketLine]) -> None:
    sold = sold_variants(line.variant_id for line in goods)
    if any(line.variant_id not in sold or not sold[line.variant_id].for_sale for line in goods):
        raise InputRefused({"lines": [_("Something in it is not for sale.")]})


def one_checkout(*, code: str) -> StoreCheckout:
    """A checkout as it stands; `POST …/quote` says what it costs now. Raises SessionNeeded, NotFound."""
    caller, found = the_caller(), own_checkout(code)
    became = order(found.order_id) if found.order_id else None
    return StoreCheckout(
        code=found.code,
        state="placed" if became else "open",
        order_code=became.code if became else "",
        held_until=found.held_until,
        price=price_of(found.priced) if found.priced else None,
        addresses=tuple(addresses_of(caller.customer_id)) if caller.customer_id else (),
    )


def quote(
    *, code: str, delivery: DeliveryWish | None = None, address: Receiver | None = None
) -> CheckoutQuote:
    """What it costs with this delivery and to this address; nothing is ordered.

    Args:
        delivery: how the goods shall come; none keeps what was said last.
        address: as much of it as is known; fees and taxes may depend on it. None keeps what was said last.

    Raises SessionNeeded, NotFound (also for a checkout that was placed), GoodsUnavailable, DeliveryMissing, NotDelivered.
    """
    found = own_checkout(code)
    where = _known(address) if address else dict(found.address)
    quoted = quote_checkout(code=code, delivery=delivery.as_kept() if delivery else None, address=where)
    return _quoted(quoted, where, delivery.position if delivery else "")


def place(
    *,
    code: str,
    quote: str,
    delivery: DeliveryWish,
    receiver: Receiver | None = None,
    address_id: UUID | None = None,
    note: str = "",
    choices: Mapping[str, str] | None = None,
    idempotency_key: str,
) -> PlacedOrder:
    """Place the order at exactly the price that `quote` promises. Placed again, the checkout answers its one order.

    Args:
        quote: of the checkout, for this very delivery and address.
        delivery: how the goods come.
        receiver: who receives them and where; for pickup, name and phone of who comes.
        address_id: an address that the customer has kept, instead of a receiver.
        note: a message to the shop.
        choices: answers to plugins' questions, `<plugin>.<question>` to answer.

    Raises SessionNeeded, NotFound, InputRefused, QuoteExpired, QuoteForged, QuoteChanged, SoldOut, GoodsUnavailable,
    CheckoutRefused, DeliveryMissing, NotDelivered, SlotMissing, SlotGone, DayClosed, PriceUnavailable, ShopPaused,
    ShopClosed.
    """
    caller, found = the_caller(), own_checkout(code)
    kept = _kept(caller, address_id)
    contact, address = _receiver(kept, receiver or Receiver(), delivery)
    contact = {**_account_contact(caller), **contact, **_note(note)}
    try:
        placed = place_order(
            code=found.code,
            quote=quote,
            contact=contact,
            address=address,
            delivery=delivery.as_kept(),
            choices=_choices(choices or {}),
        )
    except CheckoutRefused as error:
        lines, general = refusals_by_line(error.refusals)
        raise _explained(error, {**lines, **({"order": list(general)} if general else {})}) from error
    except QuoteChanged as error:
        raise _explained(error, {"quote": [one.text() for one in error.differences]}) from error
    if caller.customer_id is not None and kept is None and delivery.kind == "method":
        keep_address(customer_id=caller.customer_id, address={**contact, **address})
    return _placed(placed)


def _explained(error: PinpuError, fields: Mapping[str, Any]) -> PinpuError:
    """The refusal with everything that it is about, for the problem's `fields`."""
    vars(error)["fields"] = dict(fields)
    return error


def _placed(placed: Placed) -> PlacedOrder:
    currency = current_scope().currency
    return PlacedOrder(placed.code, placed.number, Money(placed.total, currency), placed.financial)


def own_checkout(code: str) -> CheckoutView:
    """The checkout, if it belongs to this token or to its customer; anybody else gets 404."""
    caller, found = the_caller(), checkout_of_code(code)
    if found is None:
        raise NotFound
    if caller.customer_id is not None and found.customer_id == caller.customer_id:
        return found
    if found.customer_id is not None or found.token_hash != token_hash(caller.token):
        raise NotFound
    if caller.customer_id is not None and found.order_id is None:
        attach_customer(code=code, customer_id=caller.customer_id)
        return checkout_of_code(code) or found
    return found


def _quoted(quoted: Quoted, address: Mapping[str, Any], position: str) -> CheckoutQuote:
    lines, general = refusals_by_line(quoted.refusals)
    variants = sold_variants(line.variant_id for line in quoted.priced.lines)
    return CheckoutQuote(
        lines=tuple(_line(one, variants.get(one.variant_id), lines) for one in quoted.priced.lines),
        price=price_of(quoted.priced),
        quote=quoted.token,
        quote_until=quoted.expires_at,
        ways_to_get=ways_to_get(quoted, address, position, shop_settings().hours),
        problems=(*general, *_closed()),
    )


def _closed() -> tuple[str, ...]:
    try:
        require_open(shop_settings().hours)
    except PinpuError as error:
        return (sentences(error.text, error.fix_text),)
    return ()


def _line(line: PricedLine, variant: SoldVariant | None, problems: Mapping[str, str]) -> GoodsLine:
    return GoodsLine(
        id=line.key,
        variant_id=line.variant_id,
        product_handle=variant.handle if variant else "",
        title=line.title,
        variant_title=variant.title if variant else "",
        quantity=line.quantity,
        picture=variant.picture if variant else None,
        left=None,
        problem=problems.get(line.key, ""),
    )


def _known(receiver: Receiver) -> dict[str, Any]:
    """An address as far as it is known; empty until a Chinese one has its province."""
    address = read_address(_fields(receiver)).address()
    return {} if address.get("country") == "CN" and not address.get("region") else address


def _fields(receiver: Receiver) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(receiver).items()}


def _kept(caller: Caller, address_id: UUID | None) -> AddressView | None:
    if address_id is None:
        return None
    own = addresses_of(caller.customer_id) if caller.customer_id else []
    found = next((one for one in own if one.id == address_id), None)
    if found is None:
        raise InputRefused({"address_id": [_("This address is not one of yours.")]})
    return found


def _receiver(
    kept: AddressView | None, receiver: Receiver, delivery: DeliveryWish
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(who is told, where it goes), checked as this shop needs them."""
    if delivery.kind == "pickup":
        filled = read_pickup({"pickup_name": receiver.name, "pickup_phone": receiver.phone})
        _require_whole(Filled({}, {k.removeprefix("pickup_"): v for k, v in filled.problems.items()}))
        return filled.contact(), {}
    if kept is not None:
        return {"name": kept.name, "phone": kept.phone}, address_of(kept)
    filled = read_address(_fields(receiver))
    _require_whole(filled)
    return filled.contact(), filled.address()


def _require_whole(filled: Filled) -> None:
    if filled.problems:
        raise InputRefused({"receiver": {name: [words] for name, words in filled.problems.items()}})


def _account_contact(caller: Caller) -> dict[str, str]:
    if caller.customer_id is None:
        return {}
    return {"email" if "@" in one else "phone": one for one in contacts_of(caller.customer_id)}


def _note(note: str) -> dict[str, str]:
    read = read_note({"note": note})
    if read.problem:
        raise InputRefused({"note": [read.problem]})
    return {"note": read.text} if read.text else {}


def _choices(given: Mapping[str, str]) -> dict[str, str]:
    """Answers to questions of plugins that the shop has; anything else is not a question."""
    known, found = shop_hooks().sets.obligation, {}
    for name, value in given.items():
        fits = _CHOICE.fullmatch(name)
        if not fits or fits[1] not in known:
            raise InputRefused({"choices": [_("“%(name)s” is not a question of this shop.", name=name[:80])]})
        found[name] = str(value)[:_LONGEST_CHOICE]
    return found


ROOM = ApiRoom(
    name="checkouts",
    title=N_("Checkout"),
    about=N_(
        "From goods to an order: open a checkout, quote it for a delivery and an address, place it at the price that the"
        " quote promises."
    ),
    routes=(
        Send(
            "POST",
            "/checkouts",
            open_checkout,
            scope="buyer",
            example={"lines": [{"variant_id": "01a206a3-506d-75f4-88e1-07e933aa7531", "quantity": 1}]},
        ),
        Get("/checkouts/<code>", one_checkout, "buyer"),
        Send(
            "POST",
            "/checkouts/<code>/quote",
            quote,
            scope="buyer",
            example={"delivery": _DELIVERY, "address": RECEIVER},
        ),
        Send(
            "POST",
            "/checkouts/<code>/order",
            place,
            scope="buyer",
            moves_money=True,
            example={
                "quote": "eyJ0b3RhbCI6MTI4MDB9.kq3…",
                "delivery": _DELIVERY,
                "receiver": RECEIVER,
                "note": "请放在门卫处",
            },
        ),
    ),
)
