"""Merchants' HTML: cleaned once, when it is saved."""

import html
import re

import nh3

_TAGS = {
    "p", "br", "hr", "div", "span", "strong", "b", "em", "i", "u", "s", "sub", "sup", "small", "h2", "h3", "h4", "ul",
    "ol", "li", "dl", "dt", "dd", "blockquote", "a", "img", "figure", "figcaption", "table", "caption", "thead",
    "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
_SPACES = re.compile(r"\s+")


def _kept(tag: str, attribute: str, value: str) -> str | None:
    # A picture of another host would tell that host about every visitor.
    if (tag, attribute) == ("img", "src") and not value.startswith("/media/"):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object"},
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener nofollow",
)


def clean_html(text: str) -> str:
    """`text` with only the tags, attributes and links that a product page needs; never raises."""
    # Half characters cannot cross into the cleaner.
    return _cleaner.clean(text.encode("utf-8", "replace").decode()).strip()


def plain_text(cleaned: str) -> str:
    """The words of cleaned HTML, for search and for previews."""
    return _SPACES.sub(" ", html.unescape(nh3.clean(cleaned.replace("<", " <"), tags=set()))).strip()
