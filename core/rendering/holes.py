"""Places in a page that belong to one visitor: written as marks while rendering, filled in when the page is sent.

A cached page holds marks only, so that a cart or a log-in can never be served to somebody else.
"""

import re
import secrets
from collections.abc import Mapping

from markupsafe import Markup

HOLES = ("nonce", "now", "cart", "account", "notices", "announcement")
# Those that are templates of the theme.
DRAWN = ("cart", "account", "notices", "announcement")

# Random per process, so that no text of a merchant or a buyer can hold a mark.
_KEY = secrets.token_hex(8)
_MARK = re.compile(rf"\ue000{_KEY}:([a-z]+)\ue001")


def hole(name: str) -> Markup:
    """The mark for `name`, one of HOLES."""
    if name not in HOLES:
        raise ValueError(f"no hole is called {name}")
    return Markup(f"\ue000{_KEY}:{name}\ue001")  # noqa: S704 - our own mark


def filled(html: str, values: Mapping[str, str]) -> str:
    """`html` with each mark in `values` replaced by its value, which is HTML already; the other marks stay."""
    return _MARK.sub(lambda found: values.get(found[1], found[0]), html)
