"""Which icons the console may show, and the one SVG sprite that holds them."""

import re
from pathlib import Path

# Outline icons of the npm package @tabler/icons. A name that is not here is refused at render, so that a page
# can never show an empty square. Plugins choose from these.
ICONS: tuple[str, ...] = (
    "adjustments-horizontal", "alert-triangle", "arrow-back-up", "arrow-left", "arrow-right", "arrows-sort",
    "barcode", "bell", "bold", "bolt", "box", "brand-wechat", "building-store",
    "calendar", "cash", "category", "chart-bar", "check", "checklist", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "circle-check", "circle-dashed", "circle-x", "clear-formatting", "clock", "coin",
    "columns", "command", "copy", "corner-down-left", "credit-card",
    "database", "device-desktop", "device-mobile", "dots", "download",
    "external-link", "eye", "file-import", "file-text", "filter", "flag", "flame", "folder", "folders",
    "gift", "grip-vertical", "heading", "heart", "history", "home", "hourglass", "info-circle", "italic", "key",
    "keyboard",
    "language", "layout-dashboard", "link", "list", "list-numbers", "lock", "login", "logout",
    "mail", "map-pin", "menu-2", "message", "minus", "moon",
    "package", "pencil", "percentage", "phone", "photo", "pilcrow", "player-pause", "player-play", "plug", "plus",
    "printer", "receipt", "receipt-refund", "refresh", "report-money", "rocket",
    "scissors", "search", "selector", "settings", "share", "shield-check", "shopping-cart", "sort-ascending",
    "sort-descending", "speakerphone", "stack-2", "star", "sun",
    "tag", "ticket", "tools", "trash", "truck", "upload", "user", "user-plus", "users", "users-group",
    "video", "wallet", "world", "x",
)  # fmt: skip

_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BLANK = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>\s*')


def sprite(outline: Path) -> str:
    """One SVG document with a `<symbol id="i-…">` per name in ICONS, read from the folder of outline icons.

    Raises FileNotFoundError, naming the icon, when the package does not have it.
    """
    symbols = []
    for name in ICONS:
        drawn = _INSIDE.search((outline / f"{name}.svg").read_text(encoding="utf-8"))
        if drawn is None:
            raise FileNotFoundError(f"{name}.svg holds no drawing")
        inside = " ".join(_BLANK.sub("", drawn[1]).split())
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
