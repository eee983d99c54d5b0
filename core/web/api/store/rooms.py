"""Every room of the storefront API, in the order of its reference."""

from core.platform import Platform
from core.rendering.api import ApiRoom
from core.web.api.application import ApiApplication, make_api
from core.web.api.store import cart, catalog, checkouts, orders, sessions
from core.web.api.store.audience import StoreAudience
from core.web.api.store.callers import install_guest_key

ROOMS: tuple[ApiRoom, ...] = (catalog.ROOM, sessions.ROOM, cart.ROOM, checkouts.ROOM, orders.ROOM)


def make_store_api(platform: Platform) -> ApiApplication:
    """The buyers' API, with what plugins bring."""
    parts = [
        (one.plugin, one.value.storefront)
        for one in platform.registry.declarations("declare_api")
        if one.value.storefront is not None
    ]
    app = make_api(platform, StoreAudience(), ROOMS, parts)
    install_guest_key(app, platform.secret("guests of the storefront's API"))
    return app
