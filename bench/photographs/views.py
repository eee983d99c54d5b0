"""Which pages are photographed: every address that a browser can open, read from the maps of both applications."""

import re
from dataclasses import dataclass

from flask import Flask

from bench.photographs.shops import FIRST, Gallery
from core.web.application import HostDispatch

# Not pages: files, parts of pages, and what answers machines.
_NO_PAGES = ("health.", "static", "files.", "icons.", "console_media.", ".progress", ".template", "_template", ".report", ".results", ".made_file",
             ".poster_file", ".wechat", ".picture", ".code", ".export", ".follow", ".choose_language", "industry_picture", ".preview",
             ".come_back", ".root", ".front_door", ".check", "no_checkout", "console_find.", "tenants_entry.")  # fmt: skip
_ONLY_ONCE = (
    "tenants.first_product",
    "tenants.test_order",
    "tenants.growth",
    "tenants.look_at_delivery",
    "tenants.checklist",
)
# Endpoint → its argument → value; what is not here and not `ref` is no list and belongs to the stories in a browser.
_KNOWN = {"handle": {"browse.collection": "shelf-1", "browse.product": "tea-1", "reviews.all_reviews": "tea-1"},
          "code": {"group_buy.group": "group1", "sharing.sheet": "code1", "console_sharing.sheet": "code1"}, "ref": {}}  # fmt: skip
# More of a list than its address alone shows.
_MORE = {
    "console_orders.index": ("?view=all", "?view=all&q=T10001", "?view=all&q=zzzz"),
    "console_customers.index": ("?q=138", "?q=zzzz", "?sort=-spent"),
    "console_products.index": ("?q=龙井", "?q=zzzz"),
    "browse.search": ("?q=龙井", "?q=zzzz"),
    "browse.collection": ("?page=2", "?sort=price"),
    "orders.my_orders": ("?view=unpaid", "?page=2"),
    "coupon.index": ("?view=over&page=2", "?q=zzzz"),
    "coupon.campaign": ("?view=used", "?view=locked"),
    "coupon.mine": ("?tab=used", "?tab=expired"),
    "console_promotions.simulator": (f"?variant={FIRST}&quantity=2",),
}


@dataclass(frozen=True, slots=True)
class View:
    """One page of one shop: `name` is its endpoint, with what was added to the address."""

    shop: str
    name: str
    console: bool
    path: str


def views(gallery: Gallery, application: HostDispatch) -> list[View]:
    """All pages of all shops; those about one thing only where there is one."""
    found = []
    for shop in gallery.buyer:
        of_staff = [] if shop == "newcomer" else [(application.console, True)]
        for app, console in [*of_staff, (application.storefront, False)]:
            found += [view for rule in _pages(app) for view in _views(shop, console, rule)]
    return found


@dataclass(frozen=True, slots=True)
class _Page:
    endpoint: str
    rule: str
    arguments: frozenset[str]


def _pages(app: Flask) -> list[_Page]:
    return sorted(
        (
            _Page(rule.endpoint, rule.rule, frozenset(rule.arguments) - {"shop_handle"})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not any(part in rule.endpoint for part in _NO_PAGES)
        ),
        key=lambda page: page.rule,
    )


def _views(shop: str, console: bool, page: _Page) -> list[View]:
    path = page.rule.replace("<shop_handle>", shop)
    if page.endpoint in _ONLY_ONCE and shop != "nothing":
        return []
    for argument in page.arguments:
        value = _KNOWN.get(argument, {}).get(page.endpoint) or (str(FIRST) if argument == "ref" else "")
        if not value or shop in ("nothing", "newcomer"):
            return []
        path = re.sub(rf"<(\w+:)?{argument}>", value, path)
    more = _MORE.get(page.endpoint, ()) if shop == "many" else ()
    return [View(shop, page.endpoint + added, console, path + added) for added in ("", *more)]
