"""From a basket to an order: start a checkout, quote it, place it in one transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, select, update

from core.commerce.carts.models import Cart, CartLine
from core.commerce.checkout.basket import Basket, BasketLine, basket
from core.commerce.checkout.claims import Claim, OrderClaimed
from core.commerce.checkout.delivery import require_minimum
from core.commerce.checkout.errors import (
    CheckoutEmpty,
    CheckoutRefused,
    DeliveryMissing,
    QuoteChanged,
    SoldOut,
)
from core.commerce.checkout.models import Checkout
from core.commerce.orders import actions as orders
from core.commerce.orders.draft import OrderDraft
from core.commerce.orders.models import Order
from core.commerce.payments import jobs_named
from core.commerce.payments.actions.capture import settle_free_order
from core.commerce.payments.actions.pay import ask_payment
from core.commerce.pricing.plugin_prices import cart_refusals, confirmed_price, price_with_plugins
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.quotes import quote_difference, read_quote, sign_quote
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.errors import PoolExhausted
from core.commerce.reservations.stock import stock_pool_id
from core.commerce.reservations.values import Holder, Want
from core.commerce.shipping.errors import SlotGone
from core.commerce.shops.queries import require_open
from core.hooks.current import basket_hooks
from core.hooks.results import Refusal
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.hot_statements import HotStatement
from core.kernel.i18n import gettext
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import current_scope

# How long the price on the checkout page is promised.
QUOTE_LIFETIME = timedelta(minutes=15)
_secret = b""


def install_quote_secret(secret: bytes) -> None:
    """Sign quotes with `secret` from now on; every process of an installation has the same one."""
    global _secret
    _secret = secret


@dataclass(frozen=True, slots=True)
class Quoted:
    """A checkout with the price it promises: `token` must come back when the order is placed."""

    checkout_id: UUID
    code: str
    priced: PricedCart
    token: str
    expires_at: datetime
    basket: Basket
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed, or had been placed by an earlier equal request."""

    order_id: UUID
    number: str
    code: str
    total: int
    financial: str


