"""Prices with the plugins of the bound shop: asked stage by stage, isolated when they fail, never guessed for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from core.commerce.pricing.adjustments import SHIPPING
from core.commerce.pricing.errors import AdjustmentError, PriceUnavailable, PricingError
from core.commerce.pricing.frozen import frozen
from core.commerce.pricing.pipeline import Answer, answer_problem, price
from core.commerce.pricing.price_input import NO_FACTS, PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.workings import RunningTotals
from core.hooks.current import basket_hooks, installed
from core.hooks.dispatch import ShopHooks
from core.hooks.guard import log_failure
from core.hooks.results import PluginFailure, PluginResult, Refusal
from core.kernel.i18n import gettext


@dataclass(frozen=True, slots=True)
class LivePrice:
    """A price with today's plugins. `price_input` carries the facts that were looked up: this is what to store."""

    price_input: PriceInput
    priced: PricedCart
    failures: tuple[PluginFailure, ...] = ()


def price_with_plugins(price_input: PriceInput, *, failed: Literal["skip", "collect"] = "skip") -> LivePrice:
    """Price a basket with the plugins of the bound shop.

    A plugin that raises, answers the wrong thing or names lines that are not there is left out from then on.
    With "collect" the answer says which (`failures`); with "skip", for browsing, nobody needs to know.
    Raises TotalTooLarge.
    """
    asking = _Asking(basket_hooks(price_input.marked_by))
    with_facts = price_input.knowing(asking.facts(price_input))

    def collect(stage: Stage, running: RunningTotals) -> list[Answer]:
        return asking.adjustments(stage, with_facts, running)

    priced = price(with_facts, collect)
    return LivePrice(with_facts, priced, tuple(asking.failures) if failed == "collect" else ())


def confirmed_price(price_input: PriceInput, *, quoted: PricedCart) -> LivePrice:
    """The price at the moment of paying, for a basket whose price was `quoted` before.

    Raises PriceUnavailable when a plugin fails on which the quoted price of a line depended, or whose mark a line
    carries. Otherwise the answer may still differ from the quote: compare with `Quote.promises`.
    """
    live = price_with_plugins(price_input, failed="collect")
    refuse_unanswered(price_input, quoted, live.failures)
    return live


def refuse_unanswered(price_input: PriceInput, quoted: PricedCart, failures: Iterable[PluginFailure]) -> None:
    """Raise PriceUnavailable for the lines that depend on a plugin that failed; return if there are none."""
    failing = {failure.plugin for failure in failures}
    keys = [key for key, plugins in plugins_by_line(price_input, quoted).items() if plugins & failing]
    if not keys:
        return
    titles = {line.key: line.title for line in price_input.lines}
    shipping = quoted.shipping.title if quoted.shipping else ""
    names = ", ".join(titles.get(key, shipping) for key in keys)
    raise PriceUnavailable(keys, titles=names, plugins=", ".join(sorted(failing)))


def plugins_by_line(price_input: PriceInput, priced: PricedCart) -> Mapping[str, frozenset[str]]:
    """Line key (or "shipping") → the plugins that its price depends on: they adjusted it, or marked it."""
    found: dict[str, set[str]] = {line.key: set(line.marks) for line in price_input.lines}
    if priced.shipping:
        found[SHIPPING] = set()
    for entry in priced.applied:
        for key in entry.allocations:
            found.setdefault(key, set()).add(entry.adjustment.plugin)
    return {key: frozenset(plugins) for key, plugins in found.items()}


def cart_refusals(price_input: PriceInput, priced: PricedCart, *, at_checkout: bool) -> list[Refusal]:
    """What the plugins of the bound shop refuse; a plugin that fails refuses the lines that depend on it.

    `price_input` is the one with facts (`LivePrice.price_input`).
    """
    said = basket_hooks(price_input.marked_by).call(
        "check_cart", failed="collect", price_input=price_input, priced=priced, at_checkout=at_checkout
    )
    by_line = plugins_by_line(price_input, priced)
    refusals: list[Refusal] = []
    for answer in said:
        if isinstance(answer, PluginResult):
            refusals += answer.value
        else:
            concerned = [key for key, plugins in by_line.items() if answer.plugin in plugins]
            refusals += [_unanswered(key) for key in concerned]
    return refusals


def _unanswered(key: str) -> Refusal:
    message = gettext("This cannot be confirmed at the moment.")
    fix = gettext("Please try again in a moment, or take it out.")
    try:
        line = UUID(key)
    except ValueError:
        line = None
    return Refusal("pricing.unconfirmed", message, line, fix)


@dataclass(slots=True)
class _Asking:
    """One pricing of one basket: who answered, and who is left out because of a failure."""

    hooks: ShopHooks
    failures: list[PluginFailure] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def facts(self, price_input: PriceInput) -> dict[str, Any]:
        """What each plugin looked up; a plugin without news has no entry."""
        bare = price_input.knowing(NO_FACTS)
        found = {}
        for plugin, answer in self._answers("enrich_price_input", price_input=bare):
            try:
                facts = frozen(answer)
            except ValueError as error:
                self._fail(plugin, "enrich_price_input", error)
                continue
            if facts:
                found[plugin] = facts
        return found

    def adjustments(self, stage: Stage, price_input: PriceInput, running: RunningTotals) -> list[Answer]:
        """All usable answers of one stage, with their plugins filled in."""
        usable: list[Answer] = []
        arguments = {"stage": stage, "price_input": price_input, "running": running}
        for plugin, answer in self._answers("adjust_prices", **arguments):
            try:
                usable += self._checked(plugin, answer, stage, price_input)
            except (AdjustmentError, PricingError) as error:
                self._fail(plugin, "adjust_prices", error)
        return usable

    def _answers(self, hook: str, **arguments: Any) -> list[PluginResult]:
        results = []
        for answer in self.hooks.call(hook, failed="collect", **arguments):
            if any(failure.plugin == answer.plugin for failure in self.failures):
                continue
            if isinstance(answer, PluginResult):
                results.append(answer)
            else:
                self.failures.append(answer)
        return results

    def _fail(self, plugin: str, hook: str, cause: Exception) -> None:
        failure = PluginFailure(plugin, hook, cause)
        log_failure(failure)
        self.failures.append(failure)

    def _checked(
        self, plugin: str, answer: Sequence[Answer], stage: Stage, price_input: PriceInput
    ) -> list[Answer]:
        version, keys = self._version(plugin), price_input.keys
        named = [adjustment.from_plugin(plugin, version) for adjustment in answer]
        problems = [problem for one in named if (problem := answer_problem(one, stage, keys))]
        if problems:
            raise PricingError(problems)
        return named

    def _version(self, plugin: str) -> str:
        if plugin not in self.versions:
            loaded = installed().registry.plugins.get(plugin)
            self.versions[plugin] = loaded.manifest.version if loaded and loaded.manifest else ""
        return self.versions[plugin]
