"""Where pages of tenants and plugins are found, and in which shops."""

from dataclasses import dataclass, field

from flask import Blueprint, Flask, g

from core.hooks.current import shop_hooks
from core.hooks.registry import HookRegistry
from core.hooks.results import PluginResult
from core.kernel.errors import NotFound
from core.rendering.extensions import Pages
from core.web.console.entry import SHOP_ARGUMENT

# Everything about one shop stands below this; the argument is taken out before a view sees it.
SHOP_PREFIX = f"/console/<{SHOP_ARGUMENT}>"


@dataclass(slots=True)
class Mounts:
    """Which blueprint belongs to which plugin; blueprints of core and tenants are in every shop."""

    plugin_of: dict[str, str] = field(default_factory=dict)

    def gate(self, blueprints: list[str]) -> str | None:
        """The plugin whose page is asked for, or None."""
        return next((self.plugin_of[name] for name in blueprints if name in self.plugin_of), None)


def mount_core(app: Flask, blueprint: Blueprint, path: str = "") -> None:
    """Put a blueprint of core's own at `path` of every shop."""
    app.register_blueprint(blueprint, url_prefix=f"{SHOP_PREFIX}{path}")


def mount_parts(app: Flask, registry: HookRegistry) -> Mounts:
    """Put the console pages that tenants and plugins declare at their places.

    A plugin's blueprint is known by the plugin's name, so that its endpoints are "<plugin>.<view>".
    """
    mounts = Mounts()
    for part, pages in _declared(registry):
        if pages.platform is not None and part in registry.internal:
            app.register_blueprint(pages.platform)
        if pages.console is None:
            continue
        if part in registry.internal:
            app.register_blueprint(pages.console, url_prefix=SHOP_PREFIX, name=part)
        else:
            path = f"{SHOP_PREFIX}/x/{part.replace('_', '-')}"
            app.register_blueprint(pages.console, url_prefix=path, name=part)
            mounts.plugin_of[part] = part
    return mounts


def _declared(registry: HookRegistry) -> list[tuple[str, Pages]]:
    found: list[PluginResult] = registry.declarations("declare_pages")
    return [(one.plugin, one.value) for one in found]


def require_plugin(plugin: str) -> None:
    """Answer as if the page did not exist, unless the bound shop has `plugin` on or draining."""
    if g.get(SHOP_ARGUMENT) is None or plugin not in shop_hooks().sets.obligation:
        raise NotFound
