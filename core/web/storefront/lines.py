"""Lines of carts, checkouts and orders as pages show them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from core.commerce.catalog.queries import SoldVariant
from core.commerce.media.queries import Picture, pictures_at
from core.commerce.orders.queries import OrderLineView
from core.commerce.pricing.adjustments import SHIPPING
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart, PricedLine
from core.kernel.money import Money
from core.rendering import links
from core.rendering.contexts import Badge, LineView
from core.web.storefront.frame import image_view
from core.web.storefront.prices import campaign_name
from core.web.storefront.product_page import MOST_PIECES


def line_views(
    priced: PricedCart,
    variants: Mapping[UUID, SoldVariant],
    *,
    problems: Mapping[str, str] | None = None,
    left: Mapping[UUID, int | None] | None = None,
) -> tuple[LineView, ...]:
    """The lines of a priced basket.

    Args:
        variants: the catalog's view of them, for pictures and addresses.
        problems: line key → why it cannot be bought as it is.
        left: variant → pieces that can be had, None for uncounted.
    """
    return tuple(
        LineView(
            id=line.key,
            title=line.title,
            quantity=line.quantity,
            total=Money(goods_amount(priced, line), priced.currency),
            total_before=Money(line.list_amount, priced.currency)
            if goods_amount(priced, line) < line.list_amount
            else None,
            unit=_unit(priced, line),
            badges=_badges(campaign_name(priced, line)),
            problem=(problems or {}).get(line.key, ""),
            maximum=_most((left or {}).get(line.variant_id)),
            **_of_variant(variants.get(line.variant_id)),
        )
        for line in priced.lines
    )


def goods_rates(price_input: PriceInput) -> set[int]:
    """The tax rates of a basket, in basis points; that of shipping once a way is chosen."""
    rates = price_input.tax_rates
    return {rate for key, rate in rates.items() if key != SHIPPING or price_input.shipping is not None}


def goods_amount(priced: PricedCart, line: PricedLine) -> int:
    """What a line costs without tax that is added below the sum, in minor units."""
    return line.net - priced.added_tax_of(line.key)


def _unit(priced: PricedCart, line: PricedLine) -> Money | None:
    """What one piece costs, where all cost the same."""
    if priced.added_tax_of(line.key):
        each, rest = divmod(goods_amount(priced, line), line.quantity)
        return None if rest else Money(each, priced.currency)
    return Money(line.unit_nets[0], priced.currency) if len(set(line.unit_nets)) == 1 else None


def _badges(campaign: str) -> tuple[Badge, ...]:
    return (Badge(text=campaign, tone="deal"),) if campaign else ()


def _most(left: int | None) -> int:
    return MOST_PIECES if left is None else max(min(left, MOST_PIECES), 1)


def _of_variant(variant: SoldVariant | None) -> dict[str, Any]:
    if variant is None:
        return {}
    return {
        "url": links.product_url(variant.handle, variant.id) if variant.for_sale else "",
        "variant": variant.title,
        "image": image_view(variant.picture),
    }


def product_ids(variants: Iterable[SoldVariant]) -> tuple[UUID, ...]:
    """The products behind some variants, each once; what slots of a page about lines are asked for."""
    return tuple(dict.fromkeys(variant.product_id for variant in variants))


def ordered_pictures(
    lines: Iterable[OrderLineView], variants: Mapping[UUID, SoldVariant]
) -> dict[UUID, Picture]:
    """The picture of each order line by the line's id: the one it was ordered from.

    The catalog knows its words and its ground as long as it is still the variant's picture.
    """
    found = list(lines)
    kept = pictures_at(line.image for line in found)
    shown = {}
    for line in found:
        variant, stored = variants.get(line.variant_id), kept.get(line.image)
        present = variant.picture if variant else None
        same = present is not None and (stored is None or stored.url == present.url)
        if picture := present if same else stored:
            shown[line.id] = picture
    return shown
