"""Reads of source links: where they lead, how often they were followed, whom they brought, what they cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from core.commerce.customers.models import Customer
from core.commerce.sources.models import PREFIX, SourceLink, SourceVisit
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class LinkView:
    """A source link; the cost is for the days from `cost_from` to `cost_until`, both included."""

    id: UUID
    code: str
    kind: str
    title: str
    target: str
    campaign: str
    medium: str
    cost: Money
    cost_from: date | None
    cost_until: date | None
    shared_by: UUID | None
    place: str
    created_at: datetime
    archived_at: datetime | None

    @property
    def path(self) -> str:
        """The short path, /s/<code>."""
        return f"{PREFIX}{self.code}"

    @property
    def source(self) -> str:
        """The key of customers and orders that came by it."""
        return f"link:{self.code}"


@dataclass(frozen=True, slots=True)
class LinkPage:
    """One page of links and how many match."""

    rows: tuple[LinkView, ...] = ()
    total: int = 0


_PLAIN = ("id", "code", "kind", "title", "target", "campaign", "medium", "cost_from", "cost_until", "shared_by",
          "place", "created_at", "archived_at")  # fmt: skip


def _view(row: SourceLink) -> LinkView:
    return LinkView(
        **{name: getattr(row, name) for name in _PLAIN}, cost=Money(row.cost_minor, current_scope().currency)
    )


def link_of_code(code: str) -> LinkView | None:
    """The link with this code, archived or not, or None."""
    row = session().scalars(select(SourceLink).where(SourceLink.code == code)).first()
    return _view(row) if row else None


def link(link_id: UUID) -> LinkView | None:
    """The link with this id, or None."""
    statement = select(SourceLink).where(SourceLink.id == link_id).execution_options(populate_existing=True)
    row = session().scalars(statement).first()
    return _view(row) if row else None


def links_by_code(codes: Iterable[str]) -> dict[str, LinkView]:
    """Several links by their codes, in one statement."""
    wanted = list(codes)
    if not wanted:
        return {}
    rows = session().scalars(select(SourceLink).where(SourceLink.code.in_(wanted)))
    return {row.code: _view(row) for row in rows}


def _in_view(view: str) -> ColumnElement[bool]:
    if view == "shared":
        return (SourceLink.kind == "share") & SourceLink.archived_at.is_(None)
    if view == "archived":
        return SourceLink.archived_at.is_not(None)
    return (SourceLink.kind != "share") & SourceLink.archived_at.is_(None)


def link_page(*, view: str = "own", search: str = "", limit: int = 20, offset: int = 0) -> LinkPage:
    """One page of links, newest first; `view` is own (made by the shop), shared (by buyers) or archived."""
    conditions = [SourceLink.shop_id == current_scope().shop_id, _in_view(view)]
    words = " ".join(search.split())
    if words:
        says = [
            column.icontains(words, autoescape=True)
            for column in (SourceLink.title, SourceLink.campaign, SourceLink.target, SourceLink.medium)
        ]
        conditions.append(or_(*says, SourceLink.code == words))
    total = session().scalars(select(func.count()).select_from(SourceLink).where(*conditions)).one()
    statement = (
        select(SourceLink).where(*conditions).order_by(SourceLink.created_at.desc(), SourceLink.id.desc())
    )
    rows = session().scalars(statement.limit(limit).offset(offset).execution_options(populate_existing=True))
    return LinkPage(tuple(_view(row) for row in rows), total)


def visit_counts(link_ids: Iterable[UUID], since: date | None = None) -> dict[UUID, int]:
    """How often links were followed, from the day `since` on."""
    wanted = list(link_ids)
    if not wanted:
        return {}
    statement = (
        select(SourceVisit.link_id, func.sum(SourceVisit.visits).label("visits"))
        .where(SourceVisit.shop_id == current_scope().shop_id, SourceVisit.link_id.in_(wanted))
        .group_by(SourceVisit.link_id)
    )
    if since is not None:
        statement = statement.where(SourceVisit.day >= since)
    return {row.link_id: int(row.visits) for row in session().execute(statement)}


def visits_by_day(link_id: UUID, since: date) -> dict[date, int]:
    """How often one link was followed on each day from `since` on; days without a visit are absent."""
    statement = (
        select(SourceVisit.day, SourceVisit.visits)
        .where(
            SourceVisit.shop_id == current_scope().shop_id,
            SourceVisit.link_id == link_id,
            SourceVisit.day >= since,
        )
        .order_by(SourceVisit.day)
    )
    return {row.day: int(row.visits) for row in session().execute(statement)}


def new_customer_counts(
    sources: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None
) -> dict[str, int]:
    """How many customers each source brought (all, or only `sources`), from `since` on and before `until`.

    "" came by themselves.
    """
    statement = (
        select(Customer.source, func.count().label("customers"))
        .where(Customer.shop_id == current_scope().shop_id)
        .group_by(Customer.source)
    )
    if sources is not None:
        wanted = list(sources)
        if not wanted:
            return {}
        statement = statement.where(Customer.source.in_(wanted), Customer.source != "")
    if since is not None:
        statement = statement.where(Customer.created_at >= since)
    if until is not None:
        statement = statement.where(Customer.created_at < until)
    return {row.source: row.customers for row in session().execute(statement)}


def cost_within(view: LinkView, first: date, last: date) -> Money:
    """The part of a link's cost that falls on the days `first` to `last`, spread evenly over the days it is for.

    A cost without days falls on the day on which the link was made.
    """
    made = view.created_at.astimezone(current_scope().zone).date()
    begin = view.cost_from or made
    end = max(view.cost_until or begin, begin)
    days = (end - begin).days + 1
    shared = (min(end, last) - max(begin, first)).days + 1
    return (
        Money(view.cost.minor * shared // days, view.cost.currency)
        if shared > 0
        else Money(0, view.cost.currency)
    )


def links_with_cost(first: date, last: date) -> dict[str, Money]:
    """What links cost between two days, by their source key; links without a cost there are absent."""
    rows = session().scalars(select(SourceLink).where(SourceLink.cost_minor > 0))
    found = {one.source: cost_within(one, first, last) for one in map(_view, rows)}
    return {source: cost for source, cost in found.items() if cost.minor}
