"""What others than the merchant pay of a price's discounts, as far as the goods are kept; pure."""

from collections.abc import Mapping
from types import MappingProxyType

from core.commerce.pricing.adjustments import SHIPPING, Kind
from core.commerce.pricing.claw_back import broken_by
from core.commerce.pricing.priced import Applied, PricedCart
from core.kernel.money import allocate

MERCHANT = "merchant"
_NOTHING: Mapping[str, int] = MappingProxyType({})


def is_funded_by_others(priced: PricedCart) -> bool:
    """Whether anybody but the merchant pays for a discount."""
    return any(set(entry.adjustment.funding) - {MERCHANT} for entry in _discounts(priced))


def owed_by_others(
    priced: PricedCart,
    *,
    gone: Mapping[str, int] = _NOTHING,
    shipping_refunded: int = 0,
    clawed_back: int = 0,
) -> dict[str, int]:
    """Party → minor units that it owes the merchant for discounts, once `gone` units (line key → units) were refunded.

    `clawed_back` is what refunds kept back for broken thresholds: that part of the discount nobody pays for any more.
    Each party's share of a discount is rounded down, the merchant bears the rest; so no share grows when units go back.
    """
    recovered = _recovered(priced, gone, clawed_back)
    owed: dict[str, int] = {}
    for entry in _discounts(priced):
        parties = {party: share for party, share in entry.adjustment.funding.items() if party != MERCHANT}
        if not parties:
            continue
        kept = _kept(priced, entry, gone, shipping_refunded) - recovered.get(entry.position, 0)
        for party, share in parties.items():
            owed[party] = owed.get(party, 0) + max(kept, 0) * share // 10_000
    return {party: amount for party, amount in owed.items() if amount}


def _discounts(priced: PricedCart) -> list[Applied]:
    return [entry for entry in priced.applied if entry.adjustment.kind is Kind.DISCOUNT]


def _kept(priced: PricedCart, entry: Applied, gone: Mapping[str, int], shipping_refunded: int) -> int:
    """What of a discount lies on goods that are kept, and on the part of the fee that was not refunded."""
    kept = 0
    for line in priced.lines:
        for step in line.steps:
            if step.position == entry.position:
                kept += step.of_units(line.quantity, gone.get(line.key, 0), line.quantity)
    on_fee, paid = entry.allocations.get(SHIPPING, 0), priced.shipping_total
    return kept + (on_fee * (paid - shipping_refunded) // paid if paid else on_fee)


def _recovered(priced: PricedCart, gone: Mapping[str, int], clawed_back: int) -> dict[int, int]:
    """What was clawed back, by the discounts that are broken."""
    broken = [one for one in broken_by(priced, gone) if one.amount > 0] if clawed_back > 0 else []
    amounts = [one.amount for one in broken]
    shares = allocate(min(clawed_back, sum(amounts)), amounts, amounts) if amounts else []
    return {one.position: share for one, share in zip(broken, shares, strict=True)}
