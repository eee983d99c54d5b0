"""Changes to the shop itself."""

from typing import Any

from sqlalchemy import update

from core.commerce.shops.models import Shop
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.tenancy import current_scope


def bump_epoch() -> None:
    """Make every cached page of the bound shop stale; joins the caller's transaction."""
    session().execute(
        update(Shop).where(Shop.shop_id == current_scope().shop_id).values(epoch=Shop.epoch + 1)
    )


@command("shop.edit")
def update_shop(*, changes: dict[str, Any]) -> None:
    """Change some of the shop's settings (names as in ShopSettings; currency and handle are fixed)."""
    allowed = {
        "name",
        "tagline",
        "announcement",
        "contact",
        "theme",
        "logo_asset",
        "payment_window",
        "tax_basis_points",
        "tax",
        "opening",
        "pricing",
    }
    values = {name: value for name, value in changes.items() if name in allowed}
    if values:
        session().execute(update(Shop).where(Shop.shop_id == current_scope().shop_id).values(values))
        bump_epoch()


@command("content.edit")
def set_frame(*, announcement: str, contact: dict[str, Any], theme: dict[str, Any], logo_asset: str) -> None:
    """Write what the frame around all pages says: a published frame document, taken apart (`content.frames`)."""
    session().execute(
        update(Shop)
        .where(Shop.shop_id == current_scope().shop_id)
        .values(announcement=announcement, contact=contact, theme=theme, logo_asset=logo_asset)
    )
    bump_epoch()
