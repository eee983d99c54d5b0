"""What sending an order to another address means by the rules that its price was made with; nothing is charged again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.commerce.orders.models import Order
from core.commerce.pricing.freight import Destination, Why
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.shipping.offers import destination_of
from core.kernel.db import session
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money, format_money
from core.kernel.regions import place_name


@dataclass(frozen=True, slots=True)
class FreightElsewhere:
    """What another address changes.

    Args:
        method: the way to send that the buyer chose.
        place: where the new address lies, as a code; "" unknown.
        why: why it is not delivered there; None when it is.
        before: what the rules ask at the old address.
        after: what they ask at the new one; None where nothing is sent.
        paid: what the buyer paid for sending, after all offers.
    """

    method: str
    place: str
    why: Why | None
    before: Money
    after: Money | None
    paid: Money

    @property
    def matters(self) -> bool:
        """Whether somebody has to decide: not delivered there, or for another fee."""
        return self.why is not None or self.after != self.before

    @property
    def mark(self) -> str:
        """What was decided about: a decision about something else does not count."""
        return self.why or (f"{self.before.minor}-{self.after.minor}" if self.after else "")

    @property
    def words(self) -> str:
        """What it means, for the merchant."""
        if self.why in ("excluded", "not_listed"):
            message = N_("%(place)s is not delivered to by “%(method)s”.")
            return gettext(message, place=place_name(self.place), method=self.method)
        if self.why == "out_of_reach":
            return gettext(N_("“%(method)s” does not come to this district."), method=self.method)
        if self.why is not None or self.after is None:
            message = N_(
                "Whether “%(method)s” comes to this address cannot be told without the buyer's position."
            )
            return gettext(message, method=self.method)
        dearer = self.after.minor > self.before.minor
        message = (
            N_("By your rules sending costs %(after)s there instead of %(before)s: %(difference)s more.")
            if dearer
            else N_("By your rules sending costs %(after)s there instead of %(before)s: %(difference)s less.")
        )
        difference = Money(abs(self.after.minor - self.before.minor), self.before.currency)
        return gettext(
            message,
            after=format_money(self.after),
            before=format_money(self.before),
            difference=format_money(difference),
        )

    @property
    def paid_words(self) -> str:
        """What was paid, and that it stays."""
        return gettext(
            N_("The buyer paid %(paid)s for sending. That stays as it is."), paid=format_money(self.paid)
        )


def freight_elsewhere(order_id: UUID, address: Mapping[str, Any]) -> FreightElsewhere | None:
    """What sending this order to `address` means; None for an order that is not sent.

    `address` holds the fields that change; the others are those of the order. The rules are those that the buyer saw,
    kept with the order, whatever the shop's rules are by now.
    """
    statement = (
        select(Order).where(Order.id == order_id).options(undefer(Order.priced), undefer(Order.price_input))
    )
    order = session().scalars(statement).first()
    if order is None:
        return None
    price_input, priced = PriceInput.from_json(order.price_input), PricedCart.from_json(order.priced)
    option = price_input.shipping
    if option is None or option.freight is None or priced.shipping is None:
        return None
    there = destination_of({**order.address, **address})
    goods = sum(line.net - priced.added_tax_of(line.key) for line in priced.lines)
    before = _fee(price_input, price_input.destination, goods)
    return FreightElsewhere(
        method=option.title,
        place=there.place,
        why=option.freight.refusal(there, goods=None),
        before=Money(before if before is not None else option.fee, order.currency),
        after=None if (fee := _fee(price_input, there, goods)) is None else Money(fee, order.currency),
        paid=Money(priced.shipping.net, order.currency),
    )


def _fee(price_input: PriceInput, there: Destination, goods: int) -> int | None:
    """Minor units that the rules ask there for goods worth `goods`; None where nothing is sent."""
    assert price_input.shipping is not None
    assert price_input.shipping.freight is not None
    rate = price_input.shipping.freight.charged(
        there.place, grams=price_input.grams, pieces=price_input.pieces
    )
    if rate is None:
        return None
    return 0 if rate.free_from is not None and goods >= rate.free_from else rate.fee
