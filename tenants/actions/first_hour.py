"""What a merchant does in a shop's first hour: a product, a test order, a campaign, and clearing the samples away."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.catalog.actions import change_product_status, restore_product_status
from core.commerce.catalog.drafts import ImageDraft, ProductDraft, VariantDraft
from core.commerce.catalog.models import Collection, CollectionItem, Product
from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.orders.models import Order
from core.commerce.orders.tagging import save_tag, tag_orders
from core.commerce.orders.tags import shop_tags
from core.commerce.payments.accounts import ways_to_pay
from core.commerce.payments.errors import NothingToPay
from core.commerce.payments.rehearsal import pay_at_test_gateway
from core.commerce.shipping.queries import shipping_methods
from core.commerce.shops.actions import bump_epoch
from core.hooks.current import shop_hooks
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext, speaking
from core.kernel.ids import new_code, new_id
from core.kernel.money import MoneyInputError, parse_amount
from core.kernel.tenancy import GUEST, acting_as, current_scope, require
from core.rendering.extensions import GrowthPlay
from core.rendering.links import order_url
from tenants.actions.plugins import switch_plugin_on
from tenants.addresses import storefront_address
from tenants.errors import NoTestMode, NothingToOrder
from tenants.first_hour import (
    has_samples,
    line_of_business,
    product_to_begin_with,
    sample_collections,
    sample_products,
)
from tenants.models import FirstHour
from tenants.presets.content import DEFAULT, industries
from tenants.presets.writing import add_sample_products

FIRST_STOCK = 10
SAMPLES_AT_ONCE = 5
# Nobody lives there: numbers that are not given out, streets that do not exist.
_ADDRESSES = {
    "CNY": {"country": "CN", "region": "浙江省", "city": "杭州市西湖区", "line1": "测试路 1 号", "postcode": "310000"},
    "HKD": {"country": "HK", "region": "", "city": "Hong Kong", "line1": "1 Test Street", "postcode": ""},
    "GBP": {"country": "GB", "region": "", "city": "Testbury", "line1": "1 Test Street", "postcode": "TR99 9ZA"},
    "EUR": {"country": "DE", "region": "", "city": "Teststadt", "line1": "Testweg 1", "postcode": "01067"},
    "USD": {"country": "US", "region": "NY", "city": "New York", "line1": "1 Test Street", "postcode": "10001"},
}  # fmt: skip


def add_first_product(*, title: str, price: str, photo: bytes = b"", file_name: str = "") -> UUID:
    """Put a product on sale with ten pieces in stock; `price` as it was typed. Returns its id.

    Raises InputRefused ("title", "price", "photo"), PermissionRefused.
    """
    require("catalog.edit")
    faults: dict[str, list[str]] = {}
    title = " ".join(title.split())
    if not title:
        faults["title"] = [gettext(N_("Write what it is called."))]
    minor = _price(price, faults)
    if faults:
        raise InputRefused(faults)
    images: tuple[ImageDraft, ...] = ()
    if photo:
        images = (ImageDraft(asset_id=store_asset(content=photo, file_name=file_name).id, alt=title[:300]),)
    draft = ProductDraft(
        title=title, variants=(VariantDraft(price_minor=minor),), status="active", images=images
    )
    return save_product_with_stock(draft=draft, stock=[FIRST_STOCK]).id


def _price(text: str, faults: dict[str, list[str]]) -> int:
    try:
        minor = parse_amount(text, current_scope().currency)
    except MoneyInputError:
        minor = 0
    if minor <= 0:
        faults["price"] = [gettext(N_("Write a price, like 39.90."))]
    return minor


def place_test_order(*, email: str) -> UUID:
    """Buy one piece as a buyer would: checkout, order, payment at the test gateway. Returns the order's id.

    A shop has one test order: pressed again, this finds it, and pays it if that was cut off. `email` is where the shop's
    messages to the buyer go. Raises NothingToOrder, NoTestMode, GatewayUnavailable, GatewayRefused, PermissionRefused.
    """
    require("shop.edit")
    if not any(way.gateway == "test" for way in ways_to_pay()):
        raise NoTestMode
    order_id = _open_test_order() or _placed_test_order(email)
    with reading():
        code, paid = session().execute(select(Order.code, Order.paid_at).where(Order.id == order_id)).one()
    if paid is None:
        back = f"{storefront_address(current_scope().shop_id)}{order_url(code)}"
        # Pressed in two windows at once, the other one may have paid it by now.
        with acting_as(GUEST), suppress(NothingToPay):
            pay_at_test_gateway(order_id, return_url=back)
    return order_id


def _open_test_order() -> UUID | None:
    """The test order that was placed and is not cancelled."""
    with reading():
        statement = (
            select(Order.id)
            .join(FirstHour, (FirstHour.shop_id == Order.shop_id) & (FirstHour.test_order_id == Order.id))
            .where(or_(Order.lifecycle != "cancelled", Order.paid_at.is_not(None)))
        )
        return session().scalars(statement).first()


def _placed_test_order(email: str) -> UUID:
    with reading():
        wanted, ways = product_to_begin_with(), shipping_methods()
    way = next((one for one in ways if one.kind == "parcel"), None)
    if wanted is None or way is None:
        raise NothingToOrder
    scope = current_scope()
    address = _ADDRESSES.get(scope.currency, _ADDRESSES["USD"])
    delivery = {"kind": "method", "id": str(way.id)}
    with acting_as(GUEST), speaking(scope.language):
        line = BasketLine(str(new_id()), wanted.variant_id, 1, {})
        code = start_checkout(lines=[line], token=new_code(20))
        quoted = quote_checkout(code=code, delivery=delivery, address=address)
        contact = {"name": gettext(N_("Test buyer")), "phone": _phone(scope.currency), "email": email}
        placed = place_order(
            code=code,
            quote=quoted.token,
            contact=contact,
            address=address,
            delivery=delivery,
            is_test=True,
        )
    return _note_test_order(order_id=placed.order_id)


def _phone(currency: str) -> str:
    return "13800138000" if currency == "CNY" else "+441632960099"


@command("shop.edit")
def _note_test_order(*, order_id: UUID) -> UUID:
    """Remember the test order and mark it for everybody; of two that were placed at once, the first one counts."""
    row = _row()
    known = row.test_order_id
    if known is not None:
        alive = select(Order.id).where(Order.id == known, Order.lifecycle != "cancelled")
        if session().scalars(alive).first() is not None:
            return known
    row.test_order_id = order_id
    tag_orders(order_ids=[order_id], tag_id=_test_tag())
    return order_id


def _test_tag() -> UUID:
    with speaking(current_scope().language):
        name = gettext(N_("Test order"))
    known = next((one.id for one in shop_tags() if one.name == name), None)
    if known is not None:
        return known
    made = save_tag(name=name, colour="blue")
    session().flush()
    return made


def begin_growth_play(*, plugin: str, play: GrowthPlay) -> str:
    """Switch the plugin on if it is not, and make its campaign for the product to begin with; returns the page's address.

    Raises SwitchRefused, NothingToOrder, PermissionRefused, and what the plugin refuses.
    """
    require(play.permission)
    with reading():
        wanted = product_to_begin_with()
    if wanted is None:
        raise NothingToOrder
    if plugin not in shop_hooks().sets.offer:
        switch_plugin_on(plugin=plugin)
    return play.start(wanted.id)


def add_samples() -> None:
    """Put a few samples of the shop's line of business on sale; a shop that has had samples stays as it is.

    Raises PermissionRefused.
    """
    require("catalog.edit")
    with reading():
        known, industry = has_samples(), line_of_business()
    if not known:
        goods = industries().get(industry, industries()[DEFAULT]).goods
        add_sample_products(goods[:SAMPLES_AT_ONCE])


@command("catalog.edit")
def remove_samples() -> Sequence[UUID]:
    """Put every sample away that is on sale, and shelves that hold nothing else; returns the products, for undo.

    Nothing is deleted: orders, groups and pictures that know a sample keep it.
    """
    products = sample_products(status="active")
    if products:
        change_product_status(product_ids=products, status="archived")
    _show_shelves(visible=False)
    return products


@command("catalog.edit")
def restore_samples(*, product_ids: Sequence[UUID]) -> None:
    """Undo: put these samples on sale again, those that are samples and were put away, and show their shelves."""
    ours = set(sample_products(status="archived")) & set(product_ids)
    if ours:
        restore_product_status(statuses=dict.fromkeys(sorted(ours), "active"))
    _show_shelves(visible=True)


def _show_shelves(*, visible: bool) -> None:
    shelves = sample_collections()
    if not visible:
        held = (
            select(CollectionItem.collection_id)
            .join(
                Product,
                (Product.shop_id == CollectionItem.shop_id) & (Product.id == CollectionItem.product_id),
            )
            .where(CollectionItem.collection_id.in_(shelves), Product.status == "active")
        )
        busy = set(session().scalars(held))
        shelves = [one for one in shelves if one not in busy]
    if shelves:
        session().execute(
            update(Collection)
            .where(Collection.shop_id == current_scope().shop_id, Collection.id.in_(shelves))
            .values(visible=visible)
        )
        bump_epoch()


@command("shop.edit")
def note_delivery_seen() -> None:
    """The owner has looked at the ways to send."""
    row = _row()
    row.delivery_seen_at = row.delivery_seen_at or now()


@command("shop.edit")
def put_checklist(*, hidden: bool) -> None:
    """Put the check-list away, or bring it back; also in a shop that was opened without it."""
    _row().hidden = hidden


def _row() -> FirstHour:
    """The shop's row, locked; made when it is missing."""
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "created_at": now(),
        "industry": "",
        "hidden": False,
    }
    session().execute(insert(FirstHour).values(values).on_conflict_do_nothing())
    return (
        session().scalars(select(FirstHour).with_for_update().execution_options(populate_existing=True)).one()
    )
