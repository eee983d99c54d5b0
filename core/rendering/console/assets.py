"""Where the console's files come from: our own beside this module, fetched ones in the vendor folder."""

import hashlib
from functools import lru_cache
from pathlib import Path

# Ours, served below /static/console/.
CONSOLE_STATIC = Path(__file__).resolve().parent / "static"
# Fetched at set-up and never committed, served below /static/vendor/.
VENDOR_STATIC = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor"

# File in the vendor folder → file in node_modules. The asset step copies these and writes `icons.svg` from
# `icons.sprite(node_modules / ICON_FOLDER)`.
VENDOR_FILES: dict[str, str] = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
ICON_FOLDER = "@tabler/icons/icons/outline"


def static_url(name: str) -> str:
    """The address of a static file ("console/console.css", "vendor/icons.svg"), marked with its content."""
    return f"/static/{name}{_mark(name)}"


def _mark(name: str) -> str:
    part, _, file = name.partition("/")
    root = {"console": CONSOLE_STATIC, "vendor": VENDOR_STATIC}.get(part)
    path = root / file if root else None
    if path is None or not path.is_file():
        return ""
    return f"?v={_digest(path, path.stat().st_mtime_ns)}"


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
