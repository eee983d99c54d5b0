"""Reads of tags: those of the shop, and those of orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.orders.models import Tag, TaggedOrder
from core.kernel.db import session

# What a tag can look like; the console draws them.
COLOURS = ("grey", "blue", "green", "amber", "red")


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag; `orders` counts those that carry it, where somebody asked."""

    id: UUID
    name: str
    colour: str
    orders: int = 0


def shop_tags() -> list[TagView]:
    """All tags of the shop, by name."""
    rows = session().scalars(select(Tag).order_by(Tag.name).execution_options(populate_existing=True))
    return [TagView(row.id, row.name, row.colour) for row in rows]


def counted_tags() -> list[TagView]:
    """All tags of the shop by name, with how many orders carry each."""
    counted = select(TaggedOrder.tag_id, func.count().label("orders")).group_by(TaggedOrder.tag_id)
    orders = {row.tag_id: row.orders for row in session().execute(counted)}
    return [TagView(one.id, one.name, one.colour, orders.get(one.id, 0)) for one in shop_tags()]


def tags_of_orders(order_ids: Iterable[UUID]) -> dict[UUID, tuple[TagView, ...]]:
    """The tags of each order, by name; orders without any are left out."""
    statement = (
        select(TaggedOrder.order_id, Tag.id, Tag.name, Tag.colour)
        .join(Tag, (Tag.shop_id == TaggedOrder.shop_id) & (Tag.id == TaggedOrder.tag_id))
        .where(TaggedOrder.order_id.in_(list(order_ids)))
        .order_by(Tag.name)
    )
    found: dict[UUID, tuple[TagView, ...]] = {}
    for row in session().execute(statement):
        found[row.order_id] = (*found.get(row.order_id, ()), TagView(row.id, row.name, row.colour))
    return found
