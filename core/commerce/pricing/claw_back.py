"""What a return keeps back of discounts whose threshold the rest of an order no longer reaches; no line is priced anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.commerce.pricing.adjustments import ORDER, Kind
from core.commerce.pricing.priced import Applied, PricedCart
from core.commerce.pricing.stages import Stage

_ORDER_OF_STAGES = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Broken:
    """A discount (`position` in the priced cart) of which the kept units hold `amount` minor units too much."""

    position: int
    amount: int


def broken_by(priced: PricedCart, gone: Mapping[str, int]) -> tuple[Broken, ...]:
    """The discounts whose thresholds are broken once `gone` units (line key → units, from the first) went back.

    Only where the order was placed under the shop's rule that thresholds count (`priced.claw_back`); nothing is broken
    when nothing is left.
    """
    if not priced.claw_back:
        return ()
    found = []
    for entry in priced.applied:
        if not entry.adjustment.thresholds or entry.adjustment.kind is not Kind.DISCOUNT:
            continue
        too_much = _held(priced, entry, gone) - _entitled(priced, entry, gone)
        if too_much > 0:
            found.append(Broken(entry.position, too_much))
    return tuple(found)


def _held(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What of this discount lies on the units that are kept."""
    held = 0
    for line in priced.lines:
        for step in line.steps:
            if step.position == entry.position:
                held += step.of_units(line.quantity, gone.get(line.key, 0), line.quantity)
    return held


def _entitled(priced: PricedCart, entry: Applied, gone: Mapping[str, int]) -> int:
    """What the rule gives on the value of the kept units, as its stage would have found them."""
    target, place = entry.adjustment.target, _ORDER_OF_STAGES[entry.adjustment.stage]
    earlier = {one.position for one in priced.applied if _ORDER_OF_STAGES[one.adjustment.stage] < place}
    value = 0
    for line in priced.lines:
        if target != ORDER and line.key not in target:
            continue
        first = gone.get(line.key, 0)
        value += (line.quantity - first) * line.unit_price
        for step in line.steps:
            if step.position in earlier:
                sign = -1 if step.kind is Kind.DISCOUNT else 1
                value += sign * step.of_units(line.quantity, first, line.quantity)
    reached = [off for least, off in entry.adjustment.thresholds if value >= least]
    return max(reached, default=0)
