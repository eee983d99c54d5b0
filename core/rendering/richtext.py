"""Words with structure: stored as nodes, never as HTML; and the sanitiser for descriptions that came as HTML."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import nh3
from markupsafe import Markup, escape
from marshmallow import ValidationError

from core.kernel.i18n import N_, gettext
from core.rendering.console.fields import TypedField
from core.rendering.links import LinkField, link_target
from core.rendering.richtext_reader import nodes_of_html

MAX_NODES = 200
MAX_TEXT = 5_000

_TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "em", "figcaption", "figure", "h2", "h3", "h4", "hr", "i", "img",
    "li", "ol", "p", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_KINDS = ("p", "h", "ul", "ol", "quote")
_MARKS = {"b": "b", "i": "i", "u": "u"}


@lru_cache(maxsize=512)
def sanitised(html: str) -> Markup:
    """`html` with only harmless tags left: no scripts, styles, forms, frames, event handlers or odd addresses.

    Run it when a description is saved and again when it is shown; running it twice changes nothing.
    """
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener nofollow",
        strip_comments=True,
    )
    return Markup(cleaned)  # noqa: S704 - this is the sanitiser


@lru_cache(maxsize=512)
def plain_text(html: str) -> str:
    """The words of `html` without any tag, on one line."""
    return Markup(sanitised(html)).striptags()  # noqa: S704 - sanitised first, stripped after


class RichTextField(TypedField[list[dict[str, Any]]]):
    """Paragraphs, headings, lists and quotes as nodes.

    A node is `{"p": [piece…]}`, `{"h": …}`, `{"quote": …}` or `{"ul": [[piece…]…]}` / `{"ol": …}`; a piece is
    text, or `{"text": …, "b": true, "i": true, "u": true, "link": {"kind": …}}`. What people type is text, or simple
    HTML of which only these remain.
    """

    def _loaded(self, value: Any) -> list[dict[str, Any]]:
        nodes = nodes_of_html(value) if isinstance(value, str) else value
        if not isinstance(nodes, list) or len(nodes) > MAX_NODES:
            raise ValidationError(gettext(N_("This text has a form that we do not know.")))
        return [_checked(node) for node in nodes]

    def _typed(self, value: Any) -> str:
        return value if isinstance(value, str) else str(rich_text(value))


def _checked(node: Any) -> dict[str, Any]:
    if not isinstance(node, dict) or len(node) != 1:
        raise ValidationError(gettext(N_("This text has a form that we do not know.")))
    kind, content = next(iter(node.items()))
    if kind not in _KINDS or not isinstance(content, list):
        raise ValidationError(gettext(N_("This text has a form that we do not know.")))
    if kind in ("ul", "ol"):
        return {kind: [_checked_pieces(item) for item in content]}
    return {kind: _checked_pieces(content)}


def _checked_pieces(pieces: Any) -> list[Any]:
    if not isinstance(pieces, list) or len(pieces) > MAX_NODES:
        raise ValidationError(gettext(N_("This text has a form that we do not know.")))
    return [_checked_piece(piece) for piece in pieces]


def _checked_piece(piece: Any) -> str | dict[str, Any]:
    text = piece.get("text") if isinstance(piece, dict) else piece
    if not isinstance(text, str):
        raise ValidationError(gettext(N_("This text has a form that we do not know.")))
    if len(text) > MAX_TEXT:
        raise ValidationError(gettext(N_("A paragraph is longer than %(most)s characters."), most=MAX_TEXT))
    if not isinstance(piece, dict):
        return text
    checked: dict[str, Any] = {"text": text, **{mark: True for mark in _MARKS if piece.get(mark)}}
    if piece.get("link"):
        checked["link"] = LinkField().deserialize(piece["link"])
    return checked


def rich_text(nodes: Iterable[Mapping[str, Any]]) -> Markup:
    """The HTML of checked nodes; headings start at h3, because the section has its own h2."""
    return Markup("").join(_node_html(node) for node in nodes)


def _node_html(node: Mapping[str, Any]) -> Markup:
    kind, content = next(iter(node.items()))
    if kind in ("ul", "ol"):
        items = Markup("").join(Markup("<li>{}</li>").format(_pieces_html(item)) for item in content)
        return Markup("<{0}>{1}</{0}>").format(Markup(kind), items)  # noqa: S704 - one of two known tags
    tag = {"p": "p", "h": "h3", "quote": "blockquote"}[kind]
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), _pieces_html(content))  # noqa: S704 - one of three known tags


def _pieces_html(pieces: Iterable[str | Mapping[str, Any]]) -> Markup:
    return Markup("").join(_piece_html(piece) for piece in pieces)


def _piece_html(piece: str | Mapping[str, Any]) -> Markup:
    if isinstance(piece, str):
        return escape(piece)
    html = escape(piece["text"])
    for mark, tag in _MARKS.items():
        if piece.get(mark):
            html = Markup("<{0}>{1}</{0}>").format(Markup(tag), html)  # noqa: S704 - one of three known tags
    target = link_target(piece.get("link"))
    return Markup('<a href="{}">{}</a>').format(target, html) if target else html
