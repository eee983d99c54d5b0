"""The hooks of the pricing room: plugins look facts up, answer adjustments, and refuse what must not be sold."""

# mypy: disable-error-code="empty-body"

from typing import Any

from core.commerce.pricing.adjustments import Adjustment
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.stages import Stage
from core.commerce.pricing.unapplied import Unapplied
from core.commerce.pricing.workings import RunningTotals
from core.hooks.markers import hookspec
from core.hooks.results import Refusal


@hookspec(since="0.1", budget_ms=5)
def enrich_price_input(price_input: PriceInput) -> dict[str, Any]:
    """Look up what your prices for this basket depend on: running activities, coupons of the customer.

    `adjust_prices` may not read the database, so that a stored basket can be priced again years later. What you
    answer here is frozen into the basket as `price_input.facts[<plugin>]` and stored with the order.

    When: before a basket is priced, in the cart, on the product page and at checkout; once per basket.

    Transaction: whatever the caller has open; reads only. At checkout it is the transaction that places the order,
    so you read what is true now.

    Args:
        price_input: the basket: lines with quantities, prices and `marks`, customer, codes, moment. Its `facts`
            are empty.

    Returns:
        names with JSON-able values; an empty dict has nothing to say. Decide by `price_input.moment`, never by
        the clock.

    On failure: as for `adjust_prices`, which is then not asked.
    """


@hookspec(since="0.1", budget_ms=10)
def adjust_prices(
    stage: Stage, price_input: PriceInput, running: RunningTotals
) -> list[Adjustment | Unapplied]:
    """Answer what you take off or add in this stage; core decides conflicts, spreads and stores it.

    For a promotion that the buyer might expect and that does not apply, answer an `Unapplied`: why not, and what would
    make it apply. It changes no price; buyer and merchant read it as "why not", and it is stored with the order.

    When: once per stage of `PLUGIN_STAGES`, for every basket that is shown or charged. The stages from shipping on
    are asked only when a way to send is chosen. Everybody in a stage is given the same running totals.

    Transaction: none of yours: pure. The same arguments give the same answer, for ever.

    Args:
        stage: where the basket stands; answer only adjustments of this stage.
        price_input: the basket; your own lookups are in `price_input.facts[<plugin>]`, what you noted on a line is
            in its `marks[<plugin>]`.
        running: lines, goods and shipping as the stages before left them, in minor units.

    Returns:
        adjustments, in any order; leave `plugin` and `plugin_version` empty. In the campaign stage a `unit_price`
        for lines, elsewhere an `amount`. More than is left to take off is cut, and said so. Among them an
        `Unapplied` for what does not apply; of one plugin the nearest 40 are kept.

    On failure: browsing, you are skipped and the others go on. At checkout the lines whose quoted price depended on
        you, and lines that carry your mark, are refused; nothing is silently re-priced. An adjustment of another
        stage, or for lines that are not in the basket, is a failure too.
    """


@hookspec(since="0.1", budget_ms=5)
def check_cart(price_input: PriceInput, priced: PricedCart, at_checkout: bool) -> list[Refusal]:
    """Refuse lines, or the whole basket, that the shop must not sell like this.

    When: after every change of a cart, and again at checkout just before the order is placed.

    Transaction: none of yours: pure. Facts come from `price_input.facts[<plugin>]`.

    Args:
        price_input: the basket.
        priced: what it costs, and what applied.
        at_checkout: whether the buyer is paying, not just looking.

    Returns:
        refusals in the reader's language, `line` being the line's key as UUID; an empty list agrees.

    On failure: lines with your mark or your price are refused, all others stay open.
    """
