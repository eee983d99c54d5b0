"""What programs may read and do of what tenants own: plugins, the record of changes, samples, the first steps."""

from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, PartOfApi, Send
from tenants.actions.first_hour import note_delivery_seen, put_checklist, remove_samples, restore_samples
from tenants.actions.plugins import (
    impact_of_switching_off,
    save_plugin_settings,
    switch_plugin_off,
    switch_plugin_on,
)
from tenants.queries import AuditView, changes, shop_plugin, shop_plugins

READ = "shop.read"
# A record of changes is looked through by people; programs that want everything hear of it by webhooks.
_FURTHEST = 10_000


def list_changes(*, page: PageAsked, action: str | None = None) -> ApiPage[AuditView]:
    """Who changed what in the shop's set-up, newest first.

    Args:
        action: only changes of this kind, such as "plugin.switch".
    """
    behind = min(int(page.after), _FURTHEST) if page.after.isdecimal() and len(page.after) < 7 else 0
    found = changes(limit=page.size + 1, offset=behind, action=action)
    more = len(found) > page.size
    return ApiPage(found[: page.size], str(behind + page.size) if more else "")


API = PartOfApi(
    admin=ApiRoom(
        name="tenants",
        title=N_("Plugins and record"),
        about=N_(
            "Which plugins the shop has, who changed what, and the examples that a new shop begins with."
        ),
        routes=(
            Get("/plugins", shop_plugins, READ),
            Get("/plugins/<name>", shop_plugin, READ),
            Get("/changes", list_changes, "plugins.switch"),
            Send("POST", "/plugins/<plugin>/switch-on", switch_plugin_on),
            Send("POST", "/plugins/<plugin>/switch-off", switch_plugin_off, answer="state"),
            Send("POST", "/plugins/<plugin>/impact", impact_of_switching_off),
            Send("PUT", "/plugins/<plugin>/settings", save_plugin_settings),
            Send("POST", "/samples/remove", remove_samples),
            Send("POST", "/samples/restore", restore_samples),
            Send("PUT", "/first-steps", put_checklist),
            Send("POST", "/first-steps/delivery-seen", note_delivery_seen),
        ),
    )
)
