"""What a page of the shop says when it is shared: asked of plugins, else known by core; for storefront and console."""

from urllib.parse import unquote, urlsplit

from core.commerce.catalog.listings import collection_listing
from core.commerce.catalog.queries import ProductDetail, former_price, product_page
from core.commerce.shops.queries import shop_settings
from core.hooks.current import shop_hooks
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.shares import ShareFacts

_PRODUCT = links.product_url("")
_COLLECTION = links.collection_url("")


def facts_of(target: str) -> ShareFacts:
    """What there is to say about `target`, a path of the bound shop; a page that nobody knows speaks for the shop."""
    path = urlsplit(target).path
    for said in shop_hooks().call("enrich_shares", paths=(path,)):
        if path in said.value:
            facts: ShareFacts = said.value[path]
            return facts
    return (
        _product(path)
        or _collection(path)
        or ShareFacts(title=shop_settings().tagline or shop_settings().name)
    )


def _product(path: str) -> ShareFacts | None:
    found = product_page(unquote(path.removeprefix(_PRODUCT))) if path.startswith(_PRODUCT) else None
    if found is None or not found.variants:
        return None
    return product_facts(found)


def product_facts(product: ProductDetail) -> ShareFacts:
    """The price is that of the cheapest variant."""
    cheapest = min(product.variants, key=lambda one: one.price_minor)
    before = former_price(cheapest.price_minor, cheapest.compare_at_minor)
    currency = current_scope().currency
    return ShareFacts(
        title=product.title,
        price=Money(cheapest.price_minor, currency),
        before=Money(before, currency) if before is not None else None,
        picture=product.pictures[0] if product.pictures else None,
    )


def _collection(path: str) -> ShareFacts | None:
    found = (
        collection_listing(unquote(path.removeprefix(_COLLECTION))) if path.startswith(_COLLECTION) else None
    )
    if found is None:
        return None
    first = next((card.picture for card in found.listing.cards if card.picture), None)
    return ShareFacts(title=found.title, picture=first)
