"""Whether the prices of a promotion leave the shop's margin: asked before it is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import and_, select

from core.commerce.catalog.models import Product, Variant
from core.commerce.shops.queries import shop_settings
from core.kernel.db import session
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope

Level = Literal["below_zero", "below_floor"]


class PriceBelowZero(PinpuError):
    """A promotion would take more off than the goods cost."""

    code = "promotions.price_below_zero"
    status = 422
    message = N_("%(title)s would cost less than nothing.")
    fix = N_("Take less off.")


class SoldAtALoss(PinpuError):
    """A promotion would sell goods for less than they cost the shop, which wants a margin."""

    code = "promotions.sold_at_a_loss"
    status = 422
    message = N_("%(title)s would sell at a loss: %(price)s, and it costs you %(cost)s.")
    fix = N_("Take less off, or leave it out. Under Marketing, Rules, the margin can be taken back.")


@dataclass(frozen=True, slots=True)
class CostedVariant:
    """A variant with what it costs the shop; None where nobody said so."""

    id: UUID
    title: str
    price_minor: int
    cost_minor: int | None


@dataclass(frozen=True, slots=True)
class MarginWarning:
    """A price at which too little is left: `price` and `cost` minor units of one, `floor` basis points of the price.

    "below_zero" sells at a loss, "below_floor" earns less than the shop wants.
    """

    variant_id: UUID
    title: str
    price: int
    cost: int
    floor: int
    level: Level

    @property
    def margin(self) -> int:
        """What is left of one, minor units; below zero at a loss."""
        return self.price - self.cost

    @property
    def basis_points(self) -> int:
        """The share of the price that is left, rounded down."""
        return self.margin * 10_000 // self.price if self.price else -10_000

    @property
    def text(self) -> str:
        """One sentence in the reader's language."""
        currency = current_scope().currency
        words = {
            "title": self.title,
            "price": format_money(Money(self.price, currency)),
            "cost": format_money(Money(self.cost, currency)),
            "left": f"{self.basis_points / 100:g}%",
            "floor": f"{self.floor / 100:g}%",
        }
        if self.level == "below_zero":
            return gettext(N_("%(title)s sells at a loss: %(price)s, and it costs you %(cost)s."), **words)
        return gettext(
            N_("%(title)s at %(price)s leaves %(left)s of the price; you want %(floor)s at least."), **words
        )


def costed_variants(ids: Iterable[UUID]) -> dict[UUID, CostedVariant]:
    """Variants by id with their present price and cost; ids that the shop does not have are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session().execute(
        select(
            Variant.id, Variant.title, Variant.price_minor, Variant.cost_minor, Product.title.label("product")
        )
        .join(Product, and_(Product.shop_id == Variant.shop_id, Product.id == Variant.product_id))
        .where(Variant.shop_id == current_scope().shop_id, Variant.id.in_(wanted))
    )
    return {
        row.id: CostedVariant(
            row.id, " ".join(filter(None, (row.product, row.title))), row.price_minor, row.cost_minor
        )
        for row in rows
    }


def margin_floor() -> int | None:
    """The share of a price that the shop wants left over the cost, basis points; None: it has said nothing."""
    return shop_settings().price_rules.margin_floor


def refuse_losses(warnings: Iterable["MarginWarning"]) -> None:
    """What a wizard does when it publishes: raise SoldAtALoss where a shop with a margin floor would sell below its cost.

    A shop that never said what it wants is warned, and may do as it likes.
    """
    worst = min(
        (one for one in warnings if one.level == "below_zero"), key=lambda one: one.margin, default=None
    )
    if worst is None or margin_floor() is None:
        return
    currency = current_scope().currency
    price, cost = (format_money(Money(amount, currency)) for amount in (worst.price, worst.cost))
    raise SoldAtALoss(title=worst.title, price=price, cost=cost)


def margin_warnings(prices: Mapping[UUID, int]) -> list[MarginWarning]:
    """What a wizard says before it publishes: variant id → what one would cost the buyer at the least, minor units.

    Variants whose cost is not known are not judged. A loss is always named, a low margin where the shop has a floor.
    Raises PriceBelowZero for a price below nothing, which no promotion may have.
    """
    variants = costed_variants(prices)
    floor = margin_floor()
    found = []
    for variant in variants.values():
        price = prices[variant.id]
        if price < 0:
            raise PriceBelowZero(title=variant.title)
        warning = _judged(variant, price, floor)
        if warning:
            found.append(warning)
    return sorted(found, key=lambda one: (one.margin, one.title))


def discount_warnings(ids: Iterable[UUID], *, basis_points: int = 0, amount: int = 0) -> list[MarginWarning]:
    """As `margin_warnings`, for goods at their present prices less `basis_points` of them, less `amount` minor units.

    An amount counts in full for one unit: the smallest order in which it can come off. It is cut at nothing.
    """
    currency = current_scope().currency
    prices = {
        variant.id: max(
            0,
            variant.price_minor
            - Money(variant.price_minor, currency).basis_points(basis_points).minor
            - amount,
        )
        for variant in costed_variants(ids).values()
    }
    return margin_warnings(prices)


def _judged(variant: CostedVariant, price: int, floor: int | None) -> MarginWarning | None:
    if variant.cost_minor is None:
        return None
    left = price - variant.cost_minor
    if left < 0:
        level: Level = "below_zero"
    elif floor is not None and left * 10_000 < floor * price:
        level = "below_floor"
    else:
        return None
    return MarginWarning(variant.id, variant.title, price, variant.cost_minor, floor or 0, level)
