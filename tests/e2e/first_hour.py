"""The steps of a merchant's first hour, as every story takes that begins with a new shop; what is typed is counted."""

import re
import time

from PIL import Image, ImageDraw

PRODUCT = "野山红茶"


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


def taken_photo(folder):
    """A photo as a phone makes it."""
    taken = Image.new("RGB", (1200, 1600), "#d9c9b2")
    ImageDraw.Draw(taken).ellipse((300, 500, 900, 1100), fill="#8a2f1d")
    taken.save(folder / "photo.jpg", "JPEG")
    return folder / "photo.jpg"


def up_to_the_test_order(merchant, hands, photo, *, email, shop):
    """From sign-up to the page of the paid test order; returns the shop's handle and how long its opening took."""
    page = merchant.page
    merchant.open(merchant.program.console + "signup")
    merchant.shot("sign-up")
    hands.type("E-mail", email)
    hands.type("Choose a password", "山里三块圆圆的石头")
    hands.press(merchant.button("Go on"))
    page.wait_for_url("**/console/start", wait_until="domcontentloaded")
    merchant.shot("what-do-you-sell")

    hands.type("Name of the shop", shop)
    hands.press(page.locator(".pp-line-of").first)
    opening = time.monotonic()
    hands.press(merchant.button("Open the shop"))
    page.wait_for_url("**/first-hour/product", wait_until="domcontentloaded")
    opened = time.monotonic() - opening
    handle = re.search(r"/console/([a-z0-9-]+)/", page.url)[1]
    merchant.shot("first-product")

    hands.choose_photo(photo)
    hands.type("Name", PRODUCT)
    hands.type("Price (%(sign)s)", "68", sign="¥")
    hands.press(merchant.button("Put it on sale"))
    page.wait_for_url("**/first-hour/test-order", wait_until="domcontentloaded")
    merchant.shot("test-order")

    hands.press(merchant.button("Place a test order"))
    page.wait_for_url("**/orders/*", wait_until="domcontentloaded")
    merchant.sees("This is your test order")
    return handle, opened
