"""Pages, blocks and checkouts of a plugin in the storefront: shown where it is on, missing where it is off."""

import importlib
import sys

import pytest

from core.app import HOOK_SPECS
from core.hooks import current
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.platform import Platform
from core.rendering import engine
from core.testing import answers
from core.testing.browsers import ShopBrowser, host_of
from core.web.storefront.application import make_storefront, storefront_parts
from core.web.storefront.limits import limiter
from tests.core.web.storefront.test_login import logged_in

MANIFEST = """
name = "small_talk"
version = "1.0.0"
sdk = ">=0.1"
[title]
en = "Small talk"
zh = "寒暄"
[summary]
en = "Talks."
zh = "聊聊天。"
"""
HOOKS = '''
"""Hooks of a plugin for tests."""
from uuid import UUID
from flask import Blueprint, request
from core.sdk.hooks import hookimpl
from core.sdk.checkout import BasketLine, start_checkout
from core.sdk.data import new_id
from core.sdk.errors import LoginNeeded
from core.sdk.extensions import Pages
from core.sdk.storefront import LinkPreview, PluginPage, SlotBlock, browser_token, show_page, tell, to_checkout, to_path

pages = Blueprint("talk", __name__)

@pages.get("/")
def front():
    page = PluginPage(title="Talk", preview=LinkPreview(title="Talk", url="http://x/"), plugin="small_talk",
                      body_template="small_talk/front.html", body={"words": request.args.get("words", "hello")})
    return show_page(page, status=int(request.args.get("status", 200)))

@pages.post("/say")
def say():
    tell("Said: " + request.form["words"], tone="warn")
    return to_path(request.form.get("next", "/"))

@pages.post("/buy")
def buy():
    line = BasketLine(str(new_id()), UUID(request.form["variant"]), 2, {"small_talk": {"said": "yes"}})
    return to_checkout(start_checkout(lines=[line], token=browser_token()))

@pages.get("/secret")
@pages.post("/secret")
def secret():
    raise LoginNeeded

@pages.get("/broken")
def broken():
    raise RuntimeError("plugin detail")

@hookimpl
def declare_pages():
    return Pages(storefront=pages)

@hookimpl
def show_slots(request):
    names = {"page": request.page, "group": request.params.get("group", "none")}
    blocks = [SlotBlock("product.offers", "small_talk/offer.html", names, max_age=2)]
    if request.params.get("broken"):
        blocks.append(SlotBlock("product.after", "small_talk/missing.html"))
    return blocks
'''


@pytest.fixture(scope="module")
def registry(platform, tmp_path_factory):
    """An installation that has the plugin `small_talk`, and nothing else."""
    root = tmp_path_factory.mktemp("talk")
    folder = root / "talk_plugins" / "small_talk"
    (folder / "templates" / "small_talk").mkdir(parents=True)
    (folder.parent / "__init__.py").write_text('"""Plugins."""')
    (folder / "__init__.py").write_text('"""A plugin."""')
    (folder / "plugin.toml").write_text(MANIFEST)
    (folder / "hooks.py").write_text(HOOKS)
    (folder / "templates" / "small_talk" / "front.html").write_text("<p>They say {{ words }}</p>")
    (folder / "templates" / "small_talk" / "offer.html").write_text(
        "<p>Offer on {{ page }} for {{ group }}</p>"
    )
    sys.path.insert(0, str(root))
    specs = [importlib.import_module(name) for name in HOOK_SPECS]
    found = HookRegistry.boot(specs, plugin_folder=folder.parent, entry_point_group=None, internal=[answers])
    assert found.plugins["small_talk"].loaded, found.plugins["small_talk"].reason
    yield found
    sys.path.remove(str(root))


@pytest.fixture
def with_plugin(platform, storefront, registry, monkeypatch):
    """The storefront of that installation."""
    dispatcher = Dispatcher(registry)
    monkeypatch.setattr(current, "_dispatcher", dispatcher)
    app = make_storefront(Platform(platform.settings, registry, dispatcher))
    engine.configure(strict=True)
    limiter.reset()
    return app


@pytest.fixture
def talker(with_plugin, shop, enable):
    enable(shop, "small_talk")
    return ShopBrowser(with_plugin, host_of(shop))


