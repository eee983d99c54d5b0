"""Opens a merchant's own shop, furnished for its line of business."""

from uuid import UUID

from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from tenants.actions.signup import ShopWish, open_own_shop
from tenants.presets.content import DEFAULT, industries
from tenants.presets.writing import furnish


def open_furnished_shop(*, staff_id: UUID, email: str, wish: ShopWish, industry: str) -> ShopScope:
    """A shop that buyers can look at at once; an unknown `industry` is general. Raises InputRefused, TooManyShops."""
    scope = open_own_shop(staff_id=staff_id, wish=wish)
    with shop_bound(scope, SYSTEM):
        furnish(industries().get(industry, industries()[DEFAULT]), email=email)
    return scope
