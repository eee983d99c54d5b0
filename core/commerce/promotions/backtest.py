"""Orders of a period priced again with the rules of one promotion: the same baskets, no new demand, nothing charged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from core.commerce.orders.models import Order
from core.commerce.pricing.errors import AdjustmentError, PricingError
from core.commerce.pricing.frozen import frozen
from core.commerce.pricing.pipeline import Answer, price, recorded
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.workings import RunningTotals
from core.commerce.promotions.margins import CostedVariant, costed_variants
from core.hooks.current import installed
from core.hooks.results import PluginResult
from core.kernel.db import session
from core.kernel.tenancy import current_scope

MOST_ORDERS = 5_000
PER_PART = 100
MOST_EXAMPLES = 20
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRules:
    """A promotion to try, of `plugin`.

    `facts(price_input)` is what `enrich_price_input` would answer if the promotion ran (the basket's own facts are
    empty); `adjust(stage, price_input, running)` is the plugin's own `adjust_prices`, pure. `moment` is when it would
    run; None: each basket's own moment. `besides`: one more promotion beside those that the plugin had then; `facts` is
    given the basket with what the plugin had looked up for it.
    """

    plugin: str
    facts: Callable[[PriceInput], Mapping[str, Any]]
    adjust: Callable[[Stage, PriceInput, RunningTotals], Sequence[Answer]]
    version: str = ""
    moment: datetime | None = None
    besides: bool = False


@dataclass(frozen=True, slots=True)
class Repriced:
    """An order before and after, minor units; `margin` is what the goods would leave over their cost, where all costs are
    known."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    before: int
    after: int
    goods: int
    margin: int | None

    @property
    def saved(self) -> int:
        """What the buyer would have paid less; below zero: more."""
        return self.before - self.after


@dataclass(slots=True)
class BacktestResult:
    """Sums over orders; amounts in minor units. `examples` are the orders that would have saved most."""

    orders: int = 0
    changed: int = 0
    unpriced: int = 0
    paid: int = 0
    cost: int = 0
    dearer: int = 0
    gainers: set[str] = field(default_factory=set)
    judged: int = 0
    under_floor: int = 0
    at_loss: int = 0
    examples: list[Repriced] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """Orders so far, those that could not be priced among them."""
        return self.orders + self.unpriced

    def add(self, one: Repriced, floor: int | None) -> None:
        """Count one order; `floor` is the shop's least margin in basis points, or None."""
        self.orders += 1
        self.paid += one.before
        if one.saved:
            self.changed += 1
            self.cost += max(one.saved, 0)
            self.dearer += max(-one.saved, 0)
            if one.saved > 0 and one.customer_id:
                self.gainers.add(str(one.customer_id))
            self.examples = sorted([*self.examples, one], key=lambda each: (-each.saved, each.number))
            del self.examples[MOST_EXAMPLES:]
        if one.margin is not None:
            self.judged += 1
            self.at_loss += one.margin < 0
            self.under_floor += floor is not None and one.margin * 10_000 < floor * one.goods

    def as_json(self) -> dict[str, Any]:
        """What is stored and shown; `gainers` as their number."""
        plain = (
            "orders",
            "changed",
            "unpriced",
            "paid",
            "cost",
            "dearer",
            "judged",
            "under_floor",
            "at_loss",
        )
        return {
            **{name: getattr(self, name) for name in plain},
            "gainers": len(self.gainers),
            "examples": [
                {
                    "order_id": str(one.order_id),
                    "customer_id": str(one.customer_id) if one.customer_id else None,
                    "number": one.number,
                    "before": one.before,
                    "after": one.after,
                }
                for one in self.examples
            ],
        }


