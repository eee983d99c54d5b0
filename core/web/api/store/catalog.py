"""What a shop sells: itself, its collections, its products, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.commerce.catalog.drafts import Fact, Option
from core.commerce.catalog.listings import (
    Card,
    CollectionView,
    collection_at,
    collections,
    products_on_sale,
)
from core.commerce.catalog.queries import ProductDetail, VariantDetail, product_page
from core.commerce.media.queries import Picture
from core.commerce.payments.accounts import takes_test_payments, ways_to_pay
from core.commerce.reservations.stock import StockView, stock_of
from core.commerce.shops.queries import shop_settings
from core.kernel.i18n import N_, _
from core.kernel.tenancy import current_scope
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked
from core.web.api.store.attempts import count_attempt
from core.web.api.store.offsets import offset_of, page_from
from core.web.storefront.address_forms import Asked, address_fields, pickup_fields
from core.web.storefront.limits import SEARCH

_LONGEST_QUERY = 80
Sort = Literal["manual", "newest", "price_up", "price_down", "title"]


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field of an address that this shop asks for: its name, what buyers call it, and whether it is needed."""

    name: str
    label: str
    needed: bool


@dataclass(frozen=True, slots=True)
class StoreShop:
    """The shop behind this host.

    Args:
        open: whether it takes orders and was not paused.
        test_payments: whether what buyers pay is no money.
        address_fields: what a delivery address needs here.
        pickup_fields: what is asked of somebody who comes for the goods, each without the prefix `pickup_` in a request.
    """

    name: str
    handle: str
    tagline: str
    currency: str
    language: str
    timezone: str
    open: bool
    test_payments: bool
    address_fields: tuple[AskedField, ...]
    pickup_fields: tuple[AskedField, ...]


@dataclass(frozen=True, slots=True)
class StoreCollection:
    """A collection: how many products it has on sale, its words as clean HTML, and a picture."""

    id: UUID
    handle: str
    title: str
    body_html: str
    count: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class StoreCard:
    """A product in a list, at the price of its cheapest variant.

    Args:
        compare_at_minor: the price before, only where it was higher.
        several_prices: whether other variants cost more.
        sold_out: whether none of its variants can be had.
    """

    id: UUID
    handle: str
    title: str
    subtitle: str
    kind: str
    tags: tuple[str, ...]
    price_minor: int
    compare_at_minor: int | None
    several_prices: bool
    sold_out: bool
    picture: Picture | None
    reviews: int
    stars: str


@dataclass(frozen=True, slots=True)
class StoreVariant:
    """A variant; `left` is how many can be had, null where nobody counts; `option_values` stand in the options' order."""

    id: UUID
    title: str
    option_values: tuple[str, ...]
    sku: str
    price_minor: int
    compare_at_minor: int | None
    grams: int
    left: int | None


@dataclass(frozen=True, slots=True)
class StoreProduct:
    """A product with all its variants; `body_html` is clean HTML."""

    id: UUID
    handle: str
    title: str
    subtitle: str
    body_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    facts: tuple[Fact, ...]
    options: tuple[Option, ...]
    variants: tuple[StoreVariant, ...]
    pictures: tuple[Picture, ...]
    reviews: int
    stars: str


@dataclass(frozen=True, slots=True)
class PayOption:
    """A way to pay: its id for `POST /orders/{code}/payment`, method, and whether money moves."""

    id: str
    method: str
    test: bool


def the_shop() -> StoreShop:
    """The shop behind this host, and what it asks of an address."""
    settings, scope = shop_settings(), current_scope()
    return StoreShop(
        name=settings.name,
        handle=scope.handle,
        tagline=settings.tagline,
        currency=settings.currency,
        language=settings.language,
        timezone=settings.timezone,
        open=not settings.hours.paused,
        test_payments=takes_test_payments(ways_to_pay()),
        address_fields=_asked(address_fields()),
        pickup_fields=_asked(pickup_fields()),
    )


