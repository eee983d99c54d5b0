"""The money of one order in words: lines with their reasons, totals, and what the ledger holds about it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.commerce.ledger.accounts import GATEWAY_CLEARING, MERCHANT_PENDING, REFUNDS_OWED
from core.commerce.ledger.queries import TransferView
from core.commerce.orders.queries import OrderLineView, OrderView
from core.commerce.pricing.adjustments import Adjustment, Kind
from core.commerce.pricing.explanation import ExplainedLine, ExplainedStep, WhyNot
from core.commerce.pricing.frozen import thawed
from core.commerce.pricing.pipeline import percent
from core.commerce.pricing.priced import PricedCart, PricedLine, PricedShipping
from core.commerce.pricing.stages import Stage
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.money import Money
from core.rendering.console import formats
from core.rendering.console.parts import Fact, Source
from core.web.console.sources import source_of

_ACCOUNTS = {
    GATEWAY_CLEARING.code: N_("Payment service"),
    MERCHANT_PENDING.code: N_("Shop's earnings"),
    REFUNDS_OWED.code: N_("Refunds on their way"),
}
_FUNDERS = {
    "merchant": N_("Shop"),
    "supplier": N_("Supplier"),
    "platform": N_("Platform"),
    "distributor": N_("Distributor"),
}
_PURPOSES = {
    "capture": N_("Payment arrived"),
    "refund": N_("Refund promised"),
    "refund_settled": N_("Refund paid out"),
    "subsidy": N_("Share of the discounts"),
    "subsidy_back": N_("Share of the discounts, taken back"),
}


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """One step of "why this price": who did it, the words, the change, and what the line costs from here on."""

    source: Source | None
    text: str
    change: Money | None
    after: Money
    rule: "RuleCard | None" = None


@dataclass(frozen=True, slots=True)
class RuleCard:
    """The rule behind a step as it was then: plugin with version, who pays, what each unit got, and its terms."""

    name: str
    version: str
    funders: str
    units: str
    terms: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LineCard:
    """A line of the order's page. `tags` are (source, words) for what changed its price; `paid_unit` is what one unit
    cost, where all units cost the same."""

    line: OrderLineView
    image: str
    net: Money
    list_unit: Money
    paid_unit: Money | None
    tags: Sequence[tuple[Source, str]]
    steps: Sequence[ExplainedPart]
    why_not: Sequence[WhyNot]

    @property
    def was_reduced(self) -> bool:
        """Whether one unit cost something else than the list price."""
        return self.paid_unit is not None and self.paid_unit != self.list_unit

    @property
    def facts(self) -> str:
        """What became of its units, where not all are still to be sent."""
        said = []
        if self.line.shipped:
            said.append(gettext(N_("%(n)s of %(all)s sent"), n=self.line.shipped, all=self.line.quantity))
        if self.line.refunded:
            said.append(
                gettext(N_("%(n)s of %(all)s refunded"), n=self.line.refunded, all=self.line.quantity)
            )
        return " · ".join(said)


def line_cards(order: OrderView, priced: PricedCart, images: Mapping[str, str]) -> list[LineCard]:
    """The order's lines with the reasons of their prices, in the person's language."""
    explanation = priced.explanation(current_language())
    explained = {line.key: line for line in explanation.lines}
    prices = {line.key: line for line in priced.lines}
    return [
        _line_card(
            line,
            priced,
            prices[line.key],
            explained[line.key],
            [one for one in explanation.why_not if line.title in one.lines],
            images.get(line.image, ""),
            order.currency,
        )
        for line in order.lines
    ]


def not_used(priced: PricedCart) -> list[WhyNot]:
    """Offers that apply to no line in particular and were not used: free shipping that was not reached, a lost code."""
    return [one for one in priced.explanation(current_language()).why_not if not one.lines]


def _line_card(
    line: OrderLineView,
    priced: PricedCart,
    price: PricedLine,
    words: ExplainedLine,
    why_not: Sequence[WhyNot],
    image: str,
    currency: str,
) -> LineCard:
    units = set(price.unit_nets)
    return LineCard(
        line=line,
        image=image,
        net=Money(line.net_minor, currency),
        list_unit=Money(line.unit_list_minor, currency),
        paid_unit=Money(units.pop(), currency) if len(units) == 1 else None,
        tags=[_tag(step) for step in words.steps[1:]],
        steps=list(_parts(words.steps, priced, price)),
        why_not=why_not,
    )


def _tag(step: ExplainedStep) -> tuple[Source, str]:
    source = source_of(step.plugin)
    return source, f"{source.label} {step.amount_text}"


def _parts(steps: Sequence[ExplainedStep], priced: PricedCart, price: PricedLine) -> Iterable[ExplainedPart]:
    after = Money(0, steps[0].amount.currency)
    for place, step in enumerate(steps):
        after += step.amount
        first = place == 0
        yield ExplainedPart(
            None if first else source_of(step.plugin),
            step.text,
            None if first else step.amount,
            after,
            None if step.position is None else _rule_card(priced, price, step.position),
        )


def _rule_card(priced: PricedCart, price: PricedLine, position: int) -> RuleCard:
    adjustment = priced.adjustments[position]
    step = next(one for one in price.steps if one.position == position)
    shares = Counter(step.of_units(price.quantity, unit, unit + 1) for unit in range(price.quantity))
    written = [f"{count} × {formats.money(Money(share, priced.currency))}" for share, count in shares.items()]
    return RuleCard(
        name=f"{adjustment.plugin} · {adjustment.rule_id}",
        version=adjustment.plugin_version,
        funders=_funders(adjustment),
        units=" + ".join(written),
        terms=[(name, _term(value)) for name, value in adjustment.rule_snapshot.items()],
    )


def _term(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(thawed(value), ensure_ascii=False)


def _funders(adjustment: Adjustment) -> str:
    """Who pays for it, with their shares where there are several."""
    if len(adjustment.funding) == 1:
        return funder_name(next(iter(adjustment.funding)))
    shares = [f"{funder_name(party)} {percent(points)}" for party, points in adjustment.funding.items()]
    return " + ".join(shares)


def funder_name(party: str) -> str:
    """Who pays for a discount, in words; an unknown party keeps its name."""
    return gettext(_FUNDERS[party]) if party in _FUNDERS else party


def total_facts(order: OrderView, priced: PricedCart) -> list[Fact]:
    """From list prices to what is paid: goods, every offer by its plugin, shipping, tax, total, what went back."""
    currency = order.currency
    facts = [Fact(gettext(N_("Goods at list price")), Money(priced.list_total, currency))]
    for applied in priced.applied:
        if applied.adjustment.stage is Stage.TAX:
            continue
        sign = 1 if applied.adjustment.kind is Kind.FEE else -1
        on_goods = sum(amount for key, amount in applied.allocations.items() if key != "shipping")
        if on_goods:
            reason = applied.adjustment.reason.text()
            source = source_of(applied.adjustment.plugin)
            facts.append(Fact(source.label, Money(sign * on_goods, currency), note=reason, source=source))
    facts.append(_shipping_fact(priced.shipping, priced, currency))
    facts += [Fact(one.adjustment.reason.text(), Money(one.amount, currency)) for one in priced.added_taxes]
    if priced.tax_included and not priced.added_taxes:
        tax = Money(priced.tax_included, currency)
        facts.append(Fact(gettext(N_("Tax included")), tax, tone=""))
    facts.append(Fact(gettext(N_("Total")), order.total, total=True))
    if order.refunded_minor:
        facts.append(Fact(gettext(N_("Refunded")), Money(-order.refunded_minor, currency)))
        kept = Money(order.captured_minor - order.refunded_minor, currency)
        facts.append(Fact(gettext(N_("Kept")), kept, total=True))
    return facts


def _shipping_fact(shipping: PricedShipping | None, priced: PricedCart, currency: str) -> Fact:
    if shipping is None:
        return Fact(gettext(N_("Shipping")), Money(0, currency))
    notes, net = [shipping.title], shipping.net - priced.added_tax_of("shipping")
    if net != shipping.fee:
        notes.append(formats.money(Money(shipping.fee, currency)))
        changes = [priced.adjustments[step.position] for step in shipping.steps]
        notes += [one.reason.text() for one in changes if one.stage is not Stage.TAX]
    separator = "，" if current_language().startswith("zh") else ", "
    return Fact(gettext(N_("Shipping")), Money(net, currency), note=separator.join(notes))


def funding_notes(order: OrderView, priced: PricedCart) -> list[str]:
    """Who pays for what was taken off, one sentence per party."""
    shares: dict[str, int] = {}
    for applied in priced.applied:
        if applied.adjustment.kind is Kind.DISCOUNT:
            for party, points in applied.adjustment.funding.items():
                shares[party] = (
                    shares.get(party, 0) + Money(applied.amount, order.currency).basis_points(points).minor
                )
    said = []
    for party, amount in sorted(shares.items()):
        written = formats.money(Money(amount, order.currency))
        if party == "merchant":
            said.append(gettext(N_("The shop pays for %(amount)s of the discounts."), amount=written))
        else:
            said.append(
                gettext(
                    N_("%(party)s pays for %(amount)s of the discounts."),
                    party=funder_name(party),
                    amount=written,
                )
            )
    return said


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One movement of money about an order, in words."""

    transfer: TransferView
    purpose: str
    debit: str
    credit: str


def ledger_lines(transfers: Iterable[TransferView]) -> list[LedgerLine]:
    """Movements with their accounts and purposes in words; an unknown one keeps its code."""
    return [
        LedgerLine(
            one,
            gettext(_PURPOSES.get(one.purpose, one.purpose)),
            _account_name(one.debit),
            _account_name(one.credit),
        )
        for one in transfers
    ]


def _account_name(code: str) -> str:
    kind, _, party = code.partition(":")
    if kind == "subsidy":
        return gettext(N_("Owed by %(party)s"), party=funder_name(party))
    return gettext(_ACCOUNTS.get(code, code))
