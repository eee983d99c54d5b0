"""The form that gives money back, and what it would give back, line by line, before anybody confirms it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.commerce.orders.queries import OrderView
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.pricing.adjustments import Kind
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import RefundPreview
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.rendering.console import formats
from core.rendering.console.forms import Form
from core.rendering.console.parts import Fact
from core.web.console.orders.sending import chosen_units, units_field, with_units
from core.web.console.sources import source_of

# Why money goes back: stored code → words.
REASONS = {
    "fewer": N_("The buyer wants fewer"),
    "not_wanted": N_("The buyer changed their mind"),
    "damaged": N_("Damaged or faulty"),
    "wrong": N_("Wrong goods"),
    "late": N_("Too late, or lost on the way"),
    "sold_out": N_("We cannot deliver it"),
    "other": N_("Another reason"),
}


class RefundSchema(Schema):
    """Why, and what else goes back."""

    reason = fields.String(
        load_default="fewer",
        validate=validate.OneOf(list(REASONS), list(REASONS.values())),
        metadata={"label": N_("Reason"), "widget": "select", "width": "half"},
    )
    words = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": N_("In your words"), "visible_if": {"reason": ["other"]}, "width": "half"},
    )
    include_shipping = fields.Boolean(
        load_default=False, metadata={"label": N_("Give the shipping fee back too")}
    )
    restock = fields.Boolean(
        load_default=True,
        metadata={"label": N_("Put unsent units back on sale"), "help": N_("Only units that have not left.")},
    )


class NothingToRefund(PinpuError):
    """All of the money has gone back already, or none ever came."""

    code = "console.nothing_to_refund"
    status = 409
    message = N_("There is no money left to refund for this order.")


@dataclass(frozen=True, slots=True)
class ShownPreview:
    """What a refund would give back: its facts, the exact amount, what happens besides, or why there is none."""

    facts: list[Fact]
    amount: Money
    effects: list[str]
    problem: str = ""

    @property
    def ready(self) -> bool:
        """Whether it can be confirmed."""
        return not self.problem and self.amount.minor > 0


def shipping_left(order: OrderView) -> Money:
    """What is left of the shipping fee."""
    return Money(order.shipping_minor - order.refunded_shipping_minor, order.currency)


def refund_form(order: OrderView) -> Form:
    """The form; nothing is chosen yet, except where there is but one unit to choose.

    Units are bounded by what was sold: that somebody refunded them meanwhile is for the action to say.
    """
    left = [line.quantity - line.refunded for line in order.lines]
    only = sum(left) == 1
    values = {units_field(place): units if only else 0 for place, units in enumerate(left)}
    return Form(with_units(RefundSchema, [line.quantity for line in order.lines]), values=values)


def chosen_first(form: Form) -> dict[str, Any]:
    """What a fresh form chooses."""
    return {"include_shipping": False, "restock": True, **form.values}


def shown_preview(order: OrderView, priced: PricedCart, data: Mapping[str, Any]) -> ShownPreview:
    """What the chosen units would give back now."""
    wanted, with_shipping = chosen_units(order, data), bool(data["include_shipping"])
    try:
        preview = preview_refund(order_id=order.id, wanted=wanted, include_shipping=with_shipping)
    except PinpuError as error:
        return ShownPreview([], Money(0, order.currency), [], error.text)
    return ShownPreview(_facts(preview, priced), preview.amount_money, _effects(order, preview, data))


def _facts(preview: RefundPreview, priced: PricedCart) -> list[Fact]:
    currency, facts = preview.currency, []
    adjustments = priced.adjustments
    for line in preview.lines:
        title = gettext(N_("%(title)s × %(units)s"), title=line.title, units=line.units)
        facts.append(Fact(title, Money(line.list_amount, currency)))
        for part in line.parts:
            sign = 1 if part.kind is Kind.FEE else -1
            adjustment = adjustments[part.position]
            source = source_of(adjustment.plugin)
            facts.append(
                Fact(
                    source.label,
                    Money(sign * part.amount, currency),
                    note=adjustment.reason.text(),
                    source=source,
                )
            )
    if preview.shipping:
        facts.append(Fact(gettext(N_("Shipping")), Money(preview.shipping, currency)))
    if preview.claw_back:
        facts.append(_claw_back(preview, priced))
    facts.append(Fact(gettext(N_("To the buyer")), preview.amount_money, total=True))
    return facts


def _claw_back(preview: RefundPreview, priced: PricedCart) -> Fact:
    """What is kept back of discounts that the rest loses, or comes back of it."""
    amount = Money(-preview.claw_back, preview.currency)
    if preview.claw_back < 0:
        return Fact(gettext(N_("Discounts counted again for the rest")), amount)
    reasons = [priced.adjustments[position].reason.text() for position in preview.broken]
    return Fact(gettext(N_("Discounts that the rest loses")), amount, note=" · ".join(reasons))


def _effects(order: OrderView, preview: RefundPreview, data: Mapping[str, Any]) -> list[str]:
    """What happens besides the money, in sentences."""
    said = []
    units = {line.key: line.units for line in preview.lines}
    back = sum(min(units.get(line.key, 0), max(line.to_ship, 0)) for line in order.lines)
    if back and data["restock"]:
        said.append(gettext(N_("Units that go back on sale: %(units)s."), units=back))
    if _takes_everything(order, units):
        said.append(
            gettext(
                N_("Nothing is left of the order, so it is cancelled; what it had reserved is free again.")
            )
        )
    elif preview.left:
        left = Money(preview.left, order.currency)
        said.append(gettext(N_("%(amount)s can still be refunded afterwards."), amount=formats.money(left)))
    return said


def _takes_everything(order: OrderView, units: Mapping[str, int]) -> bool:
    return order.fulfilment == "unfulfilled" and all(
        line.refunded + units.get(line.key, 0) == line.quantity for line in order.lines
    )


def give_back(order: OrderView, data: Mapping[str, Any], *, confirmed: str, request_id: str) -> UUID:
    """Refund what the form says at exactly the confirmed amount; `request_id` makes a double click one refund.

    Raises what the action raises.
    """
    reason = data["words"] if data["reason"] == "other" and data["words"] else data["reason"]
    return refund_units(
        order_id=order.id,
        wanted=chosen_units(order, data),
        include_shipping=bool(data["include_shipping"]),
        reason=reason,
        confirmed_amount=_whole(confirmed),
        restock=bool(data["restock"]),
        request_id=as_id(request_id),
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else -1
