"""Tags are made, named, and put on orders."""

import unicodedata
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.orders.errors import TagNameTaken, TooManyTags
from core.commerce.orders.models import Order, Tag, TaggedOrder
from core.commerce.orders.tags import COLOURS
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

LONGEST_NAME, MOST_TAGS = 24, 60


@command("orders.note")
def save_tag(*, name: str, colour: str, tag_id: UUID | None = None) -> UUID:
    """Make a tag, or change one; returns its id. Raises InputRefused, NotFound, TagNameTaken, TooManyTags."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in name):
        refused = gettext(N_("Write 1 to %(most)s ordinary characters."), most=LONGEST_NAME)
        raise InputRefused({"name": [refused]})
    if colour not in COLOURS:
        raise InputRefused({"colour": [gettext(N_("Choose a colour."))]})
    taken = session().scalars(select(Tag.id).where(Tag.name == name)).first()
    if taken is not None and taken != tag_id:
        raise TagNameTaken(name=name)
    if tag_id is None:
        return _make(name, colour)
    tag = _tag(tag_id)
    tag.name, tag.colour = name, colour
    return tag.id


def _make(name: str, colour: str) -> UUID:
    shop_id = current_scope().shop_id
    there = select(func.count()).select_from(Tag).where(Tag.shop_id == shop_id)
    if session().scalars(there).one() >= MOST_TAGS:
        raise TooManyTags(most=MOST_TAGS)
    tag = Tag(id=new_id(), name=name, colour=colour)
    session().add(tag)
    return tag.id


def _tag(tag_id: UUID) -> Tag:
    found = session().scalars(select(Tag).where(Tag.id == tag_id)).first()
    if found is None:
        raise NotFound
    return found


@command("orders.note")
def remove_tag(*, tag_id: UUID) -> None:
    """Take a tag off all orders and out of the shop. Raises NotFound."""
    tag = _tag(tag_id)
    shop_id = current_scope().shop_id
    session().execute(delete(TaggedOrder).where(TaggedOrder.shop_id == shop_id, TaggedOrder.tag_id == tag_id))
    session().delete(tag)


@command("orders.note")
def tag_orders(*, order_ids: Sequence[UUID], tag_id: UUID) -> frozenset[UUID]:
    """Put a tag on orders of the shop; returns those that did not carry it before. Raises NotFound for the tag."""
    _tag(tag_id)
    shop_id = current_scope().shop_id
    known = session().scalars(select(Order.id).where(Order.id.in_(list(order_ids))).order_by(Order.id)).all()
    if not known:
        return frozenset()
    rows = [{"shop_id": shop_id, "id": new_id(), "order_id": one, "tag_id": tag_id} for one in known]
    written = (
        insert(TaggedOrder)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["shop_id", "order_id", "tag_id"])
        .returning(TaggedOrder.order_id)
    )
    return frozenset(session().scalars(written))


@command("orders.note")
def untag_orders(*, order_ids: Sequence[UUID], tag_id: UUID) -> frozenset[UUID]:
    """Take a tag off orders; returns those that carried it."""
    taken = (
        delete(TaggedOrder)
        .where(
            TaggedOrder.shop_id == current_scope().shop_id,
            TaggedOrder.tag_id == tag_id,
            TaggedOrder.order_id.in_(list(order_ids)),
        )
        .returning(TaggedOrder.order_id)
    )
    return frozenset(session().scalars(taken))
