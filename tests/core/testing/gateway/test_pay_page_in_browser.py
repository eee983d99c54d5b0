"""End to end: the pay page in Chromium with JavaScript off, on a phone and on a desk, in both languages."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def shop_page() -> Iterator[str]:
    """A page of a shop on another origin, where the browser comes back to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Shop</title><h1>Your order</h1>")

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/orders/T1001"
    server.shutdown()
    server.server_close()
    thread.join()


def open_page(browser: Browser, width: int, *, script: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, java_script_enabled=script, locale="en-GB"
    )
    return context.new_page()


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_page_fits_and_every_target_is_large_enough(browser, merchant, width, locale):
    # JavaScript is on here only so that the test can measure.
    page = open_page(browser, width, script=True)
    page.goto(merchant.start(locale=locale, description="安溪铁观音 " * 12).redirect_url)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    targets = page.locator("a, button, select").evaluate_all(
        "found => found.map(e => [e.innerText.slice(0, 20), e.getBoundingClientRect().height])"
    )
    assert len(targets) == 9
    assert [target for target in targets if target[1] < 44] == []
    page.context.close()


def test_pay_button_is_in_the_first_view_of_a_phone(browser, merchant):
    page = open_page(browser, 390)
    page.goto(merchant.start().redirect_url)
    box = page.locator("button[value=succeed]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844
    page.context.close()


@pytest.mark.parametrize("choice", ["succeed", "decline", "twice"])
def test_decision_ends_at_the_shop_on_another_origin(browser, merchant, shop_page, choice):
    page = open_page(browser, 390)
    page.goto(merchant.start(return_url=shop_page).redirect_url)
    page.click(f"button[value={choice}]")
    assert (page.url, page.title()) == (shop_page, "Shop")
    page.context.close()


def test_waiting_page_goes_back_by_itself(browser, merchant, shop_page):
    page = open_page(browser, 390)
    start = merchant.start(return_url=shop_page, locale="en")
    page.goto(start.redirect_url)
    page.click("button[value=slow]")
    page.wait_for_url(shop_page, timeout=10_000)
    assert merchant.status(start) == "captured"
    page.context.close()


def test_late_payer_chooses_a_time_and_presses_at_last(browser, merchant, shop_page):
    page = open_page(browser, 390)
    start = merchant.start(return_url=shop_page)
    page.goto(f"{start.redirect_url}?lang=en")
    page.select_option("select[name=delay]", "")
    page.click("button[value=late]")
    assert page.locator("h2").inner_text() == "You have not paid yet"
    assert merchant.status(start) == "pending"
    page.click("text=中文")
    assert page.locator("h2").inner_text() == "你还没有付款"
    page.click("button[value=pay_now]")
    assert page.url == shop_page
    assert merchant.status(start) == "captured"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, merchant, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(merchant.start().redirect_url)
    ratios = page.evaluate(CONTRASTS)
    assert len(ratios) > 15
    assert [found for found in ratios if found[1] < 4.5] == []
    context.close()


# For every element with text of its own: the WCAG contrast with the first solid ground behind it. The band's
# stripes are an image; its darker stripe is measured as its ground.
CONTRASTS = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const stripe = () => { const probe = document.createElement('i'); probe.style.color = 'var(--test-2)';
    document.body.append(probe); const c = getComputedStyle(probe).color; probe.remove(); return parse(c); };
  const ground = e => { for (; e; e = e.parentElement) { if (e.classList.contains('band')) return stripe();
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } };
  return [...document.querySelectorAll('body *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.tagName !== 'OPTION')
    .map(e => { const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
      return [e.innerText, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; });
}"""
