"""The answer of the price pipeline: what each line costs, by which steps, and what did not apply and why."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.commerce.pricing.adjustments import SHIPPING, Adjustment, Kind, Reason
from core.commerce.pricing.errors import PriceInputError
from core.commerce.pricing.explanation import Explanation, explained
from core.commerce.pricing.frozen import canonical
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import Unapplied
from core.kernel.money import Money, dealt

VERSION = 1


@dataclass(frozen=True, slots=True)
class Applied:
    """An adjustment that counts: `amount` minor units in all, and `allocations` of it to line keys or "shipping".

    `position` numbers the adjustments of the basket in the order in which they were looked at.
    """

    position: int
    adjustment: Adjustment
    amount: int
    allocations: Mapping[str, int]

    @property
    def was_cut(self) -> bool:
        """More was offered than was left to take off."""
        return self.adjustment.amount is not None and self.amount < self.adjustment.amount


@dataclass(frozen=True, slots=True)
class NotApplied:
    """An adjustment that does not count, or not on `lines` (empty: on none of its targets), and why.

    `code` is "lower_activity_price", "same_activity_price", "not_lower", "exclusive_group", "nothing_left" or
    "threshold_not_reached"; `beaten_by` is the position of the adjustment that won instead.
    """

    position: int
    adjustment: Adjustment
    code: str
    reason: Reason
    lines: tuple[str, ...] = ()
    beaten_by: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One adjustment's part of one line. `before` is what the same kind took or added on this line earlier."""

    position: int
    kind: Kind
    amount: int
    before: int

    @property
    def signed(self) -> int:
        """The change of the line's amount: below zero for a discount."""
        return -self.amount if self.kind is Kind.DISCOUNT else self.amount

    def of_units(self, quantity: int, first: int, last: int) -> int:
        """The part of `amount` that belongs to the units `first` (from 0) up to, not including, `last`."""

        def held(total: int) -> int:
            return dealt(total, quantity, last) - dealt(total, quantity, first)

        return held(self.before + self.amount) - held(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """One line: its list price per unit, the steps from there, and what is left (`net`, minor units)."""

    key: str
    product_id: UUID
    variant_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: int
    steps: tuple[Step, ...]
    net: int
    tax_included: int

    @property
    def list_amount(self) -> int:
        """Quantity × list price."""
        return self.quantity * self.unit_price

    @property
    def unit_nets(self) -> tuple[int, ...]:
        """What each unit costs after all steps; they sum to `net` and none is below zero."""
        return tuple(self.net_of_units(unit, unit + 1) for unit in range(self.quantity))

    def net_of_units(self, first: int, last: int) -> int:
        """What the units `first` (from 0) up to, not including, `last` cost together."""
        signed = {kind: sum(step.amount for step in self.steps if step.kind is kind) for kind in Kind}
        parts = {
            kind: dealt(total, self.quantity, last) - dealt(total, self.quantity, first)
            for kind, total in signed.items()
        }
        return (last - first) * self.unit_price + parts[Kind.FEE] - parts[Kind.DISCOUNT]

    def as_json(self) -> dict[str, Any]:
        """The line without its steps, which the applied adjustments hold."""
        return {
            "key": self.key,
            "product_id": str(self.product_id),
            "variant_id": str(self.variant_id),
            "sku": self.sku,
            "title": self.title,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "net": self.net,
            "tax_included": self.tax_included,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], steps: tuple[Step, ...]) -> "PricedLine":
        """The inverse of `as_json`."""
        plain = dict(data)
        product_id, variant_id = UUID(plain.pop("product_id")), UUID(plain.pop("variant_id"))
        return cls(product_id=product_id, variant_id=variant_id, steps=steps, **plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedShipping:
    """The chosen way to send: its fee, the steps from there, and what is left."""

    key: str
    title: str
    fee: int
    steps: tuple[Step, ...]
    net: int
    tax_included: int

    def as_json(self) -> dict[str, Any]:
        """The fee and what is left of it, without the steps."""
        return {
            "key": self.key,
            "title": self.title,
            "fee": self.fee,
            "net": self.net,
            "tax_included": self.tax_included,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedCart:
    """A priced basket, all amounts in minor units of `currency`; `total` is what the buyer pays.

    Nothing in it is ever re-computed: refunds, ledger and "why this price" read these numbers. `not_applied` are answers
    that lost or came to nothing, `unapplied` what plugins say of promotions that they did not answer, the nearest first.
    `claw_back`: a return that breaks a threshold keeps part of the discount back.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    shipping: PricedShipping | None
    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]
    unapplied: tuple[Unapplied, ...] = ()
    claw_back: bool = False

    @property
    def total(self) -> int:
        """What the buyer pays."""
        return self.goods_total + self.shipping_total

    @property
    def total_money(self) -> Money:
        """What the buyer pays, with its currency."""
        return Money(self.total, self.currency)

    @property
    def list_total(self) -> int:
        """All goods at their list prices."""
        return sum(line.list_amount for line in self.lines)

    @property
    def goods_total(self) -> int:
        """All goods after every step."""
        return sum(line.net for line in self.lines)

    @property
    def discount_total(self) -> int:
        """What was taken off the goods."""
        return self._on_goods(Kind.DISCOUNT)

    @property
    def fee_total(self) -> int:
        """What was added to the goods."""
        return self._on_goods(Kind.FEE)

    @property
    def shipping_total(self) -> int:
        """What sending costs after every step; 0 while no way to send is chosen."""
        return self.shipping.net if self.shipping else 0

    @property
    def tax_included(self) -> int:
        """The tax contained in `total`."""
        shipping = self.shipping.tax_included if self.shipping else 0
        return sum(line.tax_included for line in self.lines) + shipping

    @property
    def added_taxes(self) -> tuple[Applied, ...]:
        """The tax that was added to prices, one entry per rate; empty where prices contain it."""
        return tuple(entry for entry in self.applied if entry.adjustment.stage is Stage.TAX)

    def added_tax_of(self, key: str) -> int:
        """The tax that was added on the line with this key, or on "shipping"."""
        return sum(entry.allocations.get(key, 0) for entry in self.added_taxes)

    @property
    def goods_before_tax(self) -> int:
        """All goods after every step but the tax that was added."""
        added = sum(entry.amount - entry.allocations.get(SHIPPING, 0) for entry in self.added_taxes)
        return self.goods_total - added

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every adjustment that was answered, by position."""
        entries: tuple[Applied | NotApplied, ...] = (*self.applied, *self.not_applied)
        found = {entry.position: entry.adjustment for entry in entries}
        return tuple(found[position] for position in sorted(found))

    def line(self, key: str) -> PricedLine:
        """The line with that key; raises KeyError."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    def explanation(self, language: str) -> Explanation:
        """ "Why this price" and "why not", in words of `language` ("zh-CN" or "en")."""
        return explained(self, language)

    def fingerprint(self) -> str:
        """A stable hash of what the buyer is charged and by which offers; words, versions and funders do not matter."""
        charged = {
            "version": VERSION,
            "currency": self.currency,
            "lines": [
                [line.key, str(line.variant_id), line.quantity, line.unit_price, line.net, line.tax_included]
                for line in self.lines
            ],
            "shipping": [self.shipping.key, self.shipping.fee, self.shipping.net] if self.shipping else None,
            "applied": [
                [
                    *(entry.adjustment.stage.value, *entry.adjustment.rule, entry.adjustment.kind.value),
                    *(entry.amount, dict(entry.allocations)),
                ]
                for entry in self.applied
            ],
        }
        return hashlib.sha256(canonical(charged).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Everything, JSON-able; `from_json` gives back an equal cart."""
        said: dict[str, Any] = {"claw_back": True} if self.claw_back else {}
        if self.unapplied:
            said["unapplied"] = [one.as_json() for one in self.unapplied]
        return {
            **said,
            "version": VERSION,
            "currency": self.currency,
            "total": self.total,
            "lines": [line.as_json() for line in self.lines],
            "shipping": self.shipping.as_json() if self.shipping else None,
            "adjustments": [adjustment.as_json() for adjustment in self.adjustments],
            "applied": [
                {"position": entry.position, "amount": entry.amount, "allocations": dict(entry.allocations)}
                for entry in self.applied
            ],
            "not_applied": [
                {
                    "position": entry.position,
                    "code": entry.code,
                    "reason": entry.reason.as_json(),
                    "lines": list(entry.lines),
                    "beaten_by": entry.beaten_by,
                }
                for entry in self.not_applied
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PricedCart":
        """The inverse of `as_json`. Raises PriceInputError for a version that is not known."""
        if data.get("version") != VERSION:
            raise PriceInputError(f"version: {data.get('version')!r} is not known")
        adjustments = [Adjustment.from_json(adjustment) for adjustment in data["adjustments"]]
        applied = tuple(
            Applied(
                entry["position"],
                adjustments[entry["position"]],
                entry["amount"],
                MappingProxyType(dict(entry["allocations"])),
            )
            for entry in data["applied"]
        )
        steps = steps_by_key(applied)
        shipping = data["shipping"]
        return cls(
            currency=data["currency"],
            lines=tuple(PricedLine.from_json(line, steps.get(line["key"], ())) for line in data["lines"]),
            shipping=PricedShipping(steps=steps.get(SHIPPING, ()), **shipping) if shipping else None,
            applied=applied,
            not_applied=tuple(_not_applied(entry, adjustments) for entry in data["not_applied"]),
            unapplied=tuple(map(Unapplied.from_json, data.get("unapplied", ()))),
            claw_back=data.get("claw_back", False),
        )

    def _on_goods(self, kind: Kind) -> int:
        return sum(step.amount for line in self.lines for step in line.steps if step.kind is kind)


def _not_applied(entry: Mapping[str, Any], adjustments: list[Adjustment]) -> NotApplied:
    position = entry["position"]
    reason = Reason.from_json(entry["reason"])
    return NotApplied(
        position, adjustments[position], entry["code"], reason, tuple(entry["lines"]), entry["beaten_by"]
    )


def steps_by_key(applied: Iterable[Applied]) -> dict[str, tuple[Step, ...]]:
    """The steps of every line (and of "shipping"), in the order in which they were applied."""
    steps: dict[str, tuple[Step, ...]] = {}
    for entry in applied:
        kind = entry.adjustment.kind
        for key, amount in entry.allocations.items():
            earlier = steps.get(key, ())
            before = sum(step.amount for step in earlier if step.kind is kind)
            steps[key] = (*earlier, Step(entry.position, kind, amount, before))
    return steps
