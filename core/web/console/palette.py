"""Ctrl+K: the shop's own orders, products and customers by a few letters, as JSON."""

import unicodedata

from flask import Blueprint, Response, jsonify, request, url_for

from core.commerce.customers.listing import customers_page
from core.commerce.fulfilment.order_lists import orders_page
from core.commerce.merchandising.queries import products_index
from core.kernel.i18n import N_, gettext
from core.rendering.console import formats

blueprint = Blueprint("console_find", __name__)
_LONGEST = 100
_MOST = 6


@blueprint.get("/")
def find() -> Response:
    """Orders, products and customers that fit `q`, a few of each."""
    words = unicodedata.normalize("NFC", request.args.get("q", ""))[:_LONGEST].strip()
    if not words or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in words):
        return jsonify(groups=[])
    return jsonify(
        groups=[
            {"label": gettext(N_("Orders")), "items": _orders(words)},
            {"label": gettext(N_("Products")), "items": _products(words)},
            {"label": gettext(N_("Customers")), "items": _customers(words)},
        ]
    )


def _orders(words: str) -> list[dict[str, str]]:
    found = orders_page(view="all", search=words, limit=_MOST, with_counts=False)
    return [
        {
            "label": f"{row.number} {row.buyer}".strip(),
            "sub": formats.money(row.total),
            "url": url_for("console_orders.order", ref=row.id),
            "icon": "receipt",
        }
        for row in found.rows
    ]


def _products(words: str) -> list[dict[str, str]]:
    found = products_index(view="all", search=words)
    return [
        {
            "label": row.title,
            "sub": row.handle,
            "url": url_for("console_products.product", ref=row.id),
            "icon": "box",
        }
        for row in found.rows[:_MOST]
    ]


def _customers(words: str) -> list[dict[str, str]]:
    found = customers_page(search=words, limit=_MOST)
    return [
        {
            "label": row.shown_name,
            "sub": row.phone or row.email,
            "url": url_for("console_customers.customer", ref=row.id),
            "icon": "user",
        }
        for row in found.rows
    ]
