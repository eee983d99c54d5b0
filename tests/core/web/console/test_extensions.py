"""What plugins bring to the console: pages, menu entries with counts, panels on orders; only where they are on."""

import importlib
import sys

import pytest
from werkzeug.wrappers import Response

from core.app import HOOK_SPECS
from core.hooks import current
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.platform import Platform
from core.testing import answers
from core.testing.goods import make_customer, make_product
from core.web.console.application import make_console
from tests.core.web.console.conftest import FreshClient
from tests.core.web.console.orders_at_hand import paid_order

MANIFEST = """
name = "tea_club"
version = "1.0"
sdk = ">=0.1,<1"
title = { en = "Tea club", zh = "茶友会" }
summary = { en = "For friends of tea.", zh = "给茶友。" }
"""
HOOKS = """
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, url_for

from core.commerce.insights.campaigns import CampaignResult
from core.hooks.markers import hookimpl
from core.kernel.clock import now
from core.kernel.money import Money
from core.rendering.console.render import add_templates
from core.rendering.extensions import CustomerPanel, HomePanel, HomeTask, MenuEntry, OrderPanel, Pages
from core.rendering.extensions import SampleOffer

HERE = Path(__file__).parent
pages = Blueprint("tea_club", __name__)
mode = {"count": 3, "panel": "fine"}


@pages.get("/")
def index():
    return Response("members of " + url_for(".member", name="a"))


@pages.get("/members/<name>")
def member(name):
    raise RuntimeError("inside of the club")


@hookimpl
def declare_pages():
    add_templates("tea_club_NUMBER", HERE)
    return Pages(console=pages)


def counted():
    if mode["count"] is None:
        raise RuntimeError("cannot count")
    return mode["count"]


@hookimpl
def declare_menu():
    return [
        MenuEntry(key="club", label="Club", icon="users", endpoint="tea_club.index", count=counted),
        MenuEntry(key="lost", label="Lost", icon="users", endpoint="nowhere"),
        MenuEntry(key="secret", label="Secret", icon="key", endpoint="index", permission="tea_club.rule"),
    ]


@hookimpl
def show_order_panels(order_ids):
    if mode["panel"] == "raises":
        raise RuntimeError("no panel today")
    template = "tea_club_NUMBER/panel.html" if mode["panel"] == "fine" else "tea_club_NUMBER/broken.html"
    return [OrderPanel(order_id=one, template=template, context={"words": "<b>club</b>"}) for one in order_ids]


@hookimpl
def show_home_panels():
    if mode["panel"] == "raises":
        raise RuntimeError("no panel today")
    template = "tea_club_NUMBER/panel.html" if mode["panel"] == "fine" else "tea_club_NUMBER/broken.html"
    return [HomePanel(template=template, context={"words": "<u>club</u>"})]


@hookimpl
def show_sample_offers():
    if mode["panel"] == "raises":
        raise RuntimeError("no samples today")
    return [SampleOffer(label="Borrow <cups>", url="/console/cups")]


@hookimpl
def show_home_tasks():
    if mode["panel"] == "raises":
        raise RuntimeError("no tasks today")
    return [
        HomeTask(label="Club <dues>", count=4, url="/console/dues", icon="users", due=now() + timedelta(hours=1)),
        HomeTask(label="Nothing to do", count=0, url="/console/none", icon="users"),
    ]


@hookimpl
def show_campaign_results(period):
    if mode["panel"] == "raises":
        raise RuntimeError("no results today")
    money = Money(period.days * 100, "CNY")
    return [CampaignResult(key="tea", title="Club <week>", orders=2, taken=money, discount=money, new_buyers=1)]


@hookimpl
def show_customer_panels(customer_ids):
    if mode["panel"] == "raises":
        raise RuntimeError("no panel today")
    return [
        CustomerPanel(customer_id=one, template="tea_club_NUMBER/panel.html", context={"words": "<i>club</i>"})
        for one in customer_ids
    ]
"""


