"""The people of the stories: a merchant at a desk, buyers with phones, each in a browser of their own."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from core.app import add_catalogues
from core.kernel.i18n import gettext, ngettext, speaking
from core.settings import ROOT
from tests.e2e.running import Program

DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
OWNER, PASSWORD = "owner@pinpu.example.com", "pinpu-demo"
PATIENCE = 30_000
# A refused form is an answer with a status of its own, and leaving a page ends what it was asking for.
REMARKS = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
ADDRESSES = {
    "qingshan": {
        "name": "林知夏",
        "phone": "13800001234",
        "region": "浙江省",
        "city": "杭州市西湖区",
        "line1": "转塘街道 1 号",
        "pickup_name": "林知夏",
        "pickup_phone": "13800001234",
    },
    "harbor": {
        "name": "Ada Penrose",
        "email": "ada@example.com",
        "country": "GB",
        "line1": "4 Ropewalk Steps",
        "city": "Alder Quay",
        "postcode": "TR99 9ZA",
        "pickup_name": "Ada Penrose",
        "pickup_phone": "+441632960123",
    },
}

add_catalogues(ROOT / "plugins")


class Person:
    """Somebody with a browser who reads one language; finds things on the page by what they say."""

    def __init__(self, people: "People", context: BrowserContext, language: str, name: str) -> None:
        self.people, self.program, self.context = people, people.program, context
        self.language, self.name = language, name
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        people.listen(self.page, name)

    def words(self, message: str, **params: Any) -> str:
        """What the program says for `message` in this person's language."""
        with speaking(self.language):
            return gettext(message, **params)

    def plural(self, singular: str, plural: str, n: int) -> str:
        """The form for `n` in this person's language."""
        with speaking(self.language):
            return ngettext(singular, plural, n)

    def open(self, address: str, *, status: int = 200) -> Page:
        """Go to an address and see that it is answered."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{address}: {answer.status}"
        return self.page

    def button(self, message: str, within: Locator | None = None, **params: Any) -> Locator:
        """The button that says this."""
        return (within or self.page.locator("body")).get_by_role("button", name=self.words(message, **params))

    def link(self, message: str, within: Locator | None = None, **params: Any) -> Locator:
        """The link that says this."""
        return (within or self.page.locator("body")).get_by_role("link", name=self.words(message, **params))

    def field(self, message: str, within: Locator | None = None, **params: Any) -> Locator:
        """The field with this label."""
        place = within or self.page.locator("body")
        return place.get_by_label(self.words(message, **params), exact=not params)

    def sees(self, message: str, **params: Any) -> None:
        """The words stand on the page."""
        expect(self.page.get_by_text(self.words(message, **params)).first).to_be_visible()

    def reads(self, text: str | re.Pattern[str]) -> None:
        """Exactly this text, or what fits the pattern, stands on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def shows(self, text: str) -> bool:
        """Whether this text stands on the page now."""
        return text in self.page.locator("body").inner_text()

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page."""
        self.people.picture(self.page, f"{name}-{self.name}")

    def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Look at the page anew until it is true."""
        for _ in range(int(seconds / 0.5)):
            if true():
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        self.shot("never")
        raise AssertionError(f"not within {seconds:.0f} s on {self.page.url}")


class Buyer(Person):
    """A buyer in one shop."""

    def __init__(
        self, people: "People", context: BrowserContext, language: str, name: str, shop: str
    ) -> None:
        super().__init__(people, context, language, name)
        self.shop = shop

    def visit(self, path: str = "/", *, status: int = 200) -> Page:
        """Open a page of the shop."""
        return self.open(self.program.shop(self.shop, path), status=status)

    def log_in(self, contact: str) -> None:
        """Log in on the page that asks for it, with the code from the demo's mailbox."""
        if "/login" not in self.page.url:
            self.visit("/login")
        self.field("E-mail or phone number").fill(contact)
        self.button("Send me a code").click()
        self.field("Code").fill(self.code_for(contact))
        self.button("Log in", self.page.locator("main")).click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def code_for(self, contact: str) -> str:
        """The newest code that the mailbox page shows for this address or number."""
        mailbox = self.context.new_page()
        mailbox.goto(self.program.shop(self.shop, "/mailbox"))
        mail = mailbox.locator("article", has_text=contact[-4:]).first
        code = re.search(r"(?<!\d)\d{6}(?!\d)", mail.inner_text())
        assert code, mail.inner_text()
        mailbox.close()
        return code[0]

    def look_at(self, product: str) -> Page:
        """Open a product's page."""
        return self.visit(f"/products/{product}")

    def fill_address(self) -> None:
        """Fill in whatever the checkout asks for; what stands there already stays."""
        for name, value in ADDRESSES.get(self.shop, ADDRESSES["qingshan"]).items():
            field = self.page.locator(f'.checkout [name="{name}"]:visible')
            if not field.count() or field.input_value() == value:
                continue
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            elif not field.input_value():
                field.fill(value)

    def place_order(self) -> None:
        """Press "place order" and arrive at the gateway."""
        self.button("Place order and pay").click()
        self.page.wait_for_url(f"{self.program.gateway}/pay/**")

    def pays(self, choice: str = "succeed", *, back: bool = True) -> None:
        """Press one of the payer's buttons at the gateway, and come back to the order."""
        self.page.locator(f'button[name="choice"][value="{choice}"]').click()
        if back:
            self.page.wait_for_url(re.compile(r"/orders/\w+$"))

    def shared_link(self) -> str:
        """The link on the sheet that the button to invite friends leads to; then back to where it was pressed."""
        before = self.page.url
        self.button("Invite friends").click()
        link = self.page.locator("#share-link").input_value()
        self.shot("share-sheet")
        self.open(before)
        return link

    def headline(self) -> Locator:
        """What the page says above all."""
        return self.page.locator("h1").first

    def timeline(self) -> str:
        """Everything that the order page tells, with its times."""
        return " ".join(one.inner_text() for one in self.page.locator(".flow").all())


