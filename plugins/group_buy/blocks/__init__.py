"""What group-buy shows on the shop's own pages: the product, the checkout, orders, the home page."""

from collections.abc import Callable

from core.sdk.storefront import SlotBlock, SlotRequest
from plugins.group_buy.blocks.buying import checkout_blocks, payment_blocks
from plugins.group_buy.blocks.orders import account_blocks, order_blocks
from plugins.group_buy.blocks.product import product_blocks

_BY_PAGE: dict[str, Callable[[SlotRequest], list[SlotBlock]]] = {
    "product": product_blocks,
    "checkout": checkout_blocks,
    "payment": payment_blocks,
    "order": order_blocks,
    "account": account_blocks,
}


def blocks_for(request: SlotRequest) -> list[SlotBlock]:
    """Everything that group-buy shows on one page."""
    show = _BY_PAGE.get(request.page)
    return show(request) if show else []
