"""What core asks of whoever owns shops (tenants): exactly one implementation each, and errors reach the caller."""

# mypy: disable-error-code="empty-body"

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.hooks.dispatch import PluginSets
from core.hooks.markers import hookspec
from core.hooks.results import DrainReport, Problem, PurgePlan
from core.kernel.tenancy import ShopScope


@hookspec(since="0.1")
def answer_scope_for_host(host: str) -> ShopScope | None:
    """Which shop answers on this host name.

    When: at the beginning of each storefront request; cached by the implementer, no shop is bound.
    Arguments: `host`, lower case, without port.
    Returns: the scope, or None: the request is answered with 421.
    On failure: the request fails, loudly.
    """


@hookspec(since="0.1")
def answer_scope_for_shop(shop_id: int) -> ShopScope | None:
    """The scope of an open shop by id.

    When: at the beginning of each job; cached by the implementer, no shop is bound.
    Arguments: `shop_id`, as the directory gave it out.
    Returns: the scope, or None when the shop is gone.
    On failure: the job fails and is tried again.
    """


@hookspec(since="0.1")
def answer_enabled_plugins(shop_id: int) -> PluginSets:
    """The plugins of a shop: those that take new business, and those that only finish what is open.

    When: at each use of hooks; the implementer caches and re-reads at most every half second.
    Args:
        shop_id: as the directory gave it out.
    Returns: both sets.
    On failure: the request fails, loudly.
    """


@hookspec(since="0.1")
def answer_plugin_settings(shop_id: int, plugin: str) -> dict[str, Any]:
    """What the merchant filled into a plugin's settings form, as stored (empty: defaults).

    When: whenever a plugin reads its settings; cached by the implementer with the switches.
    Args:
        shop_id: as the directory gave it out.
        plugin: the plugin's name.
    Returns: field name → value, JSON-able.
    On failure: the request fails, loudly.
    """


@hookspec(since="0.1")
def answer_staff_may(staff_id: UUID, permission: str, shop_id: int) -> bool:
    """Whether a staff member may do something in a shop.

    When: at each command of a staff member; cached by the implementer for the request.
    Args:
        staff_id: the staff member who acts.
        permission: what they are about to do, for example "orders.refund".
        shop_id: the shop they work in.
    Returns: True only if it is allowed.
    On failure: the request fails, loudly.
    """


@hookspec(since="0.1")
def answer_storefront_address(shop_id: int) -> str:
    """The address of a shop's storefront as people type it, without a slash at the end.

    When: links in messages, notifications and previews are made outside of a storefront request.
    Args:
        shop_id: as the directory gave it out.
    Returns: for example "http://qingshan.localhost:8000".
    On failure: the request fails, loudly.
    """


@hookspec(since="0.1")
def switch_check(turning: str) -> list[Problem]:
    """Say what stands in the way of a switch.

    When: before the plugin is switched in a shop, inside the switch's transaction, and when the impact is shown.
    Arguments:
        turning: "on" or "off".
    Returns: problems with a way out; none lets the switch go on.
    On failure: the switch is rolled back and the merchant is told.
    """


@hookspec(since="0.1")
def switch_on() -> None:
    """Prepare the shop for the plugin.

    When: when the plugin is switched on, inside the switch's transaction; also when it had been draining.
    Returns: nothing.
    On failure: the switch is rolled back and the merchant is told.
    """


@hookspec(since="0.1")
def switch_off(dry_run: bool) -> DrainReport:
    """Stop new business and say what is still open.

    When: when the plugin is switched off, inside the switch's transaction; with `dry_run` for the impact report, and
    from time to time while it drains, to learn whether it is finished.
    Arguments:
        dry_run: True: count only, change nothing.
    Returns: what is still open; nothing open means that the plugin is off at once.
    On failure: the switch is rolled back and the merchant is told.
    """


@hookspec(since="0.1")
def switch_purge(dry_run: bool) -> PurgePlan:
    """Delete the plugin's data of this shop, long after it was switched off.

    When: a separate decision of the owner, inside its own transaction.
    Arguments:
        dry_run: True: say what would be deleted and what is kept.
    Returns: what is deleted and what stays (what orders and money refer to stays).
    On failure: nothing is deleted and the merchant is told.
    """


@hookspec(since="0.2")
def answer_change_noted(
    action: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Keep in the shop's own record that a member of staff did something: "customers.exported", how many, which.

    When: inside the transaction of the command that did it.
    Args:
        action: what was done, as `<room>.<past verb>`.
        subject: what it was done to, in a few words.
        before: plain JSON without secrets; {} for things that only happened.
        after: likewise.
    Returns: True.
    On failure: the command fails, and nothing was done.
    """
