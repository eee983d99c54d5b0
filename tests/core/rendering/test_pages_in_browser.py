"""e2e: sample pages in a real browser: nothing sticks out, targets are large enough, and scripts only add comfort."""

import functools
import http.server
import re
import threading
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.core.rendering.preview import Handler
from tests.core.rendering.samples import NOW

pytestmark = pytest.mark.e2e

TOO_SMALL = """() => {
  const small = [];
  for (const one of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')) {
    const box = (one.closest('label') || one).getBoundingClientRect();
    const inText = one.closest('.rich, .note, .line .name, .foot .about, .announce, .skip') || one.matches('.skip');
    if (!one.checkVisibility({visibilityProperty: true}) || box.width <= 1) continue;
    if (one.tabIndex === -1 || one.disabled || inText || one.matches('.small, .search input, .hero.cover .go')) continue;
    if (box.height < 43.5 || box.width < 43.5) small.push(one.outerHTML.slice(0, 100) + ' ' + box.width + 'x' + box.height);
  }
  return small;
}"""


@pytest.fixture(scope="module")
def origin(rendered_samples):
    pages = {f"/{language}/{name}": html for (language, name), (_, html) in rendered_samples.items()}
    other = pages["/zh-CN/product"].replace("¥</small>128.00", "¥</small>148.00", 1)
    # The answer to somebody who chose to collect.
    ways = re.sub(r'(name="delivery"[^>]*?) checked(="[^"]*")?', r"\1", pages["/en/checkout-changed"])
    pages["/checkout/quote"] = ways.replace('data-kind="pickup"', 'data-kind="pickup" checked', 1)
    pages["/products/anxi-tieguanyin"] = other.replace('aria-current="true">清香型', ">清香型")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def open_page(chromium, origin):
    """Opens a sample page; afterwards the console must have stayed silent (no error, nothing the policy stopped)."""
    contexts, troubles = [], []

    def opened(path, *, width=390, scripts=True, clock=True):
        context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=scripts)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        if scripts and clock:
            page.clock.set_fixed_time(NOW)
        page.goto(origin + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in troubles if "404" not in text] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_fits_every_width_and_every_thumb(open_page, origin, rendered_samples, language):
    page = open_page(f"/{language}/home")
    wide, small = {}, {}
    for one, name in rendered_samples:
        if one != language:
            continue
        page.goto(f"{origin}/{one}/{name}")
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                wide[name, width] = over
            found = page.evaluate(TOO_SMALL) if width == 390 else []
            if found:
                small[name] = found
    assert wide == {}
    assert not small, "\n".join(f"{name}: {one}" for name, found in small.items() for one in found)


def test_countdown_shows_its_end_without_scripts(open_page):
    page = open_page("/zh-CN/checkout-group", scripts=False)
    expect(page.locator(".hold .until")).to_have_text("到 20:13")


def test_countdown_runs_and_falls_back_to_its_words(open_page):
    page = open_page("/zh-CN/checkout-group")
    left = page.locator(".hold .until")
    expect(left).to_have_text("09:36")
    page.clock.set_fixed_time(NOW + timedelta(seconds=61))
    expect(left).to_have_text("08:35")
    page.clock.set_fixed_time(NOW + timedelta(minutes=10))
    expect(left).to_have_text("到 20:13")


def test_countdown_follows_the_clock_of_the_server(chromium, origin):
    context = chromium.new_context()
    page = context.new_page()
    page.clock.set_fixed_time(NOW.replace(hour=3))
    page.goto(f"{origin}/zh-CN/checkout-group")
    expect(page.locator(".hold .until")).to_have_text("09:36")
    context.close()


def test_choosing_an_option_swaps_the_living_parts(open_page):
    page = open_page("/zh-CN/product", clock=False)
    page.locator("[name=quantity]").fill("3")
    chip = page.get_by_role("link", name="浓香型")
    chip.click()
    expect(page.locator("#price .price")).to_have_text("¥148.00")
    expect(page.locator("[name=quantity]")).to_have_value("3")
    assert "variant=" in page.url
    expect(page.locator("#said")).to_have_text("浓香型, ¥148.00")
    expect(page.get_by_role("link", name="浓香型")).to_be_focused()


def test_choosing_an_option_is_a_link_without_scripts(open_page):
    page = open_page("/zh-CN/product", scripts=False)
    page.get_by_role("link", name="浓香型").click()
    page.wait_for_url("**/products/anxi-tieguanyin?variant=**#buy")
    expect(page.locator("#price .price")).to_have_text("¥148.00")


def test_quantity_steps_stay_within_their_bounds(open_page):
    page = open_page("/en/product")
    field = page.locator("[name=quantity]")
    less, more = page.get_by_role("button", name="One less"), page.get_by_role("button", name="One more")
    less.click()
    expect(field).to_have_value("1")
    for _ in range(14):
        more.click()
    expect(field).to_have_value("12")


def test_step_buttons_are_hidden_without_scripts(open_page):
    page = open_page("/en/product", scripts=False)
    expect(page.get_by_role("button", name="One more")).to_be_hidden()
    expect(page.locator("[name=quantity]")).to_be_visible()


def test_checkout_shows_the_fields_that_the_choice_needs(open_page):
    page = open_page("/en/checkout-group")
    street, who = page.get_by_label("Street and number"), page.get_by_label("Who comes")
    expect(street).to_be_hidden()
    page.get_by_role("radio", name="Another address").check(force=True)
    expect(street).to_be_visible()
    page.get_by_role("radio", name="Collect from the shop").check(force=True)
    expect(street).to_be_hidden()
    expect(street).to_be_disabled()
    expect(who).to_be_visible()


def test_choosing_a_delivery_asks_for_the_new_sum(open_page):
    page = open_page("/en/checkout-group")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("radio", name="Collect from the shop").check(force=True)
    expect(page.get_by_role("alert")).to_contain_text("The total is now £108.00")
    expect(page.get_by_role("radio", name="Collect from the shop")).to_be_checked()


def test_checkout_shows_everything_without_scripts(open_page):
    page = open_page("/en/checkout-group", scripts=False)
    expect(page.get_by_label("Street and number")).to_be_visible()
    expect(page.get_by_label("Who comes")).to_be_visible()
    expect(page.get_by_role("button", name="Update the sum")).to_be_visible()


def test_pictures_are_chosen_by_their_thumbs(open_page):
    page = open_page("/en/product", clock=False)
    page.locator(".thumbs a").nth(1).click()
    stage = page.locator(".stage")
    expect(stage).to_have_js_property("scrollLeft", stage.evaluate("stage => stage.clientWidth"))
    expect(page.locator(".thumbs a").nth(1)).to_have_attribute("aria-current", "true")


def test_skip_link_leads_to_the_content(open_page):
    page = open_page("/en/product")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
