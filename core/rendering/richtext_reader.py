"""What a small text editor sends, read into nodes: known tags count, everything else is only its words."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

_BLOCKS = {"p": "p", "div": "p", "h1": "h", "h2": "h", "h3": "h", "h4": "h", "blockquote": "quote"}
_LISTS = {"ul", "ol"}
_BEGINS_WITH_BLOCK = re.compile(r"\s*<(?:p|div|h[1-4]|ul|ol|blockquote)[\s>]", re.IGNORECASE)
_MARKS = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
_SILENT = {"script", "style", "title", "template", "iframe", "object", "noscript"}

Piece = str | dict[str, Any]


def nodes_of_html(typed: str) -> list[dict[str, Any]]:
    """Nodes for typed words: an editor's HTML begins with a block; anything else is text, a paragraph per line."""
    if not _BEGINS_WITH_BLOCK.match(typed):
        return [{"p": [line.strip()]} for line in typed.splitlines() if line.strip()]
    reader = _Reader()
    reader.feed(typed)
    reader.close()
    reader.finish("p")
    return reader.nodes


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[dict[str, Any]] = []
        self._pieces: list[Piece] = []
        self._kind = "p"
        self._lists: list[str] = []
        self._items: list[list[Piece]] = []
        self._marks: list[str] = []
        self._links: list[dict[str, str] | None] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _LISTS:
            self.finish(self._kind)
            self._lists.append(tag)
        elif tag == "li":
            self._end_item()
        elif tag in _BLOCKS and not self._lists:
            self.finish(self._kind)
            self._kind = _BLOCKS[tag]
        elif tag == "br" and not self._lists:
            self.finish(self._kind)
        elif tag in _MARKS:
            self._marks.append(_MARKS[tag])
        elif tag == "a":
            self._links.append(_link(dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _LISTS and self._lists:
            self._end_item()
            self._end_list(tag)
        elif tag == "li":
            self._end_item()
        elif tag in _BLOCKS and not self._lists:
            self.finish(self._kind)
            self._kind = "p"
        elif tag in _MARKS and _MARKS[tag] in self._marks:
            self._marks.remove(_MARKS[tag])
        elif tag == "a" and self._links:
            self._links.pop()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._silent or not data:
            return
        if not words:
            if self._pieces:
                self._add(" ")
            return
        before = " " if data[0].isspace() and self._pieces else ""
        self._add(before + words + (" " if data[-1].isspace() else ""))

    def _add(self, words: str) -> None:
        link = self._links[-1] if self._links else None
        if not self._marks and link is None:
            self._pieces.append(words)
            return
        piece: dict[str, Any] = {"text": words, **dict.fromkeys(self._marks, True)}
        if link is not None:
            piece["link"] = link
        self._pieces.append(piece)

    def finish(self, kind: str) -> None:
        """End the paragraph at hand, or the list that was left open."""
        if self._lists:
            self._end_item()
            self._end_list(self._lists[-1])
            return
        pieces, self._pieces = _tidy(self._pieces), []
        if pieces:
            self.nodes.append({kind: pieces})

    def _end_item(self) -> None:
        pieces, self._pieces = _tidy(self._pieces), []
        if pieces:
            self._items.append(pieces)

    def _end_list(self, tag: str) -> None:
        self._lists.pop()
        # Lists inside lists become one: a page has one level of them.
        if not self._lists and self._items:
            self.nodes.append({tag: self._items})
            self._items = []


def _tidy(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one kind joined, no blanks at the ends, nothing empty."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and isinstance(joined[-1], str) and isinstance(piece, str):
            joined[-1] += piece
        else:
            joined.append(piece)
    while joined and isinstance(joined[0], str) and not joined[0].strip():
        joined.pop(0)
    while joined and isinstance(joined[-1], str) and not joined[-1].strip():
        joined.pop()
    if joined and isinstance(joined[0], str):
        joined[0] = joined[0].lstrip()
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return joined


def _link(href: str) -> dict[str, str] | None:
    """The link that an address means; None for one that nobody may follow."""
    address = href.strip()
    if address.startswith("https://"):
        return {"kind": "url", "ref": address}
    if address.startswith("tel:"):
        return {"kind": "phone", "ref": unquote(address[4:])}
    if address.startswith("/") and not address.startswith(("//", "/\\")):
        return {"kind": "path", "ref": address}
    return None
