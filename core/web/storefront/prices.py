""" "Why this price" as pages show it: a sum whose steps end in exactly the amount that is charged."""

from collections.abc import Collection, Iterator

from core.commerce.pricing.adjustments import SHIPPING, Kind
from core.commerce.pricing.claw_back import counts_again
from core.commerce.pricing.explanation import ExplainedLine, Explanation, WhyNot
from core.commerce.pricing.pipeline import percent
from core.commerce.pricing.priced import Applied, PricedCart, PricedLine
from core.commerce.pricing.stages import Stage
from core.kernel.i18n import _, current_language, ngettext
from core.kernel.money import Money, format_money
from core.rendering.contexts import LineSum, PriceStep, PriceSum, WhyNotView

# So many offers that lack little are shown at once.
_HINTS = 2


def price_sum(
    priced: PricedCart, *, goods_label: str = "", final: bool = False, rates: Collection[int] = ()
) -> PriceSum:
    """The whole sum of a basket; `final`, as for an order that was placed, offers nothing that might still be had.

    `rates`: the tax rates in it (basis points), where they are known.
    """
    steps = (
        _goods(priced, goods_label), *_goods_steps(priced), *_shipping_steps(priced), *_tax_steps(priced),
    )  # fmt: skip
    told = priced.explanation(current_language())
    unused = [one for one in told.why_not if one.for_buyer]
    hints = () if final else tuple(one for one in unused if _is_near(one))[:_HINTS]
    lowered = sum(applied.amount for applied in priced.applied if applied.adjustment.kind is Kind.DISCOUNT)
    return PriceSum(
        steps=steps,
        total=priced.total_money,
        saved=Money(lowered, priced.currency) if lowered > 0 else None,
        tax=_tax_words(priced, set(rates) - {0}),
        returns=tuple(_return_rules(priced)),
        lines=_line_sums(told),
        hints=tuple(_why_not(priced, one, final=final) for one in hints),
        why_not=tuple(_why_not(priced, one, final=final) for one in unused if one not in hints),
    )


def _goods(priced: PricedCart, label: str) -> PriceStep:
    return PriceStep(
        label=label or _("Products at their normal price"),
        amount=Money(priced.list_total, priced.currency),
        kind="base",
    )


def _goods_steps(priced: PricedCart) -> Iterator[PriceStep]:
    for applied in priced.applied:
        if applied.adjustment.stage is Stage.TAX:
            continue
        amount = sum(part for key, part in applied.allocations.items() if key != SHIPPING)
        if amount:
            yield _step(priced, applied, amount, _titles(priced, applied))


def _shipping_steps(priced: PricedCart) -> Iterator[PriceStep]:
    """Shipping as one step: what is left of the fee, and in its detail why."""
    shipping = priced.shipping
    if shipping is None:
        return
    reasons = [
        applied.adjustment.reason.text()
        for applied in priced.applied
        if applied.allocations.get(SHIPPING) and applied.adjustment.stage is not Stage.TAX
    ]
    fee = format_money(Money(shipping.fee, priced.currency))
    detail = _(", ").join((f"{shipping.title} {fee}", *reasons)) if reasons else shipping.title
    amount = Money(shipping.net - priced.added_tax_of(SHIPPING), priced.currency)
    yield PriceStep(label=_("Shipping"), amount=amount, detail=detail, kind="charge")


def _tax_steps(priced: PricedCart) -> Iterator[PriceStep]:
    """The tax that comes on top, per rate, on goods and shipping together."""
    for applied in priced.added_taxes:
        amount = Money(applied.amount, priced.currency)
        yield PriceStep(label=applied.adjustment.reason.text(), amount=amount, kind="tax")


def _tax_words(priced: PricedCart, rates: Collection[int]) -> str:
    """What the prices contain of tax, with its rate where there is one for all."""
    if priced.added_taxes or not priced.tax_included:
        return ""
    amount = format_money(Money(priced.tax_included, priced.currency))
    if len(rates) == 1:
        return _("Includes %(rate)s tax: %(amount)s", rate=percent(next(iter(rates))), amount=amount)
    return _("Includes tax: %(amount)s", amount=amount)


def _step(priced: PricedCart, applied: Applied, amount: int, detail: str) -> PriceStep:
    takes_off = applied.adjustment.kind is Kind.DISCOUNT
    return PriceStep(
        label=applied.adjustment.reason.text(),
        amount=Money(-amount if takes_off else amount, priced.currency),
        detail=detail,
        kind="discount" if takes_off else "charge",
    )


def _titles(priced: PricedCart, applied: Applied) -> str:
    """The lines that an adjustment is about, where it is not about all of them."""
    touched = [line.title for line in priced.lines if applied.allocations.get(line.key)]
    return _(", ").join(dict.fromkeys(touched)) if len(touched) < len(priced.lines) else ""


def _return_rules(priced: PricedCart) -> Iterator[str]:
    """What a return costs where thresholds count again: said before anybody buys."""
    for entry in priced.applied:
        if not counts_again(priced, entry):
            continue
        least = max((one for one, off in entry.adjustment.thresholds if off >= entry.amount), default=0)
        offer = entry.adjustment.reason.text()
        if least <= 1:
            continue
        if entry.adjustment.threshold_basis == "pieces":
            yield ngettext(
                "%(offer)s: if you return some of it and fewer than %(n)s piece is left, its discount on the rest is taken"
                " off the refund.",
                "%(offer)s: if you return some of it and fewer than %(n)s pieces are left, its discount on the rest is"
                " taken off the refund.",
                least,
                offer=offer,
            )
            continue
        yield _(
            "%(offer)s: if you return some of it and less than %(least)s is left, its discount on the rest is taken off"
            " the refund.",
            offer=offer,
            least=format_money(Money(least, priced.currency)),
        )


def _line_sums(told: Explanation) -> tuple[LineSum, ...]:
    if len(told.lines) < 2 or all(len(line.steps) == 1 for line in told.lines):
        return ()
    return tuple(map(_line_sum, told.lines))


def _line_sum(line: ExplainedLine) -> LineSum:
    first, *rest = line.steps
    steps = [PriceStep(label=first.text, amount=first.amount, kind="base")]
    for step in rest:
        kind = "discount" if step.amount.minor < 0 else "charge"
        steps.append(PriceStep(label=step.text, amount=step.amount, kind=kind))
    return LineSum(title=line.title, steps=tuple(steps), total=line.net)


def _why_not(priced: PricedCart, one: WhyNot, *, final: bool) -> WhyNotView:
    """An offer that was not used; of an order that was placed nothing is missing any more."""
    named = one.lines if len(priced.lines) > 1 else ()
    instead = [_("Instead: %(offer)s", offer=one.instead)] if one.instead else []
    saves = Money(one.need.saves, priced.currency) if one.need and one.need.saves and not final else None
    return WhyNotView(
        offer=one.text,
        because=one.because,
        detail=" · ".join([*([_(", ").join(dict.fromkeys(named))] if named else []), *instead]),
        saves=saves,
        url="" if final else one.url,
        action="" if final else one.action,
    )


def _is_near(one: WhyNot) -> bool:
    """Whether it says what is missing."""
    return one.need is not None or one.code == "threshold_not_reached"


def campaign_name(priced: PricedCart, line: PricedLine) -> str:
    """The name of the first offer that lowers this line; empty when none does."""
    for applied in priced.applied:
        if applied.adjustment.kind is Kind.DISCOUNT and applied.allocations.get(line.key):
            return applied.adjustment.reason.text()
    return ""
