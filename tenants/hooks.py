"""Answers what core asks of whoever owns shops; translations only, the work is in directory and actions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from click import Command

from core.hooks.dispatch import PluginSets
from core.hooks.markers import hookimpl
from core.kernel.i18n import N_
from core.kernel.tenancy import ShopScope
from core.platform import Platform
from core.rendering.api import ApiCaller, PartOfApi
from core.rendering.extensions import (
    DemoSeed,
    HomePanel,
    MenuEntry,
    OrderPanel,
    Pages,
    SampleOffer,
    StaffMember,
)
from tenants import addresses, api_tokens, commands, directory, permissions
from tenants.actions import logins
from tenants.actions.audit import note_change
from tenants.api import API
from tenants.demo.seed import demo_seed
from tenants.platform import install_platform_engine
from tenants.web import api as api
from tenants.web import first_hour, hints
from tenants.web import plugins as plugins  # importing brings its pages
from tenants.web import record as record
from tenants.web import signup as signup
from tenants.web.answers import pages
from tenants.web.entry import entry


def connect(platform: Platform) -> None:
    """Connect what the answers below need; core calls it when a process boots."""
    install_platform_engine(platform.settings.database_platform_url)
    settings = platform.settings
    doors = {host: f"http://{settings.lan_address}:{port}" for port, host in settings.lan_doors}
    addresses.install_port(settings.port, doors)
    hints.install_demo(demo=platform.settings.demo)
    hints.install_signup(open_to_all=platform.settings.takes_merchants)
    directory.forget_all()


@hookimpl
def declare_commands() -> list[Command]:
    """`pinpu shop …` and `pinpu plugin …`."""
    return [commands.shop, commands.plugin]


@hookimpl
def declare_demo() -> DemoSeed:
    """Two example shops and their last month."""
    return demo_seed()


@hookimpl
def declare_pages() -> Pages:
    """Log-in, sign-up and the choice of a shop; in each shop its first steps, plugins, and the record of changes."""
    return Pages(platform=entry, console=pages)


@hookimpl
def declare_api() -> PartOfApi:
    """Plugins, the record of changes, samples and first steps, for programs."""
    return API


@hookimpl
def declare_menu() -> list[MenuEntry]:
    """The places of plugins and of the first steps in the menu."""
    return [
        MenuEntry(
            key="plugins",
            label=N_("Plugins"),
            icon="plug",
            endpoint="plugins",
            permission="plugins.switch",
        ),
        MenuEntry(
            key="first_hour",
            label=N_("First steps"),
            icon="checklist",
            endpoint="checklist",
            section="settings",
            permission="shop.edit",
        ),
    ]


@hookimpl
def show_home_panels() -> list[HomePanel]:
    """What is left of a shop's first steps."""
    return first_hour.home_panels()


@hookimpl
def show_sample_offers() -> list[SampleOffer]:
    """Samples for a shop that has none."""
    return first_hour.sample_offers()


@hookimpl
def show_order_panels(order_ids: tuple[UUID, ...]) -> list[OrderPanel]:
    """What a test order is."""
    return first_hour.order_panels(order_ids)


@hookimpl
def answer_scope_for_host(host: str) -> ShopScope | None:
    """The shop on a host."""
    return directory.scope_for_host(host)


@hookimpl
def answer_scope_for_shop(shop_id: int) -> ShopScope | None:
    """An open shop by id."""
    return directory.shop_scope(shop_id)


@hookimpl
def answer_enabled_plugins(shop_id: int) -> PluginSets:
    """The shop's switches."""
    return directory.switches_of(shop_id).sets


@hookimpl
def answer_plugin_settings(shop_id: int, plugin: str) -> dict[str, Any]:
    """What the merchant filled in."""
    return directory.switches_of(shop_id).settings.get(plugin, {})


@hookimpl
def answer_staff_may(staff_id: UUID, permission: str, shop_id: int) -> bool:
    """Owners may do everything, staff what their role holds."""
    return permissions.may(staff_id, permission, shop_id)


@hookimpl
def answer_storefront_address(shop_id: int) -> str:
    """The canonical address of a shop's storefront."""
    return addresses.storefront_address(shop_id)


@hookimpl
def answer_staff_for_session(token: str) -> StaffMember | None:
    """Who is logged in."""
    return logins.staff_of_token(token)


@hookimpl
def answer_api_caller(token: str) -> ApiCaller | None:
    """Whose token a program showed."""
    return api_tokens.caller_of(token)


@hookimpl
def answer_change_noted(
    action: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Keep it with the other changes."""
    note_change(action, subject, dict(before), dict(after))
    return True
