"""A merchant with two shops: never mixed, and filled from a product file."""

import csv
import io
import re

from playwright.sync_api import expect


def test_two_shops_are_never_mixed(people):
    merchant = people.merchant()
    merchant.log_in()
    merchant.shot("home")
    merchant.visit("qingshan", "/orders/?view=all")
    merchant.shot("orders")
    order = merchant.page.locator("table a", has_text=re.compile(r"^QS\d+")).first
    number, address = order.inner_text().split()[0], order.get_attribute("href")

    # The switcher leads to the other shop, which knows neither the order nor the product.
    merchant.page.get_by_label(re.compile("青山茶事")).first.click()
    merchant.page.get_by_role("link", name=re.compile("Harbor & Loom")).click()
    merchant.page.wait_for_url(re.compile("/console/harbor"))
    merchant.shot("other-home")
    merchant.visit("harbor", "/orders/?view=all")
    numbers = merchant.page.locator("table a", has_text=re.compile(r"^[A-Z]{2}\d+")).all_inner_texts()
    assert numbers
    assert all(found.startswith("HL") for found in numbers), numbers
    merchant.visit("harbor", f"/orders/?view=all&q={number}")
    merchant.sees("Nothing matches")
    merchant.open(
        f"http://localhost:{people.program.port}{address.replace('/qingshan/', '/harbor/')}", status=404
    )

    # Somebody who works in one shop has no way into the other.
    nell = people.merchant("en")
    nell.log_in("owner@harbor.example.com")
    expect(nell.page.get_by_text("青山茶事")).to_have_count(0)
    nell.visit("qingshan", "/orders/", status=404)
    nell.open(f"http://localhost:{people.program.port}{address}", status=404)

    # The same on a phone.
    phone = people.merchant(phone=True)
    phone.log_in()
    phone.visit("qingshan", "/orders/")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.shot("orders-on-a-phone")


def test_products_come_from_a_file(people):
    merchant = people.merchant("en")
    merchant.log_in("owner@harbor.example.com")
    upload(merchant, product_file(price="12.50"))
    merchant.shot("dry-run")
    for words in ("Wicker lamp", "Cork tray", "Broken vase"):
        merchant.reads(words)
    # The bad row is named with line, column and reason, and takes only its own product with it.
    remark = merchant.page.get_by_role("row", name=re.compile("Variant Price"))
    expect(remark).to_contain_text("5")
    expect(remark).to_contain_text(merchant.words("Product skipped"))
    merchant.page.get_by_role(
        "button", name=merchant.plural("Import %(n)s product", "Import %(n)s products", 2)
    ).click()
    merchant.link("To the products").wait_for()
    merchant.shot("imported")
    buyer = people.buyer("harbor", language="en")
    buyer.look_at("e2e-wicker-lamp")
    buyer.reads("£12.50")
    buyer.visit("/products/e2e-broken-vase", status=404)

    # The same file again, with another price: updated by its handle, not doubled.
    upload(merchant, product_file(price="11.00"))
    expect(merchant.page.get_by_text(merchant.words("Updated"), exact=True).first).to_be_visible()
    merchant.page.get_by_role(
        "button", name=merchant.plural("Import %(n)s product", "Import %(n)s products", 2)
    ).click()
    merchant.link("To the products").wait_for()
    buyer.look_at("e2e-wicker-lamp")
    buyer.until(lambda: buyer.shows("£11.00"), 5)
    merchant.visit("harbor", "/products/?q=Wicker lamp")
    expect(merchant.page.locator("table a", has_text="Wicker lamp")).to_have_count(1)


def upload(merchant, content):
    merchant.visit("harbor", "/products/")
    merchant.link("Import", merchant.page.locator("main")).click()
    file = {"name": "goods.csv", "mimeType": "text/csv", "buffer": content.encode()}
    merchant.page.locator('input[name="file"]').set_input_files([file])
    merchant.button("Check the file").click()
    merchant.sees("Before you start")


def product_file(*, price):
    """A file in the format of Shopify's product export: two good products, one with a price that is none."""
    columns = ("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
               "Variant SKU", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Price")  # fmt: skip
    rows = [
        ("e2e-wicker-lamp", "Wicker lamp", "<p>Woven by hand.</p>", "Loom", "Light", "lamp", "true", "Size", "Small",
         "WL-S", "shopify", "7", price),
        ("e2e-wicker-lamp", "", "", "", "", "", "", "", "Large", "WL-L", "shopify", "3", "19.00"),
        ("e2e-cork-tray", "Cork tray", "", "Loom", "Kitchen", "", "true", "Title", "Default Title", "CT", "", "",
         "9.00"),
        ("e2e-broken-vase", "Broken vase", "", "Loom", "Table", "", "true", "Title", "Default Title", "BV", "", "",
         "twelve"),
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([columns, *rows])
    return out.getvalue()
