"""What a refund gives back: the exact inverse of the stored allocations, unit by unit, never a new price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.commerce.pricing.adjustments import SHIPPING, Kind
from core.commerce.pricing.claw_back import broken_by
from core.commerce.pricing.errors import RefundEmpty, RefundLineUnknown, RefundRefused
from core.commerce.pricing.priced import PricedCart, PricedLine
from core.kernel.money import Money, dealt, plain_amount


@dataclass(frozen=True, slots=True)
class RefundedPart:
    """The part of one applied adjustment (`position` in the priced cart) that the refund undoes, minor units."""

    position: int
    kind: Kind
    amount: int


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Units of one line: list price − discounts + fees − `cut` = `amount`, exactly what was paid for them and kept.

    `cut` is what of their price went back before, while the buyer kept them.
    """

    key: str
    title: str
    units: int
    list_amount: int
    parts: tuple[RefundedPart, ...]
    amount: int
    tax_included: int
    cut: int = 0


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What goes back (`amount`, minor units of `currency`) and what could still go back afterwards (`left`).

    `claw_back` is kept back of it because the rest of the order no longer reaches the thresholds of the discounts
    `broken` (positions in the priced cart); below zero, what was kept back before is given back.
    """

    currency: str
    lines: tuple[RefundedLine, ...]
    shipping: int
    shipping_tax: int
    left: int
    claw_back: int = 0
    broken: tuple[int, ...] = ()

    @property
    def amount(self) -> int:
        """Goods and shipping together, less what is clawed back; never below zero."""
        return self.goods + self.shipping - self.claw_back

    @property
    def goods(self) -> int:
        """What was paid for the goods."""
        return sum(line.amount for line in self.lines)

    @property
    def amount_money(self) -> Money:
        """Goods and shipping together, with the currency."""
        return Money(self.amount, self.currency)

    @property
    def tax_included(self) -> int:
        """The tax contained in `amount`."""
        return sum(line.tax_included for line in self.lines) + self.shipping_tax

    def as_json(self) -> dict[str, Any]:
        """Every number, JSON-able, as it is stored with the refund."""
        return {
            "currency": self.currency,
            "amount": self.amount,
            "shipping": self.shipping,
            "tax_included": self.tax_included,
            "left": self.left,
            **({"claw_back": self.claw_back, "broken": list(self.broken)} if self.claw_back else {}),
            "lines": [
                {
                    "key": line.key,
                    "units": line.units,
                    "list_amount": line.list_amount,
                    "parts": [[part.position, part.kind.value, part.amount] for part in line.parts],
                    "amount": line.amount,
                    **({"cut": line.cut} if line.cut else {}),
                    "tax_included": line.tax_included,
                }
                for line in self.lines
            ],
        }


def refund_preview(
    priced: PricedCart,
    *,
    wanted: Mapping[str, int],
    refunded: Mapping[str, int],
    include_shipping: bool = False,
    shipping_refunded: int = 0,
    cuts: Mapping[str, Sequence[int]] = MappingProxyType({}),
    clawed_back: int = 0,
) -> RefundPreview:
    """What refunding `wanted` units (line key → units) of a stored price gives back.

    `refunded`: units of each line that were refunded before; `shipping_refunded`: minor units of the shipping
    that were. With `include_shipping` all that is left of the shipping goes back. `cuts`: what of each unit's price
    went back already while it was kept, by line key (a line's units in order).
    `clawed_back`: what earlier refunds of this order kept back in all, less what they gave back of it.
    Raises RefundLineUnknown, RefundRefused (more than is left) and RefundEmpty (nothing chosen).
    """
    known = {line.key for line in priced.lines}
    if not known.issuperset([*wanted, *refunded]):
        raise RefundLineUnknown
    shipping_left = _shipping_left(priced, shipping_refunded)
    lines = tuple(
        _refunded(line, refunded.get(line.key, 0), wanted[line.key], cuts.get(line.key, ()))
        for line in priced.lines
        if wanted.get(line.key, 0) != 0
    )
    shipping = shipping_left if include_shipping else 0
    if not lines and not shipping:
        raise RefundEmpty
    goods_left = sum(
        line.net_of_units(first, line.quantity) - sum(cuts.get(line.key, ())[first:])
        for line in priced.lines
        for first in (refunded.get(line.key, 0) + wanted.get(line.key, 0),)
    )
    gone = {line.key: refunded.get(line.key, 0) + wanted.get(line.key, 0) for line in priced.lines}
    broken = broken_by(priced, gone) if lines else ()
    held = sum(one.amount for one in broken) if lines else clawed_back
    # Of this refund's goods at most: the rest is kept back from the next ones.
    claw_back = min(held - clawed_back, sum(line.amount for line in lines))
    left = goods_left + shipping_left - shipping + clawed_back + claw_back
    tax = _shipping_tax(priced, shipping)
    positions = tuple(one.position for one in broken)
    return RefundPreview(priced.currency, lines, shipping, tax, left, claw_back, positions)


def units_left(priced: PricedCart, refunded: Mapping[str, int]) -> dict[str, int]:
    """The units of each line that were not refunded yet: what a full refund wants."""
    left = {line.key: line.quantity - refunded.get(line.key, 0) for line in priced.lines}
    return {key: units for key, units in left.items() if units}


def _refunded(line: PricedLine, before: int, units: int, cuts: Sequence[int]) -> RefundedLine:
    left = line.quantity - before
    if type(units) is not int or not 0 < units <= left:
        raise RefundRefused(line=line.key, title=line.title, left=left)
    last = before + units
    parts = (
        RefundedPart(step.position, step.kind, step.of_units(line.quantity, before, last))
        for step in line.steps
    )
    tax = dealt(line.tax_included, line.quantity, last) - dealt(line.tax_included, line.quantity, before)
    net, cut = line.net_of_units(before, last), sum(cuts[before:last])
    if cut:
        # The tax in what was cut went back with it.
        tax = (tax * (net - cut) * 2 + net) // (2 * net)
    return RefundedLine(
        key=line.key,
        title=line.title,
        units=units,
        list_amount=units * line.unit_price,
        parts=tuple(part for part in parts if part.amount),
        amount=net - cut,
        tax_included=tax,
        cut=cut,
    )


def _shipping_left(priced: PricedCart, refunded: int) -> int:
    left = priced.shipping_total - refunded
    if refunded < 0 or left < 0:
        title = priced.shipping.title if priced.shipping else ""
        most = plain_amount(Money(priced.shipping_total, priced.currency))
        raise RefundRefused(line=SHIPPING, title=title, left=most)
    return left


def _shipping_tax(priced: PricedCart, refunded: int) -> int:
    """The tax in this part of the shipping, which is refunded in one piece or in amounts somebody typed."""
    shipping = priced.shipping
    if shipping is None or not shipping.net:
        return 0
    return Money(shipping.tax_included, priced.currency).ratio(refunded, shipping.net).minor
