"""The named stages of a price, in the order in which they happen."""

from enum import StrEnum


class Stage(StrEnum):
    """One step on the way from a unit price to the total; members are in order.

    Core alone works in BASE, LIST, TAX and ROUNDING; plugins are asked in the others (`PLUGIN_STAGES`).
    Everybody asked in one stage sees the same running totals: those left by the stage before.
    """

    # quantity × the variant's price
    BASE = "base"
    # the price list in force; the price that is struck through when something lower wins
    LIST = "list"
    # one activity price per line wins: group, live, flash, bargain, member
    CAMPAIGN = "campaign"
    LINE_PROMOTIONS = "line_promotions"
    ORDER_PROMOTIONS = "order_promotions"
    COUPONS = "coupons"
    # points and stored value
    POINTS = "points"
    # the fee of the chosen way to send, and surcharges on it
    SHIPPING = "shipping"
    SHIPPING_PROMOTIONS = "shipping_promotions"
    # tax that the shop adds to its prices; tax that they contain is told and never changes the total
    TAX = "tax"
    # the total taken down to the shop's smallest step
    ROUNDING = "rounding"


GOODS_STAGES = frozenset(
    {Stage.CAMPAIGN, Stage.LINE_PROMOTIONS, Stage.ORDER_PROMOTIONS, Stage.COUPONS, Stage.POINTS}
)
SHIPPING_STAGES = frozenset({Stage.SHIPPING, Stage.SHIPPING_PROMOTIONS})
PLUGIN_STAGES = tuple(stage for stage in Stage if stage in GOODS_STAGES | SHIPPING_STAGES)
