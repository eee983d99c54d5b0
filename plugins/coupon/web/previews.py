"""What a coupon would do to a basket, and which goods it would leave too little on: shown while it is written down."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from core.sdk.campaigns import MarginWarning, margin_warnings
from core.sdk.catalog import collections_of
from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import PRODUCT, VARIANT
from core.sdk.values import Money, allocate
from plugins.coupon.domain import Basket, LineNow, amount_off
from plugins.coupon.terms import Basis, Kind, Terms

# So many goods are looked at while somebody types.
_MOST_GOODS = 300
_MOST_LINES = 6
_MOST_WARNINGS = 3


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


@dataclass(frozen=True, slots=True)
class _Good:
    product: UUID
    variant: UUID
    title: str
    price: int


def _goods(terms: Terms) -> list[_Good]:
    """Goods of the shop that a coupon is for, the cheapest first."""
    rows = (
        session()
        .execute(
            select(VARIANT.c.id, VARIANT.c.product_id, VARIANT.c.price_minor, PRODUCT.c.title)
            .join(PRODUCT, and_(PRODUCT.c.shop_id == VARIANT.c.shop_id, PRODUCT.c.id == VARIANT.c.product_id))
            .where(VARIANT.c.shop_id == current_scope().shop_id, PRODUCT.c.status == "active")
            .order_by(VARIANT.c.price_minor, VARIANT.c.id)
            .limit(_MOST_GOODS)
        )
        .all()
    )
    scope = terms.scope
    wanted = scope.collections or scope.not_collections
    inside = collections_of({row.product_id for row in rows}) if wanted else {}
    return [
        _Good(row.product_id, row.id, row.title, row.price_minor)
        for row in rows
        if scope.covers(str(row.product_id), frozenset(map(str, inside.get(row.product_id, ()))))
    ]


def tried_basket(terms: Terms) -> TriedBasket | None:
    """A basket of the shop's own goods that just reaches the minimum; None where there are none, or it is on the fee."""
    goods = _goods(terms)
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


def _filled(terms: Terms, goods: list[_Good]) -> Iterable[LineNow]:
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


def warnings_of(terms: Terms) -> list[MarginWarning]:
    """Goods that would leave less than the shop wants, the worst first; at the smallest order in which it comes off."""
    prices = {good.variant: max(0, good.price - _worst_off(terms, good.price)) for good in _goods(terms)}
    return margin_warnings(prices)[:_MOST_WARNINGS] if prices else []


def _worst_off(terms: Terms, price: int) -> int:
    """The most that can come off a good of this price, minor units: its part of a basket that just reaches the minimum."""
    money = Money(price, current_scope().currency)
    least = terms.threshold if terms.basis is not Basis.PIECES else 0
    match terms.kind:
        case Kind.PERCENT:
            off = money.basis_points(terms.points).minor
        case Kind.NTH:
            off = money.basis_points(terms.points // terms.nth).minor
        case Kind.TIERS:
            return max((step * price // max(start, price) for start, step in terms.tiers), default=0)
        case Kind.AMOUNT | Kind.RANDOM:
            full = terms.value if terms.kind is Kind.AMOUNT else terms.most
            return min(price, full * price // max(least, price, 1))
        case Kind.EXCHANGE:
            # What is given away is given away: its own price says so.
            return 0
        case Kind.SHIPPING:
            return 0
    return min(off, terms.cap) if terms.cap is not None else off
