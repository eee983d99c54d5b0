"""Promotions of one file: name the merchant's rules and what they take off; the hooks are written here once."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from marshmallow import Schema

from core.commerce.pricing.adjustments import Adjustment, Reason
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import Need, Unapplied
from core.commerce.pricing.workings import RunningTotals
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.i18n import N_
from core.kernel.money import Money
from core.sdk.shop import settings


class OrderPromotion(Plugin):
    """Takes something off whole orders, by rules that the merchant fills into a form.

        class SpendAndSave(OrderPromotion):
            …
            class Settings(Schema):
                spend = MoneyField(least=1, load_default=100_00, metadata={"label": "Spend"})
                off = MoneyField(least=1, load_default=10_00, metadata={"label": "Take off"})

            def thresholds(self, rules):
                return [(rules.spend, rules.off)]

    What the merchant filled in is frozen into each basket (`enrich_price_input`), so that an order costs the same for
    ever; buyer and merchant read the plugin's title as the reason, and what is missing for the next threshold.
    """

    Settings: ClassVar[type[Schema]]

    def thresholds(self, rules: SimpleNamespace) -> Sequence[tuple[int, int]]:
        """Pairs of what the goods cost at the least and what comes off from there on, in minor units. Pure.

        Whoever has not reached one reads what is missing, and a return that falls below one can count again where the
        shop wants that. A promotion of another shape answers () and writes `discount`.

        Args:
            rules: the values of `Settings`; amounts are minor units.
        """
        return ()

    def discount(self, goods: int, rules: SimpleNamespace) -> int:
        """What comes off, in minor units; 0 is nothing. Pure: the same arguments give the same answer, for ever.

        Args:
            goods: what the goods cost after the promotions of single lines, in minor units.
            rules: the values of `Settings`; amounts are minor units.
        """
        return max((off for least, off in self.thresholds(rules) if goods >= least), default=0)

    @hookimpl
    def declare_settings(self) -> type[Schema]:
        """The merchant's form."""
        return self.Settings

    @hookimpl
    def enrich_price_input(self) -> dict[str, Any]:
        """The rules of the shop as they are now."""
        filled_in = settings(self.Settings, self._slug)
        return {name: value.minor if isinstance(value, Money) else value for name, value in filled_in.items()}

    @hookimpl
    def adjust_prices(
        self, stage: Stage, price_input: PriceInput, running: RunningTotals
    ) -> list[Adjustment | Unapplied]:
        """One adjustment of the whole order, and what is missing for more."""
        if stage is not Stage.ORDER_PROMOTIONS:
            return []
        rules = SimpleNamespace(**price_input.facts[self._slug])
        steps = tuple(sorted(self.thresholds(rules)))
        amount = self.discount(running.goods, rules)
        said: list[Adjustment | Unapplied] = []
        if amount:
            said.append(
                Adjustment(
                    stage=stage,
                    rule_id=self._slug,
                    rule_snapshot=dict(price_input.facts[self._slug]),
                    reason=Reason(self.title["en"]),
                    target="order",
                    amount=amount,
                    thresholds=steps,
                )
            )
        further = [step for step in steps if step[0] > running.goods and step[1] > amount]
        return said + ([self._missing(further[0], amount, running)] if further else [])

    def _missing(self, step: tuple[int, int], amount: int, running: RunningTotals) -> Unapplied:
        least, off = step
        missing = Money(least - running.goods, running.currency)
        words = {"missing": missing, "off": Money(off, running.currency)}
        return Unapplied(
            stage=Stage.ORDER_PROMOTIONS,
            rule_id=self._slug,
            title=Reason(self.title["en"]),
            because=Reason(N_("%(missing)s more and %(off)s come off."), words),
            code="threshold",
            need=Need(amount=missing.minor, saves=off - amount),
        )

    @property
    def _slug(self) -> str:
        return type(self).__module__.rpartition(".")[2]
