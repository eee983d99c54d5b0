"""What the two roles may do: owners everything, staff everything that is not marked as the owner's."""

from uuid import UUID

from core.hooks.current import installed
from core.kernel.i18n import N_
from tenants.staff_directory import role_in

# What a program may read with a token; in the console, whoever works in a shop reads it all.
READING = {
    "orders.read": N_("Read orders, payments, parcels and after-sale cases"),
    "catalog.read": N_("Read products, collections and stock"),
    "customers.read": N_("Read customers"),
    "marketing.read": N_("Read segments, links and figures"),
    "content.read": N_("Read pages"),
    "reviews.read": N_("Read reviews"),
    "messages.read": N_("Read messages"),
    "shop.read": N_("Read the settings, webhooks and plugins"),
}
LABELS = {
    "catalog.edit": N_("Change products, collections and stock"),
    "orders.note": N_("Write notes on orders and tag them"),
    "orders.ship": N_("Send parcels and correct addresses"),
    "orders.refund": N_("Cancel orders, refund, decide after-sale cases"),
    "orders.export": N_("Export orders"),
    "content.edit": N_("Change pages and the shop's look"),
    "customers.edit": N_("Change customers"),
    "customers.export": N_("Export customers"),
    "customers.import": N_("Import customers"),
    "marketing.edit": N_("Change segments, links and promotions"),
    "messages.send": N_("Send messages again"),
    "reviews.edit": N_("Answer, hide and show reviews"),
    "shop.edit": N_("Change the settings and webhooks"),
    "payments.edit": N_("Change how the shop is paid"),
    "plugins.switch": N_("Switch plugins and change their settings"),
}
# Core's own permissions; True: the role "staff" holds it.
CORE_PERMISSIONS = {
    **dict.fromkeys(READING, True),
    "catalog.edit": True,
    "orders.note": True,
    "orders.ship": True,
    "orders.refund": True,
    "orders.export": True,
    "content.edit": True,
    "customers.edit": True,
    "customers.export": False,
    "customers.import": False,
    "marketing.edit": True,
    "messages.send": True,
    "reviews.edit": True,
    "shop.edit": False,
    "payments.edit": False,
    "plugins.switch": False,
}
ROLES = {"owner": N_("Owner"), "staff": N_("Staff")}


def may(staff_id: UUID, permission: str, shop_id: int) -> bool:
    """Whether a staff member holds a permission in a shop; unknown permissions are refused to all."""
    held = known_permissions().get(permission)
    if held is None:
        return False
    role = role_in(staff_id, shop_id)
    return role == "owner" or (role == "staff" and held)


def known_permissions() -> dict[str, bool]:
    """Every permission by name: core's and those that plugins declared."""
    declared = installed().registry.declarations("declare_permissions")
    plugins = {one.name: one.staff for result in declared for one in result.value}
    return {**plugins, **CORE_PERMISSIONS}


def scope_labels() -> dict[str, str]:
    """Every permission that a token may be given, with what it is called (a message id): reading first, plugins' last."""
    declared = installed().registry.declarations("declare_permissions")
    plugins = {one.name: one.label for result in declared for one in result.value}
    return {**READING, **LABELS, **plugins}
