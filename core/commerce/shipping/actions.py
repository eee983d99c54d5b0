"""Changes of delivery methods and pick-up points."""

from core.commerce.shipping.models import PickupPoint, ShippingMethod
from core.kernel.command import command
from core.kernel.db import session


@command("shop.edit")
def add_method(
    *, name: str, fee_minor: int, free_from_minor: int | None, note: str = "", position: int = 0
) -> None:
    """Add a way to send; amounts in minor units of the shop's currency."""
    session().add(
        ShippingMethod(
            name=name, fee_minor=fee_minor, free_from_minor=free_from_minor, note=note, position=position
        )
    )


@command("shop.edit")
def add_pickup_point(*, name: str, address: str, hours: str = "", phone: str = "", position: int = 0) -> None:
    """Add a place where buyers fetch their goods."""
    session().add(PickupPoint(name=name, address=address, hours=hours, phone=phone, position=position))
