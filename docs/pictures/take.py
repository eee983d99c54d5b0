"""Takes the README's pictures: start `make demo`, then run `.venv/bin/python docs/pictures/take.py [port]`."""

import io
import os
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).resolve().parent
LARGEST_BYTES = 250_000
PRODUCT, FIVE = "/products/anxi-tieguanyin", "/products/xiaoqinggan"


class Demo:
    """A running demo on `port`, seen by a buyer with a phone and by a merchant at a desk."""

    def __init__(self, browser: Browser, port: int) -> None:
        self.browser, self.port = browser, port

    def shop(self, path: str) -> str:
        """An address of the tea shop's storefront."""
        return f"http://qingshan.localhost:{self.port}{path}"

    def console(self, path: str = "") -> str:
        """An address of the tea shop's console."""
        return f"http://localhost:{self.port}/console/{path}"

    def phone(self) -> BrowserContext:
        """A buyer's phone, not logged in."""
        return self._context(width=390, height=844, scale=1.5)

    def desk(self) -> BrowserContext:
        """A merchant's desk."""
        return self._context(width=1280, height=860, scale=1)

    def _context(self, *, width: int, height: int, scale: float) -> BrowserContext:
        return self.browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            color_scheme="light",
        )


def main() -> None:
    """Take all pictures anew; the port of the demo is the only argument, 8000 without it."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    path = os.environ.get("PINPU_CHROMIUM") or shutil.which("chromium") or None
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        demo = Demo(browser, port)
        take_storefront(demo)
        take_console(demo)
        browser.close()


def take_storefront(demo: Demo) -> None:
    """Home, a product, and a group with paid, reserved and free seats."""
    page = demo.phone().new_page()
    visit(page, demo.shop("/"))
    keep(page, "home-phone")
    visit(page, demo.shop(PRODUCT))
    keep(page, "product-phone")
    group = reserve_seat(demo)
    visit(page, group)
    keep(page, "group-phone")


def reserve_seat(demo: Demo) -> str:
    """Somebody begins to buy in an open group of five, and keeps a seat for some minutes; returns its address."""
    page = demo.phone().new_page()
    visit(page, demo.shop("/login"))
    page.locator("[name=contact]").fill("13800002046")
    page.locator("main form button").first.click()
    mailbox = page.context.new_page()
    visit(mailbox, demo.shop("/mailbox"))
    code = re.search(r"(?<!\d)\d{6}(?!\d)", mailbox.locator("article", has_text="2046").first.inner_text())
    assert code
    page.locator("[name=code]").fill(code[0])
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/login" not in url)
    address = open_group(page, demo)
    visit(page, address)
    page.locator('form[action$="/join"] button').last.click()
    page.wait_for_url("**/checkout/*")
    return address


def open_group(page: Page, demo: Demo) -> str:
    """The address of a group that waits for buyers of some kind of the product."""
    visit(page, demo.shop(FIVE))
    kinds = page.locator('a.chip[href*="variant="]').all()
    for kind in [re.sub(r"#.*", "", link.get_attribute("href") or "") for link in kinds]:
        visit(page, demo.shop(kind))
        group = page.locator('#offers a[href*="/groups/"]')
        if group.count():
            return demo.shop(group.first.get_attribute("href") or "")
    raise SystemExit("No group is open: start over with `make demo RESET=1`.")


def take_console(demo: Demo) -> None:
    """Orders, one order that waits for its group with its price explained, and the plugins."""
    page = demo.desk().new_page()
    visit(page, demo.console())
    page.locator("[name=email]").fill("owner@qingshan.example.com")
    page.locator("[name=password]").fill("pinpu-demo")
    page.locator("main form button").last.click()
    page.wait_for_url("**/console/qingshan/**")
    visit(page, demo.console("qingshan/orders/?view=all"))
    keep(page, "orders-console")
    visit(page, demo.console("qingshan/orders/?view=waiting"))
    page.locator("main table tbody a").first.click()
    page.wait_for_url(re.compile(r"/orders/[\w-]{8,}"))
    page.locator(".pp-why-box > summary").first.click()
    page.set_viewport_size({"width": 1280, "height": 945})
    keep(page, "order-console")
    page.set_viewport_size({"width": 1280, "height": 860})
    visit(page, demo.console("qingshan/plugins/group_buy/off"))
    keep(page, "plugins-console")


def visit(page: Page, address: str) -> None:
    """Open a page that must be there."""
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{address} does not answer as it should: is this a demo's port?")


def keep(page: Page, name: str) -> None:
    """What the window shows, in as few colours as its size asks for."""
    page.wait_for_load_state("networkidle")
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 192, 128, 64):
        out = io.BytesIO()
        taken.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST_BYTES:
            break
    (HERE / f"{name}.png").write_bytes(out.getvalue())
    sys.stdout.write(f"{name}.png  {taken.width} x {taken.height}  {out.tell() // 1000} kB\n")


if __name__ == "__main__":
    main()
