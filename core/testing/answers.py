"""Plays tenants for tests of core and plugins: which plugins a shop has, and who may do what, from plain dictionaries."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.hooks.dispatch import PluginSets
from core.hooks.markers import hookimpl
from core.kernel.tenancy import ShopScope, current_scope
from core.rendering.api import ApiCaller
from core.rendering.extensions import StaffMember
from core.testing.shops import made_shop

# Shop id → (enabled, draining) plugin names, set by the fixtures `enable` and `drain`.
switches: dict[int, dict[str, str]] = {}
settings: dict[tuple[int, str], dict[str, Any]] = {}
staff_by_token: dict[str, StaffMember] = {}
permissions: dict[UUID, set[str]] = {}
api_callers: dict[str, ApiCaller] = {}
hosts: dict[str, ShopScope] = {}
# What commands had noted, as (shop id, action, subject, after).
noted: list[tuple[int, str, str, dict[str, Any]]] = []


@hookimpl
def answer_scope_for_host(host: str) -> ShopScope | None:
    """Hosts that the test named."""
    return hosts.get(host)


@hookimpl
def answer_scope_for_shop(shop_id: int) -> ShopScope | None:
    """Shops that the test made."""
    return made_shop(shop_id)


@hookimpl
def answer_enabled_plugins(shop_id: int) -> PluginSets:
    """What `enable` and `drain` said."""
    states = switches.get(shop_id, {})
    return PluginSets.of(
        [name for name, state in states.items() if state == "on"],
        draining=[name for name, state in states.items() if state == "draining"],
    )


@hookimpl
def answer_plugin_settings(shop_id: int, plugin: str) -> dict[str, Any]:
    """What `enable` was given."""
    return settings.get((shop_id, plugin), {})


@hookimpl
def answer_staff_may(staff_id: UUID, permission: str, shop_id: int) -> bool:
    """Permissions that the test handed out."""
    return permission in permissions.get(staff_id, set())


@hookimpl
def answer_storefront_address(shop_id: int) -> str:
    """A made-up address per shop."""
    scope = made_shop(shop_id)
    return f"http://{scope.handle if scope else 'unknown'}.localhost:8000"


@hookimpl
def answer_staff_for_session(token: str) -> StaffMember | None:
    """Staff that the test logged in."""
    return staff_by_token.get(token)


@hookimpl
def answer_api_caller(token: str) -> ApiCaller | None:
    """Tokens that the test made."""
    return api_callers.get(token)


@hookimpl
def answer_change_noted(
    action: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """A list that tests read."""
    noted.append((current_scope().shop_id, action, subject, dict(after)))
    return True
