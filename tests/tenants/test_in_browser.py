"""Tenants' pages in a real browser: the switch with its dialog, with a script and without, on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from core.rendering.console.assets import VENDOR_FILES, VENDOR_STATIC
from core.web.console.application import make_console
from tests.browser import served
from tests.tenants.conftest import PASSWORD

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not all((VENDOR_STATIC / name).exists() for name in VENDOR_FILES),
        reason="browser files are not fetched yet",
    ),
]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def address(tenants):
    with served(make_console(tenants)) as where:
        yield where


@pytest.fixture
def opened(chromium, address, owner, shop):
    """`opened(width, script=True)` is the plugins page of the owner, with what the browser complained about."""
    contexts = []

    def open_page(width=1280, *, script=True, language="en-GB"):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=script, locale=language
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on(
            "console",
            lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{address}/console/login")
        page.get_by_label("E-mail").fill(owner.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.goto(f"{address}/console/{shop.handle}/plugins")
        return page

    yield open_page
    for context in contexts:
        context.close()


def switch(page):
    return page.get_by_role("switch", name="Small", exact=True)


def test_switch_shows_its_impact_in_a_dialog_and_the_way_back(opened, plugin_state):
    page = opened()
    switch(page).click()
    expect(switch(page)).to_be_checked()
    expect(page.get_by_text("“Small” is on.")).to_be_visible()
    plugin_state("small", "3")
    switch(page).click()
    dialog = page.get_by_role("dialog", name="Switch off Small")
    expect(dialog.get_by_text("Open things")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(switch(page)).to_be_checked()
    switch(page).click()
    dialog.get_by_role("button", name="Switch off and finish").click()
    expect(page.get_by_text("Finishing, 3 left")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(switch(page)).to_be_checked()
    assert page.complaints == []


def test_switch_works_without_a_script(opened, plugin_state):
    page = opened(script=False)
    switch(page).click()
    expect(switch(page)).to_be_checked()
    plugin_state("small", "1")
    switch(page).click()
    expect(page.get_by_role("heading", name="Switch off Small")).to_be_visible()
    page.get_by_role("button", name="Switch off and finish").click()
    expect(page.get_by_text("Finishing, 1 left")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(opened, address, shop, width):
    page = opened(width)
    for path in ("plugins", "plugins?view=trouble", "plugins/small/settings", "audit"):
        page.goto(f"{address}/console/{shop.handle}/{path}")
        assert page.evaluate(TOO_WIDE) == 0, path
    assert page.complaints == []


def test_targets_are_large_enough_for_a_thumb(opened):
    page = opened(390)
    box = switch(page).evaluate(
        "one => { const after = getComputedStyle(one, '::after'); const own = one.getBoundingClientRect();"
        " return [own.width - 2 * parseFloat(after.left), own.height - 2 * parseFloat(after.top)]; }"
    )
    assert min(box) >= 44
