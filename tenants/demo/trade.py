"""Plays the plan of an example shop: people join, order and pay with the real actions, under a clock that moves on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.customers.actions import keep_address, log_in, send_login_code
from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.models import Customer
from core.commerce.fulfilment.actions import hand_over_order, ship_order
from core.commerce.messages.models import Message
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.payments.rehearsal import Rehearsal
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.kernel.db import reading, session
from core.kernel.i18n import speaking
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import Actor, acting_as, current_scope
from core.rendering.links import order_url
from tenants.demo.content import Entry, ShopContent
from tenants.demo.month import Plan, PlannedOrder
from tenants.demo.shelves import variant_ids

Say = Callable[[str], None]
# The parcels' ids follow from their order's, so that a parcel is sent once however often the plan is played.
_PARCELS = UUID("5b0f1f0a-5a9e-4a34-9d0e-3f0f4a1f6f11")
_CARRIERS = {
    "zh-CN": (("sf", "SF14"), ("zto", "7571"), ("jt", "JT53")),
    "en": (("royal_mail", "RM"), ("dpd", "155")),
}


@dataclass(frozen=True, slots=True, order=True)
class _Moment:
    """Something that happens; `order` and `act` tell what."""

    at: datetime
    place: int
    act: Callable[[], None] = field(compare=False)


class Trade:
    """The trade of the bound shop. What has happened already is found and passed over, so it may begin anew anywhere."""

    def __init__(
        self,
        content: ShopContent,
        plan: Plan,
        *,
        rehearsal: Rehearsal,
        worker: Actor,
        address: str,
        say: Say,
    ) -> None:
        self.content, self.plan, self.rehearsal, self.worker = content, plan, rehearsal, worker
        self.address, self._say = address, say
        with reading():
            self._methods = [str(one.id) for one in shipping_methods()]
            self._points = [str(one.id) for one in pickup_points()]
            placed = select(Order.id).order_by(Order.placed_at, Order.id)
            self._orders: list[UUID] = list(session().scalars(placed))
        # What was there before may be further on than the plan's beginning; what is placed from now on is known.
        self._found = len(self._orders)
        self._keys: dict[int, list[tuple[str, int]]] = {}
        self._codes: dict[int, str] = {}
        self._variants = variant_ids()
        self._customers: dict[int, UUID] = {}

    def play(self) -> None:
        """Let everything of the plan happen that has not happened yet, in order of time, up to its today."""
        moments = sorted([*self._joining(), *self._ordering()])
        for number, moment in enumerate(moments):
            if number % 10 == 0:
                self._say(f"{self.content.shop['name']}: {moment.at:%Y-%m-%d}, {len(self._orders)} orders")
            moment.act()
        self.rehearsal.reach(self.plan.today)

    # people ------------------------------------------------------------------------------------------------

    def _joining(self) -> Iterator[_Moment]:
        for number, at in self.plan.joins.items():
            entry = self.content.customers[number]
            known = self._known_customer(self._contact(number, entry))
            if known is not None:
                self._customers[number] = known
            else:
                yield _Moment(at, -1, lambda at=at, number=number: self._join(at, number))  # type: ignore[misc]

    def _contact(self, number: int, entry: Entry) -> str:
        """Most people of the Chinese shop log in by phone, most of the English one by e-mail; some the other way."""
        by_phone = (number % 5 != 0) == (entry["locale"] == "zh-CN")
        found = normal_contact(entry["phone"] if by_phone else entry["email"])
        assert found is not None, entry
        return found[1]

    def _known_customer(self, contact: str) -> UUID | None:
        column = Customer.email if "@" in contact else Customer.phone
        with reading():
            return session().scalars(select(Customer.id).where(column == contact)).first()

    def _join(self, at: datetime, number: int) -> None:
        entry = self.content.customers[number]
        contact = self._contact(number, entry)
        self.rehearsal.reach(at)
        with acting_as(Actor("guest")), speaking(entry["locale"]):
            send_login_code(contact=contact)
            made = log_in(contact=contact, code=_newest_code(contact))
            keep_address(customer_id=made.customer_id, address={**_receiver(entry), **_address(entry)})
        self._customers[number] = made.customer_id

    # orders ------------------------------------------------------------------------------------------------

    def _ordering(self) -> Iterator[_Moment]:
        for order in self.plan.orders:
            yield _Moment(order.at, order.number, lambda order=order: self._place(order))  # type: ignore[misc]
            if order.pays_at is not None:
                yield _Moment(order.pays_at, order.number, lambda order=order: self._pay(order))  # type: ignore[misc]
            if order.ends_at is not None:
                yield _Moment(order.ends_at, order.number, lambda order=order: self._end(order))  # type: ignore[misc]
            if order.refunded_at is not None:
                yield _Moment(order.refunded_at, order.number, lambda order=order: self._refund(order))  # type: ignore[misc]

    def _place(self, order: PlannedOrder) -> None:
        if order.number < len(self._orders):
            return
        self.rehearsal.reach(order.at)
        entry = self.content.customers[order.customer]
        customer = None if order.guest else self._customers[order.customer]
        kind, place = order.delivery
        delivery = {"kind": kind, "id": (self._points if kind == "pickup" else self._methods)[place]}
        actor = Actor("customer", customer, entry["name"]) if customer else Actor("guest")
        with acting_as(actor), speaking(entry["locale"]):
            lines = self._lines(order)
            code = start_checkout(lines=lines, token=new_code(20), customer_id=customer)
            address = {} if kind == "pickup" else _address(entry)
            quoted = quote_checkout(code=code, delivery=delivery, address=address)
            placed = place_order(
                code=code,
                quote=quoted.token,
                contact=self._said(order, entry),
                address=address,
                delivery=delivery,
            )
        self._orders.append(placed.order_id)
        self._codes[order.number] = placed.code
        self._keys[order.number] = [(line.key, line.quantity) for line in lines]

    def _lines(self, order: PlannedOrder) -> list[BasketLine]:
        return [BasketLine(str(new_id()), self._variants[sku], units, {}) for sku, units in order.lines]

    def _said(self, order: PlannedOrder, entry: Entry) -> dict[str, str]:
        said = {"name": entry["name"], "phone": entry["phone"]}
        if not order.guest and "@" in (contact := self._contact(order.customer, entry)):
            said["email"] = contact
        return said

    def _pay(self, order: PlannedOrder) -> None:
        if self._is_past(order, lambda row: row.financial != "unpaid" or row.lifecycle != "placed"):
            return
        assert order.pays_at is not None
        self.rehearsal.reach(order.pays_at)
        order_id, back = self._orders[order.number], f"{self.address}{order_url(self._code(order))}"
        if order.payment == "declined first":
            self.rehearsal.pay(order_id, decide="decline", return_url=back)
        self.rehearsal.pay(order_id, return_url=back)

    def _end(self, order: PlannedOrder) -> None:
        if self._is_past(
            order,
            lambda row: (
                row.lifecycle != "placed" or row.fulfilment != "unfulfilled" or row.financial != "paid"
            ),
        ):
            return
        assert order.ends_at is not None
        self.rehearsal.reach(order.ends_at)
        order_id = self._orders[order.number]
        with acting_as(self.worker), speaking(current_scope().language):
            if order.ending == "cancelled":
                cancel_order(order_id=order_id)
                return
            units = dict(self._units(order))
            if order.ending == "in parts":
                first = next(iter(units))
                units = {first: units[first] if len(units) > 1 else 1}
            parcel = uuid5(_PARCELS, str(order_id))
            if order.ending == "handed over":
                hand_over_order(order_id=order_id, units=units, shipment_id=parcel)
            else:
                carrier, number = self._parcel(order)
                ship_order(
                    order_id=order_id,
                    units=units,
                    carrier=carrier,
                    tracking_number=number,
                    shipment_id=parcel,
                )

    def _parcel(self, order: PlannedOrder) -> tuple[str, str]:
        offered = _CARRIERS[current_scope().language]
        carrier, prefix = offered[order.number % len(offered)]
        return carrier, f"{prefix}{70_000_000_000 + order.number * 7_919_317 % 10_000_000_000}"

    def _refund(self, order: PlannedOrder) -> None:
        if self._is_past(order, lambda row: bool(row.refunded_minor) or row.financial != "paid"):
            return
        assert order.refunded_at is not None
        self.rehearsal.reach(order.refunded_at)
        order_id, units = self._orders[order.number], self._units(order)
        wanted = dict(units) if order.ending == "refunded" else {units[0][0]: 1}
        reason = self.content.said(current_scope(), zh="到货破损", en="Arrived damaged")
        with acting_as(self.worker), speaking(current_scope().language):
            seen = preview_refund(order_id=order_id, wanted=wanted)
            refund_units(
                order_id=order_id,
                wanted=wanted,
                include_shipping=False,
                reason=reason,
                confirmed_amount=seen.amount,
                restock=False,
            )

    def _is_past(self, order: PlannedOrder, done: Callable[[Order], bool]) -> bool:
        """Whether an order that was found already is beyond this point of its plan."""
        return order.number < self._found and done(self._row(order))

    def _row(self, order: PlannedOrder) -> Order:
        with reading():
            return session().scalars(select(Order).where(Order.id == self._orders[order.number])).one()

    def _code(self, order: PlannedOrder) -> str:
        return self._codes.get(order.number) or self._row(order).code

    def _units(self, order: PlannedOrder) -> list[tuple[str, int]]:
        """(line key, units) of an order, in order."""
        if order.number in self._keys:
            return self._keys[order.number]
        lines = select(OrderLine).where(OrderLine.order_id == self._orders[order.number])
        with reading():
            rows = session().scalars(lines.order_by(OrderLine.position))
            return [(row.key, row.quantity) for row in rows]


def _newest_code(contact: str) -> str:
    """The code in the newest message to `contact`: what a person would read in the mailbox."""
    with reading():
        newest = (
            select(Message.body)
            .where(Message.recipient == contact, Message.topic == "customers.login_code")
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(1)
        )
        found = re.search(r"[0-9]{6}", session().scalars(newest).one())
    assert found is not None
    return found[0]


def _receiver(entry: Entry) -> dict[str, Any]:
    return {"name": entry["name"], "phone": entry["phone"]}


def _address(entry: Entry) -> dict[str, Any]:
    """The address in the shape of the checkout: in China the district stands beside the city."""
    city = entry["city"] + entry["district"] if entry["country"] == "CN" else entry["city"]
    return {
        "country": entry["country"],
        "region": entry["region"],
        "city": city,
        "line1": entry["line1"],
        "postcode": entry["postcode"],
    }
