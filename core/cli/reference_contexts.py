"""The page of template contexts: what every storefront page shows a theme, from the documented view classes."""

from core.cli.reference_text import field_rows, in_cell, table
from core.rendering import contexts
from core.rendering.contexts import PAGES, Page
from core.rendering.slots import SLOTS

_HEAD = """# Page contexts

Generated from `core/rendering/contexts` and `core/rendering/slots.py`; edit the words beside the fields there and run
`pinpu docs`.

A theme has one template per page. Each sees `page` (the page's own class, below), `shop` (`ShopView`) and `here`
(`HereView`), and every block of a plugin sees `shop` and `here` beside its own names. The templates in `holes/` are
filled in for each visitor and see `customer`, `cart`, `notices` and `announcement`; the rest of a page is the same for all
of them, so that it can be cached. Amounts are `Money`, instants are aware `datetime` in UTC, HTML is `Markup` that went
through the sanitiser. Templates read fields, never methods.
"""


def contexts_page() -> str:
    """`contexts.md`: pages with their slots and fields, then every view that they are made of."""
    pages = [_page_section(name, kind) for name, kind in PAGES.items()]
    parts = [_HEAD, "## Every page\n", _fields(Page), _slots("*"), *pages]
    parts += ["# Views\n", *(_view_section(kind) for kind in view_classes())]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def view_classes() -> list[type]:
    """The views that pages are made of, by name; pages themselves are left out."""
    named = (getattr(contexts, name) for name in contexts.__all__)
    found = (kind for kind in named if isinstance(kind, type) and not issubclass(kind, Page))
    return sorted(found, key=lambda kind: kind.__name__)


def _page_section(name: str, kind: type[Page]) -> str:
    own = [row for row in field_rows(kind) if row not in field_rows(Page)]
    body = table(("field of `page`", "type", ""), own) if own else ""
    head = f"## {name}\n\n`{kind.__name__}`: {_words(kind)}\n"
    return "\n".join(part for part in (head, body, _slots(name)) if part)


def _view_section(kind: type) -> str:
    return f"## {kind.__name__}\n\n{_words(kind)}\n\n{_fields(kind)}"


def _fields(kind: type) -> str:
    return table(("field", "type", ""), field_rows(kind))


def _slots(page: str) -> str:
    rows = [(f"`{name}`", in_cell(words)) for name, words in SLOTS.get(page, {}).items()]
    return table(("slot", "what plugins show there"), rows) if rows else ""


def _words(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())
