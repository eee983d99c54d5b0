"""Reads about shops: the directory and the shop's own settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.commerce.shops.errors import ShopClosed, ShopClosedForNow, ShopPaused
from core.commerce.shops.models import DirectoryEntry, Shop
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import opening_moment
from core.commerce.shops.price_rules import PriceRules
from core.commerce.shops.taxes import TaxRules
from core.kernel.clock import now
from core.kernel.db import app_engine, session, unit_of_work
from core.kernel.tenancy import SYSTEM, ShopScope, current_scope, shop_bound


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """What a shop says about itself; `payment_window` in minutes, `tax_basis_points` is the standard rate."""

    name: str
    tagline: str
    currency: str
    language: str
    timezone: str
    announcement: str
    contact: dict[str, Any]
    theme: dict[str, Any]
    logo_asset: str
    payment_window: int
    tax_basis_points: int
    tax: dict[str, Any]
    opening: dict[str, Any]
    pricing: dict[str, Any]
    epoch: int
    created_at: datetime

    @property
    def tax_rules(self) -> TaxRules:
        """Rates, and whether prices contain them."""
        return TaxRules.stored(self.tax_basis_points, self.tax)

    @property
    def price_rules(self) -> PriceRules:
        """The least margin, and what a broken threshold does."""
        return PriceRules.stored(self.pricing)

    @property
    def hours(self) -> Opening:
        """When the shop is open, and whether it takes orders meanwhile."""
        return Opening.from_json(self.opening)


def shop_settings() -> ShopSettings:
    """The bound shop's settings."""
    row = session().scalars(select(Shop)).one()
    return ShopSettings(**{name: getattr(row, name) for name in ShopSettings.__slots__})


def require_open(opening: Opening) -> None:
    """Raise ShopPaused, ShopClosed or ShopClosedForNow when the bound shop takes no orders at this moment."""
    if opening.paused:
        raise ShopPaused
    zone, moment = current_scope().zone, now()
    if not opening.refuses or opening.is_open(moment, zone):
        return
    opens = opening.next_opening(moment, zone)
    if opens is None:
        raise ShopClosedForNow
    raise ShopClosed(opens=opening_moment(opens))


def shop_epoch() -> int:
    """The number that grows with every change that cached pages must see."""
    return session().scalars(select(Shop.epoch)).one()


def directory() -> list[tuple[int, str]]:
    """(shop id, handle) of every open shop of the platform, by handle."""
    statement = (
        select(DirectoryEntry.shop_id, DirectoryEntry.handle)
        .where(DirectoryEntry.status == "open")
        .order_by(DirectoryEntry.handle)
    )
    with app_engine().connect() as connection:
        return [(row.shop_id, row.handle) for row in connection.execute(statement)]


def scope_of(shop_id: int) -> ShopScope | None:
    """The scope of one open shop, read from the database; callers cache it."""
    return _scope(DirectoryEntry.shop_id == shop_id)


def scope_of_handle(handle: str) -> ShopScope | None:
    """The scope of the open shop with this handle, or None."""
    return _scope(DirectoryEntry.handle == handle)


def _scope(condition: Any) -> ShopScope | None:
    with app_engine().connect() as connection:
        found = connection.execute(
            select(DirectoryEntry).where(condition, DirectoryEntry.status == "open")
        ).first()
    if found is None:
        return None
    # The shop's own row is tenant data: it is read under a provisional scope that carries nothing but the id.
    provisional = ShopScope(found.shop_id, found.handle, "XXX", "en", "UTC")
    with shop_bound(provisional, SYSTEM), unit_of_work(writing=False):
        return _full(provisional)


def _full(provisional: ShopScope) -> ShopScope | None:
    row = session().scalars(select(Shop).where(Shop.shop_id == current_scope().shop_id)).first()
    if row is None:
        return None
    return ShopScope(
        provisional.shop_id, provisional.handle, row.currency, row.language, row.timezone, row.name
    )
