"""The console in a real browser: previews that follow what is typed, variants that follow options, nothing too wide."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.commerce.merchandising.queries import edited_product, products_index
from core.commerce.payments.queries import refunds_of
from core.kernel.db import reading
from core.rendering.console.assets import VENDOR_FILES, VENDOR_STATIC
from core.testing import answers
from tests.browser import served
from tests.core.web.console import stage
from tests.core.web.console.orders_at_hand import left_of
from tests.core.web.console.test_products_pages import picture

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not all((VENDOR_STATIC / name).exists() for name in VENDOR_FILES),
        reason="browser files are not fetched yet",
    ),
]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def address(console):
    with served(console) as where:
        yield where


@pytest.fixture
def shop_at_hand(in_shop, platform, gateway, files):
    """A shop with goods and an order in each state: ids of the orders by name."""
    return stage.orders(gateway, stage.goods())


@pytest.fixture
def tab(chromium, address, hired, shop, shop_at_hand):
    """A page of a logged-in owner; `tab.go(path)` opens a path of the shop. No script may complain."""
    owner = hired(shop)
    token = next(name for name, staff in answers.staff_by_token.items() if staff is owner.staff)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "pinpu_staff", "value": token, "url": address}])
    opened = context.new_page()
    opened.set_default_timeout(8_000)
    troubles = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda one: troubles.append(one.text) if one.type in ("error", "warning") else None)
    opened.shop = f"{address}{owner.home}"
    opened.troubles, opened.token = troubles, token
    yield opened
    context.close()
    assert troubles == []


def test_search_of_a_list_has_room_on_a_phone(tab, shop_at_hand):
    """A line of its own, or one that it shares with a single button."""
    tab.set_viewport_size({"width": 390, "height": 844})
    for path, least in (("/products/", 300), ("/orders/", 330), ("/customers/", 330)):
        tab.goto(f"{tab.shop}{path}")
        field = tab.locator('.pp-filters input[type="search"]').bounding_box()
        assert field["width"] > least, path
        assert tab.evaluate(TOO_WIDE) <= 0


def test_refund_preview_follows_what_is_typed_and_is_what_happens(tab, shop_at_hand):
    tab.goto(f"{tab.shop}/orders/{shop_at_hand['to_ship']}/refund")
    preview = tab.locator("#refund-preview")
    expect(preview.get_by_role("button")).to_be_disabled()
    tab.get_by_role("button", name="One more").first.click()
    expect(preview.get_by_role("button")).to_have_text("Refund ¥106.00")
    tab.get_by_label("Give the shipping fee back too").check()
    expect(preview.get_by_role("button")).to_have_text("Refund ¥118.00")
    tab.locator("#f-units_0").fill("7")
    expect(preview.get_by_role("button")).to_be_disabled()
    tab.locator("#f-units_0").fill("2")
    expect(preview.get_by_role("button")).to_have_text("Refund ¥224.00")
    preview.get_by_role("button").click()
    expect(tab.get_by_text("The refund is on its way.")).to_be_visible()
    with reading():
        assert [one.amount.minor for one in refunds_of(shop_at_hand["to_ship"])] == [22_400]


def test_order_is_shipped_with_the_carrier_that_was_chosen(tab, shop_at_hand):
    tab.goto(f"{tab.shop}/orders/{shop_at_hand['to_ship']}")
    tab.get_by_role("link", name="Ship").click()
    expect(tab.get_by_label("Name of the carrier")).to_be_hidden()
    tab.get_by_label("Carrier", exact=True).select_option("other")
    tab.get_by_label("Name of the carrier").fill("Bike Ben")
    tab.get_by_label("Tracking number").fill("7")
    tab.get_by_role("button", name="One less").first.click()
    tab.get_by_role("button", name="Mark as sent").click()
    expect(tab.get_by_text("Bike Ben 7")).to_be_visible()
    assert left_of(shop_at_hand["to_ship"]) == [1, 0]


def test_order_is_cancelled_only_after_the_question(tab, shop_at_hand):
    tab.goto(f"{tab.shop}/orders/{shop_at_hand['to_ship']}")
    tab.get_by_role("button", name="Cancel order").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("¥283.00")
    dialog.get_by_role("button", name="Keep the order").click()
    expect(dialog).to_be_hidden()
    tab.get_by_role("button", name="Cancel order").click()
    dialog.get_by_role("button", name="Cancel and refund ¥283.00").click()
    expect(tab.get_by_text("The order is cancelled.")).to_be_visible()


def test_list_is_searched_without_leaving_the_page(tab, shop_at_hand):
    tab.goto(f"{tab.shop}/orders/?view=all")
    tab.keyboard.press("/")
    tab.keyboard.type("sf123456")
    expect(tab.locator("[data-index] tbody tr")).to_have_count(1)
    assert "q=sf123456" in tab.url
    tab.get_by_role("link", name=re.compile("^Unpaid")).click()
    expect(tab.locator("[data-index] h2")).to_have_text("Nothing matches")
    tab.get_by_role("link", name="Show everything in this view").click()
    expect(tab.locator("[data-index] tbody tr")).to_have_count(1)


def test_palette_finds_an_order_and_opens_it(tab, shop_at_hand):
    tab.goto(f"{tab.shop}/")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("SF123456")
    expect(tab.locator("#pp-palette .pp-opt").first).to_contain_text("T1")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("SF1234567890").first).to_be_visible()


def first_product():
    with reading():
        return next(row for row in products_index(sort="position").rows if "龙井" in row.title)


def test_variants_follow_the_options_and_keep_what_was_typed(tab):
    row = first_product()
    tab.goto(f"{tab.shop}/products/{row.id}")
    tab.locator("#f-variants-0-price_minor").fill("60")
    adding = tab.get_by_role("textbox", name="Values").nth(1)
    adding.fill("500g")
    adding.press("Enter")
    adding.press("Tab")
    expect(tab.locator("#matrix tbody tr:not(.family)")).to_have_count(8)
    expect(tab.locator("#f-variants-0-price_minor")).to_have_value("60")
    expect(tab.locator("#f-variants-3-price_minor")).to_have_value("60")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("The product is saved.")).to_be_visible()
    with reading():
        variants = edited_product(row.id).stored.draft.variants
    assert [one.title for one in variants][:4] == ["特级 / 50g", "特级 / 100g", "特级 / 250g", "特级 / 500g"]
    assert variants[0].price_minor == 6_000


def test_option_can_be_added_to_a_product_that_had_none(tab):
    with reading():
        row = next(row for row in products_index().rows if "盖碗" in row.title)
    tab.goto(f"{tab.shop}/products/{row.id}")
    tab.get_by_role("button", name="Add an option").click()
    tab.get_by_label("Option", exact=True).fill("釉色")
    values = tab.get_by_role("textbox", name="Values")
    values.fill("天青，月白")
    values.press("Enter")
    values.press("Tab")
    expect(tab.locator("#matrix tbody tr")).to_have_count(2)
    expect(tab.locator("#matrix tbody tr").first).to_contain_text("天青")
    tab.get_by_role("button", name="天青 ×").click()
    expect(tab.locator("#matrix tbody tr")).to_have_count(1)


def test_pictures_are_uploaded_and_put_in_order(tab):
    row = first_product()
    tab.goto(f"{tab.shop}/products/{row.id}")
    chosen = [
        {"name": f"{n}.png", "mimeType": "image/png", "buffer": picture(size=(40 + n, 40))} for n in (1, 2)
    ]
    tab.locator('input[name="pictures"]').set_input_files(chosen)
    expect(tab.locator("[data-tile]")).to_have_count(3)
    last = tab.locator('[data-tile="2"] input[name$="asset_id"]').input_value()
    tab.locator('[data-tile="2"]').drag_to(tab.locator('[data-tile="0"]'))
    expect(tab.locator('[data-tile="0"] input[name$="asset_id"]')).to_have_value(last)
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("The product is saved.")).to_be_visible()
    with reading():
        images = edited_product(row.id).stored.draft.images
    assert (str(images[0].asset_id), len(images)) == (last, 3)


def test_description_is_written_with_a_small_editor(tab):
    row = first_product()
    tab.goto(f"{tab.shop}/products/{row.id}")
    paper = tab.get_by_role("textbox", name="Description")
    paper.click()
    tab.keyboard.press("Control+a")
    tab.get_by_role("button", name="Bold", exact=True).first.click()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("The product is saved.")).to_be_visible()
    with reading():
        assert edited_product(row.id).stored.draft.body_html == "<p><b>手采，当年。</b></p>"


def test_typed_markup_that_was_refused_comes_back_without_running(tab):
    row = first_product()
    tab.goto(f"{tab.shop}/products/{row.id}")
    tab.evaluate(
        "document.querySelector('[name=body_html]').value = '<img src=x onerror=\"window.ran=1\"><svg onload=\"window.ran=1\">'"
    )
    tab.get_by_label("Name", exact=True).fill("")
    tab.evaluate("document.querySelector('#form').submit()")
    expect(tab.locator("[data-errors]")).to_be_visible()
    tab.wait_for_timeout(300)
    assert tab.evaluate("window.ran") is None
    tab.troubles.clear()


@pytest.mark.parametrize(("width", "language"), [(320, "en"), (390, "zh-CN"), (900, "en"), (1280, "en")])
def test_no_page_is_wider_than_the_screen(tab, shop_at_hand, width, language):
    tab.set_viewport_size({"width": width, "height": 844})
    answers.staff_by_token[tab.token] = replace(answers.staff_by_token[tab.token], language=language)
    paths = ["/", "/orders/?view=all", "/orders/?q=nothing", "/products/", f"/products/{first_product().id}", "/products/new",
             "/products/import/", "/collections/", "/collections/new", "/settings/", "/settings/methods/new"]  # fmt: skip
    paths += [f"/orders/{one}" for one in shop_at_hand.values()]
    paths += [f"/orders/{shop_at_hand['to_ship']}/{panel}" for panel in ("ship", "refund?units_0=1")]
    wide = []
    for path in paths:
        tab.goto(f"{tab.shop}{path}")
        if (over := tab.evaluate(TOO_WIDE)) > 0:
            wide.append((path, over))
    assert wide == []
