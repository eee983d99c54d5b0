"""The kit in a real browser: nothing too wide, nothing too small to touch, every key and menu does what it says."""

import pytest
from playwright.sync_api import expect

from core.kernel import clock
from core.rendering.console.assets import VENDOR_FILES, VENDOR_STATIC
from tests.browser import served
from tests.core.rendering.console import gallery
from tests.core.rendering.console import gallery_data as data

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not all((VENDOR_STATIC / name).exists() for name in VENDOR_FILES),
        reason="browser files are not fetched yet",
    ),
]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What a finger has to hit. Links inside running text may be smaller (WCAG 2.5.8), and so may a control whose
# label is the target.
TOO_SMALL = """() => [...document.querySelectorAll('button, a, select, summary, input, textarea')].filter(one => {
  const box = one.getBoundingClientRect();
  if (!one.checkVisibility({visibilityProperty: true}) || box.width <= 1 || box.right <= 0) return false;
  if (one.matches('li > a, .pp-note a, .rowlink, .pp-skip') || one.closest('.pp-dl, .sr-only')) return false;
  const target = one.closest('label, .pp-affix') || one;
  return target.getBoundingClientRect().height < 43.5;
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def address():
    clock.install(lambda: data.NOW)
    with served(gallery.build()) as where:
        yield where
    clock.install_system_clock()


@pytest.fixture
def tab(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(5_000)
    troubles = []
    opened.on(
        "console",
        lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert troubles == []


@pytest.mark.parametrize(("width", "languages"), [(320, ("zh-CN", "en")), (768, ("en",)), (1280, ("en",))])
def test_no_page_is_wider_than_the_screen(tab, address, width, languages):
    tab.set_viewport_size({"width": width, "height": 800})
    for page in gallery.PAGES:
        for language in languages:
            tab.goto(f"{address}/{page}?lang={language}")
            assert tab.evaluate(TOO_WIDE) <= 0, (page, language)


def test_everything_on_a_phone_is_large_enough_to_touch(tab, address):
    tab.set_viewport_size({"width": 390, "height": 844})
    for page in gallery.PAGES:
        tab.goto(f"{address}/{page}")
        assert tab.evaluate(TOO_SMALL) == [], page


def test_rows_are_chosen_by_mouse_range_and_all(tab, address):
    tab.goto(f"{address}/index?lang=en")
    rows, bar = tab.locator("tbody input[name=ids]"), tab.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    rows.nth(1).click()
    rows.nth(3).click(modifiers=["Shift"])
    expect(bar.locator("[data-chosen]")).to_have_text("3 selected")
    bar.locator("[data-choose-all]").click()
    expect(bar.locator("[data-chosen]")).to_have_text("All 214 orders")
    expect(tab.locator("[data-everything]")).to_be_checked()
    rows.nth(0).click()
    expect(tab.locator("[data-everything]")).not_to_be_checked()
    bar.locator("[data-choose-none]").click()
    expect(bar).to_be_hidden()


def test_rows_are_chosen_on_a_phone_and_the_mode_is_left(tab, address):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{address}/index")
    rows, bar = tab.locator("tbody input[name=ids]"), tab.locator("[data-bulk]")
    expect(rows.first).to_be_hidden()
    tab.evaluate("window.same = true")
    tab.get_by_role("link", name="选择", exact=True).click()
    expect(bar).to_be_visible()
    assert tab.evaluate("window.same") is True
    assert "select=1" in tab.url
    assert tab.evaluate(TOO_SMALL) == []
    assert tab.evaluate(TOO_WIDE) <= 0

    # The card is the target: a press on its middle chooses it, and does not open it.
    for n in (0, 2):
        tab.locator("tbody tr").nth(n).click()
    expect(bar.locator("[data-chosen]")).to_have_text("已选 2 项")
    assert "/order" not in tab.url.rpartition("/index")[2]
    bar.get_by_role("button", name="选择全部 214 单").click()
    expect(bar.locator("[data-chosen]")).to_have_text("全部 214 单")
    expect(tab.locator("[data-everything]")).to_be_checked()
    tab.get_by_role("link", name="完成", exact=True).click()
    expect(bar).to_be_hidden()
    expect(rows.first).to_be_hidden()
    assert "select" not in tab.url


def test_rows_are_chosen_on_a_phone_without_a_script(chromium, address):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/index")
    tab.get_by_role("link", name="选择", exact=True).click()
    tab.wait_for_url("**select=1**")
    action = tab.locator("[data-bulk] button[name=action]").first
    expect(action).to_be_visible()
    assert action.evaluate("one => getComputedStyle(one).pointerEvents") == "none"
    tab.get_by_role("checkbox", name="全部 214 单", exact=True).check()
    assert action.evaluate("one => getComputedStyle(one).pointerEvents") == "auto"
    tab.locator("tbody tr").nth(1).click()
    expect(tab.locator("tbody input[name=ids]").nth(1)).to_be_checked()
    context.close()


def test_keys_walk_choose_open_and_search(tab, address):
    tab.goto(f"{address}/index")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("x")
    expect(tab.locator("tbody tr").nth(1).locator("input")).to_be_checked()
    tab.keyboard.press("k")
    tab.keyboard.press("/")
    expect(tab.locator("[data-search]")).to_be_focused()
    tab.keyboard.press("Escape")
    tab.locator("h1").click()
    tab.keyboard.press("?")
    expect(tab.locator("#pp-keys")).to_be_visible()
    tab.keyboard.press("Escape")
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/order?n=QS-10482")


def test_search_replaces_the_list_keeps_the_focus_and_stands_in_the_address(tab, address):
    tab.goto(f"{address}/index")
    tab.evaluate("window.same = true")
    tab.locator("[data-search]").type("龙井")
    tab.wait_for_url("**q=%E9%BE%99%E4%BA%95**")
    expect(tab.locator("tbody tr")).to_have_count(1)
    expect(tab.locator("[data-search]")).to_be_focused()
    assert tab.evaluate("window.same") is True
    assert "placed_from" not in tab.url
    tab.reload()
    expect(tab.locator("[data-search]")).to_have_value("龙井")


def test_palette_finds_pages_in_either_language_and_orders(tab, address):
    tab.goto(f"{address}/index?lang=en")
    tab.keyboard.press("Control+k")
    found = tab.locator("#pp-palette [role=option]")
    expect(found).to_have_count(len(data.NAV))
    tab.keyboard.type("QS-1048")
    expect(found).to_have_count(3)
    tab.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/order?n=QS-10481")


def test_menus_open_one_at_a_time_and_close_on_escape(tab, address):
    tab.goto(f"{address}/index")
    opened = tab.locator("details.pp-menu[open]")
    tab.locator("summary.pp-shop").click()
    tab.locator(".pp-top summary.pp-avatar").click()
    expect(opened).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(opened).to_have_count(0)


def test_theme_changes_at_once_and_is_remembered(tab, address):
    tab.goto(f"{address}/index")
    tab.locator(".pp-top [data-theme-menu] summary").click()
    tab.locator(".pp-top [data-set-theme=dark]").click()
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")
    tab.goto(f"{address}/order")
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_phone_menu_opens_from_the_bottom_bar_and_closes_beside_it(tab, address):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{address}/index")
    tab.locator("[data-side]").click()
    expect(tab.locator("#pp-side")).to_be_in_viewport()
    tab.mouse.click(380, 400)
    expect(tab.locator("#pp-side")).not_to_be_in_viewport()


def test_impact_report_opens_and_can_be_left(tab, address):
    tab.goto(f"{address}/impact")
    tab.locator("[data-dialog=off]").click()
    expect(tab.locator("dialog#off")).to_be_visible()
    tab.get_by_role("button", name="保持启用").click()
    expect(tab.locator("dialog#off")).to_be_hidden()


def test_form_counts_changes_adds_rows_and_shows_what_depends(tab, address):
    tab.goto(f"{address}/settings?lang=en")
    tiers = tab.locator("#f-tiers")
    expect(tiers).to_be_hidden()
    tab.get_by_text("Tiered").click()
    expect(tiers).to_be_visible()
    expect(tab.locator("[data-unsaved]")).to_have_text("1 unsaved")
    tiers.locator("[data-add]").click()
    tiers.locator("[data-add]").click()
    expect(tiers.locator(".pp-row")).to_have_count(2)
    expect(tiers.locator("[name='tiers-1-size']")).to_be_focused()
    tiers.locator("[data-drop]").first.click()
    expect(tiers.locator(".pp-row")).to_have_count(1)
    tab.locator("[name='tiers-1-size']").fill("3")
    tab.locator("[name='title']").fill("")
    tab.keyboard.press("Control+s")
    expect(tab.locator("[data-errors]")).to_be_focused()
    expect(tab.locator("[name='tiers-0-size']")).to_have_value("3")


def test_countdown_ticks_by_the_clock_of_the_server(tab, address):
    tab.goto(f"{address}/order")
    expect(tab.locator(".pp-countdown")).to_contain_text("02:14:0")


def test_toast_leaves_by_its_button_and_z_undoes(tab, address):
    tab.goto(f"{address}/parts")
    toast = tab.locator("#pp-toasts .pp-toast")
    expect(toast).to_contain_text("秒")
    tab.evaluate("window.pp.toast({text: 'second', seconds: 60})")
    expect(toast).to_have_count(2)
    toast.nth(1).locator("[data-dismiss]").click()
    expect(toast).to_have_count(1)
    asked = []
    tab.on("request", lambda request: asked.append((request.method, request.url)))
    tab.keyboard.press("z")
    tab.wait_for_url("**/undo")
    assert ("POST", f"{address}/undo") in asked


def test_page_works_without_a_script(chromium, address):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.goto(f"{address}/index")
    tab.locator("[data-side]").click()
    expect(tab.locator("#pp-side")).to_be_in_viewport()
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(f"{address}/index")
    tab.locator("tbody input[name=ids]").first.check()
    expect(tab.locator("[data-bulk]")).to_be_visible()
    tab.locator(".pp-chip.add").click()
    tab.get_by_role("link", name="Live room").click()
    assert "channel=live" in tab.url
    expect(tab.locator(".pp-cmd")).to_be_hidden()
    context.close()
