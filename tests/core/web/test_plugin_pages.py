"""What a plugin declares for web and command line is there where it is on, and nowhere else (integration)."""

import contextvars
import importlib
import re
import sys

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.app import HOOK_SPECS, connect, demo_seeders
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.platform import Platform
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers
from core.testing.browsers import host_of
from core.testing.buying import Buyer
from core.testing.goods import make_customer, make_product, make_shipping
from core.web.console.application import make_console
from core.web.storefront.application import make_storefront

# One file: pages in the storefront and the console, a place in the menu, a permission, demo data, a panel on orders.
GUEST_BOOK = """
from pathlib import Path

from flask import Blueprint

from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.tenancy import current_scope, require
from core.rendering.console.render import add_templates
from core.rendering.extensions import DemoSeed, MenuEntry, Opening, OrderPanel, Pages, Permission

storefront = Blueprint("storefront", __name__)
console = Blueprint("console", __name__)
add_templates("guest_book", Path(__file__).parent / "guest_book_templates")


@storefront.get("/wall")
def wall():
    return f"the wall of {current_scope().handle}"


@console.get("/entries")
def entries():
    require("guest_book.read")
    return f"the entries of {current_scope().handle}"


class GuestBook(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Guest book", "zh": "留言簿"}
    summary = {"en": "Visitors write.", "zh": "访客留言。"}

    @hookimpl
    def declare_pages(self):
        return Pages(storefront=storefront, console=console)

    @hookimpl
    def declare_menu(self):
        there = MenuEntry(
            key="entries", label="Guest book", icon="users", endpoint="console.entries",
            permission="guest_book.read", count=lambda: 41,
        )
        return [there, MenuEntry(key="gone", label="Nowhere", icon="users", endpoint="console.nowhere")]

    @hookimpl
    def declare_permissions(self):
        return [Permission(name="guest_book.read", label="Read the guest book", staff=False)]

    @hookimpl
    def declare_demo(self):
        return DemoSeed(name="guest_book", order=7, run=lambda settings, say: [Opening(title="Wall", address="http://x")])

    @hookimpl
    def show_order_panels(self, order_ids):
        if MODE["panel"] == "raise":
            raise RuntimeError("the plugin broke")
        template = "guest_book/panel.html" if MODE["panel"] == "show" else "guest_book/missing.html"
        foreign = OrderPanel(order_id=OTHER, template="guest_book/panel.html", context={"said": "FOREIGN"})
        mine = [OrderPanel(order_id=one, template=template, context={"said": "<i>lovely</i>"}) for one in order_ids]
        return [*mine, foreign]


from uuid import UUID

OTHER = UUID(int=1)
MODE = {"panel": "show"}
"""


@pytest.fixture(scope="module")
def booted(platform, tmp_path_factory):
    """A platform whose only plugin is the guest book."""
    parent = tmp_path_factory.mktemp("parent")
    folder = parent / "shelf_of_guest_book"
    (folder / "guest_book_templates").mkdir(parents=True)
    (folder / "guest_book_templates" / "panel.html").write_text("<p class='panel'>{{ said }}</p>")
    (folder / "guest_book.py").write_text(GUEST_BOOK)
    sys.path.insert(0, str(parent))
    registry = HookRegistry.boot(
        [importlib.import_module(name) for name in HOOK_SPECS],
        plugin_folder=folder,
        entry_point_group=None,
        internal=[answers],
    )
    assert registry.plugins["guest_book"].problems == ()
    yield Platform(platform.settings, registry, Dispatcher(registry))
    sys.path.remove(str(parent))


@pytest.fixture
def guest_book(platform, booted):
    """This process asks the guest book, and no other plugin, during the test."""
    connect(booted, [answers])
    yield booted
    connect(platform, [answers])


@pytest.fixture
def module(guest_book):
    """The plugin's module; what a test sets in it is put back."""
    found = guest_book.registry.plugins["guest_book"].module
    yield found
    found.MODE["panel"] = "show"


class Fresh(Client):
    """A client whose requests know nothing of a shop that the test itself has bound."""

    def open(self, *args, **options):
        return contextvars.Context().run(super().open, *args, **options)


