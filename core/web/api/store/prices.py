"""A price in the API: what every line costs, why, and which offers were not used and why not."""

from dataclasses import dataclass

from core.commerce.pricing.priced import PricedCart
from core.kernel.i18n import current_language
from core.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PriceReason:
    """One step of a price in words; an amount below zero is taken off.

    Args:
        text: in the language of the request.
        amount: what this step changes.
        plugin: whose offer it is, "" for the shop's own prices.
    """

    text: str
    amount: Money
    plugin: str


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line or the shipping (key "shipping"): its steps add up to `net`."""

    key: str
    title: str
    steps: tuple[PriceReason, ...]
    net: Money


@dataclass(frozen=True, slots=True)
class OfferNotUsed:
    """An offer that takes nothing off here.

    Args:
        offer: its name.
        because: why not.
        instead: what was used in its place, or "".
        saves: what it would save, where that is known.
        url: a page of the storefront where something can be done about it, or "".
    """

    offer: str
    because: str
    instead: str
    saves: Money | None
    url: str


@dataclass(frozen=True, slots=True)
class Price:
    """The whole price with its reasons; the nets of `lines` add up to `total`."""

    lines: tuple[PriceLine, ...]
    not_used: tuple[OfferNotUsed, ...]
    goods: Money
    discount: Money
    shipping: Money
    tax_included: Money
    total: Money


def price_of(priced: PricedCart) -> Price:
    """What `priced` says, in the language of the request."""
    told, currency = priced.explanation(current_language()), priced.currency

    def money(minor: int) -> Money:
        return Money(minor, currency)

    return Price(
        lines=tuple(
            PriceLine(
                line.key,
                line.title,
                tuple(PriceReason(step.text, step.amount, step.plugin) for step in line.steps),
                line.net,
            )
            for line in told.lines
        ),
        not_used=tuple(
            OfferNotUsed(
                one.text,
                one.because,
                one.instead,
                money(one.need.saves) if one.need and one.need.saves else None,
                one.url,
            )
            for one in told.why_not
            if one.for_buyer
        ),
        goods=money(priced.goods_total),
        discount=money(priced.discount_total),
        shipping=money(priced.shipping_total),
        tax_included=money(priced.tax_included),
        total=told.total,
    )
