"""Looking around: home, collections, search, a product, the merchant's own words."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response

from core.commerce.catalog.listings import (
    PER_PAGE,
    SORTS,
    Listing,
    collection_count,
    collection_products,
    search_listing,
)
from core.commerce.catalog.listings import collections as collections_listed
from core.commerce.catalog.queries import product_page
from core.commerce.content.queries import written_page
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, _
from core.kernel.ids import as_id
from core.rendering import links
from core.rendering.contexts import (
    CollectionPage,
    CollectionsPage,
    LinkView,
    SearchPage,
)
from core.rendering.richtext import sanitised
from core.web.storefront.answers import Shown, browsing_answer, go, slots_for
from core.web.storefront.cards import collection_tiles, first_words, listed, pager
from core.web.storefront.forms import page_number
from core.web.storefront.frame import Frame, image_view, preview
from core.web.storefront.limits import SEARCH, limiter
from core.web.storefront.page_views import content_page, home_page
from core.web.storefront.parts import parts
from core.web.storefront.product_page import product_view_page

browse = Blueprint("browse", __name__)

_SORT_NAMES = {
    "manual": N_("Our order"),
    "newest": N_("Newest"),
    "price_up": N_("Price, low first"),
    "price_down": N_("Price, high first"),
}
_LONGEST_QUERY = 80
_IDEAS = 8

Params = Mapping[str, str]


@browse.get("/")
def home() -> Response:
    """The merchant's page of sections."""

    def make(params: Params) -> Shown:
        frame, blocks = parts().frames.frame(), parts().blocks
        page = home_page(frame, blocks)
        return Shown(page, slots_for(page, params))

    return browsing_answer(make)


@browse.get("/collections")
def collections() -> Response:
    """All collections with a picture each, page by page."""

    def make(params: Params) -> Shown | Response:
        frame, title = parts().frames.frame(), _("All collections")
        number = page_number(params.get("page", ""))
        total = collection_count() if frame.has_more_collections else len(frame.collections)
        first = (number - 1) * PER_PAGE
        shown = frame.collections[first : first + PER_PAGE]
        if frame.has_more_collections and number > 1:
            shown = collections_listed(limit=PER_PAGE, offset=first)
        listing = Listing((), number, -(-total // PER_PAGE), total)
        if not shown and number > 1:
            return go(_last_page(listing, links.COLLECTIONS))
        page = CollectionsPage(
            title=title,
            preview=preview(frame, title, links.COLLECTIONS),
            collections=collection_tiles(shown),
            pager=pager(listing, links.COLLECTIONS),
        )
        return Shown(page, slots_for(page, params))

    return browsing_answer(make, reads=("page",))


@browse.get("/collections/<handle>")
def collection(handle: str) -> Response:
    """One collection, page by page, in an order of the visitor's choice."""

    def make(params: Params) -> Shown | Response:
        frame = parts().frames.frame()
        found = frame.collection(handle)
        if found is None:
            raise NotFound
        sort = params.get("sort", SORTS[0])
        sort = sort if sort in _SORT_NAMES else SORTS[0]
        listing = collection_products(found.id, page=page_number(params.get("page", "")), sort=sort)
        path = links.collection_url(handle)
        first = path if sort == SORTS[0] else f"{path}?{urlencode({'sort': sort})}"
        if _is_beyond(listing):
            return go(_last_page(listing, first))
        page = CollectionPage(
            title=found.title,
            preview=preview(
                frame, found.title, path, picture=found.picture, description=first_words(found.body)
            ),
            back=LinkView(label=_("All collections"), url=links.COLLECTIONS),
            subject_ids=tuple(card.id for card in listing.cards),
            cards=listed(listing.cards, frame),
            pager=pager(listing, first),
            intro=sanitised(found.body),
            image=image_view(found.picture),
            sorts=_sorts(path, sort) if listing.total > 1 else (),
        )
        return Shown(page, slots_for(page, params))

    return browsing_answer(make, reads=("page", "sort"))


def _sorts(path: str, chosen: str) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            label=_(label),
            url=path if sort == SORTS[0] else f"{path}?{urlencode({'sort': sort})}",
            current=sort == chosen,
        )
        for sort, label in _SORT_NAMES.items()
    )


def _is_beyond(listing: Listing) -> bool:
    return not listing.cards and listing.page > 1


def _last_page(listing: Listing, first: str) -> str:
    if listing.pages <= 1:
        return first
    return f"{first}{'&' if '?' in first else '?'}page={listing.pages}"


@browse.get("/search")
@limiter.limit(SEARCH)
def search() -> Response:
    """What the shop has for some words; one character is enough."""

    def make(params: Params) -> Shown | Response:
        frame, query = parts().frames.frame(), params.get("q", "").strip()[:_LONGEST_QUERY]
        title, path = _("Search"), links.search_url(query) if query else links.SEARCH
        listing = search_listing(query, page=page_number(params.get("page", "")))
        if _is_beyond(listing):
            return go(_last_page(listing, path))
        page = SearchPage(
            title=title,
            preview=preview(frame, title, links.SEARCH, index=False),
            query=query,
            cards=listed(listing.cards, frame),
            pager=pager(listing, path) if query else None,
            ideas=() if listing.cards else _ideas(frame),
        )
        return Shown(page, slots_for(page, params))

    return browsing_answer(make, reads=("q", "page"))


def _ideas(frame: Frame) -> tuple[LinkView, ...]:
    found = [one for one in frame.collections if one.count][:_IDEAS]
    return tuple(LinkView(label=one.title, url=links.collection_url(one.handle)) for one in found)


@browse.get("/products/<handle>")
def product(handle: str) -> Response:
    """One product with one of its variants chosen."""

    def make(params: Params) -> Shown:
        found = product_page(handle)
        if found is None or not found.variants:
            raise NotFound
        page = product_view_page(found, as_id(params.get("variant", "")), parts().frames.frame())
        return Shown(page, slots_for(page, params))

    return browsing_answer(make, reads=("variant",))


@browse.get("/policies/<slug>")
def policy(slug: str) -> Response:
    """The merchant's own words: shipping, returns, privacy, and pages of any other kind."""

    def make(params: Params) -> Shown:
        found = written_page(slug)
        if found is None:
            raise NotFound
        page = content_page(parts().frames.frame(), parts().blocks, found)
        return Shown(page, slots_for(page, params))

    return browsing_answer(make)
