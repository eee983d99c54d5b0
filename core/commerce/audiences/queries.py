"""Audiences: ready-made and saved segments, who belongs to them, and how many."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true, tuple_

from core.commerce.audiences.errors import UnknownAudience
from core.commerce.audiences.kinds import OPERATORS, Kind, kinds
from core.commerce.audiences.models import Segment
from core.commerce.audiences.rules import Condition, ConditionGroup, Rule, all_of
from core.commerce.customers.listing import CustomerRow, row_of
from core.commerce.customers.models import Customer
from core.kernel.db import session
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope

# A count is shown this long before it is taken again; members are always asked for anew.
COUNT_SECONDS = 5.0
READY_MADE: Mapping[str, tuple[str, str, Rule]] = {
    "new": (
        N_("New customers"),
        N_("Customers for less than 30 days"),
        all_of(Condition("joined", "within", "30")),
    ),
    "repeat": (
        N_("Bought again"),
        N_("At least two paid orders"),
        all_of(Condition("orders", "at_least", "2")),
    ),
    "sleeping": (
        N_("Sleeping"),
        N_("Bought once, but not for 60 days"),
        all_of(Condition("last_order", "before", "60")),
    ),
    "big_spenders": (
        N_("Big spenders"),
        N_("Among the top 10 percent by what they spent"),
        all_of(Condition("top", "within", "10")),
    ),
    "never_bought": (
        N_("Never bought"),
        N_("Registered, but without a paid order"),
        all_of(Condition("orders", "exactly", "0")),
    ),
}


@dataclass(frozen=True, slots=True)
class Audience:
    """A segment of the shop: `key` is how it is named wherever it is used, `text` says more about a ready-made one."""

    key: str
    name: str
    rule: Rule
    ready_made: bool
    text: str = ""
    changed_at: datetime | None = None


def audiences(*, limit: int | None = None, offset: int = 0) -> list[Audience]:
    """Segments of the bound shop, ready-made ones first, then by name; all of them, or `limit` behind `offset`."""
    ready = list(READY_MADE)[offset : None if limit is None else offset + limit]
    statement = select(Segment).where(Segment.shop_id == current_scope().shop_id)
    statement = statement.order_by(Segment.name, Segment.id).execution_options(populate_existing=True)
    if limit is not None:
        statement = statement.limit(limit - len(ready)).offset(max(0, offset - len(READY_MADE)))
    return [*map(_ready_made, ready), *map(_saved, session().scalars(statement))]


def audience_count() -> int:
    """How many segments the bound shop has, ready-made ones included."""
    saved = select(func.count()).select_from(Segment).where(Segment.shop_id == current_scope().shop_id)
    return len(READY_MADE) + session().scalars(saved).one()


def _ready_made(key: str) -> Audience:
    name, text, rule = READY_MADE[key]
    return Audience(key, gettext(name), rule, ready_made=True, text=gettext(text))


def _saved(row: Segment) -> Audience:
    return Audience(
        str(row.id), row.name, Rule.from_json(row.rule), ready_made=False, changed_at=row.changed_at
    )


def audience(key: str) -> Audience | None:
    """The segment with this key, or None."""
    if key in READY_MADE:
        return _ready_made(key)
    segment_id = as_id(key)
    if segment_id is None:
        return None
    statement = select(Segment).where(Segment.id == segment_id).execution_options(populate_existing=True)
    row = session().scalars(statement).first()
    return _saved(row) if row else None


def condition_of(rule: Rule) -> ColumnElement[bool]:
    """The rule as one condition on customers of the bound shop."""
    known = kinds()
    groups = [_group(group, known) for group in rule.groups if group.conditions]
    if not groups:
        return true()
    return and_(*groups) if rule.match == "all" else or_(*groups)


def _group(group: ConditionGroup, known: Mapping[str, Kind]) -> ColumnElement[bool]:
    found = [_compiled(one, known.get(one.kind)) for one in group.conditions]
    return and_(*found) if group.match == "all" else or_(*found)


def _compiled(condition: Condition, kind: Kind | None) -> ColumnElement[bool]:
    # A plugin that is off: nobody is known to fit, so nobody is written to by mistake.
    if kind is None or condition.operator not in dict(OPERATORS[kind.shape]):
        return false()
    return kind.compile(condition.operator, condition.value)


def conditions_of(key: str) -> list[ColumnElement[bool]]:
    """The conditions of the segment with this key, the shop's own first. Raises UnknownAudience."""
    found = audience(key)
    if found is None:
        raise UnknownAudience
    return [Customer.shop_id == current_scope().shop_id, condition_of(found.rule)]


def is_member(key: str, customer_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these customers belong to the segment now, in one statement. Raises UnknownAudience."""
    wanted = list(customer_ids)
    if not wanted:
        return set()
    return set(session().scalars(select(Customer.id).where(*conditions_of(key), Customer.id.in_(wanted))))


def members(key: str, *, after: UUID | None = None, limit: int = 500) -> list[UUID]:
    """Members of the segment in the order of their ids, from the one behind `after` on. Raises UnknownAudience."""
    statement = (
        select(Customer.id).where(*conditions_of(key)).order_by(Customer.shop_id, Customer.id).limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(Customer.shop_id, Customer.id) > (current_scope().shop_id, after))
    return list(session().scalars(statement))


def member_count(rule: Rule) -> int:
    """How many customers fit a rule now."""
    mine = Customer.shop_id == current_scope().shop_id
    return session().scalars(select(func.count()).select_from(Customer).where(mine, condition_of(rule))).one()


def first_members(rule: Rule, limit: int = 20) -> list[CustomerRow]:
    """The newest customers that fit a rule."""
    mine = Customer.shop_id == current_scope().shop_id
    statement = (
        select(Customer).where(mine, condition_of(rule)).order_by(Customer.created_at.desc()).limit(limit)
    )
    return [row_of(row) for row in session().scalars(statement)]


_counts: dict[tuple[int, str, object], tuple[float, int]] = {}
_lock = threading.Lock()


def shown_counts(of: Sequence[Audience]) -> dict[str, int]:
    """Counts for lists, by key: at most COUNT_SECONDS old, and those that are taken are taken in one statement."""
    shop_id, moment = current_scope().shop_id, time.monotonic()
    with _lock:
        found = {one.key: _counts.get((shop_id, one.key, one.changed_at)) for one in of}
    stale = [one for one in of if (kept := found[one.key]) is None or moment - kept[0] > COUNT_SECONDS]
    if stale:
        columns = [func.count().filter(condition_of(one.rule)).label(f"c{n}") for n, one in enumerate(stale)]
        row = session().execute(select(*columns).where(Customer.shop_id == shop_id)).one()
        with _lock:
            if len(_counts) > 5_000:
                _counts.clear()
            for one, count in zip(stale, row, strict=True):
                found[one.key] = _counts[shop_id, one.key, one.changed_at] = (moment, count)
    return {key: kept[1] for key, kept in found.items() if kept is not None}


def forget_counts() -> None:
    """Take every count anew, for tests and measurements."""
    with _lock:
        _counts.clear()
