"""Cases as the people who answer them need them: saved views with counts, search, and one page of rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, or_, select

from core.commerce.aftersale.models import Case, CaseLine
from core.commerce.aftersale.states import CLOSED, KINDS, OURS
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.models import Refund
from core.kernel.db import session
from core.kernel.i18n import gettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

VIEWS = ("ours", "buyer", "done", "all")
SORTS = ("due_at", "-opened_at", "opened_at")
# Nobody counts further than this.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class CaseListRow:
    """A case in a list: the first line stands for all, `units` counts them; `image` is a path of the media store."""

    id: UUID
    number: str
    kind: str
    state: str
    stands: str
    reason: str
    buyer: str
    order_id: UUID
    order_number: str
    amount: Money
    opened_at: datetime
    due_at: datetime | None
    title: str = ""
    variant_title: str = ""
    image: str = ""
    units: int = 0


@dataclass(frozen=True, slots=True)
class CaseList:
    """One page of a list, how many cases match, and the counts of all views."""

    rows: Sequence[CaseListRow] = ()
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


def _in_view(view: str) -> list[ColumnElement[bool]]:
    mine = Case.shop_id == current_scope().shop_id
    states = {"ours": OURS, "buyer": ("accepted",), "done": CLOSED}.get(view)
    return [mine] if states is None else [mine, Case.state.in_(states)]


def case_counts(views: Iterable[str] = VIEWS) -> dict[str, int]:
    """How many cases each view holds, in one statement; one more than MOST_COUNTED means "more than that"."""
    wanted = list(views)
    columns = [_counted(_in_view(view)).scalar_subquery().label(view) for view in wanted]
    return dict(zip(wanted, session().execute(select(*columns)).one(), strict=True))


def counting_cases(view: str) -> Select[Any]:
    """The statement that counts the cases of a view, for who counts more at once."""
    return _counted(_in_view(view))


def _counted(narrowed: Sequence[ColumnElement[bool]]) -> Select[Any]:
    matching = select(literal(1).label("one")).select_from(Case).where(*narrowed).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(matching.subquery())


def cases_page(
    *,
    view: str = "ours",
    search: str = "",
    kind: str = "",
    sort: str = SORTS[0],
    limit: int = 20,
    offset: int = 0,
) -> CaseList:
    """One page of a view, narrowed by words and kind, in four statements.

    "due_at" puts what ends soonest first; cases that are over stand newest first.
    """
    narrowed = _in_view(view)
    if kind in KINDS:
        narrowed.append(Case.kind == kind)
    if search:
        narrowed.append(_matches(search))
    counts = case_counts()
    plain = not search and kind not in KINDS
    total = counts.get(view, 0) if plain else int(session().execute(_counted(narrowed)).scalar_one())
    statement = (
        select(Case, Order.number.label("order_number"), Order.contact, Refund.state.label("refund_state"))
        .join(Order, (Order.shop_id == Case.shop_id) & (Order.id == Case.order_id))
        .outerjoin(Refund, (Refund.shop_id == Case.shop_id) & (Refund.id == Case.refund_id))
        .where(*narrowed)
        .order_by(*_order(view, sort))
        .limit(limit)
        .offset(offset)
    )
    found = session().execute(statement).all()
    lines = _first_lines([row.Case.id for row in found])
    return CaseList([_row(row, lines) for row in found], total, counts)


def _order(view: str, sort: str) -> list[Any]:
    if sort == "opened_at":
        return [Case.opened_at, Case.id]
    if sort == "-opened_at" or view in ("done", "all"):
        return [Case.opened_at.desc(), Case.id.desc()]
    return [Case.due_at.asc().nulls_last(), Case.id]


def _matches(search: str) -> ColumnElement[bool]:
    """A case's or an order's number, by its beginning."""
    words = search.strip().upper()
    after = words + "\uffff"
    return or_(
        Case.number.between(words, after),
        Case.order_id.in_(
            select(Order.id).where(
                Order.shop_id == current_scope().shop_id, Order.contact["phone"].astext == search.strip()
            )
        )
        if words.isdigit() and len(words) > 6
        else Case.tracking_number == search.strip(),
    )


def _first_lines(case_ids: Sequence[UUID]) -> dict[UUID, tuple[OrderLine, int]]:
    """Case → its first line, and units of all lines."""
    found: dict[UUID, tuple[OrderLine, int]] = {}
    if not case_ids:
        return found
    statement = (
        select(CaseLine.case_id, CaseLine.quantity, OrderLine)
        .join(OrderLine, (OrderLine.shop_id == CaseLine.shop_id) & (OrderLine.id == CaseLine.order_line_id))
        .where(CaseLine.shop_id == current_scope().shop_id, CaseLine.case_id.in_(case_ids))
        .order_by(OrderLine.position)
    )
    for row in session().execute(statement):
        first, units = found.get(row.case_id, (row.OrderLine, 0))
        found[row.case_id] = (first, units + row.quantity)
    return found


def _row(row: Any, lines: Mapping[UUID, tuple[OrderLine, int]]) -> CaseListRow:
    case = row.Case
    first, units = lines.get(case.id, (None, 0))
    minor = case.wanted_minor if case.agreed_minor is None else case.agreed_minor
    stands = case.state
    if stands == "refunding":
        stands = {"done": "refunded", "failed": "stuck", None: "refunded"}.get(row.refund_state, "refunding")
    return CaseListRow(
        id=case.id,
        number=case.number,
        kind=case.kind,
        state=case.state,
        stands=stands,
        reason=gettext(str(case.reason.get("label", ""))),
        buyer=str(row.contact.get("name") or row.contact.get("email") or ""),
        order_id=case.order_id,
        order_number=row.order_number,
        amount=Money(minor, case.currency),
        opened_at=case.opened_at,
        due_at=case.due_at,
        title=first.title if first else "",
        variant_title=first.variant_title if first else "",
        image=first.image if first else "",
        units=units,
    )
