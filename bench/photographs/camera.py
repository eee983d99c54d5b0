"""Takes one page's photograph and says what is wrong with it, as far as a machine can see that."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from playwright.sync_api import Error as Refused

# Width → height of the first screen.
WIDTHS = {390: 844, 1280: 860}
LANGUAGES = ("zh-CN", "en")
_TALLEST = 4_000
# An answer's refusal is told by its status; it is no fault of the page.
_REMARKS = ("Failed to load resource",)
_FAULTS = """
() => {
  const seen = one => { const box = one.getBoundingClientRect(); return box.width > 1 && box.height > 1 && one.checkVisibility({visibilityProperty: true}); };
  const wide = document.documentElement.clientWidth;
  const name = one => (one.innerText || one.getAttribute('aria-label') || one.name || one.id || one.tagName).toString().trim().slice(0, 30).replace(/\\s+/g, ' ');
  const scrolls = one => { for (let up = one.parentElement; up; up = up.parentElement) if (/(auto|scroll|hidden|clip)/.test(getComputedStyle(up).overflowX)) return true; return false; };
  const over = document.documentElement.scrollWidth > wide + 1
    ? [...document.body.querySelectorAll('*')].filter(one => seen(one) && one.getBoundingClientRect().right > wide + 1 && !scrolls(one)).slice(-3).map(name) : [];
  const small = wide > 500 ? [] : [...document.querySelectorAll('button, a.btn, summary, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio])')]
    .filter(one => seen(one) && one.getBoundingClientRect().height < 40).map(name);
  const cut = [...document.querySelectorAll('h1, h2, th, .btn, button, .badge, label, nav a')]
    .filter(one => seen(one) && one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).overflowX !== 'visible').map(name);
  return {
    overflows: document.documentElement.scrollWidth > wide + 1, over, small: [...new Set(small)], cut: [...new Set(cut)],
    noalt: [...document.querySelectorAll('img:not([alt])')].map(one => one.src.slice(-30)),
    words: document.body.innerText,
  };
}
"""


@dataclass
class Sight:
    """What a browser saw of one page at one width in one language."""

    status: int
    milliseconds: float
    remarks: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)


class Camera:
    """A browser at one width, speaking one language, with the cookies of whoever looks."""

    def __init__(self, browser: Browser, width: int, language: str, cookies: list[dict[str, str]]) -> None:
        self._context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            locale=language,
            timezone_id="Asia/Shanghai",
            is_mobile=width < 500,
            has_touch=width < 500,
            reduced_motion="reduce",
        )
        self._context.add_cookies(cookies)  # type: ignore[arg-type]
        self._page: Page = self._context.new_page()
        self._width = width
        self._remarks: list[str] = []
        self._page.on("console", self._note)
        self._page.on("pageerror", lambda error: self._remarks.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REMARKS):
            self._remarks.append(message.text)

    def look(self, address: str, target: Path) -> Sight:
        """Open `address`, keep its picture in `target`."""
        self._remarks.clear()
        begun = time.perf_counter()
        try:
            answer = self._page.goto(address, wait_until="load")
        except Refused as trouble:
            return Sight(0, 1000 * (time.perf_counter() - begun), [trouble.message.splitlines()[0]])
        spent = 1000 * (time.perf_counter() - begun)
        sight = Sight(answer.status if answer else 0, spent)
        sight.found = self._page.evaluate(_FAULTS)
        links = self._page.locator(".pp-views a").evaluate_all("all => all.map(one => one.href)")
        sight.views = [link for link in links if "?" in link]
        self._keep(target)
        sight.remarks = list(self._remarks)
        return sight

    def _keep(self, target: Path) -> None:
        # As tall as the page, so that bars stand at its end and pictures further down are loaded.
        height = int(self._page.evaluate("document.documentElement.scrollHeight"))
        least = WIDTHS[self._width]
        self._page.set_viewport_size({"width": self._width, "height": min(max(height, least), _TALLEST)})
        self._page.wait_for_timeout(150)
        self._page.screenshot(path=target, type="jpeg", quality=70)
        self._page.set_viewport_size({"width": self._width, "height": least})

    def close(self) -> None:
        """Close the browser's window."""
        self._context.close()