def token_hash(token: str) -> str:
    """How a secret token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@command("buyer")
def start_checkout(
    *,
    lines: Sequence[BasketLine],
    token: str,
    customer_id: UUID | None = None,
    cart_id: UUID | None = None,
    cart_version: int | None = None,
    held_until: datetime | None = None,
) -> str:
    """Open a checkout for these lines and return its public code.

    The same version of the same cart has one checkout, whatever the number of tabs, and one order. `token` is the
    browser's secret; it or the customer must be shown again. `held_until` says until when a plugin reserved something
    for it.
    """
    if not lines:
        raise CheckoutEmpty
    if cart_id is not None:
        session().scalars(select(Cart).where(Cart.id == cart_id).with_for_update(key_share=True)).one()
        known = (
            session()
            .scalars(
                select(Checkout)
                .where(Checkout.cart_id == cart_id, Checkout.cart_version == cart_version)
                .order_by(Checkout.created_at.desc())
            )
            .first()
        )
        if known is not None and known.state == "open":
            # Who holds the cart holds its checkout, also when the browser lost its own secret.
            known.customer_id, known.token_hash = customer_id or known.customer_id, token_hash(token)
        if known is not None:
            return known.code
    row = Checkout(
        code=new_code(16),
        token_hash=token_hash(token),
        customer_id=customer_id,
        cart_id=cart_id,
        cart_version=cart_version,
        lines=[line.as_json() for line in lines],
        held_until=held_until,
    )
    session().add(row)
    session().flush()
    return row.code


@command("buyer")
def attach_customer(*, code: str, customer_id: UUID) -> None:
    """Let an open checkout belong to a customer who has logged in since; one that is somebody's already stays theirs.

    Raises NotFound.
    """
    row = _open_checkout(code)
    row.customer_id = row.customer_id or customer_id


@command("buyer")
def quote_checkout(
    *, code: str, delivery: Mapping[str, Any] | None = None, address: Mapping[str, Any] | None = None
) -> Quoted:
    """Price an open checkout as it stands now, keep the frozen input, and sign the price.

    `address` is what the buyer has typed of it so far; fees and taxes may depend on it.
    Raises NotFound, GoodsUnavailable, DeliveryMissing, NotDelivered, TotalTooLarge.
    """
    row = _open_checkout(code)
    if delivery is not None:
        row.delivery = dict(delivery)
    if address is not None:
        row.address = dict(address)
    made = _basket_of(row, placing=False)
    live = price_with_plugins(made.price_input)
    row.price_input, row.priced = live.price_input.as_json(), live.priced.as_json()
    return _signed(row, live.priced, replace(made, price_input=live.price_input))


def _signed(row: Checkout, priced: PricedCart, made: Basket) -> Quoted:
    expires_at = now() + QUOTE_LIFETIME
    token = sign_quote(priced, _secret, expires_at, shop_id=current_scope().shop_id, checkout_id=row.id)
    refusals = cart_refusals(made.price_input, priced, at_checkout=True)
    return Quoted(row.id, row.code, priced, token, expires_at, made, tuple(refusals))


def _open_checkout(code: str) -> Checkout:
    row = session().scalars(select(Checkout).where(Checkout.code == code, Checkout.state == "open")).first()
    if row is None:
        raise NotFound
    return row


def _basket_of(row: "Checkout | _Placing", *, placing: bool) -> Basket:
    made = basket(
        [BasketLine.from_json(line) for line in row.lines],
        customer_id=row.customer_id,
        delivery=row.delivery or None,
        address=row.address or None,
        placing=placing,
    )
    if made.chosen is not None:
        # A buyer's position is used and forgotten; what an order keeps is the distance.
        row.delivery = dict(made.chosen.kept)
    return made


# Every order goes through these two: the row is locked and read, and written once.
_LOCKED = HotStatement(
    select(
        Checkout.id, Checkout.customer_id, Checkout.cart_id, Checkout.lines, Checkout.priced, Checkout.held_until,
        Checkout.order_id,
    )
    .where(Checkout.shop_id == bindparam("shop_id"), Checkout.code == bindparam("code"))
    .with_for_update(key_share=True)
)  # fmt: skip
_PLACED = HotStatement(
    update(Checkout)
    .where(Checkout.shop_id == bindparam("shop_id"), Checkout.id == bindparam("id"))
    .values(
        state="placed",
        order_id=bindparam("placed_as"),
        contact=bindparam("said_contact"),
        address=bindparam("said_address"),
        delivery=bindparam("said_delivery"),
        choices=bindparam("said_choices"),
    )
)


@dataclass(slots=True)
class _Placing:
    """A checkout that is becoming an order, with what the buyer said in the end."""

    id: UUID
    customer_id: UUID | None
    cart_id: UUID | None
    lines: list[Any]
    priced: dict[str, Any] | None
    held_until: datetime | None
    contact: dict[str, Any]
    address: dict[str, Any]
    delivery: dict[str, Any]
    choices: dict[str, Any]


def place_order(
    *,
    code: str,
    quote: str,
    contact: Mapping[str, Any],
    address: Mapping[str, Any],
    delivery: Mapping[str, Any],
    choices: Mapping[str, Any] | None = None,
    is_test: bool = False,
) -> Placed:
    """Place the order of a checkout at exactly the quoted price.

    `quote` is the signed token of the price the buyer confirmed; a test order (`is_test`) is one that a merchant places
    to see how it goes, and counts nowhere. The checkout itself is the idempotency key: placing it
    again answers the order that exists. Raises QuoteExpired, QuoteForged, QuoteChanged (with the difference), SoldOut,
    GoodsUnavailable, CheckoutRefused, DeliveryMissing, NotDelivered, SlotMissing, SlotGone, DayClosed, PriceUnavailable,
    and ShopPaused or ShopClosed; nothing is written then.
    """
    number = orders.take_order_number()
    return _place(
        code=code,
        number=number,
        quote=quote,
        contact=dict(contact),
        address=dict(address),
        delivery=dict(delivery),
        choices=dict(choices or {}),
        is_test=is_test,
    )


@command("buyer")
def _place(
    *,
    code: str,
    number: str,
    quote: str,
    contact: dict[str, Any],
    address: dict[str, Any],
    delivery: dict[str, Any],
    choices: dict[str, Any],
    is_test: bool,
) -> Placed:
    stored = _LOCKED.first(code=code)
    if stored is None:
        raise NotFound
    if stored.order_id is not None:
        return _placed(stored.order_id)
    if not delivery:
        raise DeliveryMissing
    promised = read_quote(quote, _secret, now(), shop_id=current_scope().shop_id, checkout_id=stored.id)
    row = _Placing(
        stored.id, stored.customer_id, stored.cart_id, stored.lines, stored.priced, stored.held_until,
        contact, address, delivery, choices,
    )  # fmt: skip
    made = _basket_of(row, placing=True)
    require_open(made.opening)
    quoted = PricedCart.from_json(row.priced or {})
    live = confirmed_price(made.price_input, quoted=quoted)
    if not promised.promises(live.priced):
        raise QuoteChanged(quote_difference(quoted, live.priced), live.priced)
    require_minimum(made.chosen, live.priced)
    refusals = cart_refusals(live.price_input, live.priced, at_checkout=True)
    if refusals:
        raise CheckoutRefused(refusals)
    return _write_order(
        row, number, replace(made, price_input=live.price_input), live.priced, is_test=is_test
    )


def _placed(order_id: UUID) -> Placed:
    order = (
        session()
        .scalars(select(Order).where(Order.id == order_id).execution_options(populate_existing=True))
        .one()
    )
    return Placed(order.id, order.number, order.code, order.total_minor, order.financial)


def _write_order(row: "_Placing", number: str, made: Basket, priced: PricedCart, *, is_test: bool) -> Placed:
    order_id = new_id()
    claims = _claims(row, order_id, made, priced)
    pay_by = now() + min(
        [made.payment_window, *(one.pay_within for one in claims.values() if one.pay_within is not None)]
    )
    draft = OrderDraft(
        id=order_id,
        number=number,
        code=new_code(16),
        checkout_id=row.id,
        customer_id=row.customer_id,
        price_input=made.price_input,
        priced=priced,
        contact=row.contact,
        address=row.address,
        delivery=row.delivery,
        line_facts=made.line_facts,
        pay_by=pay_by,
        marks={plugin: dict(claim.marks) for plugin, claim in claims.items() if claim.marks},
        choices=row.choices,
        holds=tuple(hold for claim in claims.values() for hold in claim.holds),
        is_test=is_test,
    )
    _reserve(row, order_id, made, claims, pay_by)
    orders.create_order(draft)
    _PLACED.run(
        id=row.id,
        placed_as=order_id,
        said_contact=row.contact,
        said_address=row.address,
        said_delivery=row.delivery,
        said_choices=row.choices,
    )
    _take_out_of_cart(row)
    if priced.total:
        ask_payment(order_id=order_id, amount=priced.total, currency=priced.currency)
        jobs.defer(jobs_named.close_unpaid(), at=pay_by, order_id=str(order_id))
        return Placed(order_id, number, draft.code, priced.total, "unpaid")
    settle_free_order(order_id=order_id)
    session().flush()
    return _placed(order_id)


def _claims(row: "_Placing", order_id: UUID, made: Basket, priced: PricedCart) -> dict[str, Claim]:
    claimed = OrderClaimed(
        order_id=order_id,
        checkout_id=row.id,
        customer_id=row.customer_id,
        price_input=made.price_input,
        priced=priced,
        choices=row.choices,
        contact=row.contact or {},
        address=row.address or {},
    )
    hooks = basket_hooks(made.price_input.marked_by)
    return {result.plugin: result.value for result in hooks.call("claim_order", order=claimed)}


def _reserve(
    row: "_Placing", order_id: UUID, made: Basket, claims: Mapping[str, Claim], expires_at: datetime
) -> None:
    """Take stock and everything claimed together; what the checkout already kept is handed over, not taken twice."""
    holder = Holder("order", order_id)
    for claim in claims.values():
        reservations.ensure_pools(claim.new_pools)
    if row.held_until is not None:
        reservations.transfer(source=Holder("checkout", row.id), target=holder, expires_at=expires_at)
    wants = _stock_wanted(made, claims)
    if made.chosen is not None and made.chosen.slot is not None:
        reservations.ensure_pools([made.chosen.slot])
        wants.append(Want(made.chosen.slot.id, 1))
    wants += [want for claim in claims.values() for want in claim.wants]
    try:
        reservations.reserve(holder=holder, wants=wants, expires_at=expires_at)
    except PoolExhausted as error:
        raise _in_words(error, made, claims) from error


def _stock_wanted(made: Basket, claims: Mapping[str, Claim]) -> list[Want]:
    """The goods of all lines, but for those that a plugin keeps aside itself; only of lines with its own mark."""
    aside = {(plugin, key) for plugin, claim in claims.items() for key in claim.set_aside}
    stock: dict[UUID, int] = {}
    for line in made.price_input.lines:
        if not any((plugin, line.key) in aside for plugin in line.marks):
            pool = stock_pool_id(line.variant_id)
            stock[pool] = stock.get(pool, 0) + line.quantity
    return [Want(pool, units) for pool, units in stock.items()]


def _in_words(error: PoolExhausted, made: Basket, claims: Mapping[str, Claim]) -> Exception:
    for line in made.price_input.lines:
        if stock_pool_id(line.variant_id) in error.pools:
            return SoldOut(title=line.title, line=line.key)
    if made.chosen is not None and made.chosen.slot is not None and made.chosen.slot.id in error.pools:
        return SlotGone()
    for plugin, claim in claims.items():
        for pool in error.pools:
            if pool in claim.exhausted:
                return CheckoutRefused([Refusal(f"{plugin}.exhausted", claim.exhausted[pool])])
    return CheckoutRefused([Refusal("checkout.exhausted", gettext(error.message))])


_CART_TOUCHED = HotStatement(
    update(Cart)
    .where(Cart.shop_id == bindparam("shop_id"), Cart.id == bindparam("cart_id"))
    .values(version=Cart.version + 1)
)
_ORDERED = (
    CartLine.shop_id == bindparam("shop_id"),
    CartLine.cart_id == bindparam("cart_id"),
    CartLine.variant_id == bindparam("variant_id"),
)
_LINE_GONE = HotStatement(delete(CartLine).where(*_ORDERED, CartLine.quantity <= bindparam("ordered")))
_LINE_FEWER = HotStatement(
    update(CartLine)
    .where(*_ORDERED)
    .values(quantity=CartLine.quantity - bindparam("ordered", type_=BigInteger))
)


def _take_out_of_cart(row: "_Placing") -> None:
    """Take what was ordered out of the cart; what came in since the checkout began stays."""
    if row.cart_id is None:
        return
    # The cart's row first, as everything that changes a cart does.
    _CART_TOUCHED.run(cart_id=row.cart_id)
    for line in row.lines:
        ordered = {
            "cart_id": row.cart_id,
            "variant_id": UUID(line["variant_id"]),
            "ordered": line["quantity"],
        }
        if not _LINE_GONE.run(**ordered):
            _LINE_FEWER.run(**ordered)
