"""What plugins show about an order or a customer: asked for together, drawn one by one; one that fails is a card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app
from markupsafe import Markup

from core.hooks.current import shop_hooks
from core.hooks.results import PluginFailure, PluginResult
from core.kernel.db import fenced
from core.rendering.console.parts import Action
from core.rendering.console.render import console_environment
from core.rendering.extensions import CustomerPanel, HomePanel, OrderPanel, SampleOffer
from core.web.console.sources import plugin_title


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel as HTML, or, with `html` empty, the name of the plugin that could not show its own."""

    plugin: str
    title: str
    html: Markup


def order_panels(order_id: UUID) -> list[DrawnPanel]:
    """The panels of every plugin of the shop for one order."""
    return _panels("show_order_panels", lambda one: bool(one.order_id == order_id), order_ids=(order_id,))


def customer_panels(customer_id: UUID) -> list[DrawnPanel]:
    """The panels of every plugin of the shop for one customer."""
    return _panels(
        "show_customer_panels", lambda one: bool(one.customer_id == customer_id), customer_ids=(customer_id,)
    )


def home_panels() -> list[DrawnPanel]:
    """The cards of every part for the home page."""
    return _panels("show_home_panels", lambda _: True)


def sample_offers(counts: Mapping[str, int]) -> list[Action]:
    """Ways to fill a list whose views, by `counts`, all hold nothing; asked for only then."""
    if counts.get("all"):
        return []
    offers: list[SampleOffer] = []
    for result in shop_hooks().call("show_sample_offers", failed="collect"):
        if not isinstance(result, PluginFailure):
            offers += result.value
    return [Action(one.label, one.url, icon="box", post=True) for one in offers]


def _panels(hook: str, wanted: Callable[[Any], bool], **arguments: Any) -> list[DrawnPanel]:
    drawn = []
    for result in shop_hooks().call(hook, failed="collect", **arguments):
        if isinstance(result, PluginFailure):
            drawn.append(_failed(result.plugin))
            continue
        panels = sorted((one for one in result.value if wanted(one)), key=lambda one: one.order)
        drawn += [_drawn(hook, result, panel) for panel in panels]
    return drawn


def _drawn(hook: str, result: PluginResult, panel: OrderPanel | CustomerPanel | HomePanel) -> DrawnPanel:
    try:
        with fenced():
            html = console_environment().get_template(panel.template).render(**panel.context)
    except Exception as error:  # noqa: BLE001 - a plugin's template may raise anything
        shop_hooks().unusable(result, hook, error)
        current_app.logger.warning("the panel of %s failed: %s", result.plugin, error)
        return _failed(result.plugin)
    return DrawnPanel(result.plugin, plugin_title(result.plugin), Markup(html))  # noqa: S704 - a template's own output


def _failed(plugin: str) -> DrawnPanel:
    return DrawnPanel(plugin, plugin_title(plugin), Markup())
