"""Customers as the shop's staff look for them: views with counts, search, filters, and one page of rows."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

from core.commerce.customers.models import Customer, CustomerTag
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.search_terms import search_query
from core.kernel.tenancy import current_scope

VIEWS = ("all", "new", "repeat", "never")
SORTS = ("-created_at", "created_at", "-spent", "-orders", "-last_order", "last_order")
# Nobody counts further than this: a list of a hundred thousand customers opens as fast as a short one.
MOST_COUNTED = 10_000
# What fits words is counted to here.
MOST_FOUND = 1_000
# Words that more customers have are looked for along the list itself: the page is full after a few of them.
MOST_BY_INDEX = 2_000
# How long a customer counts as new.
NEW_DAYS = 30
_SORTED_BY: Mapping[str, InstrumentedAttribute[Any]] = {
    "created_at": Customer.created_at,
    "spent": Customer.spent_minor,
    "orders": Customer.orders_paid,
    "last_order": Customer.last_order_at,
}
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)
_PHONE = re.compile(r"[+0-9 ().-]{3,20}")


@dataclass(frozen=True, slots=True)
class CustomerFilters:
    """What narrows a list of customers; days in the shop's zone (both ends included), amounts in minor units.

    `within` are conditions of an upper room, such as a segment.
    """

    tag: str = ""
    orders: str = ""
    consent: str = ""
    contact: str = ""
    source: str = ""
    joined: tuple[date | None, date | None] = (None, None)
    bought: tuple[date | None, date | None] = (None, None)
    spent: tuple[int | None, int | None] = (None, None)
    within: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list; `spent` is what they paid less what went back, `source` as Customer.source."""

    id: UUID
    name: str
    email: str
    phone: str
    created_at: datetime
    source: str
    orders_placed: int
    orders_paid: int
    spent: Money
    last_order_at: datetime | None
    marketing_consent: bool
    tags: tuple[str, ...] = ()

    @property
    def shown_name(self) -> str:
        """The name, or the contact where there is none."""
        return self.name or self.phone or self.email


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list, how many customers match (counted to `most_counted`), and how many each view holds."""

    rows: tuple[CustomerRow, ...] = ()
    total: int = 0
    most_counted: int = MOST_COUNTED
    counts: Mapping[str, int] = field(default_factory=dict)


def start_of_day(day: date) -> datetime:
    """The first instant of a day in the bound shop's zone, in UTC."""
    known = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(known, time(), current_scope().zone).astimezone(UTC)


def _in_view(view: str) -> ColumnElement[bool] | None:
    if view == "new":
        return Customer.created_at >= now() - timedelta(days=NEW_DAYS)
    if view == "repeat":
        return Customer.orders_paid >= 2
    return Customer.orders_paid == 0 if view == "never" else None


def customers_page(
    *,
    view: str = "all",
    search: str = "",
    filters: CustomerFilters | None = None,
    sort: str = SORTS[0],
    limit: int = 20,
    offset: int = 0,
) -> CustomerPage:
    """One page of a view, narrowed by words and filters, with the counts of all views: four statements at most.

    `search` finds words of names and e-mail addresses from their beginning, and phone numbers by any digits of theirs
    that stand together. Counts end one above MOST_COUNTED, and those of words one above MOST_FOUND.
    """
    conditions = matching(view=view, search=search, filters=filters)
    narrowed = len(conditions) > (1 if _in_view(view) is None else 2)
    most = MOST_FOUND if search else MOST_COUNTED
    total, counts = _counts(view, _counted(conditions, most) if narrowed else None)
    # The rows of a page far behind are skipped in the index, and only those of the page are read.
    place = select(Customer.id).where(*conditions).order_by(*_order(sort)).limit(limit).offset(offset)
    mine = Customer.shop_id == current_scope().shop_id
    found = select(Customer).where(mine, Customer.id.in_(place)).order_by(*_order(sort))
    rows = session().scalars(found.execution_options(populate_existing=True)).all()
    return CustomerPage(_with_tags(rows), total, most, counts)


def _counts(view: str, narrowed: Select[Any] | None) -> tuple[int, dict[str, int]]:
    """How many customers this list and each view hold, in one statement."""
    mine = Customer.shop_id == current_scope().shop_id
    of_views = [[mine] if (one := _in_view(name)) is None else [mine, one] for name in VIEWS]
    counted = [_counted(one, MOST_COUNTED) for one in of_views] + ([] if narrowed is None else [narrowed])
    found = list(session().execute(select(*(one.scalar_subquery() for one in counted))).one())
    counts = dict(zip(VIEWS, found, strict=False))
    return (counts[view] if narrowed is None else found[-1]), counts


