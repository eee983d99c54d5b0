"""From variant ids to a frozen price input: what the catalog, shipping and the customer say at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from core.commerce.catalog.models import Product, ProductImage, Variant
from core.commerce.checkout.delivery import ChosenDelivery, chosen_delivery
from core.commerce.checkout.errors import GoodsUnavailable
from core.commerce.media.models import Asset
from core.commerce.orders.draft import LineFacts
from core.commerce.orders.models import Order
from core.commerce.pricing.freight import NOWHERE_YET
from core.commerce.pricing.price_input import CustomerFacts, PriceInput, PriceLine
from core.commerce.shops.models import Shop
from core.commerce.shops.opening import Opening
from core.commerce.shops.price_rules import PriceRules
from core.commerce.shops.taxes import TaxRules
from core.kernel.clock import now
from core.kernel.hot_statements import HotStatement
from core.kernel.tenancy import current_scope

# Built once: building a statement costs more than running it.
_FIRST_IMAGE = (
    select(Asset.path)
    .join(ProductImage, (ProductImage.shop_id == Asset.shop_id) & (ProductImage.asset_id == Asset.id))
    .where(ProductImage.shop_id == Product.shop_id, ProductImage.product_id == Product.id)
    .order_by(ProductImage.position)
    .limit(1)
    .correlate(Product)
    .scalar_subquery()
)
_VARIANTS = HotStatement(
    select(
        Variant.id,
        Variant.product_id,
        Variant.sku,
        Variant.title.label("variant_title"),
        Variant.price_minor,
        Variant.compare_at_minor,
        Variant.grams,
        Variant.archived,
        Product.title,
        Product.status,
        Product.tax_class,
        _FIRST_IMAGE.label("image"),
    )
    .join(Product, (Product.shop_id == Variant.shop_id) & (Product.id == Variant.product_id))
    .where(Variant.shop_id == bindparam("shop_id"), Variant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
_PAID_ORDERS = (
    select(func.count())
    .select_from(Order)
    .where(
        Order.shop_id == bindparam("shop_id"),
        Order.customer_id == bindparam("customer_id"),
        Order.paid_at.is_not(None),
        ~Order.is_test,
    )
    .scalar_subquery()
)
_SHOP = select(Shop.tax_basis_points, Shop.tax, Shop.opening, Shop.pricing, Shop.payment_window).where(
    Shop.shop_id == bindparam("shop_id")
)
_SHOP_ALONE = HotStatement(_SHOP)
_SHOP_AND_BUYER = HotStatement(_SHOP.add_columns(_PAID_ORDERS.label("paid_orders")))


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line as a cart or checkout keeps it; `marks` is plugin → what it noted."""

    key: str
    variant_id: UUID
    quantity: int
    marks: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The line for a checkout row."""
        return {
            "key": self.key,
            "variant_id": str(self.variant_id),
            "quantity": self.quantity,
            "marks": dict(self.marks),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "BasketLine":
        """The inverse of `as_json`."""
        return cls(data["key"], UUID(data["variant_id"]), data["quantity"], data["marks"])


@dataclass(frozen=True, slots=True)
class Basket:
    """A price input and, by line key, what an order keeps of each variant besides its price.

    `chosen` is the delivery, None while none is chosen; `opening` says when the shop takes orders, and `payment_window`
    how long an order waits for its payment.
    """

    price_input: PriceInput
    line_facts: Mapping[str, LineFacts]
    chosen: ChosenDelivery | None = None
    opening: Opening = field(default_factory=Opening)
    payment_window: timedelta = timedelta(minutes=30)


def basket(
    lines: Sequence[BasketLine],
    *,
    customer_id: UUID | None = None,
    delivery: Mapping[str, Any] | None = None,
    address: Mapping[str, Any] | None = None,
    codes: tuple[str, ...] = (),
    placing: bool = False,
) -> Basket:
    """What these lines are at this moment, for a delivery (None: not chosen yet) to an address (None: not known yet).

    `placing` refuses what a quote may leave open. Raises GoodsUnavailable for a variant that is not sold (any more),
    and what `chosen_delivery` raises.
    """
    chosen = chosen_delivery(delivery, address or {}, placing=placing) if delivery else None
    shop, customer = _shop_and_buyer(customer_id)
    taxes = TaxRules.stored(shop.tax_basis_points, shop.tax)
    place = chosen.destination.place if chosen else ""
    found = variant_rows(line.variant_id for line in lines)
    price_lines, facts = [], {}
    for line in lines:
        row = found.get(line.variant_id)
        if row is None or row.archived or row.status != "active":
            raise GoodsUnavailable(title=row.title if row is not None else "?")
        price_lines.append(_price_line(line, row, taxes, place))
        facts[line.key] = LineFacts(variant_title=row.variant_title, image=row.image or "")
    standard, on_freight = taxes.rate("standard", place), taxes.rate(taxes.freight_class, place)
    price_input = PriceInput(
        currency=current_scope().currency,
        moment=now(),
        lines=tuple(price_lines),
        customer=customer,
        codes=codes,
        shipping=chosen.option if chosen else None,
        destination=chosen.destination if chosen and chosen.option.freight else NOWHERE_YET,
        claw_back=PriceRules.stored(shop.pricing).claw_back,
        tax_mode=taxes.mode,
        tax_basis_points=standard,
        shipping_tax_basis_points=None if on_freight == standard else on_freight,
    )
    window = timedelta(minutes=shop.payment_window)
    return Basket(price_input, facts, chosen, Opening.from_json(shop.opening), window)


def variant_rows(ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Variants with their products' title, status and first picture, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: row for row in _VARIANTS.rows(ids=wanted)}


def _price_line(line: BasketLine, row: Any, taxes: TaxRules, place: str) -> PriceLine:
    return PriceLine(
        key=line.key,
        product_id=row.product_id,
        variant_id=row.id,
        sku=row.sku,
        title=row.title,
        quantity=line.quantity,
        unit_price=row.price_minor,
        compare_at=row.compare_at_minor,
        marks=line.marks,
        grams=row.grams,
        tax_basis_points=None if row.tax_class == "standard" else taxes.rate(row.tax_class, place),
    )


def _shop_and_buyer(customer_id: UUID | None) -> tuple[Any, CustomerFacts]:
    """The shop's rules and what prices may know of the buyer, in one statement."""
    if customer_id is None:
        return _SHOP_ALONE.first(), CustomerFacts()
    row = _SHOP_AND_BUYER.first(customer_id=customer_id)
    return row, CustomerFacts(customer_id=customer_id, paid_orders=row.paid_orders)