@pytest.fixture
def console(guest_book):
    """`console(shop, "guest_book.read")` is a browser of somebody who works there with these permissions."""
    app = make_console(guest_book)

    def logged_in(*shops, permissions=()):
        token = new_code(24)
        works_in = tuple(
            StaffShop(shop_id=one.shop_id, handle=one.handle, name=one.name, role="staff") for one in shops
        )
        staff = StaffMember(
            id=new_id(), name="Ada", email=f"{token}@example.com", language="en", shops=works_in
        )
        answers.staff_by_token[token] = staff
        answers.permissions[staff.id] = set(permissions)
        client = Fresh(app, Response)
        client.set_cookie(STAFF_COOKIE, token, domain="localhost")
        return lambda path: client.get(path, base_url="http://localhost")

    return logged_in


def test_storefront_page_is_there_only_where_the_plugin_is_on(
    storefront_application, guest_book, shop, other_shop, enable
):
    enable(shop, "guest_book")
    client = Fresh(make_storefront(guest_book), Response)
    said = {
        scope: client.get("/x/guest-book/wall", base_url=f"http://{host_of(scope)}")
        for scope in (shop, other_shop)
    }
    assert (said[shop].status_code, said[shop].text) == (200, f"the wall of {shop.handle}")
    assert said[other_shop].status_code == 404
    enable(shop, "guest_book", state="off")
    assert client.get("/x/guest-book/wall", base_url=f"http://{host_of(shop)}").status_code == 404


def test_console_page_belongs_to_the_shop_in_its_address(console, shop, other_shop, enable):
    enable(shop, "guest_book")
    open_page = console(shop, other_shop, permissions=["guest_book.read"])
    found = open_page(f"/console/{shop.handle}/x/guest-book/entries")
    assert (found.status_code, found.text) == (200, f"the entries of {shop.handle}")
    assert open_page(f"/console/{other_shop.handle}/x/guest-book/entries").status_code == 404


def test_menu_shows_the_place_with_its_count_to_those_who_may(console, shop, other_shop, enable):
    enable(shop, "guest_book")
    address = f"/console/{shop.handle}/x/guest-book/entries"
    allowed = console(shop, other_shop, permissions=["guest_book.read"])
    menu = allowed(f"/console/{shop.handle}/").text
    assert address in menu
    assert re.search(r"\b41\b", menu)
    assert "Nowhere" not in menu
    assert address not in console(shop)(f"/console/{shop.handle}/").text
    assert "/x/guest-book/" not in allowed(f"/console/{other_shop.handle}/").text


def test_declared_permission_is_known_with_what_staff_hold(guest_book):
    [said] = guest_book.registry.declarations("declare_permissions")
    assert said.plugin == "guest_book"
    assert [(one.name, one.staff) for one in said.value] == [("guest_book.read", False)]


def test_demo_data_is_found_by_the_command_line(guest_book):
    [seed] = demo_seeders(guest_book)
    assert (seed.name, seed.order) == ("guest_book", 7)
    assert [one.title for one in seed.run(guest_book.settings, print)] == ["Wall"]


@pytest.fixture
def order_page(console, shop, enable):
    """The console's page of one order, with the guest book on."""
    enable(shop, "guest_book")
    with shop_bound(shop, SYSTEM):
        buyer = Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())})
        placed = buyer.order([(make_product().variant_id, 1)])
    open_page = console(shop, permissions=["orders.ship"])
    return lambda: open_page(f"/console/{shop.handle}/orders/{placed.order_id}")


def test_order_panel_is_drawn_with_its_words_escaped(order_page):
    page = order_page()
    assert page.status_code == 200
    assert "<p class='panel'>&lt;i&gt;lovely&lt;/i&gt;</p>" in page.text
    assert "FOREIGN" not in page.text


@pytest.mark.parametrize("mode", ["raise", "no template"])
def test_order_panel_that_fails_is_a_card_with_the_plugins_name(order_page, module, mode):
    module.MODE["panel"] = mode
    page = order_page()
    assert page.status_code == 200
    assert "Guest book" in page.text
    assert "lovely" not in page.text
