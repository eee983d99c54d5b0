"""A merchant's first hour on a phone: from sign-up to a paid test order and a campaign, with every field and press counted."""

import re
import time

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

MOST_FIELDS, MOST_CLICKS = 7, 12


class Counted:
    """A merchant's hands: what they type and press is counted."""

    def __init__(self, person):
        self.person, self.fields, self.clicks, self.begun = person, 0, 0, time.monotonic()

    def type(self, label, text, **params):
        self.fields += 1
        self.person.field(label, **params).fill(text)

    def press(self, target):
        self.clicks += 1
        target.click()

    def choose_photo(self, file):
        self.clicks += 1
        self.person.page.locator('input[name="photo"]').set_input_files(file)

    def said(self):
        return f"{self.fields} fields, {self.clicks} clicks, {time.monotonic() - self.begun:.1f} s"


@pytest.fixture
def photo(tmp_path):
    """A photo as a phone makes it."""
    taken = Image.new("RGB", (1200, 1600), "#d9c9b2")
    ImageDraw.Draw(taken).ellipse((300, 500, 900, 1100), fill="#8a2f1d")
    taken.save(tmp_path / "photo.jpg", "JPEG")
    return tmp_path / "photo.jpg"


def test_merchants_first_hour(people, photo):
    merchant = people.merchant("zh-CN", phone=True)
    page, hands = merchant.page, Counted(merchant)
    merchant.open(merchant.program.console + "signup")
    merchant.shot("sign-up")
    hands.type("E-mail", "xiaoman@example.com")
    hands.type("Choose a password", "山里三块圆圆的石头")
    hands.press(merchant.button("Go on"))
    page.wait_for_url("**/console/start")
    merchant.shot("what-do-you-sell")

    hands.type("Name of the shop", "小满茶铺")
    hands.press(page.locator(".pp-line-of").first)
    opening = time.monotonic()
    hands.press(merchant.button("Open the shop"))
    page.wait_for_url("**/first-hour/product")
    opened = time.monotonic() - opening
    shop = re.search(r"/console/([a-z0-9-]+)/", page.url)[1]
    merchant.shot("first-product")

    hands.choose_photo(photo)
    hands.type("Name", "野山红茶")
    hands.type("Price (%(sign)s)", "68", sign="¥")
    hands.press(merchant.button("Put it on sale"))
    page.wait_for_url("**/first-hour/test-order")
    merchant.shot("test-order")

    hands.press(merchant.button("Place a test order"))
    page.wait_for_url("**/orders/*")
    merchant.sees("This is your test order")
    expect(page.locator("main")).to_contain_text("野山红茶")
    merchant.shot("order")
    print(f"\nsign-up to a paid test order: {hands.said()}; the shop was open after {opened:.1f} s")
    assert hands.fields <= MOST_FIELDS
    assert hands.clicks <= MOST_CLICKS

    # The shop is there for everybody, the own product first.
    buyer = people.buyer(shop)
    buyer.visit("/")
    expect(buyer.page.get_by_text("野山红茶").first).to_be_visible()
    buyer.shot("storefront")

    hands.press(merchant.link("Next: sell more"))
    merchant.shot("growth")
    hands.press(merchant.button("Begin"))
    page.wait_for_url("**/x/group-buy/activities/*")
    expect(page.locator("main")).to_contain_text("54.40")
    merchant.shot("group-buy")
    print(f"with a group-buy that runs: {hands.said()}")
    buyer.open(buyer.program.shop(shop, "/"))
    buyer.page.get_by_text("野山红茶").first.click()
    buyer.until(lambda: buyer.shows("54.40"), 5)
    buyer.shot("group-price")

    # The list knows by itself; the samples go with one press and come back with another.
    merchant.visit(shop, "/")
    done = page.locator(".pp-todo-list > li.done")
    expect(done).to_have_count(3)
    merchant.shot("list")
    merchant.button("Remove all samples").click()
    expect(done).to_have_count(4)
    buyer.visit("/")
    expect(buyer.page.get_by_text("明前龙井")).to_have_count(0)
    merchant.button("Undo").first.click()
    expect(done).to_have_count(3)
