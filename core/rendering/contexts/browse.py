"""Pages for looking around: home, collections, search and the product."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from markupsafe import Markup

from core.kernel.money import Money
from core.rendering.contexts.frame import (
    NOTHING,
    DetailView,
    FactView,
    ImageView,
    LinkView,
    Page,
    PriceSum,
    SectionView,
    says,
    view,
)
from core.rendering.contexts.reviews import RatingView, ReviewView


@view
class Badge:
    """A short label on a card or a line."""

    text: str = says("One to four words.")
    tone: str = says("deal (a price one can get now), brand, or plain.", default="brand")


@view
class ProductCard:
    """A product in a list."""

    id: UUID = says("Id of the product.")
    title: str = says("Name of the product.")
    url: str = says("Its page.")
    image: ImageView | None = says("First picture.")
    price: Money = says("Price now, of the cheapest variant.")
    subtitle: str = says("One line of what makes it special.", default="")
    several_prices: bool = says(
        "True when variants differ in price, so that it is a price from.", default=False
    )
    compare_at: Money | None = says("Former price, when it was higher.", default=None)
    deal: bool = says("True when `price` is a price of a campaign.", default=False)
    note: str = says("A quiet word beside the price: size, or how many are left.", default="")
    badges: tuple[Badge, ...] = says("Labels given by plugins.", default=())
    sold_out: bool = says("True when no variant can be bought.", default=False)
    rating: str = says("Average of its reviews, such as 4.7; empty without a review.", default="")
    reviews: int = says("How many reviews it has.", default=0)
    sold: int | None = says("How many were sold, where the shop tells it.", default=None)


@view
class Pager:
    """Where this page stands in a longer list."""

    page: int = says("Number of this page, from 1.")
    pages: int = says("How many pages there are.")
    total: int = says("How many things the whole list has.")
    previous_url: str = says("Address of the page before; empty on the first.", default="")
    next_url: str = says("Address of the page after; empty on the last.", default="")


@view
class CollectionTile:
    """A collection in a list of collections."""

    title: str = says("Name of the collection.")
    url: str = says("Its page.")
    image: ImageView | None = says("Picture of it, or of its first product.")
    count: int = says("How many products it has.")
    intro: str = says("One sentence about it; may be empty.", default="")


@view
class HomePage(Page):
    """The shop's front page: its sections in order."""

    template: ClassVar[str] = "home"

    sections: tuple[SectionView, ...] = says("The sections, in order, with their data.")


@view
class CollectionsPage(Page):
    """All collections of the shop."""

    template: ClassVar[str] = "collections"

    collections: tuple[CollectionTile, ...] = says("The collections on this page, in the merchant's order.")
    pager: Pager | None = says("Position in the whole list.", default=None)


@view
class CollectionPage(Page):
    """One collection with its products."""

    template: ClassVar[str] = "collection"

    cards: tuple[ProductCard, ...] = says("The products on this page of the list.")
    pager: Pager = says("Position in the whole list.")
    intro: Markup = says("The merchant's words about the collection, sanitised.", default=Markup())
    image: ImageView | None = says("Picture of the collection.", default=None)
    sorts: tuple[LinkView, ...] = says("Ways to order the list; the one in force is current.", default=())


@view
class SearchPage(Page):
    """What was found for some words, or an invitation to search."""

    template: ClassVar[str] = "search"

    query: str = says("The words searched for; empty before a search.")
    cards: tuple[ProductCard, ...] = says("The products found.", default=())
    pager: Pager | None = says("Position in the whole list; none before a search.", default=None)
    ideas: tuple[LinkView, ...] = says("Searches or collections to try when nothing was found.", default=())


@view
class OptionValueView:
    """One value of an option, as a link to the variant that has it."""

    label: str = says("The value: 125 g, blue, L.")
    url: str = says("This product with that value chosen and the other choices kept where possible.")
    selected: bool = says("True for the value of the chosen variant.", default=False)
    available: bool = says("False when the variant it leads to cannot be bought.", default=True)


