"""Where the console's files come from: our own beside this module, fetched ones in the vendor folder."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

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
    if root is None:
        return ""
    try:
        # A page asks for one sprite a hundred times: one look at the disk each, and no Path objects.
        found = os.stat(f"{root}/{file}")  # noqa: PTH116
    except OSError:
        return ""
    return f"?v={_digest(root / file, found.st_mtime_ns)}" if S_ISREG(found.st_mode) else ""


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
