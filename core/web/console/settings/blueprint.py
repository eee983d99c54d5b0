"""The blueprint that all pages of the settings hang on, and their tabs."""

from flask import Blueprint, current_app, request, url_for

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import require
from core.rendering.console.visits import may

PERMISSION = "shop.edit"
blueprint = Blueprint("console_settings", __name__)
_TABS = (
    ("shop", N_("Shop")),
    ("console_payments.index", N_("Payments")),
    ("delivery", N_("Delivery")),
    ("taxes", N_("Taxes")),
    ("hours", N_("Store hours")),
    ("console_aftersale_settings.rules", N_("After-sale")),
    ("sharing", N_("Sharing")),
    ("console_message_settings.topics", N_("Messages")),
    ("console_webhooks.index", N_("Webhooks")),
    # Who owns shops also knows whose tokens are whose; where nobody does, there is no such page.
    ("tenants.api_tokens", N_("API")),
)
# Pages that want more than the settings do.
_NEED = {"console_payments.index": "payments.edit"}


@blueprint.before_request
def owners_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def settings_tabs() -> list[tuple[str, str, None, bool, bool]]:
    """The pages of the settings, for the kit's `view_tabs`."""
    endpoint = request.endpoint or ""
    room, _, here = endpoint.partition(".")
    return [
        (
            gettext(label),
            url_for(name if "." in name else f"console_settings.{name}"),
            None,
            endpoint == name or (room.startswith("console_") and _is_in(room, here, name)),
            False,
        )
        for name, label in _TABS
        if "." not in name or name in current_app.view_functions
        if name not in _NEED or may(_NEED[name])
    ]


def _is_in(room: str, here: str, name: str) -> bool:
    return room == name.partition(".")[0] if "." in name else name == here
