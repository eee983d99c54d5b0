"""The one way to a price: stage after stage, pure, the same answer for the same input at any time."""

from collections.abc import Callable, Sequence

from core.commerce.pricing.adjustments import CORE, ORDER, SHIPPING, Adjustment, Kind, Reason, in_order
from core.commerce.pricing.conflicts import Candidate, apply_lowest_prices, one_per_group
from core.commerce.pricing.errors import AnswerProblem, PricingError
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import NotApplied, PricedCart
from core.commerce.pricing.stages import PLUGIN_STAGES, SHIPPING_STAGES, Stage
from core.commerce.pricing.unapplied import Unapplied
from core.commerce.pricing.workings import RunningTotals, Workings
from core.kernel.i18n import N_
from core.kernel.money import Money

Answer = Adjustment | Unapplied
Collect = Callable[[Stage, RunningTotals], Sequence[Answer]]


def price(price_input: PriceInput, collect: Collect) -> PricedCart:
    """Price a basket. `collect` answers for one stage what applies and what does not, in any order, plugins filled in.

    Raises PricingError naming every answer that cannot be used and its plugin, and TotalTooLarge.
    """
    workings, keys = Workings(price_input), price_input.keys
    for stage in PLUGIN_STAGES:
        if stage in SHIPPING_STAGES and price_input.shipping is None:
            continue
        if stage is Stage.SHIPPING:
            workings.open_shipping()
        answered = collect(stage, workings.running(stage))
        problems = [problem for answer in answered if (problem := answer_problem(answer, stage, keys))]
        if problems:
            raise PricingError(problems)
        _settle(workings, stage, answered)
        if stage is Stage.SHIPPING:
            _offer_free_shipping(workings)
    if price_input.tax_mode == "added":
        _add_tax(workings)
    _round_down(workings)
    return workings.finished()


def recorded(priced: PricedCart) -> Collect:
    """A `collect` that answers what was answered when `priced` was made: the replay of a stored price."""
    by_plugins = [adjustment for adjustment in priced.adjustments if adjustment.plugin != CORE]
    answered: list[Answer] = [*by_plugins, *priced.unapplied]

    def collect(stage: Stage, _running: RunningTotals) -> list[Answer]:
        return [one for one in answered if one.stage is stage]

    return collect


def answer_problem(answer: object, stage: Stage, keys: frozenset[str]) -> AnswerProblem | None:
    """Why this answer cannot be used in `stage` of a basket whose lines are `keys`, or None."""
    if not isinstance(answer, Adjustment | Unapplied):
        return AnswerProblem("?", "", f"answered {type(answer).__name__} where an Adjustment is promised")
    problem = _problem(answer, stage, keys)
    return AnswerProblem(answer.plugin or "?", answer.rule_id, problem) if problem else None


def _problem(answer: Answer, stage: Stage, keys: frozenset[str]) -> str:
    if answer.plugin in ("", CORE):
        return "the plugin is not filled in"
    if answer.stage is not stage:
        return f"was asked for {stage.value} and answered for {answer.stage.value}"
    named = answer.lines if isinstance(answer, Unapplied) else answer.target
    if isinstance(named, tuple) and (unknown := sorted(set(named) - keys)):
        return f"names lines that are not in the basket: {', '.join(unknown)}"
    return ""


def _settle(workings: Workings, stage: Stage, answered: Sequence[Answer]) -> None:
    workings.unapplied += [one for one in answered if isinstance(one, Unapplied)]
    adjustments = [one for one in answered if isinstance(one, Adjustment)]
    candidates: list[Candidate] = [(workings.next_position(), one) for one in in_order(adjustments)]
    allowed = one_per_group(workings, candidates)
    if stage is Stage.CAMPAIGN:
        apply_lowest_prices(workings, allowed)
        return
    for position, adjustment in allowed:
        workings.apply(position, adjustment)


def _offer_free_shipping(workings: Workings) -> None:
    option, rate, currency = workings.price_input.shipping, workings.rate, workings.price_input.currency
    if option is None or rate is None or rate.free_from is None or not rate.fee:
        return
    missing = rate.free_from - workings.running(Stage.SHIPPING).goods
    offer = Adjustment(
        stage=Stage.SHIPPING,
        plugin=CORE,
        rule_id="shipping.free_from",
        rule_snapshot={
            "key": option.key,
            "title": option.title,
            "fee": rate.fee,
            "free_from": rate.free_from,
        },
        target=SHIPPING,
        amount=rate.fee,
        reason=Reason(N_("Free shipping from %(from)s"), {"from": Money(rate.free_from, currency)}),
    )
    position = workings.next_position()
    if missing <= 0:
        workings.apply(position, offer)
        return
    reason = Reason(N_("%(missing)s more and shipping is free."), {"missing": Money(missing, currency)})
    workings.leave(NotApplied(position, offer, "threshold_not_reached", reason))


def _add_tax(workings: Workings) -> None:
    """Add the tax of each rate once, on all that has this rate, spread over it."""
    rates = workings.price_input.tax_rates
    currency = workings.price_input.currency
    for rate in sorted({rates[key] for key in workings.nets} - {0}):
        keys = tuple(key for key in workings.nets if rates[key] == rate)
        taxed = Money(sum(workings.nets[key] for key in keys), currency)
        amount = taxed.basis_points(rate).minor
        if not amount:
            continue
        tax = Adjustment(
            stage=Stage.TAX,
            plugin=CORE,
            rule_id=f"tax.{rate}",
            rule_snapshot={"basis_points": rate, "taxed": taxed.minor},
            kind=Kind.FEE,
            target=keys,
            amount=amount,
            reason=Reason(N_("Tax %(rate)s"), {"rate": percent(rate)}),
        )
        workings.apply(workings.next_position(), tax)


def percent(basis_points: int) -> str:
    """A rate as people write it: 13%, 8.88%."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def _round_down(workings: Workings) -> None:
    step = workings.price_input.rounding_step
    excess = sum(workings.nets.values()) % step
    if not excess:
        return
    rounding = Adjustment(
        stage=Stage.ROUNDING,
        plugin=CORE,
        rule_id="rounding",
        rule_snapshot={"step": step},
        kind=Kind.DISCOUNT,
        target=ORDER,
        amount=excess,
        reason=Reason(N_("Rounded down")),
    )
    workings.apply(workings.next_position(), rounding)
