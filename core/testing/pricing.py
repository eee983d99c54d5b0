"""Pricing in tests, without a database: what the pipeline makes of the answers of one plugin."""

from collections.abc import Callable, Sequence

from core.commerce.pricing.pipeline import Answer, price
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.workings import RunningTotals


def price_as_answered(
    price_input: PriceInput, plugin: str, answer: Callable[[Stage, RunningTotals], Sequence[Answer]]
) -> PricedCart:
    """Price a basket with `answer(stage, running)` as the only plugin, called `plugin`."""
    return price(
        price_input,
        lambda stage, running: [one.from_plugin(plugin, "0.0.0") for one in answer(stage, running)],
    )
