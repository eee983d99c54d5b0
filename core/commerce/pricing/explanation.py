""" "Why this price": every line from its list price to its net in words, ending in the total that is charged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.commerce.pricing.adjustments import Adjustment, Kind
from core.commerce.pricing.unapplied import Need, Unapplied
from core.kernel.i18n import gettext, speaking
from core.kernel.money import Money, format_money

if TYPE_CHECKING:
    from core.commerce.pricing.priced import PricedCart, PricedLine, PricedShipping, Step


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step in words. `amount` is what it changes (below zero: less to pay); `plugin` is "" for core's own.

    `position` is that of the adjustment behind it, None for the list price itself.
    """

    text: str
    amount: Money
    amount_text: str
    plugin: str = ""
    rule_id: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line, or the shipping (key "shipping"): its steps sum to `net`."""

    key: str
    title: str
    steps: tuple[ExplainedStep, ...]
    net: Money
    net_text: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """An offer that does not apply: what it is, why not, on which lines (titles; empty: nowhere), what won instead.

    `keys` are the lines' keys; `need` what is missing, `saves_text` what it would save then; `url` and `action` where the
    buyer can do something about it. Without `for_buyer` it is told to the merchant alone.
    """

    text: str
    because: str
    lines: tuple[str, ...]
    instead: str
    plugin: str
    rule_id: str
    code: str = ""
    keys: tuple[str, ...] = ()
    need: Need | None = None
    saves_text: str = ""
    url: str = ""
    action: str = ""
    for_buyer: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer; the nets of `lines` sum to `total`."""

    lines: tuple[ExplainedLine, ...]
    total: Money
    total_text: str
    why_not: tuple[WhyNot, ...]


def explained(priced: "PricedCart", language: str) -> Explanation:
    """`priced` in words of `language`."""
    with speaking(language):
        adjustments = priced.adjustments
        lines = [_line(priced.currency, line, adjustments, language) for line in priced.lines]
        if priced.shipping:
            lines.append(_shipping(priced.currency, priced.shipping, adjustments, language))
        total = priced.total_money
        unapplied = (_unapplied(priced, one, language) for one in priced.unapplied)
        why_not = (*unapplied, *_why_not(priced, adjustments))
        return Explanation(tuple(lines), total, format_money(total, language), why_not)


def _line(
    currency: str, line: "PricedLine", adjustments: tuple[Adjustment, ...], language: str
) -> ExplainedLine:
    unit = format_money(Money(line.unit_price, currency), language)
    counted = gettext("%(quantity)s × %(price)s", quantity=line.quantity, price=unit)
    first = _step(counted, Money(line.list_amount, currency), language)
    steps = (first, *(_adjusted(currency, step, adjustments, language) for step in line.steps))
    net = Money(line.net, currency)
    return ExplainedLine(line.key, line.title, steps, net, format_money(net, language))


def _shipping(
    currency: str, shipping: "PricedShipping", adjustments: tuple[Adjustment, ...], language: str
) -> ExplainedLine:
    first = _step(shipping.title, Money(shipping.fee, currency), language)
    steps = (first, *(_adjusted(currency, step, adjustments, language) for step in shipping.steps))
    net = Money(shipping.net, currency)
    return ExplainedLine("shipping", gettext("Shipping"), steps, net, format_money(net, language))


def _step(text: str, amount: Money, language: str) -> ExplainedStep:
    return ExplainedStep(text, amount, format_money(amount, language))


def _adjusted(
    currency: str, step: "Step", adjustments: tuple[Adjustment, ...], language: str
) -> ExplainedStep:
    adjustment = adjustments[step.position]
    amount = Money(step.signed, currency)
    written = ("+" if adjustment.kind is Kind.FEE else "") + format_money(amount, language)
    rule = adjustment.plugin, adjustment.rule_id
    return ExplainedStep(adjustment.reason.text(), amount, written, *rule, step.position)


def _why_not(priced: "PricedCart", adjustments: tuple[Adjustment, ...]) -> Iterator[WhyNot]:
    titles = {line.key: line.title for line in priced.lines}
    for entry in priced.not_applied:
        winner = adjustments[entry.beaten_by].reason.text() if entry.beaten_by is not None else ""
        yield WhyNot(
            entry.adjustment.reason.text(),
            entry.reason.text(),
            tuple(titles[key] for key in entry.lines if key in titles),
            winner,
            entry.adjustment.plugin,
            entry.adjustment.rule_id,
            entry.code,
            entry.lines,
        )


def _unapplied(priced: "PricedCart", said: Unapplied, language: str) -> WhyNot:
    titles = {line.key: line.title for line in priced.lines}
    saves = Money(said.need.saves, priced.currency) if said.need and said.need.saves else None
    return WhyNot(
        text=said.title.text(),
        because=said.because.text(),
        lines=tuple(titles[key] for key in said.lines if key in titles),
        instead="",
        plugin=said.plugin,
        rule_id=said.rule_id,
        code=said.code,
        keys=said.lines,
        need=said.need,
        saves_text=format_money(saves, language) if saves else "",
        url=said.url,
        action=said.action.text() if said.action else "",
        for_buyer=said.for_buyer,
    )
