"""What tenants and plugins declare for web, console and command line, and who tells whether a browser is logged in."""

# mypy: disable-error-code="empty-body"

from collections.abc import Iterator
from uuid import UUID

from click import Command
from marshmallow import Schema

from core.hooks.markers import hookspec
from core.rendering.api import ApiCaller, PartOfApi
from core.rendering.declarations import page_problems, settings_problems
from core.rendering.extensions import (
    CustomerPanel,
    DemoSeed,
    GrowthPlay,
    HomePanel,
    HomeTask,
    MenuEntry,
    OrderPanel,
    Pages,
    Permission,
    SampleOffer,
    StaffMember,
)

# A plugin's pages are known by its name (`url_for("<plugin>.<view>")`); these are core's own, and all that begin so.
TAKEN_NAMES = frozenset(
    [
        "aftersale",
        "announcement",
        "browse",
        "cart",
        "cases",
        "checkout",
        "files",
        "finding",
        "health",
        "icons",
        "login",
        "money_back",
        "notifications",
        "orders",
        "paying",
        "previews",
        "reviews",
        "sharing",
        "sources",
        "staff_view",
        "tenants_entry",
        "webhooks",
        "wechat_cards",
    ]
)
TAKEN_BEGINNING = "console_"


def _page_problems(plugin: str, pages: Pages) -> Iterator[str]:
    if plugin in TAKEN_NAMES or plugin.startswith(TAKEN_BEGINNING):
        yield f"{plugin} is a name of core's own pages: call the plugin otherwise."
    yield from page_problems(plugin, pages)


@hookspec(since="0.1", judge=_page_problems)
def declare_pages() -> Pages:
    """Bring blueprints of your own.

    When: once per process, at boot.
    Returns: Pages. Core mounts them and answers 404 in shops where the plugin is off.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1")
def declare_menu() -> list[MenuEntry]:
    """Take places in the console's menu.

    When: once per process, at boot.
    Returns: entries; shown in shops where the plugin is on, to staff who hold the permission.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1")
def declare_permissions() -> list[Permission]:
    """Name what staff may or may not do with you.

    When: once per process, at boot.
    Returns: permissions, each named "<plugin>.<verb>".
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.2")
def declare_api() -> PartOfApi:
    """Bring addresses of the public API: queries that programs may read, actions that they may call.

    When: once per process, at boot.
    Returns: PartOfApi. Each address stands in the OpenAPI document and answers 404 in shops where the plugin is off.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1", judge=settings_problems)
def declare_settings() -> type[Schema]:
    """Name your settings: a marshmallow schema is the form, the validation and the documentation.

    When: once per process, at boot.
    Returns: a Schema class whose fields carry label, help and widget in their metadata, and defaults in load_default.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1")
def declare_commands() -> list[Command]:
    """Add commands to `pinpu`.

    When: when the command line starts.
    Returns: click commands or groups.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1")
def declare_demo() -> DemoSeed:
    """Bring data for `pinpu demo`.

    When: `pinpu demo` seeds, in the order of `DemoSeed.order`.
    Returns: a DemoSeed; running it again must change nothing.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.1", activation="obligation", budget_ms=50)
def show_order_panels(order_ids: tuple[UUID, ...]) -> list[OrderPanel]:
    """Show how your part of an order stands, on the merchant's page of it.

    When: the page is rendered; reads only. Draining plugins are asked too: their orders are still open.
    Arguments: `order_ids`, answered together.
    Returns: panels, each for one of the orders; orders that do not concern you have none.
    On failure: a card says that this plugin could not show its part; the page goes on.
    """


@hookspec(since="0.2", activation="obligation", budget_ms=50)
def show_customer_panels(customer_ids: tuple[UUID, ...]) -> list[CustomerPanel]:
    """Show what a customer has to do with you, on the merchant's page of them.

    When: the page is rendered; reads only. Draining plugins are asked too: their business is still open.
    Arguments: `customer_ids`, answered together.
    Returns: panels, each for one of the customers; customers that do not concern you have none.
    On failure: a card says that this plugin could not show its part; the page goes on.
    """


@hookspec(since="0.2")
def declare_growth_plays() -> list[GrowthPlay]:
    """Offer campaigns that a merchant begins with one press on a product of their own.

    When: once per process, at boot.
    Returns: plays. They are offered in every shop; the one that is chosen switches the plugin on first.
    On failure: the plugin is quarantined.
    """


@hookspec(since="0.2", budget_ms=50)
def show_home_panels() -> list[HomePanel]:
    """Show a card on the console's home page: something that a person should do, or look at, today.

    When: the page is rendered; reads only, and at most two statements.
    Returns: panels; none on ordinary days.
    On failure: a card says that this plugin could not show its part; the page goes on.
    """


@hookspec(since="0.2", budget_ms=50)
def show_sample_offers() -> list[SampleOffer]:
    """Offer samples where the console's lists of products, customers or orders are still empty.

    When: such a list is rendered while it holds nothing at all; reads only, and at most one statement.
    Returns: offers; none to staff who may not take them, and none when the shop has had samples.
    On failure: the offer is left out.
    """


@hookspec(since="0.2", activation="obligation", budget_ms=50)
def show_home_tasks() -> list[HomeTask]:
    """Put lines into the to-do queue of the console's home page.

    When: the page is rendered; reads only, and at most two statements. Draining plugins are asked too.
    Returns: tasks that wait for a person, each with a link to exactly its rows; what goes on by itself is none.
    On failure: the plugin's lines are left out.
    """


@hookspec(since="0.1")
def answer_staff_for_session(token: str) -> StaffMember | None:
    """Who is logged in to the console with this cookie.

    When: at the beginning of each console request; no shop is bound.
    Args:
        token: as the cookie holds it.
    Returns: the staff member with the shops they work in, or None.
    On failure: the request fails, loudly.
    """


@hookspec(since="0.2")
def answer_api_caller(token: str) -> ApiCaller | None:
    """Whose API token this is.

    When: at the beginning of each request to the admin API; no shop is bound.
    Args:
        token: as the program sent it.
    Returns: the shop, the person behind the token and its scopes; None for a token that is not ours, has run out, was
        revoked, or whose maker does not work in the shop any more.
    On failure: the request fails, loudly.
    """
