"""What surrounds every page: menu with counts, shop switcher, language, toasts."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Select

from core.commerce.aftersale.listing import counting_cases
from core.commerce.fulfilment.order_lists import counting, numbers
from core.commerce.payments.account_queries import counting_live_accounts
from core.commerce.reviews.queries import counting_reviews
from core.hooks import current
from core.hooks.current import shop_hooks
from core.hooks.registry import HookRegistry
from core.kernel.db import fenced
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope, scope_or_none
from core.rendering.console.icons import ICONS
from core.rendering.console.navigation import NavItem, merged
from core.rendering.console.render import THEME_COOKIE, Shell, ShopLink, Theme
from core.rendering.console.visits import (
    CONSOLE_PATH,
    LANGUAGE_PATH,
    LOGOUT_PATH,
    current_visit,
)
from core.rendering.extensions import MenuEntry
from core.web.console.toasts import taken_toasts
from core.web.security import csp_nonce

# Where a page that has counted the orders to ship leaves the number, so that it is not counted again.
ORDERS_TO_SHIP, CASES_WAITING = "orders_to_ship", "cases_waiting"
_log = logging.getLogger(__name__)
# Where a page leaves how many reviews wait, when it has counted them.
REVIEWS_WAITING = "reviews_waiting"
# Whether buyers pay real money is asked together with them.
LIVE_ACCOUNTS = "live_accounts"
_COUNTED = {"orders": ORDERS_TO_SHIP, "aftersale": CASES_WAITING, "reviews": REVIEWS_WAITING}
_THEMES: dict[str, Theme] = {"light": "light", "dark": "dark"}
# Core's own places: key, label, icon, endpoint, permission, whether it has a place in a phone's bottom bar.
_PLACES: tuple[tuple[str, str, str, str, str, bool], ...] = (
    ("home", N_("Home"), "home", "console_home.home", "", True),
    ("orders", N_("Orders"), "receipt", "console_orders.index", "", True),
    ("aftersale", N_("After-sale"), "arrow-back-up", "console_aftersale.index", "", False),
    ("products", N_("Products"), "box", "console_products.index", "", True),
    ("collections", N_("Collections"), "category", "console_collections.index", "catalog.edit", False),
    ("customers", N_("Customers"), "users", "console_customers.index", "", True),
    ("reviews", N_("Reviews"), "star", "console_reviews.index", "reviews.edit", False),
    ("design", N_("Shop design"), "layout-dashboard", "console_design.index", "content.edit", False),
    ("messages", N_("Messages"), "mail", "console_messages.index", "messages.send", False),
    ("insights", N_("Insights"), "chart-bar", "console_insights.index", "", False),
    ("promotions", N_("Marketing"), "calendar", "console_promotions.calendar", "marketing.edit", False),
    ("links", N_("Links"), "link", "console_links.index", "marketing.edit", False),
)


def menu_statements() -> dict[str, Select[Any]]:
    """What counts the menu's work, by where a page may leave the number: a page that counts anyway asks together."""
    found = {
        ORDERS_TO_SHIP: counting("to_ship"),
        CASES_WAITING: counting_cases("ours"),
        LIVE_ACCOUNTS: counting_live_accounts(),
    }
    return found | (
        {REVIEWS_WAITING: counting_reviews("waiting")} if current_visit().may("reviews.edit") else {}
    )


def _counts() -> dict[str, int]:
    """How much waits in places of the menu, in one statement; what the page at hand has counted is not counted again."""
    wanted = menu_statements()
    known = {name: number for name in wanted if (number := g.get(name)) is not None}
    counted = numbers({name: one for name, one in wanted.items() if name not in known}) | known
    g.setdefault(LIVE_ACCOUNTS, counted[LIVE_ACCOUNTS])
    return {place: counted[name] for place, name in _COUNTED.items() if name in counted}


@dataclass(frozen=True, slots=True)
class MenuPlace:
    """A part's menu entry: `part` declared it, `gated` when it is a plugin that must be on."""

    part: str
    entry: MenuEntry
    gated: bool


