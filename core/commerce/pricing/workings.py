"""The state of a basket while it goes through the stages, and the frozen view of it that plugins get."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core.commerce.pricing.adjustments import ORDER, SHIPPING, Adjustment, Kind, Reason
from core.commerce.pricing.errors import PriceInputError, TotalTooLarge
from core.commerce.pricing.freight import Rate
from core.commerce.pricing.price_input import PriceInput, PriceLine
from core.commerce.pricing.priced import (
    Applied,
    NotApplied,
    PricedCart,
    PricedLine,
    PricedShipping,
    Step,
    steps_by_key,
)
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import Unapplied, nearest
from core.kernel.i18n import N_
from core.kernel.money import MAXIMUM_AMOUNT, Money, allocate

NOTHING_LEFT = Reason(N_("There is nothing left to take it off."))


@dataclass(frozen=True, slots=True)
class RunningLine:
    """A line as the stages before left it: `unit_price` after the activity price, `net` after everything."""

    key: str
    quantity: int
    unit_price: int
    net: int


@dataclass(frozen=True, slots=True)
class RunningTotals:
    """The basket as the stages before `stage` left it, in minor units of `currency`.

    The same for everybody who is asked in this stage. `shipping` is 0 before the shipping stage.
    """

    stage: Stage
    currency: str
    lines: Mapping[str, RunningLine]
    shipping: int
    applied: tuple[Applied, ...]

    @property
    def goods(self) -> int:
        """All lines together."""
        return sum(line.net for line in self.lines.values())

    def net_of(self, keys: Iterable[str]) -> int:
        """The lines with these keys together; raises KeyError for one that is not there."""
        return sum(self.lines[key].net for key in keys)


@dataclass(slots=True)
class Workings:
    """Changes with every adjustment; `nets` never falls below zero."""

    price_input: PriceInput
    nets: dict[str, int] = field(init=False)
    unit_prices: dict[str, int] = field(init=False)
    applied: list[Applied] = field(default_factory=list)
    not_applied: list[NotApplied] = field(default_factory=list)
    unapplied: list[Unapplied] = field(default_factory=list)
    # exclusive group → the rule that has it and the position of its adjustment
    groups: dict[str, tuple[tuple[str, str], int]] = field(default_factory=dict)
    positions: int = 0
    # The lines as the next stage is shown them; None since something changed them.
    seen: Mapping[str, RunningLine] | None = None
    quantities: dict[str, int] = field(init=False)
    # The fee of the chosen way to send for this basket, and from which goods value on it is free.
    rate: Rate | None = field(init=False)

    def __post_init__(self) -> None:
        self.nets = {line.key: line.list_amount for line in self.price_input.lines}
        self.unit_prices = {line.key: line.unit_price for line in self.price_input.lines}
        self.quantities = {line.key: line.quantity for line in self.price_input.lines}
        self.rate = _shipping_rate(self.price_input)
        self._check_size()

    def _check_size(self) -> None:
        if sum(self.nets.values()) > MAXIMUM_AMOUNT:
            raise TotalTooLarge

    def open_shipping(self) -> None:
        """Add the fee of the chosen way to send."""
        if self.rate is not None:
            self.nets[SHIPPING] = self.rate.fee

    def next_position(self) -> int:
        """A number for the next adjustment that is looked at."""
        self.positions += 1
        return self.positions - 1

    def running(self, stage: Stage) -> RunningTotals:
        """The frozen view for those who are asked in `stage`."""
        shipping = self.nets.get(SHIPPING, 0)
        if self.seen is None:
            self.seen = MappingProxyType(
                {
                    line.key: RunningLine(
                        line.key, line.quantity, self.unit_prices[line.key], self.nets[line.key]
                    )
                    for line in self.price_input.lines
                }
            )
        return RunningTotals(stage, self.price_input.currency, self.seen, shipping, tuple(self.applied))

    def keys_of(self, adjustment: Adjustment) -> tuple[str, ...]:
        """The keys over which the adjustment spreads."""
        if adjustment.stage is Stage.ROUNDING:
            return tuple(self.nets)
        if adjustment.target == ORDER:
            return tuple(line.key for line in self.price_input.lines)
        return (SHIPPING,) if adjustment.target == SHIPPING else tuple(adjustment.target)

    def lowered(self, adjustment: Adjustment, keys: Iterable[str]) -> dict[str, int]:
        """What a new unit price takes off each of `keys`; 0 where it is not lower."""
        price = adjustment.unit_price or 0
        return {key: max(0, self.unit_prices[key] - price) * self.quantities[key] for key in keys}

    def worth(self, adjustment: Adjustment) -> int:
        """What the adjustment would save the buyer if nothing else applied; below zero for a fee."""
        keys = self.keys_of(adjustment)
        if adjustment.amount is None:
            return sum(self.lowered(adjustment, keys).values())
        if adjustment.kind is Kind.FEE:
            return -adjustment.amount
        return min(adjustment.amount, sum(self.nets[key] for key in keys))

    def apply(self, position: int, adjustment: Adjustment, only: tuple[str, ...] | None = None) -> None:
        """Spread the adjustment over its lines (a unit price: over `only` those) and record it."""
        keys = only if only is not None else self.keys_of(adjustment)
        shares = self._shares(adjustment, keys)
        amount = sum(shares.values())
        if not amount:
            self.leave(NotApplied(position, adjustment, "nothing_left", NOTHING_LEFT))
            return
        self.seen = None
        sign = 1 if adjustment.kind is Kind.FEE else -1
        for key, share in shares.items():
            self.nets[key] += sign * share
            if adjustment.unit_price is not None:
                self.unit_prices[key] = adjustment.unit_price
        self._check_size()
        if adjustment.exclusive_group:
            self.groups.setdefault(adjustment.exclusive_group, (adjustment.rule, position))
        allocations = MappingProxyType({key: share for key, share in shares.items() if share})
        self.applied.append(Applied(position, adjustment, amount, allocations))

    def _shares(self, adjustment: Adjustment, keys: tuple[str, ...]) -> dict[str, int]:
        if adjustment.amount is None:
            return self.lowered(adjustment, keys)
        nets = [self.nets[key] for key in keys]
        if adjustment.kind is Kind.FEE:
            shares = allocate(adjustment.amount, nets) if keys else []
        else:
            shares = allocate(min(adjustment.amount, sum(nets)), nets, nets)
        return dict(zip(keys, shares, strict=True))

    def leave(self, entry: NotApplied) -> None:
        """Record what does not apply, with the reason."""
        self.not_applied.append(entry)

    def finished(self) -> PricedCart:
        """The frozen answer."""
        steps = steps_by_key(self.applied)
        rates = self.price_input.tax_rates
        return PricedCart(
            currency=self.price_input.currency,
            lines=tuple(
                self._line(line, steps.get(line.key, ()), rates[line.key]) for line in self.price_input.lines
            ),
            shipping=self._shipping(steps.get(SHIPPING, ()), rates[SHIPPING]),
            applied=tuple(self.applied),
            not_applied=tuple(sorted(self.not_applied, key=lambda entry: (entry.position, entry.lines))),
            unapplied=nearest(self.unapplied),
            claw_back=self.price_input.claw_back,
        )

    def _line(self, line: PriceLine, steps: tuple[Step, ...], rate: int) -> PricedLine:
        net = self.nets[line.key]
        return PricedLine(
            key=line.key,
            product_id=line.product_id,
            variant_id=line.variant_id,
            sku=line.sku,
            title=line.title,
            quantity=line.quantity,
            unit_price=line.unit_price,
            steps=steps,
            net=net,
            tax_included=self._tax(line.key, net, rate),
        )

    def _shipping(self, steps: tuple[Step, ...], rate: int) -> PricedShipping | None:
        chosen = self.price_input.shipping
        if chosen is None or self.rate is None:
            return None
        net = self.nets[SHIPPING]
        return PricedShipping(
            key=chosen.key,
            title=chosen.title,
            fee=self.rate.fee,
            steps=steps,
            net=net,
            tax_included=self._tax(SHIPPING, net, rate),
        )

    def _tax(self, key: str, net: int, rate: int) -> int:
        """The tax in `net`: what was added (rounding may have taken some of it), or what the price contains."""
        if self.price_input.tax_mode == "added":
            taxes = (one for one in self.applied if one.adjustment.stage is Stage.TAX)
            return min(sum(one.allocations.get(key, 0) for one in taxes), net)
        return Money(net, self.price_input.currency).ratio(rate, 10_000 + rate).minor


def _shipping_rate(price_input: PriceInput) -> Rate | None:
    option = price_input.shipping
    if option is None:
        return None
    if option.freight is None:
        return Rate(option.fee, 0, option.free_from)
    place = price_input.destination.place
    rate = option.freight.charged(place, grams=price_input.grams, pieces=price_input.pieces)
    if rate is None:
        raise PriceInputError(f"shipping: {option.key} does not go to {place}")
    return rate
