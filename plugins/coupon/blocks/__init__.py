"""What coupons show on the shop's own pages: home, product, cart, checkout, order, account."""

from collections.abc import Callable

from core.sdk.storefront import SlotBlock, SlotRequest
from plugins.coupon.blocks.buying import cart_blocks, checkout_blocks
from plugins.coupon.blocks.shop import (
    account_blocks,
    footer_blocks,
    home_blocks,
    order_blocks,
    product_blocks,
)

_BY_PAGE: dict[str, Callable[[SlotRequest], list[SlotBlock]]] = {
    "home": home_blocks,
    "product": product_blocks,
    "cart": cart_blocks,
    "checkout": checkout_blocks,
    "order": order_blocks,
    "account": account_blocks,
}


def blocks_for(request: SlotRequest) -> list[SlotBlock]:
    """Everything that coupons show on one page."""
    show = _BY_PAGE.get(request.page)
    found = show(request) if show else []
    return [*found, *footer_blocks(request)]
