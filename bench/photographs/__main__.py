"""`python -m bench.photographs FOLDER`: seeds three shops and photographs all their pages into FOLDER, with index.html."""

import argparse
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser
from werkzeug.test import Client

from bench.photographs.camera import LANGUAGES, WIDTHS, Camera, Sight
from bench.photographs.sheet import Photograph, write_sheet
from bench.photographs.shops import Gallery, gallery
from bench.photographs.views import View, views
from bench.photographs.words import Untranslated
from core.rendering.console.visits import STAFF_COOKIE
from core.testing.statements import count_statements
from core.web.application import HostDispatch
from tests.browser import running_chromium, served

_MOST_STATEMENTS = 8
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--lang=zh-CN")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request without a browser took."""

    statements: int
    size: int
    milliseconds: float


class Studio:
    """The shops, the application that serves them, and who looks at them."""

    def __init__(self, shops: Gallery, port: int) -> None:
        self.shops, self.port = shops, port
        self.application = HostDispatch(shops.platform)

    def address(self, view: View) -> str:
        """Where a browser finds the page."""
        return f"http://{self._host(view)}:{self.port}{view.path}"

    def _host(self, view: View) -> str:
        return "localhost" if view.console else f"{view.shop}.localhost"

    def cookies(self, language: str) -> list[dict[str, str]]:
        """Those of a member of staff and, in each storefront, of a customer, who read this language."""
        console = f"http://localhost:{self.port}"
        kept = [{"name": STAFF_COOKIE, "value": self.shops.staff[language], "url": console}]
        for shop, session in self.shops.buyer.items():
            store = f"http://{shop}.localhost:{self.port}"
            kept.append({"name": "lang", "value": language, "url": store})
            if session:
                kept.append({"name": "session", "value": session, "url": store})
        return kept

    def measured(self, view: View) -> Answer:
        """The second of two requests, in Chinese: its statements without what every process keeps for half a second."""
        client = Client(self.application)
        host = self._host(view)
        for cookie in self.cookies("zh-CN"):
            if f"//{host}:" in cookie["url"]:
                client.set_cookie(cookie["name"], cookie["value"], domain=host)
        base = f"http://{host}:{self.port}"
        client.get(view.path, base_url=base)
        with count_statements() as seen:
            begun = time.perf_counter()
            answer = client.get(view.path, base_url=base)
            size = len(answer.data)
        return Answer(len(seen), size, 1000 * (time.perf_counter() - begun))


@contextmanager
def _cameras(browser: Browser, studio: Studio) -> Iterator[dict[tuple[int, str], Camera]]:
    made = {
        (width, language): Camera(browser, width, language, studio.cookies(language))
        for width in WIDTHS
        for language in LANGUAGES
    }
    yield made
    for camera in made.values():
        camera.close()


def _faults(sight: Sight, language: str, missing: list[str]) -> tuple[str, ...]:
    found, said = sight.found, []
    if sight.status != 200:
        said.append(f"answered {sight.status}")
    if found.get("overflows"):
        said.append(f"wider than the screen: {', '.join(found['over'])}")
    for name, what in (("small", "under 40 px"), ("cut", "cut off"), ("noalt", "no alt")):
        if found.get(name):
            said.append(f"{what}: {', '.join(found[name][:8])}")
    if missing and language == "zh-CN":
        said.append(f"no Chinese for: {' | '.join(missing)}")
    said += [f"console: {remark[:120]}" for remark in sight.remarks]
    return tuple(said)


def _photographed(view: View, studio: Studio, cameras: dict[tuple[int, str], Camera], words: Untranslated, folder: Path) -> list[Photograph]:  # fmt: skip
    told = studio.measured(view)
    note = (
        f"{view.shop} · {told.statements} statements · {told.milliseconds:.0f} ms · {told.size / 1024:.0f} KB"
    )
    many = f" — more than {_MOST_STATEMENTS} statements" if told.statements > _MOST_STATEMENTS else ""
    print(f"{view.name} · {note}{many}", flush=True)
    taken = []
    for (width, language), camera in cameras.items():
        name = re.sub(r"[^\w=]+", "-", f"{view.name}-{view.shop}-{width}-{language}")
        words.forget()
        sight = camera.look(studio.address(view), folder / f"{name}.jpg")
        faults = _faults(sight, language, words.seen())
        for fault in faults:
            print(f"    {width} {language}: {fault}", flush=True)
        caption = f"{width} px, {language}, {sight.milliseconds:.0f} ms in the browser"
        taken.append(Photograph(view.name, note, f"{name}.jpg", caption, faults))
    return taken


def main() -> int:
    """Photograph; returns 0."""
    asked = argparse.ArgumentParser(prog="python -m bench.photographs", description=__doc__)
    asked.add_argument("folder", type=Path, help="where pictures and index.html go")
    asked.add_argument("--only", default="", help="a regular expression that endpoints must match")
    asked.add_argument(
        "--shops", default="nothing,newcomer,one,many", help="which shops, separated by commas"
    )
    asked.add_argument("--rows", type=int, default=100_000, help="rows of everything in the fullest shop")
    asked.add_argument("--port", type=int, default=8985, help="where the pages are served meanwhile")
    asked.add_argument("--keep", action="store_true", help="leave the database for another look")
    asked.add_argument("--database", default="", help="look again at a database that was left")
    told = asked.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    taken: list[Photograph] = []
    with (
        gallery(told.rows, told.port, database=told.database, keep=told.keep) as shops,
        running_chromium(_ARGUMENTS) as browser,
    ):
        studio, words = Studio(shops, told.port), Untranslated()
        wanted = [
            view
            for view in views(shops, studio.application)
            if re.search(told.only, view.name) and view.shop in told.shops.split(",")
        ]
        with served(studio.application, told.port), _cameras(browser, studio) as cameras, words.watched():
            for view in wanted:
                taken += _photographed(view, studio, cameras, words, told.folder)
    print(f"{len(wanted)} pages, {len(taken)} photographs: {write_sheet(told.folder, taken)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
