"""A buyer's orders: how they stand, how they are paid, what went back."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from flask import request

from core.commerce.aftersale.queries import CaseView, cases_of_order
from core.commerce.checkout.queries import has_order
from core.commerce.fulfilment.queries import ShipmentView, shipments_of
from core.commerce.orders.customer_lists import VIEWS, customer_order_page
from core.commerce.orders.queries import EntryView, OrderLineView, OrderView, order_of_code, timeline
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.gateways.interface import Device, GatewayUnavailable
from core.commerce.payments.queries import PaymentView, RefundView, payments_of, refunds_of
from core.kernel.db import connection_given_back
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, _
from core.kernel.money import Money
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.web.api.store.attempts import count_attempt
from core.web.api.store.callers import caller_or_none, network_address, the_caller
from core.web.storefront.limits import PAYING

_LONGEST_ADDRESS = 500
View = Literal["all", "unpaid", "waiting", "to_ship", "shipped", "refunded"]


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line as it was sold: what one piece cost in the list, and what the whole line cost in the end."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    title: str
    variant_title: str
    sku: str
    image: str
    quantity: int
    unit_list_minor: int
    net_minor: int
    shipped: int
    refunded: int


@dataclass(frozen=True, slots=True)
class StoreOrder:
    """An order of the buyer's.

    Args:
        code: names it in addresses; whoever asks must have placed it.
        number: what buyer and shop call it.
        lifecycle: placed, completed or cancelled.
        financial: unpaid, paid, partly_refunded or refunded.
        fulfilment: unfulfilled, partial or fulfilled.
        waits: whether something keeps it from shipping, a group that is not complete for example.
        pay_by: until when it waits for its payment.
        receiver: who receives it and where.
    """

    code: str
    number: str
    lifecycle: str
    financial: str
    fulfilment: str
    waits: bool
    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    captured_minor: int
    refunded_minor: int
    currency: str
    receiver: dict[str, str]
    placed_at: datetime
    pay_by: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    lines: tuple[BoughtLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """How paying an order stands.

    Args:
        state: none, created, pending, captured, failed or cancelled; that of the newest attempt, or of the one that paid.
        way: the way to pay of this attempt.
        redirect_url: where the buyer pays: an address to open, or with `scan` one to draw as a QR code; "" when there is
            nothing to do.
        scan: whether the address is to be drawn instead of opened.
        failure_code: why it failed, as the gateway says it.
    """

    state: str
    way: str
    redirect_url: str
    scan: bool
    failure_code: str


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A refund: pending or sent while it is on its way, done, or failed when the shop has to look at it."""

    id: UUID
    amount: Money
    state: str
    reason: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class WhatHappened:
    """An entry of an order's timeline, in the language of the request."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What left: a parcel or what was fetched; `units` are pieces by line id."""

    id: UUID
    kind: str
    carrier: str
    tracking_number: str
    link: str
    shipped_at: datetime
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class AfterSaleCase:
    """A return, exchange or refund that the buyer asked for: how it stands, and what goes back or was asked for."""

    number: str
    code: str
    kind: str
    stands: str
    waits_for: str
    reason: str
    amount: Money
    answer: str
    opened_at: datetime
    due_at: datetime | None


def my_orders(*, page: PageAsked, view: View = "all") -> ApiPage[StoreOrder]:
    """The customer's orders, newest first.

    Args:
        view: only those that wait for their payment, for something else, to be sent, and so on.
    """
    customer = the_caller().customer_id
    assert customer is not None, "the scope of this address is customer"
    assert view in VIEWS
    found, after = customer_order_page(customer, view=view, size=page.size, after=page.after)
    return ApiPage([_shown(one) for one in found], after)


def one_order(*, code: str) -> StoreOrder | None:
    """An order of this token's or its customer's; anybody else's does not exist."""
    found = _own(code)
    return _shown(found) if found else None


def _own(code: str) -> OrderView | None:
    found, caller = order_of_code(code), caller_or_none()
    if found is None or caller is None:
        return None
    if caller.customer_id is not None and found.customer_id == caller.customer_id:
        return found
    return found if has_order(found.id, caller.token) else None


def _id(code: str) -> UUID:
    found = _own(code)
    assert found is not None, "the address above has been asked already"
    return found.id


def pay(
    *, code: str, way: str = "", return_url: str = "", device: Device = "desktop", idempotency_key: str
) -> PaymentStanding:
    """Begin to pay, or go on with the attempt that is open; one order is paid once, however often this is asked.

    Args:
        way: the id of one of `GET /ways-to-pay`; none for the first that works on the device.
        return_url: where the buyer's browser comes back; none for the order's page in the storefront.
        device: where the buyer pays: some ways call an app on a phone and draw a code elsewhere.

    Raises NothingToPay, NoWayToPay, PaymentUnderWay, GatewayUnavailable, GatewayRefused, InputRefused.
    """
    count_attempt("paying", PAYING)
    back = _web_address(return_url) or f"{request.host_url}pay/{code}/return"
    start_payment(order_id=_id(code), return_url=back, way=way, device=device, client_ip=network_address())
    return _standing(payments_of(_id(code)))