class ShellBuilder:
    """Builds the shell of each request from the request itself; made once per application."""

    def __init__(self, app: Flask, registry: HookRegistry) -> None:
        self._places = _menu_places(app, registry)
        self._paths = {rule.rule for rule in app.url_map.iter_rules()}

    def __call__(self) -> Shell:
        """The shell of the request at hand, built once: a plugin's panel may ask for it before the page does."""
        if not has_request_context():
            return Shell()
        if "console_shell" not in g:
            g.console_shell = self._built()
        shell: Shell = g.console_shell
        return shell

    def _built(self) -> Shell:
        visit = current_visit()
        scope = scope_or_none()
        nav = self._nav() if scope else ()
        return Shell(
            staff_name=visit.staff.name if visit.staff else "",
            nav=nav,
            payments_url=url_for("console_payments.index") if visit.may("payments.edit") and scope else "",
            test_mode=bool(scope) and not g.get(LIVE_ACCOUNTS, 0),
            path=request.path,
            shops=_shop_links(),
            home_url=f"{visit.home}/" if visit.home else CONSOLE_PATH,
            storefront_url=storefront_visit() if scope else "",
            search_url=url_for("console_find.find") if scope else "",
            language_url=LANGUAGE_PATH if LANGUAGE_PATH in self._paths else "",
            logout_url=LOGOUT_PATH if visit.staff and LOGOUT_PATH in self._paths else "",
            csrf_token=generate_csrf(),
            nonce=csp_nonce(),
            theme=_THEMES.get(request.cookies.get(THEME_COOKIE, ""), "auto"),
            toasts=taken_toasts(),
        )

    def _nav(self) -> tuple[NavItem, ...]:
        own = [
            NavItem(key, label, icon, url_for(endpoint), order=place, permission=permission, tab=tab)
            for place, (key, label, icon, endpoint, permission, tab) in enumerate(_PLACES)
        ]
        settings = NavItem(
            "settings",
            N_("Settings"),
            "settings",
            url_for("console_settings.shop"),
            section="settings",
            permission="shop.edit",
        )
        return merged(own, [settings], self._of_parts(), may=current_visit().may, counts=_counts())

    def _of_parts(self) -> Sequence[NavItem]:
        switched_on = shop_hooks().sets.obligation
        return [
            NavItem(
                f"{place.part}.{place.entry.key}",
                place.entry.label,
                place.entry.icon,
                url_for(f"{place.part}.{place.entry.endpoint.rpartition('.')[2]}"),
                section=place.entry.section,
                permission=place.entry.permission,
                count=_count(place),
            )
            for place in self._places
            if not place.gated or place.part in switched_on
        ]


def _menu_places(app: Flask, registry: HookRegistry) -> list[MenuPlace]:
    """The entries that can be shown; one that leads nowhere is reported once, here, and left out."""
    found = []
    for result in registry.declarations("declare_menu"):
        for entry in result.value:
            endpoint = f"{result.plugin}.{entry.endpoint.rpartition('.')[2]}"
            if entry.icon not in ICONS or endpoint not in app.view_functions:
                _log.warning(
                    "menu entry %s of %s: no page %s or no icon %s",
                    entry.key,
                    result.plugin,
                    endpoint,
                    entry.icon,
                )
                continue
            found.append(MenuPlace(result.plugin, entry, gated=result.plugin not in registry.internal))
    return found


def _count(place: MenuPlace) -> int | None:
    ask: Callable[[], int | None] | None = place.entry.count
    if ask is None:
        return None
    try:
        with fenced():
            return ask()
    except Exception:  # a plugin's number must not take every page down
        current_app.logger.exception("the menu count of %s failed", place.part)
        return None


def _shop_links() -> tuple[ShopLink, ...]:
    visit = current_visit()
    if visit.staff is None:
        return ()
    scope = scope_or_none()
    return tuple(
        ShopLink(
            shop.name,
            f"/console/{shop.handle}/",
            shop.handle,
            current=bool(scope and scope.shop_id == shop.shop_id),
        )
        for shop in visit.staff.shops
    )


def _storefront() -> str:
    """The address of the bound shop's storefront, asked for once per request."""
    if "storefront" not in g:
        g.storefront = str(current.answer("answer_storefront_address", shop_id=current_scope().shop_id))
    return str(g.storefront)


def storefront_link(path: str = "/") -> str:
    """The full address of a storefront path, for links out of the console."""
    return f"{_storefront()}{path}"


def storefront_visit(path: str = "/") -> str:
    """The console's address that leads staff to a storefront path, where a bar then says who is looking."""
    return url_for("console_storefront.visit", path=path)
