"""Handles: the part of an address that names a product or a collection."""

import re

from core.kernel.search_terms import folded

LONGEST_HANDLE = 80
_BETWEEN = re.compile(r"[\W_]+")


def slug_of(text: str) -> str:
    """`text` as a handle: lower case, letters and digits of any script, single hyphens; may come out empty."""
    return _BETWEEN.sub("-", folded(text)).strip("-")[:LONGEST_HANDLE].rstrip("-")


def numbered(slug: str, number: int) -> str:
    """`slug` with a number behind it, no longer than a handle may be."""
    tail = f"-{number}"
    return slug[: LONGEST_HANDLE - len(tail)].rstrip("-") + tail
