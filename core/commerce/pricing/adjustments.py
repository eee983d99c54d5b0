"""What a plugin answers when it is asked for prices: an adjustment, with its reason and who pays for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from core.commerce.pricing.errors import AdjustmentError
from core.commerce.pricing.frozen import canonical, changed, frozen, thawed
from core.commerce.pricing.stages import GOODS_STAGES, PLUGIN_STAGES, SHIPPING_STAGES, Stage
from core.kernel.i18n import current_language, gettext, speaking
from core.kernel.money import MAXIMUM_AMOUNT, Money, format_money

ORDER: Literal["order"] = "order"
SHIPPING: Literal["shipping"] = "shipping"
# Words that a line's key may not be, because targets and allocations use them.
RESERVED_KEYS = frozenset({ORDER, SHIPPING})
FUNDED_BY_MERCHANT: Mapping[str, int] = frozen({"merchant": 10_000})
# The name under which core's own adjustments (free shipping from a value on, added tax, rounding) are kept.
CORE = "core"
ReasonParam = str | int | Money


class Kind(StrEnum):
    """Whether an adjustment takes off or adds."""

    DISCOUNT = "discount"
    FEE = "fee"


@lru_cache(maxsize=2048)
def _placeholder_problem(message: str, kinds: tuple[tuple[str, type], ...]) -> str:
    """Why the placeholders of `message` cannot be filled with values of these kinds, or "": a few messages, said often."""
    try:
        _ = message % {name: kind() for name, kind in kinds} if kinds else message
    except (KeyError, ValueError, TypeError) as error:
        return repr(error)
    return ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Words for buyer and merchant: an English message id and what fills its `%(name)s` placeholders.

    Money in `params` is written in the reader's way; text is shown as it is.
    """

    message: str
    params: Mapping[str, ReasonParam] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.message, str) or not self.message.strip():
            raise AdjustmentError({"reason": "needs a message"})
        if not isinstance(self.params, Mapping) or not all(map(_is_param, self.params.items())):
            raise AdjustmentError({"reason": "params are names with text, whole numbers or Money"})
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))
        # Money is written as text: for trying the placeholders any text will do.
        kinds = tuple((name, int if type(value) is int else str) for name, value in self.params.items())
        problem = _placeholder_problem(self.message, kinds)
        if problem:
            raise AdjustmentError({"reason": f"placeholders do not fit: {problem}"})

    def text(self, language: str | None = None) -> str:
        """The reason in `language` ("zh-CN", "en"), by default the current one."""
        with speaking(language or current_language()):
            translated = gettext(self.message)
            try:
                return self._filled(translated)
            except (KeyError, ValueError, TypeError):
                # A translation with a wrong placeholder must not take a checkout down.
                return self._filled(self.message)

    def _filled(self, message: str) -> str:
        language = current_language()
        shown = {
            name: format_money(value, language) if isinstance(value, Money) else value
            for name, value in self.params.items()
        }
        return message % shown if shown else message

    def as_json(self) -> dict[str, Any]:
        """Message id and params; money as {"minor", "currency"}."""
        params = {
            name: {"minor": value.minor, "currency": value.currency} if isinstance(value, Money) else value
            for name, value in self.params.items()
        }
        return {"message": self.message, "params": params}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Reason":
        """The inverse of `as_json`."""
        params = {
            name: Money(value["minor"], value["currency"]) if isinstance(value, Mapping) else value
            for name, value in data["params"].items()
        }
        return cls(data["message"], params)


