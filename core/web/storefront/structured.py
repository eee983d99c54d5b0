"""What search engines are told about a product: schema.org as JSON-LD, and nothing that the page does not say."""

from collections.abc import Mapping
from typing import Any

from core.kernel.money import plain_amount
from core.rendering.contexts import ProductPage

_CONTEXT = "https://schema.org"


def structured(page: ProductPage, shop: str, currency: str) -> Mapping[str, Any]:
    """The page of a product of `shop`; a rating is told only where buyers gave one."""
    told: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Product",
        "name": page.product.title,
        "description": page.preview.description,
        "image": page.preview.image.url if page.preview.image else "",
        "sku": page.product.variant.sku,
        "offers": {
            "@type": "Offer",
            "price": plain_amount(page.price.now),
            "priceCurrency": currency,
            "availability": f"{_CONTEXT}/{'InStock' if page.purchase.possible else 'OutOfStock'}",
            "url": page.preview.url,
            "seller": {"@type": "Organization", "name": shop},
        },
    }
    if page.rating and page.rating.count:
        told["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": page.rating.average,
            "reviewCount": page.rating.count,
            "bestRating": 5,
            "worstRating": 1,
        }
        told["review"] = [_review(one) for one in page.reviews if one.text]
    if page.provenance:
        told |= _provenance(page)
    return {name: value for name, value in told.items() if value}


def _review(one: Any) -> dict[str, Any]:
    return {
        "@type": "Review",
        "reviewRating": {"@type": "Rating", "ratingValue": one.stars, "bestRating": 5},
        "author": {"@type": "Person", "name": one.name},
        "datePublished": one.at.date().isoformat(),
        "reviewBody": one.text,
    }


def _provenance(page: ProductPage) -> dict[str, Any]:
    assert page.provenance is not None
    found: dict[str, Any] = {
        "additionalProperty": [
            {"@type": "PropertyValue", "name": row.label, "value": row.value} for row in page.provenance.rows
        ]
    }
    if page.provenance.producer:
        found["manufacturer"] = {"@type": "Organization", "name": page.provenance.producer}
    return found
