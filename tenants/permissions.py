"""What the two roles may do: owners everything, staff everything that is not marked as the owner's."""

from uuid import UUID

from core.hooks.current import installed
from core.kernel.i18n import N_
from tenants.staff_directory import role_in

# Core's own permissions; True: the role "staff" holds it.
CORE_PERMISSIONS = {
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