def _is_param(item: tuple[object, object]) -> bool:
    name, value = item
    plain = isinstance(value, int | Money) and not isinstance(value, bool)
    return isinstance(name, str) and (plain or (isinstance(value, str) and "\0" not in value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One change of a price. Money is minor units of the shop's currency; shares are basis points.

    `stage`            where it applies, one of PLUGIN_STAGES.
    `rule_id`          the plugin's own name of the rule (an activity, a coupon); the same rule may answer
                       several adjustments.
    `rule_snapshot`    what of the rule made this amount, JSON-able, kept with the order.
    `target`           keys of lines, or "order" (all lines), or "shipping" (in the shipping stages only).
    `amount`           total to take off (or, for a fee, to add) over the targets; more than is left is cut.
    `unit_price`       instead of `amount`, in the campaign stage only: the new price of one unit.
    `kind`             "discount" or "fee".
    `funding`          who pays for it: party → basis points, 10,000 in all.
    `exclusive_group`  of all adjustments that name the same group only one rule applies to a basket.
    `thresholds`       pairs of a goods value and what comes off from there on, in minor units, as far as the rule has
                       them; where the shop counts broken thresholds, a return keeps back what the rest is not entitled to.
    `threshold_basis`  what the thresholds are compared with: the goods value of the targets ("target"), of all lines
                       ("order"), or the units of the targets ("pieces").
    `threshold_share`  basis points of that value, where the rule takes a share off: no more than this comes off.
    `on_return`        what a return does with these thresholds: as the "shop" has its rule; "keep" the discount on the
                       rest; let the rest "lose" what it is not entitled to; or "recount" it, which also leaves the rest
                       all that it is entitled to, so that what goes back is what was paid less what the rest costs.
    `plugin`, `plugin_version` are filled in by core.

    Raises AdjustmentError with every wrong field.
    """

    stage: Stage
    rule_id: str
    reason: Reason
    target: tuple[str, ...] | Literal["order", "shipping"]
    amount: int | None = None
    unit_price: int | None = None
    kind: Kind = Kind.DISCOUNT
    funding: Mapping[str, int] = field(default_factory=lambda: FUNDED_BY_MERCHANT)
    rule_snapshot: Mapping[str, Any] = field(default_factory=dict)
    exclusive_group: str = ""
    thresholds: tuple[tuple[int, int], ...] = ()
    threshold_basis: Literal["target", "order", "pieces"] = "target"
    threshold_share: int = 0
    on_return: Literal["shop", "keep", "lose", "recount"] = "shop"
    plugin: str = ""
    plugin_version: str = ""

    def __post_init__(self) -> None:
        problems = dict(_wrong_fields(self))
        try:
            object.__setattr__(self, "rule_snapshot", _snapshot(self.rule_snapshot))
        except ValueError as error:
            problems["rule_snapshot"] = str(error)
        if problems:
            raise AdjustmentError(problems)
        object.__setattr__(self, "kind", Kind(self.kind))
        if self.funding is not FUNDED_BY_MERCHANT:
            object.__setattr__(self, "funding", frozen(self.funding))

    def from_plugin(self, plugin: str, version: str) -> "Adjustment":
        """The same, with the plugin that answered it; nothing else is looked at again."""
        return changed(self, plugin=plugin, plugin_version=version)

    @property
    def rule(self) -> tuple[str, str]:
        """Plugin and rule: what competes for an exclusive group."""
        return self.plugin, self.rule_id

    def sort_key(self) -> tuple[str, str, str]:
        """Plugin, rule, then everything else: an order that does not depend on who was asked first."""
        return self.plugin, self.rule_id, canonical(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        steps: dict[str, Any] = {}
        if self.thresholds:
            steps["thresholds"] = [list(pair) for pair in self.thresholds]
        if self.threshold_basis != "target":
            steps["threshold_basis"] = self.threshold_basis
        if self.threshold_share:
            steps["threshold_share"] = self.threshold_share
        if self.on_return != "shop":
            steps["on_return"] = self.on_return
        return {
            **steps,
            "stage": self.stage.value,
            "plugin": self.plugin,
            "plugin_version": self.plugin_version,
            "rule_id": self.rule_id,
            "rule_snapshot": thawed(self.rule_snapshot),
            "kind": self.kind.value,
            "target": list(self.target) if isinstance(self.target, tuple) else self.target,
            "amount": self.amount,
            "unit_price": self.unit_price,
            "funding": thawed(self.funding),
            "reason": self.reason.as_json(),
            "exclusive_group": self.exclusive_group,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Adjustment":
        """The inverse of `as_json`."""
        plain = dict(data)
        target: Any = plain.pop("target")
        plain["thresholds"] = tuple((least, off) for least, off in plain.get("thresholds", ()))
        return cls(
            stage=Stage(plain.pop("stage")),
            kind=Kind(plain.pop("kind")),
            reason=Reason.from_json(plain.pop("reason")),
            target=tuple(target) if isinstance(target, list) else target,
            **plain,
        )


def in_order(adjustments: Sequence[Adjustment]) -> list[Adjustment]:
    """Sorted as by `sort_key`; only rules that answered several times are compared to the last field."""
    counted = Counter(one.rule for one in adjustments)
    return sorted(adjustments, key=lambda one: one.sort_key() if counted[one.rule] > 1 else (*one.rule, ""))


Problems = list[tuple[str, str]]
_KINDS = frozenset(Kind)


def _wrong_fields(adjustment: Adjustment) -> Problems:
    problems = _wrong_place(adjustment) or _wrong_target(adjustment)
    if not isinstance(adjustment.reason, Reason):
        problems.append(("reason", "is a Reason(message, params)"))
    if adjustment.kind not in _KINDS:
        problems.append(("kind", 'is "discount" or "fee"'))
    return problems + _wrong_amount(adjustment) + _wrong_words(adjustment) + _wrong_mappings(adjustment)


def _wrong_place(adjustment: Adjustment) -> Problems:
    if not isinstance(adjustment.stage, Stage):
        return [("stage", "is a Stage")]
    if adjustment.stage not in PLUGIN_STAGES and adjustment.plugin != CORE:
        return [("stage", f"{adjustment.stage.value} is core's own")]
    return []


def _wrong_target(adjustment: Adjustment) -> Problems:
    target, stage = adjustment.target, adjustment.stage
    if target == SHIPPING:
        return [] if stage in SHIPPING_STAGES else [("target", f"shipping has no price yet in {stage.value}")]
    if target == ORDER:
        return [("target", f"is shipping in {stage.value}")] if stage in SHIPPING_STAGES else []
    if not isinstance(target, tuple) or not target or not all(isinstance(key, str) for key in target):
        return [("target", 'is a tuple of line keys, "order" or "shipping"')]
    if len(set(target)) != len(target):
        return [("target", "names a line twice")]
    own = stage is Stage.TAX and adjustment.plugin == CORE
    return [] if own or stage in GOODS_STAGES else [("target", f"is shipping in {stage.value}")]


def _wrong_amount(adjustment: Adjustment) -> Problems:
    amount, unit_price = adjustment.amount, adjustment.unit_price
    if (amount is None) == (unit_price is None):
        return [("amount", "give either amount or unit_price")]
    name, value = ("unit_price", unit_price) if amount is None else ("amount", amount)
    if type(value) is not int or not 0 <= value <= MAXIMUM_AMOUNT:
        return [(name, f"is whole minor units from 0 to {MAXIMUM_AMOUNT}")]
    if (adjustment.stage is Stage.CAMPAIGN) != (unit_price is not None):
        return [(name, "unit_price belongs to the campaign stage, amount to the others")]
    if unit_price is not None and (adjustment.kind != Kind.DISCOUNT or adjustment.target == ORDER):
        return [(name, "is a discount on named lines")]
    return []


def _wrong_words(adjustment: Adjustment) -> Problems:
    problems: Problems = []
    for name in ("rule_id", "exclusive_group", "plugin", "plugin_version"):
        value = getattr(adjustment, name)
        if not isinstance(value, str) or "\0" in value or len(value) > 200:
            problems.append((name, "is text of at most 200 characters"))
    if adjustment.rule_id == "":
        problems.append(("rule_id", "names the rule"))
    return problems


def _is_step(pair: object) -> bool:
    return (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(type(one) is int and 0 <= one <= MAXIMUM_AMOUNT for one in pair)
    )


def _snapshot(value: object) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError("is a mapping")  # noqa: TRY004 - one of the problems of an answer
    return frozen(value)


def _wrong_mappings(adjustment: Adjustment) -> Problems:
    problems: Problems = []
    if not isinstance(adjustment.thresholds, tuple) or not all(map(_is_step, adjustment.thresholds)):
        problems.append(("thresholds", "is a tuple of pairs (goods value, amount) of whole minor units"))
    if adjustment.threshold_basis not in ("target", "order", "pieces"):
        problems.append(("threshold_basis", 'is "target", "order" or "pieces"'))
    if type(adjustment.threshold_share) is not int or not 0 <= adjustment.threshold_share <= 10_000:
        problems.append(("threshold_share", "is 0 to 10000 basis points"))
    if adjustment.on_return not in ("shop", "keep", "lose", "recount"):
        problems.append(("on_return", 'is "shop", "keep", "lose" or "recount"'))
    funding = adjustment.funding
    if funding is FUNDED_BY_MERCHANT:
        return problems
    if not isinstance(funding, Mapping) or not all(isinstance(party, str) and party for party in funding):
        problems.append(("funding", "maps parties to basis points"))
    elif any(type(share) is not int or share <= 0 for share in funding.values()):
        problems.append(("funding", "shares are whole basis points above 0"))
    elif sum(funding.values()) != 10_000:
        problems.append(("funding", "shares add up to 10000 basis points"))
    return problems
