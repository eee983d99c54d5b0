"""Which goods a coupon would leave too little on: the wizard says it, and publishing at a loss is refused."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from core.sdk.campaigns import MarginWarning, margin_warnings
from core.sdk.catalog import collections_of
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import PRODUCT, VARIANT
from core.sdk.values import Money
from plugins.coupon.terms import Basis, Kind, Terms

# So many goods are looked at, the cheapest: somebody waits for the answer.
_MOST_GOODS = 300
_MOST_WARNINGS = 3


@dataclass(frozen=True, slots=True)
class Good:
    """A variant that a coupon is for, and its price in minor units."""

    product: UUID
    variant: UUID
    title: str
    price: int


def goods_of(terms: Terms) -> list[Good]:
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
        Good(row.product_id, row.id, row.title, row.price_minor)
        for row in rows
        if scope.covers(str(row.product_id), frozenset(map(str, inside.get(row.product_id, ()))))
    ]


def warnings_of(terms: Terms) -> list[MarginWarning]:
    """Goods that would leave less than the shop wants, the worst first; at the smallest order in which it comes off."""
    prices = {good.variant: max(0, good.price - _worst_off(terms, good.price)) for good in goods_of(terms)}
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
