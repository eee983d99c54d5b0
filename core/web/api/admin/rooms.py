"""Every room of the admin API, in the order of its reference."""

from core.platform import Platform
from core.web.api.admin import (
    aftersale,
    catalog,
    content,
    customers,
    fulfilment,
    marketing,
    messages,
    orders,
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
    settings.WEBHOOKS,
)


def make_admin_api(platform: Platform) -> ApiApplication:
    """The merchants' API, with what plugins bring."""
    parts = [
        (one.plugin, one.value.admin)
        for one in platform.registry.declarations("declare_api")
        if one.value.admin is not None
    ]
    return make_api(platform, AdminAudience(), ROOMS, parts)
