"""Goods, methods and customers for tests, written straight into the tables of the bound shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from core.commerce.catalog.models import Product, Variant
from core.commerce.customers.actions import keep_address
from core.commerce.customers.models import Customer
from core.commerce.customers.staff_actions import put_tags
from core.commerce.reservations.stock import set_stock, stock_of
from core.commerce.shipping.models import PickupPoint, ShippingMethod
from core.commerce.shops.models import Shop
from core.commerce.shops.price_rules import PriceRules
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class MadeProduct:
    """A product and its variants' ids, in order."""

    id: UUID
    handle: str
    variant_ids: tuple[UUID, ...]

    @property
    def variant_id(self) -> UUID:
        """The first variant."""
        return self.variant_ids[0]


@command("system")
def make_product(
    *, title: str = "明前龙井", prices: Sequence[int] = (12_800,), stock: int | None = 100, handle: str = ""
) -> MadeProduct:
    """An active product with one variant per price (minor units), each with `stock` units (None: untracked)."""
    handle = handle or f"p-{new_code(8)}"
    product = Product(id=new_id(), handle=handle, title=title, status="active")
    session().add(product)
    session().flush()
    variants = [
        Variant(
            id=new_id(),
            product_id=product.id,
            position=n,
            title=f"#{n}",
            sku=f"{handle}-{n}",
            price_minor=price,
        )
        for n, price in enumerate(prices)
    ]
    session().add_all(variants)
    session().flush()
    set_stock({variant.id: stock for variant in variants})
    return MadeProduct(product.id, handle, tuple(variant.id for variant in variants))


@command("system")
def set_price(variant_id: UUID, price_minor: int) -> None:
    """Give a variant another price."""
    session().get_one(Variant, (current_scope().shop_id, variant_id)).price_minor = price_minor


@command("system")
def set_cost(variant_id: UUID, cost_minor: int) -> None:
    """Say what one of a variant costs the shop."""
    session().get_one(Variant, (current_scope().shop_id, variant_id)).cost_minor = cost_minor


@command("system")
def tag_customer(customer_id: UUID, *tags: str) -> None:
    """Give a customer tags."""
    put_tags([customer_id], tags)


@command("system")
def make_cost(variant_id: UUID, cost_minor: int | None) -> None:
    """Say what a variant costs the shop."""
    session().get_one(Variant, (current_scope().shop_id, variant_id)).cost_minor = cost_minor


@command("system")
def want_margin(basis_points: int | None) -> None:
    """Give the bound shop a margin floor, or take it away."""
    rules = PriceRules(basis_points).as_json()
    session().execute(update(Shop).where(Shop.shop_id == current_scope().shop_id).values(pricing=rules))


def stock_left(product: MadeProduct) -> int | None:
    """Units of the first variant that can still be sold."""
    with reading():
        return stock_of([product.variant_id])[product.variant_id].available


@command("system")
def make_customer(
    *, name: str = "林知夏", email: str = "", address: Mapping[str, str] | None = None, source: str = ""
) -> UUID:
    """A customer of the bound shop, with a kept address where one is given, who came from `source`."""
    row = Customer(id=new_id(), name=name, email=email or f"{new_code(10)}@example.com", source=source)
    session().add(row)
    session().flush()
    if address is not None:
        keep_address(customer_id=row.id, address={"name": name, "phone": "13800000000", **address})
    return row.id


@command("system")
def make_shipping(*, fee: int = 1_200, free_from: int | None = 29_900) -> UUID:
    """A delivery method: `fee` minor units, free from `free_from` on."""
    row = ShippingMethod(id=new_id(), name="顺丰", fee_minor=fee, free_from_minor=free_from)
    session().add(row)
    return row.id


@command("system")
def make_pickup_point() -> UUID:
    """A pick-up point."""
    row = PickupPoint(id=new_id(), name="转塘店", address="转塘街道 1 号")
    session().add(row)
    return row.id
