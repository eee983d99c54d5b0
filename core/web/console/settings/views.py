"""The settings of the shop itself; the other pages of the settings are imported here, so that they hang on."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from core.commerce.shops.actions import update_shop
from core.commerce.shops.queries import shop_settings
from core.kernel.i18n import N_, gettext
from core.rendering.console.forms import Form
from core.web.console.answers import go, show
from core.web.console.settings import delivery, hours_and_taxes, sharing
from core.web.console.settings.blueprint import blueprint as blueprint
from core.web.console.settings.blueprint import settings_tabs
from core.web.console.settings.schemas import ShopSchema

PAGES = (blueprint, delivery, hours_and_taxes, sharing)
moved = delivery.moved


@blueprint.route("/", methods=["GET", "POST"])
def shop() -> Response:
    """What the shop says, how it is reached, and how long orders wait for their payment."""
    stored = shop_settings()
    values = {
        **{name: getattr(stored, name) for name in ("name", "tagline", "announcement")},
        **{name: stored.contact.get(name, "") for name in ("email", "phone", "hours")},
        "payment_window": stored.payment_window * 60,
    }
    form = Form(ShopSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            update_shop(changes=_changes(data, stored.contact))
            return go("console_settings.shop", said=gettext(N_("The settings are saved.")))
    status = 422 if request.method == "POST" else 200
    return show("settings/shop", status=status, form=form, tabs=settings_tabs())


def _changes(data: Mapping[str, Any], contact: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: data[name] or "" for name in ("email", "phone", "hours")}
    return {
        **{name: data[name] for name in ("name", "tagline", "announcement")},
        "contact": {**contact, **said},
        "payment_window": int(data["payment_window"].total_seconds()) // 60,
    }
