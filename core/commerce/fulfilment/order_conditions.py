"""What narrows a list of orders: saved views, filters and words, as conditions, and as plain values to be kept."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, select

from core.commerce.fulfilment.order_search import says, sells
from core.commerce.orders.models import Order, OrderAdjustment, OrderEntry, OrderLine, Tag, TaggedOrder
from core.commerce.payments.models import Refund
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope

VIEWS = ("to_ship", "unpaid", "waiting", "refunding", "all")
# How an address names orders whose buyers came by themselves.
NO_SOURCE = "none"
# States of a refund that is not over: on its way, or refused so that somebody has to look at it.
OPEN_REFUNDS = ("pending", "sent", "failed")
# What a person may type as a day reaches further than zones can be reckoned.
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)
_DAYS = ("placed", "paid", "refunded")
_RANGES = (*_DAYS, "total")


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What narrows a list: days in the shop's zone (both ends included) and totals in minor units; None is open.

    `refunded` are days on which money began to go back; `refund` failed | open; `delivery` method | pickup; `payment`
    unpaid | paid | partly_refunded | refunded; `tag` is a tag's name; `product` a SKU or words of a
    title, `product_id` an id; `note`
    staff | buyer; `mark` the name of a plugin; `source` a key like "link:Ab3dE9", or NO_SOURCE; `campaign`
    "<plugin>:<rule>"; `test` no | yes.
    """

    placed: tuple[date | None, date | None] = (None, None)
    paid: tuple[date | None, date | None] = (None, None)
    refunded: tuple[date | None, date | None] = (None, None)
    total: tuple[int | None, int | None] = (None, None)
    delivery: str = ""
    refund: str = ""
    payment: str = ""
    tag: str = ""
    product: str = ""
    note: str = ""
    mark: str = ""
    product_id: str = ""
    source: str = ""
    campaign: str = ""
    test: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept."""
        plain = asdict(self)
        for name in _DAYS:
            plain[name] = [day.isoformat() if day else None for day in plain[name]]
        return {name: list(value) if name == "total" else value for name, value in plain.items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "OrderFilters":
        """Filters that were kept."""
        days = {
            name: tuple(date.fromisoformat(day) if day else None for day in plain.get(name, (None, None)))
            for name in _DAYS
        }
        rest = {name: plain[name] for name in plain if name not in _RANGES}
        return cls(**days, total=tuple(plain["total"]), **rest)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """A list of orders by what it says of them: a view, words, filters."""

    view: str = "all"
    search: str = ""
    filters: OrderFilters = OrderFilters()

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept."""
        return {"view": self.view, "search": self.search, "filters": self.filters.as_json()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "OrderQuery":
        """A query that was kept."""
        return cls(plain["view"], plain["search"], OrderFilters.from_json(plain["filters"]))


def in_work() -> ColumnElement[bool]:
    """Paid and not over, in the words of the partial index ix_orders_order_open, so that it is used."""
    return and_(Order.lifecycle == "placed", Order.financial != "unpaid", Order.fulfilment != "fulfilled")


def in_view(view: str) -> ColumnElement[bool] | None:
    """The condition of a saved view; None: all orders."""
    if view == "to_ship":
        return and_(in_work(), Order.financial.in_(("paid", "partly_refunded")), Order.holds_open == 0)
    if view == "unpaid":
        return and_(Order.lifecycle == "placed", Order.financial == "unpaid")
    if view == "waiting":
        return and_(in_work(), Order.holds_open > 0)
    if view == "refunding":
        return Order.id.in_(select(Refund.order_id).where(Refund.state.in_(OPEN_REFUNDS)))
    return None


def conditions(query: OrderQuery) -> list[ColumnElement[bool]]:
    """Everything that an order of this list fulfils."""
    found = [in_view(query.view), *_filtered(query.filters)]
    words = " ".join(unicodedata.normalize("NFKC", query.search).split())
    if words:
        found.append(says(words))
    return [condition for condition in found if condition is not None]


def _filtered(filters: OrderFilters) -> Iterable[ColumnElement[bool]]:
    yield from _on_days(Order.placed_at, filters.placed)
    yield from _on_days(Order.paid_at, filters.paid)
    if any(filters.refunded):
        yield Order.id.in_(
            select(Refund.order_id).where(gives_back(), *_on_days(Refund.created_at, filters.refunded))
        )
    least, most = filters.total
    if least is not None:
        yield Order.total_minor >= least
    if most is not None:
        yield Order.total_minor <= most
    if filters.refund:
        states = ("failed",) if filters.refund == "failed" else ("pending", "sent")
        yield Order.id.in_(select(Refund.order_id).where(Refund.state.in_(states)))
    if filters.delivery:
        yield Order.delivery_kind == filters.delivery
    if filters.payment:
        yield Order.financial == filters.payment
    yield from _about_content(filters)


def _on_days(column: Any, days: tuple[date | None, date | None]) -> Iterable[ColumnElement[bool]]:
    first, last = days
    if first is not None:
        yield column >= start_of_day(first)
    if last is not None:
        yield column < start_of_day(min(last, _LAST_DAY) + timedelta(days=1))


def gives_back() -> ColumnElement[bool]:
    """Refunds of what an order was paid with, back or on their way; money that no order needed was never a sale."""
    return and_(Refund.cause != "surplus", Refund.state != "failed")


def _about_content(filters: OrderFilters) -> Iterable[ColumnElement[bool]]:
    if filters.tag:
        tags = select(Tag.id).where(Tag.shop_id == current_scope().shop_id, Tag.name == filters.tag)
        yield Order.id.in_(select(TaggedOrder.order_id).where(TaggedOrder.tag_id.in_(tags)))
    if filters.product:
        yield sells(filters.product)
    if filters.product_id:
        yield exists().where(
            OrderLine.shop_id == Order.shop_id,
            OrderLine.order_id == Order.id,
            OrderLine.product_id == as_id(filters.product_id),
        )
    if filters.note == "staff":
        yield Order.id.in_(select(OrderEntry.order_id).where(OrderEntry.kind == "note"))
    if filters.note == "buyer":
        # As the partial index says it, so that it is used.
        yield Order.contact.op("?", is_comparison=True)(literal_column("'note'"))
    if filters.mark:
        yield and_(Order.marks != literal_column("'{}'::jsonb"), Order.marks.has_key(filters.mark))
    if filters.source:
        yield Order.source == ("" if filters.source == NO_SOURCE else filters.source)
    if filters.campaign:
        plugin, _, rule = filters.campaign.partition(":")
        yield exists().where(
            OrderAdjustment.shop_id == Order.shop_id,
            OrderAdjustment.order_id == Order.id,
            OrderAdjustment.plugin == plugin,
            OrderAdjustment.rule_id == rule,
        )
    if filters.test:
        yield Order.is_test.is_(filters.test == "yes")


def start_of_day(day: date) -> datetime:
    """The first instant of a day in the bound shop's zone, in UTC; days before and after all orders are as good."""
    known = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(known, time(), current_scope().zone).astimezone(UTC)
