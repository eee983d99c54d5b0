"""Promotions of one file: name the merchant's rules and what they take off; the hooks are written here once."""

from types import SimpleNamespace
from typing import Any, ClassVar

from marshmallow import Schema

from core.commerce.pricing.adjustments import Adjustment, Reason
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.workings import RunningTotals
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.money import Money
from core.sdk.shop import settings


class OrderPromotion(Plugin):
    """Takes something off whole orders, by rules that the merchant fills into a form.

        class SpendAndSave(OrderPromotion):
            …
            class Settings(Schema):
                spend = MoneyField(least=1, load_default=100_00, metadata={"label": "Spend"})
                off = MoneyField(least=1, load_default=10_00, metadata={"label": "Take off"})

            def discount(self, goods, rules):
                return rules.off if goods >= rules.spend else 0

    What the merchant filled in is frozen into each basket (`enrich_price_input`), so that an order costs the same for
    ever; buyer and merchant read the plugin's title as the reason.
    """

    Settings: ClassVar[type[Schema]]

    def discount(self, goods: int, rules: SimpleNamespace) -> int:
        """What comes off, in minor units; 0 is nothing. Pure: the same arguments give the same answer, for ever.

        Args:
            goods: what the goods cost after the promotions of single lines, in minor units.
            rules: the values of `Settings`; amounts are minor units.
        """
        raise NotImplementedError

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
    ) -> list[Adjustment]:
        """One adjustment of the whole order, where there is something to take off."""
        if stage is not Stage.ORDER_PROMOTIONS:
            return []
        amount = self.discount(running.goods, SimpleNamespace(**price_input.facts[self._slug]))
        if not amount:
            return []
        why = Reason(self.title["en"])
        return [Adjustment(stage=stage, rule_id=self._slug, reason=why, target="order", amount=amount)]

    @property
    def _slug(self) -> str:
        return type(self).__module__.rpartition(".")[2]
