"""In development pages end with what plugins were asked; otherwise nothing of it is there."""

import importlib
from dataclasses import replace

import pytest

from core.app import HOOK_SPECS, connect
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.platform import Platform
from core.rendering.theme import install_themes
from core.testing import answers
from core.testing.browsers import ShopBrowser, StaffBrowser, host_of
from core.testing.goods import make_product
from core.testing.shops import bound
from core.web.application import HostDispatch
from themes.catalog import installed_themes

PLUGIN = '''
"""A plugin that says something in one shop and fails in the other."""
from core.sdk.hooks import Plugin, hookimpl
from core.sdk.shop import current_scope

class Noisy(Plugin):
    version = "0.1.0"
    sdk = ">=0.1,<1"
    title = {"en": "Noisy", "zh": "吵闹"}
    summary = {"en": "Says <b>something</b>.", "zh": "说话。"}

    @hookimpl
    def enrich_price_input(self, price_input):
        if current_scope().currency == "USD":
            raise ValueError("not in dollars")
        return {"loud": "<i>much</i>"}
'''


@pytest.fixture
def noisy(platform, tmp_path, monkeypatch):
    """`noisy(dev=True)` is the whole application with the plugin above."""
    folder = tmp_path / "noisy_plugins"
    folder.mkdir()
    (folder / "noisy.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    specs = [importlib.import_module(name) for name in HOOK_SPECS]
    registry = HookRegistry.boot(specs, plugin_folder=folder, entry_point_group=None, internal=[answers])
    install_themes(installed_themes())

    def make(*, dev):
        settings = replace(platform.settings, dev=dev)
        made = Platform(settings, registry, Dispatcher(registry, recording=dev))
        connect(made, [answers])
        return HostDispatch(made)

    yield make
    connect(platform, [answers])


def product_page(application, shop, enable, product):
    enable(shop, "noisy")
    return ShopBrowser(application, host_of(shop)).get(f"/products/{product.handle}").html


def test_page_ends_with_the_calls_that_made_it(noisy, in_shop, enable):
    page = product_page(noisy(dev=True), in_shop, enable, make_product())
    panel = page[page.index('<details id="pinpu-dev">') :]
    assert "<td>enrich_price_input</td><td>noisy</td>" in panel
    assert "&lt;i&gt;much&lt;/i&gt;" in panel
    assert "</body>" in panel
    assert "answer_" not in panel


def test_failure_is_marked_and_the_page_is_still_made(noisy, other_shop, enable):
    with bound(other_shop):
        product = make_product()
    page = product_page(noisy(dev=True), other_shop, enable, product)
    assert "ValueError: not in dollars" in page
    assert "1 failed" in page


def test_nothing_of_it_is_there_in_production(noisy, in_shop, enable):
    assert "pinpu-dev" not in product_page(noisy(dev=False), in_shop, enable, make_product())


def test_console_pages_have_it_and_may_be_shown_by_the_policy(noisy, in_shop):
    answer = StaffBrowser(noisy(dev=True), in_shop, ["shop.view"]).get("/")
    assert 'id="pinpu-dev"' in answer.text
    nonce = answer.text.split('<style nonce="')[-1].split('"')[0]
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
