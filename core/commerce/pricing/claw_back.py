"""What a return keeps back of discounts whose threshold the rest of an order no longer reaches; no line is priced anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.commerce.pricing.adjustments import ORDER, Kind
from core.commerce.pricing.priced import Applied, PricedCart
from core.commerce.pricing.stages import Stage
from core.kernel.money import Money

_ORDER_OF_STAGES = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Broken:
    """A discount (`position` in the priced cart) of which the kept units hold `amount` minor units too much."""

    position: int
    amount: int


def broken_by(priced: PricedCart, gone: Mapping[str, int]) -> tuple[Broken, ...]:
    """The discounts whose thresholds are broken once `gone` units (line key → units, from the first) went back.

    Only where the order was placed under the shop's rule that thresholds count (`priced.claw_back`), or under a rule of
    the discount's own; nothing is broken when nothing is left. Below zero is what the kept units are entitled to beyond
    what lies on them, where a discount is counted anew.
    """
    found = []
    for entry in priced.applied:
        if not counts_again(priced, entry):
            continue
        too_much = _held(priced, entry, gone) - _entitled(priced, entry, gone)
        if too_much > 0 or (too_much and entry.adjustment.on_return == "recount"):
            found.append(Broken(entry.position, max(too_much, -_paid_for(priced, entry, gone))))
    return tuple(one for one in found if one.amount)


def counts_again(priced: PricedCart, entry: Applied) -> bool:
    """Whether a return that breaks this discount's thresholds changes what goes back."""
    rule = entry.adjustment.on_return
    wanted = priced.claw_back if rule == "shop" else rule != "keep"
    return wanted and bool(entry.adjustment.thresholds) and entry.adjustment.kind is Kind.DISCOUNT


def kept_discount(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What of a discount the kept units still have, minor units, once `gone` units went back and thresholds were counted."""
    held = _held(priced, entry, gone)
    return min(held, _entitled(priced, entry, gone)) if counts_again(priced, entry) else held


def _paid_for(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What was paid for the kept units that this discount is about: no more than that can come off them."""
    target = entry.adjustment.target
    lines = [line for line in priced.lines if target == ORDER or line.key in target]
    return sum(line.net_of_units(gone.get(line.key, 0), line.quantity) for line in lines)


def _held(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What of this discount lies on the units that are kept."""
    held = 0
    for line in priced.lines:
        for step in line.steps:
            if step.position == entry.position:
                held += step.of_units(line.quantity, gone.get(line.key, 0), line.quantity)
    return held


def _entitled(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What the rule gives on the kept units, their value as its stage would have found it."""
    target, place = entry.adjustment.target, _ORDER_OF_STAGES[entry.adjustment.stage]
    basis = entry.adjustment.threshold_basis
    earlier = {one.position for one in priced.applied if _ORDER_OF_STAGES[one.adjustment.stage] < place}
    value = 0
    for line in priced.lines:
        if target != ORDER and basis != ORDER and line.key not in target:
            continue
        first = gone.get(line.key, 0)
        if basis == "pieces":
            value += line.quantity - first
            continue
        value += (line.quantity - first) * line.unit_price
        for step in line.steps:
            if step.position in earlier:
                sign = -1 if step.kind is Kind.DISCOUNT else 1
                value += sign * step.of_units(line.quantity, first, line.quantity)
    reached = max((off for least, off in entry.adjustment.thresholds if value >= least), default=0)
    share = entry.adjustment.threshold_share
    if not share:
        return reached
    # As such rules count: what is left to pay is rounded, and what comes off is the rest.
    return min(reached, value - Money(value, priced.currency).basis_points(10_000 - share).minor)