def _counted(conditions: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
    matching = select(literal(1).label("one")).select_from(Customer).where(*conditions).limit(most + 1)
    return select(func.count()).select_from(matching.subquery())


def count_of(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many customers fit `conditions`, counted to the last."""
    return session().scalars(select(func.count()).select_from(Customer).where(*conditions)).one()


def _order(sort: str) -> tuple[Any, ...]:
    by = _SORTED_BY[sort.removeprefix("-")]
    if not sort.startswith("-"):
        return by.asc(), Customer.id
    # Whoever never bought stands last; the index is read backwards for the rest.
    return (by.desc().nulls_last() if by is Customer.last_order_at else by.desc()), Customer.id.desc()


def matching(
    *, view: str = "all", search: str = "", filters: CustomerFilters | None = None
) -> list[ColumnElement[bool]]:
    """The conditions of a list, the shop's own first."""
    found: list[ColumnElement[bool]] = [Customer.shop_id == current_scope().shop_id]
    condition = _in_view(view)
    if condition is not None:
        found.append(condition)
    found += _filtered(filters or CustomerFilters())
    words = " ".join(unicodedata.normalize("NFKC", search).split())
    if words:
        found.append(_says(words))
    return found


def _says(words: str) -> ColumnElement[bool]:
    """Customers with all `words`; asks first how many there are, with a statement of its own."""
    digits = re.sub(r"\D", "", words)
    if digits and _PHONE.fullmatch(words):
        words = digits.removeprefix("86") if len(digits) == 13 else digits
    terms = search_query(words)
    if terms is None:
        return false()
    query = cast(literal(terms, Text()), TSQUERY)
    found = func.customers_found(query, MOST_BY_INDEX + 1).table_valued(column("customer_id", Uuid()))
    ids = func.array_agg(found.render_derived().c.customer_id, type_=ARRAY(Uuid()))
    row = session().execute(select(func.count().label("rows"), ids.label("ids"))).one()
    if row.rows > MOST_BY_INDEX:
        has: ColumnElement[bool] = Customer.search_terms.op("@@", is_comparison=True)(query)
        return has
    return Customer.id == any_(literal(row.ids or [], ARRAY(Uuid())))


def _filtered(filters: CustomerFilters) -> Iterator[ColumnElement[bool]]:
    if filters.tag:
        yield tagged(filters.tag)
    if filters.orders:
        paid = Customer.orders_paid
        yield {"none": paid == 0, "one": paid == 1, "more": paid >= 2}[filters.orders]
    if filters.consent:
        yield Customer.marketing_consent.is_(filters.consent == "yes")
    if filters.contact:
        yield (Customer.email if filters.contact == "email" else Customer.phone).is_not(None)
    if filters.source:
        yield came_from(filters.source)
    for moment, days in ((Customer.created_at, filters.joined), (Customer.last_order_at, filters.bought)):
        yield from _between(moment, days)
    least, most = filters.spent
    if least is not None:
        yield Customer.spent_minor >= least
    if most is not None:
        yield Customer.spent_minor <= most
    yield from filters.within


def _between(
    moment: InstrumentedAttribute[Any], days: tuple[date | None, date | None]
) -> Iterator[ColumnElement[bool]]:
    first, last = days
    if first is not None:
        yield moment >= start_of_day(first)
    if last is not None:
        yield moment < start_of_day(min(last, _LAST_DAY) + timedelta(days=1))


def tagged(tag: str) -> ColumnElement[bool]:
    """The customer has this tag."""
    return exists().where(
        CustomerTag.shop_id == Customer.shop_id,
        CustomerTag.customer_id == Customer.id,
        CustomerTag.tag == tag,
    )


def came_from(kind: str) -> ColumnElement[bool]:
    """The customer came by a source of this kind ("link", "utm", "site", "import"), or, with "none", by themselves."""
    if kind == "none":
        return Customer.source == ""
    if kind == "import":
        return Customer.source == "import"
    # A range instead of LIKE, so that row-level security lets the index be used.
    return and_(Customer.source >= f"{kind}:", Customer.source < f"{kind};", Customer.source != "")


def _with_tags(rows: Sequence[Customer]) -> tuple[CustomerRow, ...]:
    tags = tags_of([row.id for row in rows])
    return tuple(row_of(row, tags.get(row.id, ())) for row in rows)


def row_of(row: Customer, tags: Sequence[str] = ()) -> CustomerRow:
    """A customer as a row."""
    return CustomerRow(
        id=row.id,
        name=row.name,
        email=row.email or "",
        phone=row.phone or "",
        created_at=row.created_at,
        source=row.source,
        orders_placed=row.orders_placed,
        orders_paid=row.orders_paid,
        spent=Money(row.spent_minor, current_scope().currency),
        last_order_at=row.last_order_at,
        marketing_consent=row.marketing_consent,
        tags=tuple(tags),
    )


def tags_of(ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The tags of several customers, in alphabetical order."""
    wanted = list(ids)
    if not wanted:
        return {}
    statement = (
        select(CustomerTag.customer_id, CustomerTag.tag)
        .where(CustomerTag.customer_id.in_(wanted))
        .order_by(CustomerTag.tag)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in session().execute(statement):
        found[row.customer_id] = (*found.get(row.customer_id, ()), row.tag)
    return found


def shop_tags(limit: int = 50) -> list[str]:
    """The tags in use, at most `limit`, in alphabetical order; walks the index instead of counting rows."""
    found: list[str] = []
    step = (
        select(CustomerTag.tag)
        .where(CustomerTag.shop_id == current_scope().shop_id)
        .order_by(CustomerTag.shop_id, CustomerTag.tag)
        .limit(1)
    )
    base = step.cte("tags", recursive=True)
    following = (
        select(CustomerTag.tag)
        .where(CustomerTag.shop_id == current_scope().shop_id, CustomerTag.tag > base.c.tag)
        .order_by(CustomerTag.shop_id, CustomerTag.tag)
        .limit(1)
        .scalar_subquery()
    )
    walk = base.union_all(select(following).where(base.c.tag.is_not(None)))
    statement = select(walk.c.tag).where(walk.c.tag.is_not(None)).limit(limit)
    found += session().scalars(statement).all()
    return found


def rows_after(
    conditions: Sequence[ColumnElement[bool]], *, after: UUID | None = None, limit: int = 500
) -> list[CustomerRow]:
    """Customers that fit, in the order of their ids, from the one behind `after` on: for exports and bulk changes."""
    statement = select(Customer).where(*conditions).order_by(Customer.shop_id, Customer.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Customer.shop_id, Customer.id) > (current_scope().shop_id, after))
    rows = session().scalars(statement.execution_options(populate_existing=True)).all()
    return list(_with_tags(rows))