def rules_of(plugin: str, *, moment: datetime | None) -> TrialRules:
    """The rules of an installed plugin as they stand in the bound shop, read at `moment` (None: each basket's own).

    Its code is asked whether or not the shop has it on. Raises HookMisuseError for a plugin that is not loaded.
    """
    hooks = installed().only(plugin)
    manifest = installed().registry.plugins[plugin].manifest

    def asked(hook: str, **arguments: Any) -> Any:
        for answer in hooks.call(hook, failed="collect", **arguments):
            if not isinstance(answer, PluginResult):
                raise answer.cause
            if answer.plugin == plugin:
                return answer.value
        return {} if hook == "enrich_price_input" else []

    return TrialRules(
        plugin=plugin,
        facts=lambda given: asked("enrich_price_input", price_input=given),
        adjust=lambda stage, given, running: asked(
            "adjust_prices", stage=stage, price_input=given, running=running
        ),
        version=manifest.version if manifest else "",
        moment=moment,
    )


def repriced(price_input: PriceInput, priced: PricedCart, rules: TrialRules) -> PricedCart:
    """A stored price with these rules in place of what the same plugin answered then; all other answers are kept."""
    own = {rules.plugin: price_input.facts.get(rules.plugin, {})} if rules.besides else {}
    bare = replace(price_input, facts=own, moment=rules.moment or price_input.moment)
    facts = {**price_input.facts, rules.plugin: frozen(rules.facts(bare))}
    given = replace(bare, facts=facts)
    before = recorded(priced)

    def collect(stage: Stage, running: RunningTotals) -> list[Answer]:
        kept = [one for one in before(stage, running) if one.plugin != rules.plugin]
        new = rules.adjust(stage, given, running)
        return [*kept, *(one.from_plugin(rules.plugin, rules.version) for one in new)]

    return price(given, collect)


def backtest(
    rules: TrialRules,
    *,
    since: datetime,
    until: datetime,
    floor: int | None = None,
    most: int = MOST_ORDERS,
) -> BacktestResult:
    """Price the paid orders of a period again (the newest `most` of them). Reads only; costs are today's.

    An order whose basket the rules cannot price is counted as `unpriced`. `floor`: the least margin, basis points.
    """
    result, last = BacktestResult(), None
    while True:
        last = add_part(result, rules, since=since, until=until, floor=floor, most=most, last=last)
        if last is None:
            return result


def add_part(
    result: BacktestResult,
    rules: TrialRules,
    *,
    since: datetime,
    until: datetime,
    floor: int | None,
    most: int = MOST_ORDERS,
    last: Place | None = None,
) -> Place | None:
    """Count the next orders after `last` into `result`; returns where they ended, None when nothing is left."""
    rows = _paid_orders(since, until, last, min(PER_PART, most - result.seen))
    costs = costed_variants(UUID(line["variant_id"]) for row in rows for line in row.price_input["lines"])
    for row in rows:
        again = _again(row, rules, costs)
        if again is None:
            result.unpriced += 1
        else:
            result.add(again, floor)
    return (rows[-1].paid_at, rows[-1].id) if rows and result.seen < most else None


def _again(row: Any, rules: TrialRules, costs: Mapping[UUID, CostedVariant]) -> Repriced | None:
    given, before = PriceInput.from_json(row.price_input), PricedCart.from_json(row.priced)
    try:
        after = repriced(given, before, rules)
    except (AdjustmentError, PricingError, KeyError, ValueError, TypeError):
        return None
    spent = [costs[line.variant_id].cost_minor if line.variant_id in costs else None for line in after.lines]
    known = [cost for cost in spent if cost is not None]
    margin = None
    if len(known) == len(spent):
        margin = after.goods_before_tax - sum(
            cost * line.quantity for cost, line in zip(known, after.lines, strict=True)
        )
    return Repriced(
        row.id, row.number, row.customer_id, before.total, after.total, after.goods_before_tax, margin
    )


def _paid_orders(since: datetime, until: datetime, last: Place | None, most: int) -> Sequence[Any]:
    """Rows of paid orders, newest first, the next ones after `last`."""
    columns = select(
        Order.id, Order.number, Order.customer_id, Order.paid_at, Order.price_input, Order.priced
    ).where(
        Order.shop_id == current_scope().shop_id,
        Order.paid_at >= since,
        Order.paid_at < until,
        Order.is_test.is_(False),
    )
    if last is not None:
        columns = columns.where(tuple_(Order.paid_at, Order.id) < last)
    return session().execute(columns.order_by(Order.paid_at.desc(), Order.id.desc()).limit(most)).all()
