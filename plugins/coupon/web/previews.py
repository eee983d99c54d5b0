"""What a coupon would do to a basket, shown while it is written down."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.sdk.clock import now
from core.sdk.shop import current_scope
from core.sdk.values import Money, allocate
from plugins.coupon.domain import Basket, LineNow, amount_off
from plugins.coupon.queries.margins import Good, goods_of
from plugins.coupon.terms import Basis, Kind, Terms

_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A line of the tried basket: what it costs, and what comes off it."""

    title: str
    quantity: int
    net: Money
    off: Money


@dataclass(frozen=True, slots=True)
class TriedBasket:
    """A basket that just reaches the minimum, and what is paid for it."""

    lines: tuple[TriedLine, ...]
    goods: Money
    off: Money

    @property
    def pays(self) -> Money:
        """What is left to pay for the goods."""
        return Money(self.goods.minor - self.off.minor, self.goods.currency)


def tried_basket(terms: Terms) -> TriedBasket | None:
    """A basket of the shop's own goods that just reaches the minimum; None where there are none, or it is on the fee."""
    goods = goods_of(terms)
    if not goods or terms.kind is Kind.SHIPPING:
        return None
    currency = current_scope().currency
    lines = tuple(_filled(terms, goods))
    basket = Basket(currency, now(), lines, {}, None)
    value = terms.most if terms.kind is Kind.RANDOM else 0
    eligible = basket.eligible(_of_all(terms))
    off = amount_off(terms, value, eligible, currency)
    nets = [line.net for line in lines]
    shares = allocate(off, nets, nets)
    titles = {str(good.variant): good.title for good in goods}
    return TriedBasket(
        tuple(
            TriedLine(titles[line.key], line.quantity, Money(line.net, currency), Money(share, currency))
            for line, share in zip(lines, shares, strict=True)
        ),
        Money(basket.goods, currency),
        Money(off, currency),
    )


def _of_all(terms: Terms) -> Terms:
    """The same coupon for goods that were chosen already."""
    return Terms.from_json({**terms.as_json(), "scope": {}})


def _filled(terms: Terms, goods: list[Good]) -> Iterable[LineNow]:
    """Dearer goods first, a piece of each, until the minimum is reached."""
    by_pieces = terms.basis is Basis.PIECES or terms.kind is Kind.NTH
    wanted = max(terms.threshold, terms.tiers[-1][0] if terms.tiers else 0)
    pieces = max(terms.threshold if terms.basis is Basis.PIECES else 0, terms.nth if by_pieces else 1)
    middle = [good for good in goods if good.price] or goods
    picked = middle[len(middle) // 2 :][:_MOST_LINES] or middle
    have = 0
    for place, good in enumerate(picked):
        last = place == len(picked) - 1
        quantity = 1
        if by_pieces:
            quantity = max(1, -(-pieces // len(picked)))
        elif last and have + good.price < wanted and good.price:
            quantity = min(99, -(-(wanted - have) // good.price))
        have += good.price * quantity
        yield LineNow(str(good.variant), str(good.product), quantity, good.price * quantity, activity=False)
        if not by_pieces and have >= wanted:
            return
