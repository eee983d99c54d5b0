"""What plugins show about an order: asked for together, drawn one by one; a panel that fails is a card with its name."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from markupsafe import Markup

from core.hooks.current import shop_hooks
from core.hooks.results import PluginFailure, PluginResult
from core.kernel.db import fenced
from core.rendering.console.render import console_environment
from core.rendering.extensions import OrderPanel
from core.web.console.sources import plugin_title

_HOOK = "show_order_panels"


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel as HTML, or, with `html` empty, the name of the plugin that could not show its own."""

    plugin: str
    title: str
    html: Markup


def order_panels(order_id: UUID) -> list[DrawnPanel]:
    """The panels of every plugin of the shop for one order."""
    hooks = shop_hooks()
    drawn = []
    for result in hooks.call(_HOOK, failed="collect", order_ids=(order_id,)):
        if isinstance(result, PluginFailure):
            drawn.append(_failed(result.plugin))
            continue
        panels = sorted((one for one in result.value if one.order_id == order_id), key=lambda one: one.order)
        drawn += [_drawn(result, panel) for panel in panels]
    return drawn


def _drawn(result: PluginResult, panel: OrderPanel) -> DrawnPanel:
    try:
        with fenced():
            html = console_environment().get_template(panel.template).render(**panel.context)
    except Exception as error:  # noqa: BLE001 - a plugin's template may raise anything
        shop_hooks().unusable(result, _HOOK, error)
        current_app.logger.warning("the order panel of %s failed: %s", result.plugin, error)
        return _failed(result.plugin)
    return DrawnPanel(result.plugin, plugin_title(result.plugin), Markup(html))  # noqa: S704 - a template's own output


def _failed(plugin: str) -> DrawnPanel:
    return DrawnPanel(plugin, plugin_title(plugin), Markup())
