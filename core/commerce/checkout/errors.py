"""Refusals of the checkout room."""

from collections.abc import Sequence

from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.quotes import PriceDifference
from core.hooks.results import Refusal
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class CheckoutEmpty(PinpuError):
    """There is nothing to check out."""

    code = "checkout.empty"
    status = 409
    message = N_("There is nothing in the basket.")
    fix = N_("Put something in first.")


class GoodsUnavailable(PinpuError):
    """Something in the basket is not sold any more."""

    code = "checkout.goods_unavailable"
    status = 409
    message = N_("“%(title)s” is not for sale any more.")
    fix = N_("Take it out of the basket to go on.")


class SoldOut(PinpuError):
    """Not enough is left of something; `line` is its key."""

    code = "checkout.sold_out"
    status = 409
    message = N_("“%(title)s” has just sold out.")
    fix = N_("Choose fewer, another kind, or take it out. Nothing was charged.")

    def __init__(self, *, title: str, line: str) -> None:
        super().__init__(title=title)
        self.line = line


class QuoteChanged(PinpuError):
    """The price is not what the buyer saw; nothing was ordered. `priced` is the new price."""

    code = "checkout.quote_changed"
    status = 409
    message = N_("The price has changed since you looked at it. Nothing was ordered.")
    fix = N_("Look at what changed and confirm again.")

    def __init__(self, differences: Sequence[PriceDifference], priced: PricedCart) -> None:
        super().__init__(differences=[difference.as_json() for difference in differences])
        self.differences = tuple(differences)
        self.priced = priced


class CheckoutRefused(PinpuError):
    """A rule of the shop or of a plugin says no; `refusals` are in words and name their lines."""

    code = "checkout.refused"
    status = 409
    message = N_("This cannot be ordered as it is.")

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(reasons=[refusal.message for refusal in refusals])
        self.refusals = tuple(refusals)

    @property
    def text(self) -> str:
        """The first refusal's own words; they are already in the reader's language."""
        return self.refusals[0].message if self.refusals else super().text


class DeliveryMissing(PinpuError):
    """No way to send, or no place to fetch, was chosen."""

    code = "checkout.delivery_missing"
    status = 422
    message = N_("Choose how the goods reach you.")