class Merchant(Person):
    """The owner of both shops, at the console."""

    def log_in(self, email: str = OWNER, password: str = PASSWORD) -> None:
        """Log in with e-mail and password."""
        self.open(self.program.console)
        self.field("E-mail").fill(email)
        self.field("Password").fill(password)
        self.button("Log in").click()
        self.page.wait_for_url(re.compile(r"/console/\w+"))

    def visit(self, shop: str, path: str = "", *, status: int = 200) -> Page:
        """Open a console page of a shop."""
        return self.open(f"{self.program.console}{shop}{path}", status=status)

    def order(self, shop: str, number: str) -> Page:
        """Find an order by its number and open it."""
        self.visit(shop, f"/orders/?view=all&q={number}")
        self.page.get_by_role("link", name=number).first.click()
        expect(self.page.get_by_role("heading", name=number)).to_be_visible()
        return self.page

    def new_group_buy(
        self,
        shop: str,
        product: str,
        prices: dict[str, str],
        *,
        name: str,
        size: int,
        window: tuple[str, str],
    ) -> None:
        """Publish an activity: group prices by kind, `window` as amount and unit ("minutes", "hours", "days")."""
        self.visit(shop, f"/x/group-buy/new?q={product}")
        self.page.locator("#products li a", has_text=product).first.click()
        for kind, price in prices.items():
            self.field("Group price of %(kind)s", kind=kind).fill(price)
        self.field("Name").fill(name)
        self.field("People in a group").fill(str(size))
        self.page.locator('[name="window-amount"]').fill(window[0])
        self.page.locator('[name="window-unit"]').select_option(window[1])


class People:
    """Everybody in a story; keeps pictures by step, and what browsers complained about."""

    def __init__(self, program: Program, browser: Browser, folder: Path) -> None:
        self.program, self.browser, self.folder = program, browser, folder
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._pictures = 0

    def merchant(self, language: str = "zh-CN", *, phone: bool = False) -> Merchant:
        """A merchant with a fresh browser, not logged in."""
        return Merchant(self, self._context(language, PHONE if phone else DESK), language, "merchant")

    def buyer(
        self,
        shop: str,
        name: str = "buyer",
        language: str = "zh-CN",
        *,
        javascript: bool = True,
        desk: bool = False,
    ) -> Buyer:
        """A buyer with a fresh phone."""
        context = self._context(language, DESK if desk else PHONE, javascript=javascript)
        return Buyer(self, context, language, name, shop)

    def _context(self, language: str, size: Any, *, javascript: bool = True) -> BrowserContext:
        phone = size is PHONE
        context = self.browser.new_context(
            viewport=size,
            locale=language,
            java_script_enabled=javascript,
            has_touch=phone,
            is_mobile=phone,
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        self._contexts.append(context)
        return context

    def listen(self, page: Page, name: str) -> None:
        """Note what this page's browser complains about."""

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error" and not message.text.startswith(REMARKS):
                self.complaints.append(f"{name}: {message.text} ({page.url})")

        def on_response(answer: Response) -> None:
            if answer.status >= 500:
                self.complaints.append(f"{name}: {answer.status} from {answer.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error} ({page.url})"))
        page.on("response", on_response)

    def picture(self, page: Page, name: str) -> None:
        """A picture of the whole page, numbered in the order of the story."""
        self._pictures += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        size = page.viewport_size or PHONE
        # As tall as the page, so that bars stand at its end and pictures further down are loaded.
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), 8000)})
        page.wait_for_load_state("networkidle")
        page.screenshot(path=self.folder / f"{self._pictures:02}-{name}.png", full_page=True)
        page.set_viewport_size(size)

    def leave(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()