@pytest.fixture
def club(platform, tmp_path, monkeypatch, request):
    """A process with one plugin, written to disk: its console, and the plugin's switches for how to behave."""
    name = f"plugins_{new_id().hex[-8:]}"
    home = tmp_path / name / "tea_club"
    home.mkdir(parents=True)
    (home / "plugin.toml").write_text(MANIFEST, encoding="utf-8")
    (home / "hooks.py").write_text(HOOKS.replace("NUMBER", name), encoding="utf-8")
    (home / "panel.html").write_text(
        "<section class='card'>{{ words }} {{ csrf_field() }}</section>", encoding="utf-8"
    )
    (home / "broken.html").write_text("{{ nobody.knows }}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    specs = [importlib.import_module(one) for one in HOOK_SPECS]
    registry = HookRegistry.boot(
        specs, plugin_folder=tmp_path / name, entry_point_group=None, internal=[answers]
    )
    assert registry.plugins["tea_club"].loaded, registry.report()
    dispatcher = Dispatcher(registry)
    monkeypatch.setattr(current, "_dispatcher", dispatcher)
    app = make_console(Platform(platform.settings, registry, dispatcher))
    mode = sys.modules[f"{name}.tea_club.hooks"].mode
    yield app, mode
    for one in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[one]


@pytest.fixture
def member(club, hired, shop):
    """An owner's browser in that process."""
    owner = hired(shop)
    client = FreshClient(club[0], Response)
    client.set_cookie(
        "pinpu_staff",
        next(t for t, s in answers.staff_by_token.items() if s is owner.staff),
        domain="localhost",
    )
    owner.client = client
    return owner


def test_pages_of_a_plugin_are_there_only_where_it_is_on(member, enable, shop):
    missing = member.get("/x/tea-club/nothing")
    off = member.get("/x/tea-club/")
    assert off.status_code == missing.status_code == 404
    enable(shop, "tea_club")
    page = member.get("/x/tea-club/")
    assert (page.status_code, page.text) == (200, f"members of {member.home}/x/tea-club/members/a")


def test_draining_plugin_keeps_its_pages(member, enable, shop):
    enable(shop, "tea_club", state="draining")
    assert member.get("/x/tea-club/").status_code == 200


def test_page_of_a_plugin_that_crashes_takes_nothing_else_along(club, member, enable, shop, monkeypatch):
    monkeypatch.setitem(club[0].config, "PROPAGATE_EXCEPTIONS", False)
    enable(shop, "tea_club")
    page = member.get("/x/tea-club/members/a")
    assert page.status_code == 500
    assert "inside of the club" not in page.text
    assert member.get("/orders/").status_code == 200


def test_menu_shows_entries_with_counts_where_the_plugin_is_on(member, enable, shop):
    address = f'href="{member.home}/x/tea-club/"'
    assert address not in member.get("/orders/").text
    enable(shop, "tea_club")
    page = member.get("/orders/").text
    assert address in page
    assert '<span class="n">3</span>' in page
    assert "Lost" not in page
    assert "Secret" not in page
    answers.permissions[member.staff.id].add("tea_club.rule")
    assert "Secret" in member.get("/orders/").text


def test_menu_count_that_fails_is_left_out(club, member, enable, shop):
    enable(shop, "tea_club")
    club[1]["count"] = None
    page = member.get("/orders/")
    assert page.status_code == 200
    assert "Club" in page.text
    assert '<span class="n">' not in page.text


@pytest.fixture
def order_id(in_shop, buyer, gateway):
    return paid_order(buyer(), gateway, [(make_product().variant_id, 1)])


def test_panel_stands_on_the_order_and_is_escaped(member, enable, shop, order_id):
    assert "club" not in member.get(f"/orders/{order_id}").text
    enable(shop, "tea_club", state="draining")
    page = member.get(f"/orders/{order_id}").text
    assert "<section class='card'>&lt;b&gt;club&lt;/b&gt; <input" in page


def test_tasks_and_results_of_a_plugin_stand_among_cores_own(club, member, enable, shop, in_shop):
    make_product(stock=1)
    enable(shop, "tea_club", state="draining")
    home = member.get("/").text
    assert 'href="/console/dues"' in home
    assert home.index("Club &lt;dues&gt;") < home.index("Low stock")
    assert "Nothing to do" not in home
    page = member.get("/insights/?period=7d").text
    assert "Club &lt;week&gt;" in page
    assert "campaign=tea_club:tea" in page
    assert "¥7.00" in page
    club[1]["panel"] = "raises"
    assert "dues" not in member.get("/").text
    page = member.get("/insights/?period=7d")
    assert page.status_code == 200
    assert "could not show its part of this page" in page.text


def test_card_stands_on_the_home_page_where_the_plugin_is_on(member, enable, shop):
    assert "club" not in member.get("/").text
    enable(shop, "tea_club")
    assert "<section class='card'>&lt;u&gt;club&lt;/u&gt; <input" in member.get("/").text


@pytest.mark.parametrize("failure", ["raises", "broken"])
def test_card_on_the_home_page_that_fails_is_named(club, member, enable, shop, failure):
    enable(shop, "tea_club")
    club[1]["panel"] = failure
    page = member.get("/")
    assert page.status_code == 200
    assert "“Tea club” could not show its part of this page." in page.text


def test_samples_are_offered_in_empty_lists_and_left_out_when_that_fails(club, member, enable, shop, in_shop):
    assert "Borrow" not in member.get("/products/").text
    enable(shop, "tea_club")
    for path in ("/products/", "/orders/", "/customers/"):
        page = member.get(path).text
        assert "Borrow &lt;cups&gt;" in page
        assert 'action="/console/cups"' in page
    club[1]["panel"] = "raises"
    assert "Borrow" not in member.get("/products/").text
    club[1]["panel"] = "fine"
    make_product(title="Cup")
    assert "Borrow" not in member.get("/products/").text


@pytest.mark.parametrize("failure", ["raises", "broken"])
def test_panel_that_fails_is_a_card_with_its_name(club, member, enable, shop, order_id, failure):
    enable(shop, "tea_club")
    club[1]["panel"] = failure
    page = member.get(f"/orders/{order_id}")
    assert page.status_code == 200
    assert "“Tea club” could not show its part of this order." in page.text
    assert "What happened" in page.text
    health = current.installed().health()["tea_club"]
    assert health.errors == 1


def test_panel_of_a_customer_stands_on_their_page_and_may_fail(club, member, enable, shop):
    with shop_bound(shop, SYSTEM):
        address = f"/customers/{make_customer(name='林知夏')}"
    assert "club" not in member.get(address).text
    enable(shop, "tea_club", state="draining")
    assert "<section class='card'>&lt;i&gt;club&lt;/i&gt; <input" in member.get(address).text
    club[1]["panel"] = "raises"
    page = member.get(address)
    assert page.status_code == 200
    assert "“Tea club” could not show its part of this customer." in page.text
