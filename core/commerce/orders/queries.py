"""Reads of orders: one order whole, its timeline and holds, and a customer's orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.commerce.orders.models import Order, OrderEntry, OrderHold, OrderLine
from core.commerce.pricing.priced import PricedCart
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.i18n import current_locale, gettext
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """A line as it was sold; amounts in minor units of the order's currency."""

    id: UUID
    key: str
    product_id: UUID
    variant_id: UUID
    title: str
    variant_title: str
    sku: str
    image: str
    quantity: int
    unit_list_minor: int
    net_minor: int
    unit_nets: Sequence[int]
    shipped: int
    refunded: int
    marks: Mapping[str, Any]
    # What of each unit's price went back while the buyer keeps it; empty: nothing did.
    unit_cuts: Sequence[int] = ()

    @property
    def to_ship(self) -> int:
        """Units that are neither shipped nor refunded."""
        return self.quantity - self.shipped - self.refunded


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its lines; amounts in minor units of `currency`, instants in UTC."""

    id: UUID
    number: str
    code: str
    checkout_id: UUID
    customer_id: UUID | None
    lifecycle: str
    financial: str
    fulfilment: str
    holds_open: int
    currency: str
    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    captured_minor: int
    refunded_minor: int
    refunded_shipping_minor: int
    contact: Mapping[str, Any]
    address: Mapping[str, Any]
    delivery: Mapping[str, Any]
    marks: Mapping[str, Any]
    choices: Mapping[str, Any]
    placed_at: datetime
    pay_by: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    is_test: bool
    lines: tuple[OrderLineView, ...]

    @property
    def total(self) -> Money:
        """What the buyer pays or paid."""
        return Money(self.total_minor, self.currency)

    @property
    def can_ship(self) -> bool:
        """Whether something can be shipped now."""
        paid = self.financial in ("paid", "partly_refunded")
        open_units = any(line.to_ship for line in self.lines)
        return paid and self.lifecycle == "placed" and self.holds_open == 0 and open_units

    @property
    def must_be_paid(self) -> bool:
        """Whether it waits for its payment."""
        return self.lifecycle == "placed" and self.financial == "unpaid"


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the timeline; `text` is in the reader's language."""

    at: datetime
    kind: str
    text: str
    actor_kind: str
    actor_name: str
    plugin: str
    public: bool


@dataclass(frozen=True, slots=True)
class OrderHoldView:
    """What keeps, or kept, an order from shipping; `reason` is {"message", "params"} as pricing's Reason."""

    pool_id: UUID
    plugin: str
    state: str
    reason: Mapping[str, Any]
    release_by: datetime | None
    ended_at: datetime | None


_ORDER_FIELDS = tuple(name for name in OrderView.__slots__ if name != "lines")


def _views(orders: Sequence[Order]) -> list[OrderView]:
    lines: dict[UUID, list[OrderLineView]] = {order.id: [] for order in orders}
    if lines:
        statement = (
            select(OrderLine)
            .where(OrderLine.order_id.in_(lines))
            .order_by(OrderLine.order_id, OrderLine.position)
            .execution_options(populate_existing=True)
        )
        for row in session().scalars(statement):
            fields = {name: getattr(row, name) for name in OrderLineView.__slots__}
            lines[row.order_id].append(OrderLineView(**fields))
    return [
        OrderView(**{name: getattr(order, name) for name in _ORDER_FIELDS}, lines=tuple(lines[order.id]))
        for order in orders
    ]


def _one(condition: Any) -> OrderView | None:
    statement = select(Order).where(condition).execution_options(populate_existing=True)
    found = session().scalars(statement).first()
    return _views([found])[0] if found else None


def order(order_id: UUID) -> OrderView | None:
    """The order with this id, or None."""
    return _one(Order.id == order_id)


def order_of_code(code: str) -> OrderView | None:
    """The order with this public code, or None."""
    return _one(Order.code == code)


def orders_by_id(ids: Iterable[UUID]) -> dict[UUID, OrderView]:
    """Orders with their lines, in two statements."""
    rows = session().scalars(select(Order).where(Order.id.in_(list(ids)))).all()
    return {view.id: view for view in _views(rows)}


def priced_cart_of(order_id: UUID) -> PricedCart:
    """The stored price of an order, with every adjustment, allocation and reason."""
    statement = select(Order).where(Order.id == order_id).options(undefer(Order.priced))
    return PricedCart.from_json(session().scalars(statement).one().priced)


def timeline(order_id: UUID, *, public_only: bool = False) -> list[EntryView]:
    """What happened to an order, oldest first, in the reader's language and the shop's zone."""
    statement = (
        select(OrderEntry).where(OrderEntry.order_id == order_id).order_by(OrderEntry.at, OrderEntry.id)
    )
    if public_only:
        statement = statement.where(OrderEntry.public.is_(True))
    return [
        EntryView(
            row.at,
            row.kind,
            in_words(row.text, row.params),
            row.actor_kind,
            row.actor_name,
            row.plugin,
            row.public,
        )
        for row in session().scalars(statement)
    ]


def in_words(message: str, params: Mapping[str, Any]) -> str:
    """A stored message with its params, in the reader's language.

    Money and instants are written out; a message inside a message is translated too.
    """
    return gettext(message, **{name: _shown(value) for name, value in params.items()})


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping) and "message" in value:
        return in_words(value["message"], value.get("params", {}))
    if isinstance(value, Mapping) and "minor" in value:
        return format_money(Money(value["minor"], value["currency"]))
    if isinstance(value, str) and len(value) >= 20 and value[10:11] == "T":
        return _instant(value)
    return value


def _instant(text: str) -> str:
    from babel.dates import format_skeleton  # noqa: PLC0415 - slow to import, only timelines need it

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment.astimezone(current_scope().zone)
    shape = "MMMd" if local.year == now().astimezone(local.tzinfo).year else "yMMMd"
    return f"{format_skeleton(shape, local, locale=current_locale())} {local:%H:%M}"


def holds_of(order_id: UUID) -> list[OrderHoldView]:
    """An order's holds, oldest first."""
    statement = (
        select(OrderHold)
        .where(OrderHold.order_id == order_id)
        .order_by(OrderHold.created_at)
        .execution_options(populate_existing=True)
    )
    return [
        OrderHoldView(row.pool_id, row.plugin, row.state, row.reason, row.release_by, row.ended_at)
        for row in session().scalars(statement)
    ]
