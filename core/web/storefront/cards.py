"""Products in lists: cards with prices and whether they can be had, for all sections of a page in few statements."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from core.commerce.catalog.listings import (
    PER_PAGE,
    Card,
    CollectionView,
    Listing,
    all_products,
    product_cards,
)
from core.commerce.catalog.shelves import Shelves, shelves
from core.commerce.media.queries import asset_views
from core.commerce.orders.best_sold import best_sold_products
from core.commerce.reservations.stock import StockView, stock_of
from core.hooks import current
from core.kernel.i18n import ngettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.blocks import GoodsNeed, GoodsSupply, Needs, Supply
from core.rendering.contexts import CollectionTile, ImageView, Pager, ProductCard
from core.rendering.richtext import plain_text
from core.web.storefront.frame import Frame, contact_view, image_view
from core.web.storefront.review_views import told_sold

# From this many pieces on downwards a list and a product page say how many are left.
FEW = 5


def stock_for(cards: Iterable[Card], also: Iterable[UUID] = ()) -> dict[UUID, StockView]:
    """Stock of every variant of `cards` and of `also`, in one statement."""
    return stock_of(dict.fromkeys((*also, *(one for card in cards for one in card.variant_ids))))


def card_views(
    cards: Sequence[Card], stock: Mapping[UUID, StockView], frame: Frame
) -> tuple[ProductCard, ...]:
    """`cards` as templates see them; `frame` is the shop around them."""
    return tuple(_card_view(card, stock, frame) for card in cards)


def listed(cards: Sequence[Card], frame: Frame) -> tuple[ProductCard, ...]:
    """`cards` with their stock looked up."""
    return card_views(cards, stock_for(cards), frame)


def _card_view(card: Card, stock: Mapping[UUID, StockView], frame: Frame) -> ProductCard:
    left = _left(card, stock)
    currency = current_scope().currency
    return ProductCard(
        id=card.id,
        title=card.title,
        url=links.product_url(card.handle),
        image=image_view(card.picture),
        price=Money(card.price_minor, currency),
        subtitle=card.subtitle,
        several_prices=card.several_prices,
        compare_at=Money(card.compare_at_minor, currency) if card.compare_at_minor is not None else None,
        note=ngettext("%(n)s left", "%(n)s left", left) if left is not None and 0 < left <= FEW else "",
        sold_out=left == 0,
        rating=card.tally.average_text if card.tally.count else "",
        reviews=card.tally.count,
        sold=told_sold(card.tally.sold, frame),
    )


def _left(card: Card, stock: Mapping[UUID, StockView]) -> int | None:
    """Pieces left of all variants together; None where one of them is not counted."""
    total = 0
    for variant_id in card.variant_ids:
        available = stock[variant_id].available
        if available is None:
            return None
        total += max(available, 0)
    return total


def pager(listing: Listing, url: str) -> Pager:
    """Where a list stands; `url` is the address of its first page, with any other parameters."""

    def page_url(number: int) -> str:
        if number == 1:
            return url
        return f"{url}{'&' if '?' in url else '?'}page={number}"

    return Pager(
        page=listing.page,
        pages=listing.pages,
        total=listing.total,
        previous_url=page_url(listing.page - 1) if listing.page > 1 else "",
        next_url=page_url(listing.page + 1) if listing.page < listing.pages else "",
    )


def supply_for(needs: Needs, frame: Frame) -> Supply:
    """Everything that the sections of a page need, fetched together; `frame` is the shop around them."""
    found = shelves(_limits(needs), [handle for need in needs.goods for handle in need.products])
    newest = all_products(sort="newest") if any(_is_newest(need) for need in needs.goods) else None
    best = _best_sold(needs)
    goods = {
        need: (best[: need.limit], len(best), "") if need.best else _goods(need, found, newest)
        for need in needs.goods
    }
    stock = stock_for(card for cards, _, _ in goods.values() for card in cards)
    return Supply(
        goods={
            need: GoodsSupply(card_views(cards, stock, frame), total, title)
            for need, (cards, total, title) in goods.items()
        },
        images=_images(needs.images),
        plugins_on=current.shop_hooks().sets.offer,
        collections=collection_tiles(frame.collections) if needs.collections else (),
        contact=contact_view(frame) if needs.contact else None,
    )


def collection_tiles(found: Iterable[CollectionView]) -> tuple[CollectionTile, ...]:
    """Collections with a picture each, as templates see them."""
    return tuple(
        CollectionTile(
            title=one.title,
            url=links.collection_url(one.handle),
            image=image_view(one.picture),
            count=one.count,
            intro=first_words(one.body),
        )
        for one in found
    )


def first_words(html: str) -> str:
    """The beginning of a text, for a line below a title."""
    words = plain_text(html)
    return words if len(words) <= 120 else f"{words[:119]}…"


def _best_sold(needs: Needs) -> Sequence[Card]:
    """Products on sale that sold best, enough for every section that shows them."""
    most = max((need.limit for need in needs.goods if need.best), default=0)
    return tuple(product_cards(best_sold_products(most)).values()) if most else ()


def _limits(needs: Needs) -> dict[str, int]:
    limits: dict[str, int] = {}
    for need in needs.goods:
        if need.collection and not need.products:
            limits[need.collection] = max(limits.get(need.collection, 0), need.limit)
    return limits


def _is_newest(need: GoodsNeed) -> bool:
    return not need.collection and not need.products and not need.best


def _goods(need: GoodsNeed, found: Shelves, newest: Listing | None) -> tuple[Sequence[Card], int, str]:
    """(cards, how many there are in all, title) for one need; picked products come before a collection."""
    if need.products:
        picked = [found.products[handle] for handle in need.products if handle in found.products]
        return picked[: need.limit], len(picked), ""
    if newest is not None and _is_newest(need):
        return newest.cards[: min(need.limit, PER_PAGE)], newest.total, ""
    shelf = found.collections.get(need.collection)
    return (shelf.cards[: need.limit], shelf.total, shelf.title) if shelf else ((), 0, "")


def _images(ids: Iterable[UUID]) -> dict[UUID, ImageView]:
    views = {asset_id: image_view(view.picture) for asset_id, view in asset_views(ids).items()}
    return {asset_id: view for asset_id, view in views.items() if view is not None}
