"""Every room of the admin API, in the order of its reference."""

from core.hooks.registry import HookRegistry
from core.hooks.results import PluginResult
from core.platform import Platform
from core.rendering.api import ApiRoom
from core.web.api.admin import (
    aftersale,
    catalog,
    content,
    customers,
    fulfilment,
    marketing,
    messages,
    orders,
    payments,
    reviews,
    settings,
)
from core.web.api.admin.audience import AdminAudience
from core.web.api.application import ApiApplication, make_api

ROOMS = (
    settings.ROOM,
    orders.ROOM,
    fulfilment.ROOM,
    aftersale.ROOM,
    catalog.ROOM,
    customers.ROOM,
    content.ROOM,
    marketing.ROOM,
    reviews.ROOM,
    messages.ROOM,
    payments.ROOM,
    settings.WEBHOOKS,
)


def make_admin_api(platform: Platform) -> ApiApplication:
    """The merchants' API, with what plugins bring."""
    return make_api(platform, AdminAudience(), ROOMS, admin_parts(platform.registry))


def admin_parts(registry: HookRegistry) -> list[tuple[str, ApiRoom]]:
    """Rooms of tenants (without a plugin's name: they are in every shop) and of plugins."""
    declared: list[PluginResult] = registry.declarations("declare_api")
    return [
        ("" if one.plugin in registry.internal else one.plugin, one.value.admin)
        for one in declared
        if one.value.admin is not None
    ]