def test_page_of_a_plugin_stands_in_the_shops_frame(talker, shop):
    page = talker.get("/x/small-talk/?words=<b>")
    assert page.status == 200
    assert "They say <b>" in page.text
    assert "<b></p>" not in page.html
    assert shop.name in page.text
    assert talker.get("/x/small-talk/?status=410").status == 410


def test_page_of_a_plugin_that_is_off_is_missing(with_plugin, other_shop, shop, enable):
    enable(shop, "small_talk")
    there = ShopBrowser(with_plugin, host_of(other_shop))
    missing = there.get("/x/nothing/")
    for path in ("/x/small-talk/", "/x/small-talk/secret", "/x/small-talk/broken"):
        page = there.get(path)
        assert (page.status, page.text) == (404, missing.text)
    assert there.post("/x/small-talk/say", {"words": "x"}).status == 404


def test_draining_plugin_still_shows_its_pages(with_plugin, shop, enable):
    enable(shop, "small_talk", state="draining")
    assert ShopBrowser(with_plugin, host_of(shop)).get("/x/small-talk/").status == 200


def test_form_of_a_plugin_is_protected_like_all_others(talker):
    assert (
        talker.post(
            "/x/small-talk/say", {"words": "x"}, Sec_Fetch_Site="cross-site", Origin="https://evil"
        ).status
        == 403
    )
    assert talker.post("/x/small-talk/say", {"words": "a\0b"}).status == 422


def test_plugin_can_tell_something_once_and_lead_only_within_the_shop(talker):
    page = talker.post("/x/small-talk/say", {"words": "<i>hi</i>", "next": "/cart"})
    assert page.path == "/cart"
    assert "Said: <i>hi</i>" in page.text
    assert 'class="note warn"' in page.html
    assert "Said" not in talker.get("/cart").text
    assert talker.post("/x/small-talk/say", {"words": "x", "next": "//evil.example"}).path == "/"


def test_message_cookie_cannot_be_made_up(talker):
    talker.client.set_cookie("notice", '[["evil","ok"]].AAAA', domain=talker.host)
    assert "evil" not in talker.get("/").text


def test_checkout_of_a_plugin_belongs_to_this_browser(talker, tea, with_plugin, shop):
    page = talker.post("/x/small-talk/buy", {"variant": str(tea.variant_id)})
    assert page.path.startswith("/checkout/")
    assert "2 件" in page.text
    assert ShopBrowser(with_plugin, host_of(shop)).get(page.path).status == 404


def test_plugin_can_ask_for_a_log_in_and_come_back(talker):
    page = talker.get("/x/small-talk/secret")
    assert page.form("/login").values["next"] == "/x/small-talk/secret"
    sent = talker.post(
        "/x/small-talk/secret", Referer=f"http://{talker.host}/x/small-talk/?words=a", follow=False
    )
    assert sent.location == "/login?next=%2Fx%2Fsmall-talk%2F%3Fwords%3Da"
    foreign = talker.post("/x/small-talk/secret", Referer="https://evil.example/", follow=False)
    assert foreign.location == "/login?next=%2F"


def test_plugin_that_breaks_gives_a_page_without_details(talker):
    page = talker.get("/x/small-talk/broken")
    assert page.status == 500
    assert "plugin detail" not in page.html
    assert talker.get("/").status == 200


def test_block_of_a_plugin_sees_parameters_and_shortens_the_cache(talker, tea, with_plugin):
    path = f"/products/{tea.handle}"
    assert "Offer on product for none" in talker.get(path).text
    (kept,) = storefront_parts(with_plugin).cache._pages.values()
    assert kept.until - storefront_parts(with_plugin).cache._clock() <= 2
    assert "Offer on product for abc" in talker.get(f"{path}?group=abc").text
    assert "Offer on product for none" in talker.get(path).text


def test_block_that_cannot_be_shown_takes_nothing_else_with_it(talker, tea):
    page = talker.get(f"/products/{tea.handle}?broken=1")
    assert page.status == 200
    assert "Offer on product" in page.text
    assert "明前龙井" in page.text


def test_plugin_that_is_off_shows_no_blocks(with_plugin, shop, tea):
    assert "Offer on" not in ShopBrowser(with_plugin, host_of(shop)).get(f"/products/{tea.handle}").text


def test_log_in_works_beside_plugins(talker):
    assert logged_in(talker, "a@example.com").get("/account").status == 200
