"""The gallery: a small web application that shows every part of the kit, and a script that photographs it.

`python -m tests.core.rendering.console.gallery serve` opens it on port 8765; `… shoot FOLDER [page …]` writes pictures
in both languages, both themes and two widths.
"""

import sys
import threading
from pathlib import Path
from typing import TextIO

from flask import Flask, Response, jsonify, request, send_from_directory

from core.kernel import clock
from core.kernel.i18n import add_catalogue_root, speaking
from core.kernel.tenancy import shop_bound
from core.rendering.console.assets import CONSOLE_STATIC, VENDOR_STATIC
from core.rendering.console.forms import Form
from core.rendering.console.parts import Action, Badge
from core.rendering.console.render import add_templates, render_console
from core.rendering.console.tables import IndexPage, IndexState, ListAddressError
from tests.browser import running_chromium, served
from tests.core.rendering.console import gallery_data as data

HERE = Path(__file__).resolve().parent
CSP = (
    "default-src 'none'; script-src 'self' 'nonce-n0nce'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PICTURES = (
    ("#dfe8da", "#5a7f54", "M14 14h20v26H14z"),
    ("#ecdccb", "#a9713f", "M14 12h20l2 28H12z"),
    ("#efece0", "#b7ae8a", "M24 10a14 14 0 1 1 0 28 14 14 0 0 1 0-28z"),
    ("#dde4ec", "#7d9cbb", "M10 20h28c0 12-6 18-14 18S10 32 10 20z"),
    ("#dbe8ea", "#c79a5b", "M17 12h14v28H17z"),
)
PAGES = (
    "index",
    "order",
    "settings",
    "bad",
    "impact",
    "empty",
    "parts",
    "wizard",
    "login",
    "nothing",
    "busy",
)


def build() -> Flask:
    """The gallery application."""
    add_templates("gallery", HERE / "gallery")
    app = Flask(__name__, static_folder=None)

    @app.get("/static/<part>/<path:name>")
    def static_file(part: str, name: str) -> Response:
        return send_from_directory({"console": CONSOLE_STATIC, "vendor": VENDOR_STATIC}[part], name)

    @app.get("/pic/<int:number>.svg")
    def picture(number: int) -> Response:
        ground, ink, path = PICTURES[number]
        shapes = f'<rect width="48" height="48" fill="{ground}"/><path d="{path}" fill="{ink}"/>'
        drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">{shapes}</svg>'
        return Response(drawn, mimetype="image/svg+xml")

    @app.get("/search")
    def search() -> Response:
        q = request.args["q"]
        items = [
            {"label": order.item, "sub": order.number, "url": f"/order?n={order.number}", "icon": "receipt"}
            for order in data.ORDERS
            if q in order.item or q in order.number
        ]
        return jsonify(groups=[{"label": "Orders", "items": items}])

    @app.route("/<page>", methods=["GET", "POST"])
    def show(page: str) -> Response:
        language = request.args.get("lang") or request.cookies.get("lang") or "zh-CN"
        theme = request.args.get("theme") or request.cookies.get("pinpu_theme") or "auto"
        with speaking(language), shop_bound(data.SCOPE):
            try:
                html = _page(page, theme)
            except ListAddressError as error:
                return Response(error.text, 400)
        return Response(html, headers={"Content-Security-Policy": CSP})

    return app


def _page(page: str, theme: str) -> str:
    shell = data.shell(f"/{page}", theme=theme, toasts=(data.TOAST,) if page == "parts" else ())
    if page in ("index", "nothing", "busy", "empty"):
        return _index(page, shell)
    if page in ("settings", "bad"):
        form = Form(
            data.SettingsSchema(), values={"title": "立秋 5 人团", "price": 18800, "tags": ["绿茶", "新茶"]}
        )
        if request.method == "POST" or page == "bad":
            form.submit(request.form if request.method == "POST" else BAD)
        return render_console("gallery/settings.html", shell=shell, form=form)
    template = page if (HERE / "gallery" / f"{page}.html").exists() else "parts"
    return render_console(
        f"gallery/{template}.html",
        shell=shell,
        data=data,
        report=data.impact_report(),
        Action=Action,
        Badge=Badge,
    )


class _Bad(dict):
    def getlist(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


BAD = _Bad({
    "title": "", "story": "茶\x00", "email": "nobody", "tags": "x" * 80, "kind": "tiered", "size": "１２００",
    "price": "一百八十八", "rate": "120", "tiers-0-size": "3", "tiers-0-price": "", "lasts-amount": "0",
    "lasts-unit": "hours", "starts": "2026-13-01T00:00", "carrier": "", "evil": "1",
})  # fmt: skip


def _index(page: str, shell: object) -> str:
    spec = data.ORDERS_SPEC
    args = request.args.copy()
    for name in ("lang", "theme"):
        args.pop(name, None)
    state = IndexState.from_args(args, spec)
    rows = list(data.ORDERS)
    if state.q:
        rows = [order for order in rows if state.q in order.item or state.q in order.number]
    if page == "nothing":
        state = IndexState.from_args(_Bad({"q": "不存在的茶", "channel": "live"}), spec)
    index = IndexPage(
        spec,
        state,
        rows=[] if page in ("nothing", "busy", "empty") else rows,
        total={"index": 214 if not state.q else len(rows)}.get(page, 0),
        counts=data.COUNTS if page != "empty" else dict.fromkeys(data.COUNTS, 0),
        busy=page == "busy",
        chosen_ids=frozenset({"QS-10481", "QS-10480", "QS-10479"})
        if "chosen" in shell.staff_name
        else frozenset(),
    )
    return render_console("gallery/index.html", shell=shell, page=index, Action=Action, Badge=Badge)


def tell(line: str, out: TextIO = sys.stderr) -> None:
    """Write one line for the person at the terminal."""
    out.write(f"{line}\n")


def shoot(folder: Path, pages: tuple[str, ...]) -> None:
    """Photograph `pages` in both languages, both themes, at 1280 and 390 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(build()) as address, running_chromium() as browser:
        for width, height in ((1280, 900), (390, 844)):
            context = browser.new_context(viewport={"width": width, "height": height})
            tab = context.new_page()
            tab.on(
                "console",
                lambda message: tell(f"console: {message.text}") if message.type == "error" else None,
            )
            tab.on("pageerror", lambda error: tell(f"page error: {error}"))
            for page in pages:
                for language, theme in (("zh-CN", "light"), ("en", "dark")):
                    tab.goto(f"{address}/{page}?lang={language}&theme={theme}")
                    tab.wait_for_timeout(150)
                    over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if over > 0:
                        tell(f"{page} {language} {width}: {over} px too wide")
                    tab.screenshot(path=folder / f"{page}-{width}-{language}-{theme}.png", full_page=True)


if __name__ == "__main__":
    add_catalogue_root(HERE / "gallery" / "locales")
    clock.install(lambda: data.NOW)
    if sys.argv[1] == "serve":
        with served(build(), 8765) as where:
            tell(where)
            threading.Event().wait()
    else:
        shoot(Path(sys.argv[2]), tuple(sys.argv[3:]) or PAGES)
