"""Cursors of lists whose order is the merchant's or a search's: how many rows came before, opaque to programs."""

import re
from collections.abc import Sequence
from typing import TypeVar

from core.rendering.api import ApiPage, PageAsked

Row = TypeVar("Row")
_CURSOR = re.compile(r"o([0-9]{1,6})")


def offset_of(page: PageAsked) -> int:
    """How many rows come before the page; what is no cursor counts as none."""
    found = _CURSOR.fullmatch(page.after)
    return int(found[1]) if found else 0


def page_from(rows: Sequence[Row], page: PageAsked, offset: int) -> ApiPage[Row]:
    """The page of `rows`, of which one more was read than is shown."""
    more = len(rows) > page.size
    return ApiPage(rows[: page.size], f"o{offset + page.size}" if more else "")
