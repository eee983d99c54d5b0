"""Photographs every sample page: `python -m tests.core.rendering.preview FOLDER [name…]`, for eyes, not for tests."""

import functools
import http.server
import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser

from core.kernel import clock
from core.kernel.i18n import speaking
from core.rendering import engine
from core.rendering.storefront import render_page
from core.rendering.theme import asset_file, install_themes, installed_theme
from tests.browser import running_chromium
from tests.core.rendering.sample_pages import all_samples
from tests.core.rendering.samples import NOW, PLUGIN, TEMPLATES, Samples
from themes.catalog import installed_themes

CONTENT = Path("tenants/demo/content")
SHOTS = (
    ("zh-CN", 390, "light"),
    ("zh-CN", 1280, "light"),
    ("zh-CN", 390, "dark"),
    ("en", 390, "light"),
    ("en", 1280, "light"),
    ("en", 390, "dark"),
)
# Fixed bars are drawn at the end of a full-page picture, and pictures below the fold are loaded.
UNROLL = """() => {
  for (const bar of document.querySelectorAll('.bar'))
    if (getComputedStyle(bar).position === 'fixed') { document.body.append(bar); bar.style.position = 'static'; }
  for (const img of document.images) img.loading = 'eager';
}"""
CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'nonce-n0nce'; script-src 'self' 'nonce-n0nce'"


def rendered_pages() -> dict[str, str]:
    """Path → HTML for every sample in both shops."""
    install_themes(installed_themes())
    engine.configure(strict=True)
    engine.add_plugin_templates(PLUGIN, TEMPLATES)
    theme = installed_theme("starter")
    frozen = clock.MovableClock()
    frozen.freeze(NOW)
    clock.install(frozen)
    pages = {}
    for language in ("zh-CN", "en"):
        with speaking(language):
            for s in all_samples(Samples(language, theme)):
                pages[f"/{language}/{s.name}"] = render_page(
                    s.page, theme=theme, shop=s.shop, path=s.path, slots=s.slots, visitor=s.visitor
                )
    return pages


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the rendered pages, the theme's assets and the demo's pictures."""

    def __init__(self, pages: dict[str, str], *args: object) -> None:
        self.pages = pages
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
        found: bytes | None = None
        kind = "text/html; charset=utf-8"
        if path in self.pages:
            found = self.pages[path].encode()
        elif path.startswith("/theme/"):
            _, _, key, _, name = path.split("/", 4)
            file = asset_file(key, name)
            found, kind = (file.read_bytes() if file else None), kinds.get(Path(name).suffix, kind)
        elif path.startswith("/pictures/"):
            _, _, shop, name = path.split("/", 3)
            file = CONTENT / shop / "illustrations" / name
            found, kind = (file.read_bytes() if file.is_file() else None), "image/svg+xml"
        self.send_response(200 if found is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(found or b"nothing here")

    do_POST = do_GET  # noqa: N815 - the name http.server asks for

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    pages = rendered_pages()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    with running_chromium() as browser:
        for shot in SHOTS:
            photograph(
                browser,
                origin,
                folder,
                [path for path in pages if not wanted or path.split("/")[-1] in wanted],
                shot,
            )


def photograph(
    browser: Browser, origin: str, folder: Path, paths: list[str], shot: tuple[str, int, str]
) -> None:
    language, width, scheme = shot
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 960 else 860},
        device_scale_factor=1.5 if width < 960 else 1,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    tab = context.new_page()
    tab.clock.install(time=NOW)
    tab.on(
        "console",
        lambda message: (
            print(tab.url, message.text) if message.type == "error" and "404" not in message.text else None
        ),
    )
    tab.on("pageerror", lambda error: print(tab.url, error))
    for path in paths:
        if not path.startswith(f"/{language}/"):
            continue
        tab.goto(origin + path)
        over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            print(f"{path} at {width}: {over} px too wide")
        tab.evaluate(UNROLL)
        tab.wait_for_load_state("networkidle")
        tab.screenshot(
            path=folder / f"{path.split('/')[-1]}-{language[:2]}-{width}-{scheme}.png", full_page=True
        )
    context.close()


if __name__ == "__main__":
    main()