def _web_address(url: str) -> str:
    """The address if a browser can be sent there. Raises InputRefused."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits or len(url) > _LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        raise InputRefused({"return_url": [_("Give a whole address that begins with http:// or https://.")]})
    return url


def payment_standing(*, code: str) -> PaymentStanding:
    """How paying stands; asks the gateway, so that nobody has to wait for its notification."""
    count_attempt("paying", PAYING)
    order_id = _id(code)
    open_ones = [one.id for one in payments_of(order_id) if one.gateway and one.state != "captured"]
    with connection_given_back(), suppress(GatewayUnavailable):
        for payment_id in reversed(open_ones):
            if check_payment(payment_id) == "captured":
                break
    return _standing(payments_of(order_id))


def _standing(attempts: list[PaymentView]) -> PaymentStanding:
    begun = [one for one in attempts if one.gateway]
    if not begun:
        return PaymentStanding("none", "", "", False, "")
    shown = next((one for one in begun if one.state == "captured"), begun[-1])
    url = shown.redirect_url if shown.state == "pending" else ""
    scan = bool(url) and not url.startswith(("http://", "https://"))
    return PaymentStanding(shown.state, f"{shown.gateway}:{shown.method}", url, scan, shown.failure_code)


def order_refunds(*, code: str) -> list[MoneyBack]:
    """What of an order's money went back, or is on its way."""
    return [_money_back(one) for one in refunds_of(_id(code))]


def _money_back(one: RefundView) -> MoneyBack:
    return MoneyBack(one.id, one.amount, one.state, one.reason, one.created_at, one.done_at)


def order_timeline(*, code: str) -> list[WhatHappened]:
    """What happened to an order, oldest first."""
    return [_happened(one) for one in timeline(_id(code), public_only=True)]


def _happened(one: EntryView) -> WhatHappened:
    return WhatHappened(one.at, one.kind, one.text)


def order_shipments(*, code: str) -> list[Parcel]:
    """What of an order has left."""
    return [_parcel(one) for one in shipments_of(_id(code))]


def _parcel(one: ShipmentView) -> Parcel:
    units = {str(line): pieces for line, pieces in one.units.items()}
    return Parcel(one.id, one.kind, one.carrier, one.tracking_number, one.link, one.shipped_at, units)


def order_cases(*, code: str) -> list[AfterSaleCase]:
    """What the buyer asked for after the sale, and how it stands."""
    return [_case(one) for one in cases_of_order(_id(code))]


def _case(one: CaseView) -> AfterSaleCase:
    return AfterSaleCase(
        number=one.number,
        code=one.code,
        kind=one.kind,
        stands=one.stands,
        waits_for=one.waits_for,
        reason=one.reason,
        amount=one.amount,
        answer=one.answer,
        opened_at=one.opened_at,
        due_at=one.due_at,
    )


def _shown(one: OrderView) -> StoreOrder:
    receiver = {
        name: str(value) for part in (one.contact, one.address) for name, value in part.items() if value
    }
    own = {"lines", "waits", "receiver"}
    same = {name: getattr(one, name) for name in StoreOrder.__slots__ if name not in own}
    return StoreOrder(
        **same,
        waits=one.holds_open > 0,
        receiver=receiver,
        lines=tuple(_bought(line) for line in one.lines),
    )


def _bought(line: OrderLineView) -> BoughtLine:
    return BoughtLine(**{name: getattr(line, name) for name in BoughtLine.__slots__})


ROOM = ApiRoom(
    name="orders",
    title=N_("Orders"),
    about=N_("How orders stand, how they are paid, and what went back."),
    routes=(
        Get("/orders", my_orders, "customer"),
        Get("/orders/<code>", one_order, "buyer"),
        Send(
            "POST",
            "/orders/<code>/payment",
            pay,
            scope="buyer",
            moves_money=True,
            example={
                "way": "wechat_pay:wechat_pay",
                "return_url": "https://app.example.com/orders",
                "device": "phone",
            },
        ),
        Get("/orders/<code>/payment", payment_standing, "buyer"),
        Get("/orders/<code>/refunds", order_refunds, "buyer"),
        Get("/orders/<code>/timeline", order_timeline, "buyer"),
        Get("/orders/<code>/shipments", order_shipments, "buyer"),
        Get("/orders/<code>/cases", order_cases, "buyer"),
    ),
)
