"""How far a shop's first hour is: read from the shop's own data, never from a tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from core.commerce.catalog.models import Collection, Product, Variant
from core.commerce.content.models import Page
from core.commerce.orders.models import Order
from core.commerce.reservations.stock import stock_of
from core.commerce.shops.models import Shop
from core.commerce.sources.models import SourceLink
from core.hooks.current import installed
from core.kernel.db import session
from core.kernel.tenancy import current_scope
from core.rendering.extensions import GrowthPlay
from tenants.models import FirstHour, PluginSwitch, Sample


@dataclass(frozen=True, slots=True)
class FirstHourView:
    """Where a shop stands; each `bool` is a fact of its data.

    `begun`: it was opened by sign-up, or its owner asked for the list; `hidden`: the list was put away.
    `product`: one of the merchant's own is on sale; `test_order`: it is paid; `delivery`: its owner looked at the ways to
    send; `rules`: there is a way to reach the shop and no page of rules is as it was written for it; `no_samples`: none
    is on sale any more; `shared`: a link of the shop was made; `growth`: a campaign plugin is on; `sold`: somebody else
    than the test paid an order.
    """

    begun: bool
    hidden: bool
    product: bool
    test_order: bool
    delivery: bool
    rules: bool
    no_samples: bool
    shared: bool
    growth: bool
    sold: bool
    test_order_id: UUID | None

    @property
    def done(self) -> tuple[bool, ...]:
        """The facts in the order of the list."""
        return (
            self.product,
            self.test_order,
            self.growth,
            self.delivery,
            self.rules,
            self.no_samples,
            self.shared,
            self.sold,
        )


def first_hour() -> FirstHourView:
    """Where the bound shop stands, in one statement."""
    shop_id = current_scope().shop_id
    plugins = sorted({plugin for plugin, _ in growth_plays()})
    facts = {
        "product": exists().where(Product.shop_id == shop_id, Product.status == "active", ~_is_sample()),
        "test_order": exists().where(
            Order.shop_id == shop_id, Order.id == FirstHour.test_order_id, Order.paid_at.is_not(None)
        ),
        "rules": and_(_reachable(shop_id), ~_untouched_rules(shop_id)),
        "no_samples": ~exists().where(Product.shop_id == shop_id, Product.status == "active", _is_sample()),
        "shared": exists().where(SourceLink.shop_id == shop_id),
        "growth": exists().where(
            PluginSwitch.shop_id == shop_id, PluginSwitch.state == "on", PluginSwitch.plugin.in_(plugins)
        ),
        "sold": exists().where(
            Order.shop_id == shop_id,
            Order.paid_at.is_not(None),
            ~Order.is_test,
        ),
    }
    statement = (
        select(
            FirstHour.id.is_not(None).label("begun"),
            func.coalesce(FirstHour.hidden, false()).label("hidden"),
            FirstHour.delivery_seen_at.is_not(None).label("delivery"),
            FirstHour.test_order_id,
            *(fact.label(name) for name, fact in facts.items()),
        )
        .select_from(Shop)
        .outerjoin(FirstHour, FirstHour.shop_id == Shop.shop_id)
        .where(Shop.shop_id == shop_id)
    )
    return FirstHourView(**session().execute(statement).mappings().one())


def _is_sample() -> ColumnElement[bool]:
    return exists().where(
        Sample.shop_id == Product.shop_id, Sample.kind == "product", Sample.subject_id == Product.id
    )


def _reachable(shop_id: int) -> ColumnElement[bool]:
    said = Shop.contact
    return exists().where(
        Shop.shop_id == shop_id,
        or_(func.coalesce(said["phone"].astext, "") != "", func.coalesce(said["email"].astext, "") != ""),
    )


def _untouched_rules(shop_id: int) -> ColumnElement[bool]:
    """The first revision of a page of rules is the one that came with the shop."""
    return exists().where(Page.shop_id == shop_id, Page.kind == "policy", Page.live_revision == 1)


def growth_plays() -> Sequence[tuple[str, GrowthPlay]]:
    """(plugin, play) of every play that is installed."""
    found = installed().registry.declarations("declare_growth_plays")
    return [(one.plugin, play) for one in found for play in one.value]


def sample_products(*, status: str) -> list[UUID]:
    """The samples with this status, by id."""
    statement = select(Product.id).where(
        Product.shop_id == current_scope().shop_id, Product.status == status, _is_sample()
    )
    return list(session().scalars(statement.order_by(Product.id)))


def has_samples() -> bool:
    """Whether the shop has had samples, on sale or put away."""
    known = exists().where(Sample.shop_id == current_scope().shop_id, Sample.kind == "product")
    return bool(session().scalar(select(known)))


def line_of_business() -> str:
    """What the shop was opened for; "" when nobody said."""
    mine = select(FirstHour.industry).where(FirstHour.shop_id == current_scope().shop_id)
    return session().scalar(mine) or ""


def sample_collections() -> list[UUID]:
    """The collections that came with the shop and hold nothing that is on sale, by id."""
    statement = (
        select(Collection.id)
        .join(Sample, and_(Sample.shop_id == Collection.shop_id, Sample.subject_id == Collection.id))
        .where(Collection.shop_id == current_scope().shop_id, Sample.kind == "collection")
    )
    return list(session().scalars(statement.order_by(Collection.id)))


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A product that something can be begun with: `variant_id` is one that is in stock."""

    id: UUID
    variant_id: UUID
    title: str
    sample: bool


def product_to_begin_with() -> OwnProduct | None:
    """The merchant's newest product that is on sale and in stock, else a sample; None when nothing is."""
    statement = (
        select(Product.id, Product.title, Variant.id.label("variant_id"), _is_sample().label("sample"))
        .join(Variant, and_(Variant.shop_id == Product.shop_id, Variant.product_id == Product.id))
        .where(
            Product.shop_id == current_scope().shop_id,
            Product.status == "active",
            Variant.archived.is_(False),
        )
        .order_by(_is_sample(), Product.created_at.desc(), Product.id, Variant.position)
        .limit(50)
    )
    rows = session().execute(statement).all()
    stock = stock_of(row.variant_id for row in rows)
    for row in rows:
        left = stock[row.variant_id].available
        if left is None or left > 0:
            return OwnProduct(row.id, row.variant_id, row.title, row.sample)
    return None
