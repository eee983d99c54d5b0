"""What pickers in forms of sections offer, and whether what was chosen is the shop's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import Schema
from marshmallow.fields import Nested

from core.commerce.catalog.listings import all_products, collection_choices
from core.commerce.catalog.shelves import shelves
from core.commerce.content.queries import WRITTEN, pages
from core.commerce.media.queries import asset_views, recent_assets
from core.commerce.merchandising.queries import known_goods, products_index
from core.hooks.current import installed, shop_hooks
from core.kernel.i18n import N_, gettext
from core.rendering.console.widgets import Choice, inner, widget_of
from core.web.console.media import picture_url
from core.web.console.sources import plugin_title

Offers = dict[str, Sequence[Choice]]
_MOST_FOUND = 8
_MOST_PICTURES = 48
_PICTURES_IN_FRONT = frozenset({"image"})


def widgets_in(schema: Schema) -> set[str]:
    """The widgets of a form, rows included."""
    found = set()
    for one in schema.load_fields.values():
        below = inner(one)
        found |= widgets_in(below.schema) if isinstance(below, Nested) else {widget_of(one)}
    return found


def offers_for(schema: Schema, *, picked: Iterable[str] = (), wanted: str = "") -> Offers:
    """The choices that this form needs.

    Args:
        schema: the form.
        picked: handles of products that are in it already, whose names are shown.
        wanted: words to look for products with.
    """
    widgets = widgets_in(schema)
    found: Offers = {}
    if "link" in widgets:
        found |= {"product": _newest(), "page": _pages(), "plugin": _plugins()}
    if "link" in widgets or "collection" in schema.load_fields:
        found["collection"] = [Choice(one.handle, one.title) for one in collection_choices()]
    if "products" in widgets:
        found["picked"] = _named(list(picked))
        found["found"] = _found(wanted, set(picked))
    if widgets & _PICTURES_IN_FRONT:
        found["picture"] = [
            Choice(str(one.id), one.file_name, picture_url(one.picture))
            for one in recent_assets(_MOST_PICTURES)
        ]
    return found


def _newest() -> list[Choice]:
    return [Choice(one.handle, one.title) for one in all_products(sort="newest").cards]


def _pages() -> list[Choice]:
    unpublished = gettext(N_("not published"))
    return [
        Choice(one.slug, one.title or one.slug, "" if one.live_revision else unpublished)
        for one in pages()
        if one.kind in WRITTEN
    ]


def _plugins() -> list[Choice]:
    on = shop_hooks().sets.offer
    declared = installed().registry.declarations("declare_pages")
    return [
        Choice(name, plugin_title(name))
        for name, found in declared
        if name in on and found.storefront is not None and name not in installed().registry.internal
    ]


def _named(handles: list[str]) -> list[Choice]:
    titles = {handle: card.title for handle, card in shelves({}, handles).products.items()}
    away = gettext(N_("not on sale"))
    return [Choice(one, titles.get(one, one), "" if one in titles else away) for one in handles]


def _found(wanted: str, taken: set[str]) -> list[Choice]:
    words = wanted.strip()[:100].replace("\x00", "")
    rows = products_index(view="active", search=words).rows if words else ()
    return [Choice(row.handle, row.title) for row in rows if row.handle not in taken][:_MOST_FOUND]


# Whether what came in a form is there ------------------------------------------------------------------------------


def strangers(schema: Schema, data: Mapping[str, Any], previous: Iterable[Any] = ()) -> dict[str, Any]:
    """Messages by field for what the shop does not have: products, collections, pages, plugins, pictures.

    `previous` are links and pictures that were stored before; they may stay although they lead nowhere any more.
    """
    looker = _Looker(schema, data, list(previous))
    return looker.faults()


class _Looker:
    """Gathers everything that a form names, asks for all of it at once, and says what is missing."""

    def __init__(self, schema: Schema, data: Mapping[str, Any], previous: list[Any]) -> None:
        self.named: list[tuple[tuple[str | int, ...], str, str]] = []
        self._gather(schema, data, ())
        self.named = [one for one in self.named if (one[1], one[2]) not in _kept(previous)]

    def _gather(self, schema: Schema, data: Mapping[str, Any], place: tuple[str | int, ...]) -> None:
        for name, one in schema.load_fields.items():
            value = data.get(name)
            below = inner(one)
            if not value:
                continue
            if isinstance(below, Nested):
                for index, row in enumerate(value):
                    self._gather(below.schema, row, (*place, name, index))
            elif widget_of(one) == "link":
                self.named.append(((*place, name), value["kind"], value.get("ref", "")))
            elif widget_of(one) == "image":
                self.named.append(((*place, name), "picture", str(value)))
            elif widget_of(one) == "products":
                self.named += [((*place, name), "product", handle) for handle in value]
            elif name == "collection":
                self.named.append(((*place, name), "collection", value))

    def _known(self, kind: str) -> set[str]:
        refs = [ref for _, named, ref in self.named if named == kind]
        if not refs:
            return set()
        if kind == "product":
            return set(known_goods(refs, []).product_ids)
        if kind == "collection":
            return {one.handle for one in collection_choices()}
        if kind == "page":
            return {one.slug for one in pages() if one.kind in WRITTEN}
        if kind == "plugin":
            return {one.value for one in _plugins()}
        return {str(one) for one in asset_views([UUID(ref) for ref in refs])}

    def faults(self) -> dict[str, Any]:
        """The messages, nested as a form's errors are."""
        words = {
            "product": N_("This product does not exist."),
            "collection": N_("This collection does not exist."),
            "page": N_("This page does not exist."),
            "plugin": N_("This plugin is not switched on."),
            "picture": N_("This picture is gone. Choose another one."),
        }
        known = {kind: self._known(kind) for kind in words}
        found: dict[str, Any] = {}
        for place, kind, ref in self.named:
            if kind in words and ref not in known[kind]:
                _put(found, place, gettext(words[kind]))
        return found


def _kept(previous: list[Any]) -> set[tuple[str, str]]:
    links = {(one["kind"], one.get("ref", "")) for one in previous if isinstance(one, Mapping)}
    return links | {("picture", one) for one in previous if isinstance(one, str)}


def _put(found: dict[Any, Any], place: tuple[str | int, ...], message: str) -> None:
    for step in place[:-1]:
        found = found.setdefault(step, {})
    found[place[-1]] = [message]
