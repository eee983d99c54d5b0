"""The view of one product: what it is, what it costs now and why, what can be chosen, whether it can be had."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from core.commerce.catalog.listings import related_cards
from core.commerce.catalog.queries import ProductDetail, VariantDetail
from core.commerce.pricing.plugin_prices import price_with_plugins
from core.commerce.pricing.price_input import PriceInput, PriceLine
from core.commerce.pricing.priced import PricedCart
from core.commerce.reservations.stock import StockView as Stock
from core.commerce.reviews.queries import product_reviews
from core.kernel.clock import now
from core.kernel.i18n import _
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.contexts import (
    DetailView,
    LinkView,
    OptionValueView,
    OptionView,
    PriceView,
    ProductPage,
    ProductView,
    PurchaseView,
    ReviewView,
    StockView,
    VariantView,
)
from core.rendering.richtext import plain_text, sanitised
from core.web.storefront.cards import FEW, card_views, stock_for
from core.web.storefront.frame import Frame, image_view, preview
from core.web.storefront.prices import campaign_name, price_sum
from core.web.storefront.promises import facts_of, provenance_of, seller_of
from core.web.storefront.review_views import rating_view, review_view, told_sold
from core.web.storefront.structured import structured

MOST_PIECES = 99
_LONGEST_DESCRIPTION = 160
_FEW_REVIEWS = 3


@dataclass(frozen=True, slots=True)
class _Looked:
    product: ProductDetail
    variant: VariantDetail
    stock: Mapping[UUID, Stock]
    frame: Frame


def product_view_page(product: ProductDetail, variant_id: UUID | None, frame: Frame) -> ProductPage:
    """The page of `product` with one variant chosen: the one asked for, else the first that can be had."""
    related = related_cards(product.id)
    stock = stock_for(related, [variant.id for variant in product.variants])
    looked = _Looked(product, _chosen(product, variant_id, stock), stock, frame)
    price = _price(looked)
    path, tally = links.product_url(product.handle), product.tally
    page = ProductPage(
        title=product.title,
        preview=preview(
            frame,
            product.title,
            path,
            picture=product.pictures[0] if product.pictures else None,
            description=_description(product),
            price=price.now,
            kind="product",
        ),
        back=_back(product),
        subject_ids=(product.id,),
        selected_id=looked.variant.id,
        product=_product(looked, path),
        price=price,
        purchase=_purchase(looked),
        facts=facts_of(frame),
        related=card_views(related, stock, frame),
        rating=rating_view(tally, product.handle) if tally.count or tally.hidden else None,
        reviews=_newest_reviews(product),
        sold=told_sold(tally.sold, frame),
        seller=seller_of(frame),
        provenance=provenance_of(product.provenance),
    )
    return replace(page, structured=structured(page, frame.settings.name, current_scope().currency))


def _newest_reviews(product: ProductDetail) -> tuple[ReviewView, ...]:
    """The newest ones; nothing is asked for where there is none."""
    if not product.tally.count:
        return ()
    return tuple(map(review_view, product_reviews(product.id, limit=_FEW_REVIEWS).rows))


def _chosen(product: ProductDetail, variant_id: UUID | None, stock: Mapping[UUID, Stock]) -> VariantDetail:
    asked = next((one for one in product.variants if one.id == variant_id), None)
    return asked or next((one for one in product.variants if _can_be_had(stock[one.id])), product.variants[0])


def _can_be_had(stock: Stock) -> bool:
    return stock.available is None or stock.available > 0


def _description(product: ProductDetail) -> str:
    words = product.subtitle or plain_text(product.body_html)
    return words if len(words) <= _LONGEST_DESCRIPTION else f"{words[: _LONGEST_DESCRIPTION - 1]}…"


def _back(product: ProductDetail) -> LinkView | None:
    if not product.collections:
        return None
    first = product.collections[0]
    return LinkView(label=first.title, url=links.collection_url(first.handle))


def _product(looked: _Looked, path: str) -> ProductView:
    product, variant = looked.product, looked.variant
    pictures = list(product.pictures)
    if variant.picture_index is not None:
        pictures.insert(0, pictures.pop(variant.picture_index))
    return ProductView(
        id=product.id,
        title=product.title,
        url=path,
        gallery=tuple(view for picture in pictures if (view := image_view(picture))),
        variant=VariantView(
            id=variant.id, title=variant.title, stock=_stock(looked.stock[variant.id]), sku=variant.sku
        ),
        subtitle=product.subtitle,
        body=sanitised(product.body_html),
        options=tuple(_option(looked, place) for place in range(len(product.options))),
        details=tuple(DetailView(label=fact.label, value=fact.value) for fact in product.facts),
        collections=tuple(
            LinkView(label=one.title, url=links.collection_url(one.handle)) for one in product.collections
        ),
    )


def _stock(stock: Stock) -> StockView:
    left = stock.available
    if left is None:
        return StockView(state="untracked")
    if left <= 0:
        return StockView(state="out", left=0)
    return StockView(state="low", left=left) if left <= FEW else StockView(state="in")


def _option(looked: _Looked, place: int) -> OptionView:
    option = looked.product.options[place]
    values = tuple(_value(looked, place, value) for value in option.values)
    return OptionView(name=option.name, values=tuple(view for view in values if view is not None))


def _value(looked: _Looked, place: int, value: str) -> OptionValueView | None:
    """The value as a link to the variant that has it and differs least from the chosen one."""
    having = [one for one in looked.product.variants if one.option_values[place : place + 1] == (value,)]
    if not having:
        return None
    target = max(having, key=lambda one: (_likeness(one, looked.variant), _can_be_had(looked.stock[one.id])))
    return OptionValueView(
        label=value,
        url=links.product_url(looked.product.handle, target.id),
        selected=looked.variant.option_values[place : place + 1] == (value,),
        available=_can_be_had(looked.stock[target.id]),
    )


def _likeness(one: VariantDetail, other: VariantDetail) -> int:
    return sum(a == b for a, b in zip(one.option_values, other.option_values, strict=False))


def _price(looked: _Looked) -> PriceView:
    variant, currency = looked.variant, current_scope().currency
    priced = _priced(looked)
    line = priced.lines[0]
    lowered = line.net < line.list_amount
    before = line.list_amount if lowered else variant.compare_at_minor
    return PriceView(
        now=Money(line.net, currency),
        before=Money(before, currency) if before is not None else None,
        label=campaign_name(priced, line) if lowered else "",
        why=price_sum(priced, goods_label=_("Everyday price"))
        if line.steps or priced.not_applied or priced.unapplied
        else None,
    )


def _priced(looked: _Looked) -> PricedCart:
    """One piece, as anybody would buy it alone."""
    product, variant = looked.product, looked.variant
    line = PriceLine(
        key=str(variant.id),
        product_id=product.id,
        variant_id=variant.id,
        sku=variant.sku,
        title=product.title,
        quantity=1,
        unit_price=variant.price_minor,
        compare_at=variant.compare_at_minor,
    )
    basket = PriceInput(
        currency=current_scope().currency,
        moment=now(),
        lines=(line,),
    )
    return price_with_plugins(basket).priced


def _purchase(looked: _Looked) -> PurchaseView:
    available = looked.stock[looked.variant.id].available
    possible = available is None or available > 0
    return PurchaseView(
        action="/cart/add",
        variant_id=looked.variant.id,
        possible=possible,
        reason="" if possible else _("This kind is sold out. Others may still be there."),
        maximum=MOST_PIECES if available is None else max(min(available, MOST_PIECES), 1),
    )
