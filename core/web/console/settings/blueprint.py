"""The blueprint that all pages of the settings hang on, and their tabs."""

from flask import Blueprint, request, url_for

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import require

PERMISSION = "shop.edit"
blueprint = Blueprint("console_settings", __name__)
_TABS = (
    ("shop", N_("Shop")),
    ("delivery", N_("Delivery")),
    ("taxes", N_("Taxes")),
    ("hours", N_("Store hours")),
    ("console_aftersale_settings.rules", N_("After-sale")),
    ("sharing", N_("Sharing")),
    ("console_message_settings.topics", N_("Messages")),
    ("console_webhooks.index", N_("Webhooks")),
)


@blueprint.before_request
def owners_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def settings_tabs() -> list[tuple[str, str, None, bool, bool]]:
    """The pages of the settings, for the kit's `view_tabs`."""
    here = (request.endpoint or "").rpartition(".")[2]
    room = (request.endpoint or "").partition(".")[0]
    return [
        (
            gettext(label),
            url_for(name if "." in name else f"console_settings.{name}"),
            None,
            room == name.partition(".")[0] if "." in name else name == here,
            False,
        )
        for name, label in _TABS
    ]