def _asked(fields: Sequence[Asked]) -> tuple[AskedField, ...]:
    return tuple(AskedField(one.name, _(one.label), bool(one.missing)) for one in fields)


def list_collections(*, page: PageAsked) -> ApiPage[StoreCollection]:
    """The collections in the merchant's order."""
    offset = offset_of(page)
    found = collections(limit=page.size + 1, offset=offset)
    return page_from([_collection(one) for one in found], page, offset)


def one_collection(*, handle: str) -> StoreCollection | None:
    """One collection."""
    found = collection_at(handle)
    return _collection(found) if found else None


def _collection(found: CollectionView) -> StoreCollection:
    return StoreCollection(found.id, found.handle, found.title, found.body, found.count, found.picture)


def list_products(
    *, page: PageAsked, collection: str = "", query: str = "", sort: Sort | None = None
) -> ApiPage[StoreCard]:
    """Products on sale: all, those of a collection, or those that have every word of a query.

    Args:
        collection: the handle of a collection; one that does not exist has no products.
        query: words; one character is enough. The best come first.
        sort: another order.
    """
    if query:
        count_attempt("search", SEARCH)
    found = collection_at(collection) if collection else None
    if collection and found is None:
        return ApiPage(())
    offset = offset_of(page)
    cards = products_on_sale(
        collection_id=found.id if found else None,
        query=query.strip()[:_LONGEST_QUERY],
        sort=sort or "",
        limit=page.size + 1,
        offset=offset,
    )
    stock = stock_of(variant for card in cards for variant in card.variant_ids)
    return page_from([_card(card, stock) for card in cards], page, offset)


def _card(card: Card, stock: Mapping[UUID, StockView]) -> StoreCard:
    left = [stock[one].available for one in card.variant_ids if one in stock]
    return StoreCard(
        id=card.id,
        handle=card.handle,
        title=card.title,
        subtitle=card.subtitle,
        kind=card.kind,
        tags=card.tags,
        price_minor=card.price_minor,
        compare_at_minor=card.compare_at_minor,
        several_prices=card.several_prices,
        sold_out=bool(left) and all(one is not None and one <= 0 for one in left),
        picture=card.picture,
        reviews=card.tally.count,
        stars=card.tally.average_text if card.tally.count else "",
    )


def one_product(*, handle: str) -> StoreProduct | None:
    """One product with its variants and how many of each can be had."""
    found = product_page(handle)
    return _product(found) if found and found.variants else None


def _product(found: ProductDetail) -> StoreProduct:
    stock = stock_of(variant.id for variant in found.variants)
    same = (
        "id",
        "handle",
        "title",
        "subtitle",
        "body_html",
        "vendor",
        "kind",
        "tags",
        "facts",
        "options",
        "pictures",
    )
    return StoreProduct(
        **{name: getattr(found, name) for name in same},
        variants=tuple(_variant(one, stock) for one in found.variants),
        reviews=found.tally.count,
        stars=found.tally.average_text if found.tally.count else "",
    )


def _variant(one: VariantDetail, stock: Mapping[UUID, StockView]) -> StoreVariant:
    same = ("id", "title", "option_values", "sku", "price_minor", "compare_at_minor", "grams")
    left = stock[one.id].available if one.id in stock else None
    return StoreVariant(
        **{name: getattr(one, name) for name in same}, left=max(left, 0) if left is not None else None
    )


def list_ways_to_pay() -> list[PayOption]:
    """How orders can be paid here, the shop's favourite first."""
    return [PayOption(way.id, way.method, way.mode == "test") for way in ways_to_pay()]


ROOM = ApiRoom(
    name="catalog",
    title=N_("Catalog"),
    about=N_("The shop, its collections and its products."),
    routes=(
        Get("/shop", the_shop, "buyer"),
        Get("/ways-to-pay", list_ways_to_pay, "buyer"),
        Get("/collections", list_collections, "buyer"),
        Get("/collections/<handle>", one_collection, "buyer"),
        Get("/products", list_products, "buyer"),
        Get("/products/<handle>", one_product, "buyer"),
    ),
)
