"""Asking a buyer to share what was bought: once, right after paying, and within the shop's caps."""

from core.commerce.catalog.queries import sold_variants
from core.commerce.orders.queries import OrderView
from core.commerce.sharing.actions import take_prompt
from core.rendering import links
from core.web.storefront.browser import ASKED, current_browser


def ask_to_share(order: OrderView) -> None:
    """Let the order's page ask, when it is shown next to the customer who has just paid for it.

    An order that waits for a group is left alone: its page has the group's own button.
    """
    customer = current_browser().customer
    own = customer is not None and customer.id == order.customer_id
    if customer is None or not own or order.financial != "paid" or order.holds_open:
        return
    if take_prompt(customer_id=customer.id):
        current_browser().keep(ASKED, order.code)


def path_to_share(order: OrderView) -> str:
    """The page to share, when this page view is the one that asks; "" otherwise."""
    browser = current_browser()
    if browser.cookie(ASKED) != order.code or not order.lines:
        return ""
    browser.forget(ASKED)
    variant = sold_variants([order.lines[0].variant_id]).get(order.lines[0].variant_id)
    return links.product_url(variant.handle) if variant is not None and variant.for_sale else ""
