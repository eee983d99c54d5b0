"""Every room of the storefront API, in the order of its reference."""

from core.platform import Platform
from core.rendering.api import ApiRoom
from core.web.api.application import ApiApplication, make_api
from core.web.api.store.audience import StoreAudience

ROOMS: tuple[ApiRoom, ...] = ()


def make_store_api(platform: Platform) -> ApiApplication:
    """The buyers' API, with what plugins bring."""
    parts = [
        (one.plugin, one.value.storefront)
        for one in platform.registry.declarations("declare_api")
        if one.value.storefront is not None
    ]
    return make_api(platform, StoreAudience(), ROOMS, parts)