@view
class OptionView:
    """One option of a product with all its values."""

    name: str = says("Name of the option: Size, Colour.")
    values: tuple[OptionValueView, ...] = says("Its values, in the merchant's order.")


@view
class StockView:
    """Whether a variant can be had."""

    state: str = says("in, low, out, or untracked.")
    left: int | None = says("How many are left, where the shop shows it.", default=None)


@view
class VariantView:
    """The variant that the visitor has chosen."""

    id: UUID = says("Id of the variant.")
    title: str = says("Its option values in one line; empty for a product without options.")
    stock: StockView = says("Whether it can be had.")
    sku: str = says("The merchant's own number; may be empty.", default="")


@view
class PriceView:
    """The price of the chosen variant."""

    now: Money = says("What one piece costs when bought alone now.")
    before: Money | None = says("The price before, when it was higher.", default=None)
    label: str = says("Name of the price when it is a special one, such as Winter sale.", default="")
    why: PriceSum | None = says(
        "Why this price: shown when there is more to say than the price itself.", default=None
    )


@view
class PurchaseView:
    """How the chosen variant is put into the cart or bought at once."""

    action: str = says("Address the form is sent to.")
    variant_id: UUID = says("Id of the chosen variant.")
    possible: bool = says("False when it cannot be bought; `reason` says why.", default=True)
    reason: str = says("Why it cannot be bought; may be empty.", default="")
    maximum: int = says("Most pieces in one go.", default=99)
    limit_note: str = says("A limit in words, such as at most 2 each; may be empty.", default="")
    quantity: int = says("Pieces to begin with.", default=1)


@view
class ProductView:
    """The product itself."""

    id: UUID = says("Id of the product.")
    title: str = says("Name of the product.")
    url: str = says("Its page, without a chosen variant.")
    gallery: tuple[ImageView, ...] = says("Pictures; the first belongs to the chosen variant.")
    variant: VariantView = says("The chosen variant.")
    subtitle: str = says("One line of what makes it special.", default="")
    body: Markup = says("The merchant's description, sanitised.", default=Markup())
    options: tuple[OptionView, ...] = says(
        "Options to choose from; none for a product with a single variant.", default=()
    )
    details: tuple[DetailView, ...] = says("Origin, weight, material and the like.", default=())
    collections: tuple[LinkView, ...] = says("Collections it belongs to.", default=())


@view
class SellerView:
    """Who sells, and how to reach them from the product's page."""

    name: str = says("Name of the shop.")
    since: str = says("Since when the shop has been here: November 2026.", default="")
    company: str = says("The company behind it; may be empty.", default="")
    ways: tuple[LinkView, ...] = says("Call, write, chat: what the shop offers.", default=())
    policy: LinkView | None = says("The policy of returns.", default=None)


@view
class ProvenanceView:
    """Where the product comes from; there only when the merchant says something about it."""

    rows: tuple[DetailView, ...] = says("Origin, batch, day of harvest or production, shelf life, storage.")
    producer: str = says("Who made it; may be empty.", default="")
    story: Markup = says("The producer's story, sanitised; may be empty.", default=Markup())


@view
class ProductPage(Page):
    """One product: look, understand the price, choose, buy."""

    template: ClassVar[str] = "product"

    product: ProductView = says("The product.")
    price: PriceView = says("Its price now.")
    purchase: PurchaseView = says("How to buy it.")
    facts: tuple[FactView, ...] = says("Shipping, dispatch, refund, seller.", default=())
    related: tuple[ProductCard, ...] = says("Other products worth a look.", default=())
    rating: RatingView | None = says("What its reviews add up to; none without a review.", default=None)
    reviews: tuple[ReviewView, ...] = says("The newest reviews, two or three.", default=())
    sold: int | None = says("How many were sold, where the shop tells it.", default=None)
    seller: SellerView | None = says("Who sells it.", default=None)
    provenance: ProvenanceView | None = says("Where it comes from, where that is known.", default=None)
    structured: Mapping[str, Any] = says(
        "What search engines are told, as JSON-LD; ratings only where there are some.", default=NOTHING
    )
