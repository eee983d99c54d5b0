"""The money of a case: what its units give back, previewed exactly as it is paid, and paying it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.commerce.aftersale.errors import AmountRefused, NothingComesBack
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.promises import Promises
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.actions.refund import (
    cancel_if_nothing_left,
    kept_payment,
    preview,
    restock_unsent,
    write_refund,
)
from core.commerce.pricing.refunds import RefundPreview
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.stock import stock_pool_id
from core.commerce.reservations.values import Holder
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.money import Money, format_money


@dataclass(frozen=True, slots=True)
class Offer:
    """What a case gives back: `preview` line by line, `amount` in all, of it `shipping`; minor units of `currency`.

    `most` is what can go back at the most, freight included: as much as a merchant may agree to.
    """

    currency: str
    amount: int
    shipping: int
    most: int
    preview: RefundPreview

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount, self.currency)


def case_offer(
    order: Order, rules: Promises, *, kind: str, fault: bool, units: Mapping[str, int], exchanged: int = 0
) -> Offer:
    """What these units (line key → units) of an order give back now. Raises RefundRefused, RefundEmpty.

    `fault`: the shop answers for the reason. `exchanged`: units of the order that were exchanged before.
    """
    if kind == "cancel":
        return _whole(order, units)
    full = preview(order, units, include_shipping=True)
    goods = full.amount - full.shipping
    with_shipping = _takes_the_rest(order.id, units, exchanged) and rules.gives_shipping_back(
        fault=fault, never_sent=order.fulfilment == "unfulfilled"
    )
    shown = full if with_shipping else preview(order, units, include_shipping=False)
    left = order.captured_minor - order.refunded_minor
    amount = min(goods + (full.shipping if with_shipping else 0), left)
    return Offer(
        order.currency, amount, amount - goods if with_shipping else 0, min(full.amount, left), shown
    )


def _whole(order: Order, units: Mapping[str, int]) -> Offer:
    """A cancelled order gives back whatever is left of its money."""
    shown = preview(order, units, include_shipping=True)
    left = order.captured_minor - order.refunded_minor
    return Offer(order.currency, left, shown.shipping, left, shown)


def _takes_the_rest(order_id: UUID, units: Mapping[str, int], exchanged: int) -> bool:
    lines = session().execute(
        select(OrderLine.key, OrderLine.quantity - OrderLine.refunded).where(OrderLine.order_id == order_id)
    )
    left = {key: count for key, count in lines if count}
    return sum(left.values()) - exchanged == sum(units.values())


def require_money(offer: Offer) -> None:
    """Raise NothingComesBack for goods that cost nothing."""
    if offer.most <= 0:
        raise NothingComesBack


def pay_back(
    order: Order,
    case: Case,
    units: Mapping[str, int],
    *,
    amount: int,
    most: int,
    came_back: bool,
    restock: bool,
) -> UUID:
    """Refund `amount` minor units for a case's units (line key → units) of a locked order; returns the refund's id.

    Once per case. `came_back`: the goods were with the buyer and are here again; with `restock` they are for sale again,
    otherwise written off. Units that never left go back on sale either way. Joins the caller's transaction.
    Raises AmountRefused, NotFound.
    """
    payment = kept_payment(order.id)
    if payment is None:
        raise NotFound
    full = preview(order, units, include_shipping=True)
    if not 0 < amount <= min(most, full.amount):
        raise AmountRefused(
            least=format_money(Money(1, order.currency)),
            most=format_money(Money(min(most, full.amount), order.currency)),
        )
    if came_back and restock:
        put_on_sale(order, units)
    elif not came_back:
        restock_unsent(order, units)
    goods = full.amount - full.shipping
    refund = write_refund(
        order=order,
        payment=payment,
        amount=amount,
        cause=f"case:{case.id}",
        reason=str(case.reason.get("label", "")),
        lines=units,
        shipping=max(amount - goods, 0),
        claw_back=full.claw_back,
    )
    cancel_if_nothing_left(order, "buyer")
    return refund.id


def put_on_sale(order: Order, units: Mapping[str, int]) -> None:
    """Units (line key → units) of a locked order that came back are for sale again."""
    lines = session().scalars(
        select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.key.in_(list(units)))
    )
    holder = Holder("order", order.id)
    for pool_id, count in sorted((stock_pool_id(line.variant_id), units[line.key]) for line in lines):
        reservations.give_back(holder=holder, pool_id=pool_id, quantity=count)
