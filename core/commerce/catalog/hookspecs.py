"""Hooks about products."""

from core.commerce.catalog.events import ProductsChanged
from core.hooks.markers import hookspec


@hookspec(since="0.1")
def on_products_changed(event: ProductsChanged) -> None:
    """React to products that were made, edited, put on sale or put away.

    One event may name many products: an import reports its products in groups. What exactly changed is not told;
    read the products again.

    Args:
        event: the ids of the products.
    """
