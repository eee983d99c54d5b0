"""The settings of the shop itself; the other pages of the settings are imported here, so that they hang on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, request

from core.commerce.shops.actions import update_shop
from core.commerce.shops.queries import ShopSettings, shop_settings
from core.kernel.i18n import N_, gettext
from core.rendering.console.forms import Form
from core.web.console.answers import go, show
from core.web.console.settings import delivery, hours_and_taxes, sharing
from core.web.console.settings.blueprint import blueprint as blueprint
from core.web.console.settings.blueprint import settings_tabs
from core.web.console.settings.schemas import ShopSchema


class Framed(NamedTuple):
    """Something that the frame around all pages says: its name, its words now, the part that is edited."""

    label: str
    words: str
    part: str


PAGES = (blueprint, delivery, hours_and_taxes, sharing)


@blueprint.route("/", methods=["GET", "POST"])
def shop() -> Response:
    """What the shop is called, and how long orders wait for their payment; what the frame says is shown with its door."""
    stored = shop_settings()
    values = {
        "name": stored.name,
        "tagline": stored.tagline,
        "payment_window": stored.payment_window * 60,
    }
    form = Form(ShopSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            update_shop(changes=_changes(data))
            return go("console_settings.shop", said=gettext(N_("The settings are saved.")))
    status = 422 if request.method == "POST" else 200
    return show("settings/shop", status=status, form=form, tabs=settings_tabs(), framed=_framed(stored))


def _changes(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": data["name"],
        "tagline": data["tagline"],
        "payment_window": int(data["payment_window"].total_seconds()) // 60,
    }


def _framed(stored: ShopSettings) -> tuple[Framed, ...]:
    reached = (str(stored.contact.get(name) or "") for name in ("phone", "email", "wechat", "hours"))
    return (
        Framed(gettext(N_("Announcement")), stored.announcement, "frame_announcement"),
        Framed(gettext(N_("Contact")), " · ".join(filter(None, reached)), "frame_contact"),
    )
