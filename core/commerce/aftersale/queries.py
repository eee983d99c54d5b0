"""Reads of cases: one whole, those of an order, what can still be asked for, and the shop's promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.aftersale.chances import Chances, chances
from core.commerce.aftersale.models import Case, CaseLine, CasePicture, CaseStep, Policy
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.states import LIVE, WAITS_FOR, can
from core.commerce.fulfilment.queries import shipments_of, shipments_of_orders
from core.commerce.orders.models import OrderLine
from core.commerce.orders.queries import OrderView, in_words, orders_by_id
from core.commerce.payments.models import Refund
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.i18n import gettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class CaseLineView:
    """Units of a line in a case."""

    order_line_id: UUID
    variant_id: UUID
    key: str
    title: str
    variant_title: str
    image: str
    quantity: int
    replacement_id: UUID | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case; amounts in minor units of `currency`, instants in UTC.

    `refund_state` is how its refund stands in the payments room, "" while there is none; `reason` is in the reader's
    language.
    """

    id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    code: str
    kind: str
    state: str
    reason: str
    fault: bool
    words: str
    currency: str
    offered_minor: int
    shipping_minor: int
    wanted_minor: int
    agreed_minor: int | None
    answer: str
    return_to: str
    due_at: datetime | None
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    carrier: str
    tracking_number: str
    refund_id: UUID | None
    refund_state: str
    shipment_id: UUID | None
    lines: tuple[CaseLineView, ...] = ()

    @property
    def waits_for(self) -> str:
        """merchant, buyer, or "" when nobody has to do anything."""
        return WAITS_FOR[self.state]

    @property
    def stands(self) -> str:
        """Its state, with what the payments room knows: refunding becomes refunded, or stuck."""
        if self.state != "refunding":
            return self.state
        if self.refund_id is None:
            return "refunded"  # an order that cost nothing
        return {"done": "refunded", "failed": "stuck"}.get(self.refund_state, "refunding")

    @property
    def units(self) -> int:
        """Units in all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def amount(self) -> Money:
        """What goes back, or would: what was agreed, else what is asked for."""
        minor = self.wanted_minor if self.agreed_minor is None else self.agreed_minor
        return Money(minor, self.currency)

    def can(self, move: str) -> bool:
        """Whether it can take this step now (see states.MOVES)."""
        return can(move, kind=self.kind, state=self.state)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step; `text` in the reader's language, `note` as somebody wrote it."""

    at: datetime
    text: str
    note: str
    actor_kind: str
    actor_name: str
    public: bool


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture of a case: known by its code, size in pixels."""

    id: UUID
    code: str
    width: int
    height: int


def promises() -> Promises:
    """The bound shop's promises."""
    stored = session().scalars(select(Policy.promises)).first()
    return Promises() if stored is None else Promises.from_json(stored)


def case(case_id: UUID) -> CaseView | None:
    """The case with this id, or None."""
    return next(iter(_views(Case.id == case_id)), None)


def case_of_code(code: str) -> CaseView | None:
    """The case with this public code, or None."""
    return next(iter(_views(Case.code == code)), None)


def cases_of_order(order_id: UUID) -> list[CaseView]:
    """The cases of an order, newest first."""
    return list(reversed(_views(Case.order_id == order_id)))


def cases_by_id(ids: Iterable[UUID]) -> dict[UUID, CaseView]:
    """Cases with their lines, in two statements."""
    return {view.id: view for view in _views(Case.id.in_(list(ids)))}


def _views(condition: Any) -> list[CaseView]:
    statement = (
        select(Case, func.coalesce(Refund.state, ""))
        .outerjoin(Refund, (Refund.shop_id == Case.shop_id) & (Refund.id == Case.refund_id))
        .where(Case.shop_id == current_scope().shop_id, condition)
        .order_by(Case.opened_at, Case.id)
        .execution_options(populate_existing=True)
    )
    rows = session().execute(statement).all()
    lines = _lines([row[0].id for row in rows])
    return [_view(row[0], row[1], lines.get(row[0].id, ())) for row in rows]


_PLAIN = tuple(
    name for name in CaseView.__slots__ if name not in ("reason", "fault", "refund_state", "lines")
)


def _view(row: Case, refund_state: str, lines: Sequence[CaseLineView]) -> CaseView:
    return CaseView(
        **{name: getattr(row, name) for name in _PLAIN},
        reason=gettext(str(row.reason.get("label", ""))),
        fault=bool(row.reason.get("fault")),
        refund_state=refund_state,
        lines=tuple(lines),
    )


def _lines(case_ids: Sequence[UUID]) -> dict[UUID, list[CaseLineView]]:
    found: dict[UUID, list[CaseLineView]] = {}
    if not case_ids:
        return found
    statement = (
        select(CaseLine, OrderLine)
        .join(OrderLine, (OrderLine.shop_id == CaseLine.shop_id) & (OrderLine.id == CaseLine.order_line_id))
        .where(CaseLine.shop_id == current_scope().shop_id, CaseLine.case_id.in_(case_ids))
        .order_by(OrderLine.position)
    )
    for units, line in session().execute(statement):
        view = CaseLineView(
            line.id,
            line.variant_id,
            line.key,
            line.title,
            line.variant_title,
            line.image,
            units.quantity,
            units.replacement_id,
        )
        found.setdefault(units.case_id, []).append(view)
    return found


def steps_of(case_id: UUID, *, public_only: bool = False) -> list[StepView]:
    """What happened to a case, oldest first, in the reader's language."""
    statement = select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.at, CaseStep.id)
    if public_only:
        statement = statement.where(CaseStep.public.is_(True))
    return [
        StepView(row.at, in_words(row.text, row.params), row.note, row.actor_kind, row.actor_name, row.public)
        for row in session().scalars(statement)
    ]


def pictures_of(case_id: UUID) -> list[PictureView]:
    """The pictures of a case, in the order they came."""
    statement = select(CasePicture).where(CasePicture.case_id == case_id).order_by(CasePicture.position)
    return [PictureView(row.id, row.code, row.width, row.height) for row in session().scalars(statement)]


def case_chances(order: OrderView, rules: Promises | None = None) -> Chances:
    """What can be asked for about an order now."""
    return chances(
        order,
        rules or promises(),
        shipments=shipments_of(order.id),
        exchanged=exchanged_units(order.id),
        busy=_busy_lines(order.id),
        moment=now(),
    )


def exchanged_units(order_id: UUID) -> dict[UUID, int]:
    """Order line id → units that were exchanged for others."""
    statement = (
        select(CaseLine.order_line_id, func.sum(CaseLine.quantity))
        .join(Case, (Case.shop_id == CaseLine.shop_id) & (Case.id == CaseLine.case_id))
        .where(Case.shop_id == current_scope().shop_id, Case.order_id == order_id, Case.state == "replaced")
        .group_by(CaseLine.order_line_id)
    )
    return {line_id: int(units) for line_id, units in session().execute(statement)}


def _busy_lines(order_id: UUID) -> list[UUID]:
    statement = (
        select(CaseLine.order_line_id)
        .join(Case, (Case.shop_id == CaseLine.shop_id) & (Case.id == CaseLine.case_id))
        .where(Case.shop_id == current_scope().shop_id, Case.order_id == order_id, CaseLine.live.is_(True))
    )
    return list(session().scalars(statement))


def customer_case_counts(customer_id: UUID) -> Mapping[str, int]:
    """How often a customer asked for something, by kind."""
    statement = (
        select(Case.kind, func.count().label("cases"))
        .where(Case.shop_id == current_scope().shop_id, Case.customer_id == customer_id)
        .group_by(Case.kind)
    )
    return {row.kind: row.cases for row in session().execute(statement)}


def waiting_orders(order_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these orders about which somebody asked for something that is not over."""
    statement = select(Case.order_id).where(
        Case.shop_id == current_scope().shop_id, Case.order_id.in_(list(order_ids)), Case.state.in_(LIVE)
    )
    return set(session().scalars(statement))


def return_windows(order_ids: Iterable[UUID]) -> dict[UUID, datetime | None]:
    """Until when something of each of these orders can come back, in UTC; None while that cannot be said yet.

    An order whose goods have not all left, or with a case that is not decided, is one of these; a cancelled or wholly
    refunded order is left out: nothing can come back of it any more.
    """
    wanted = list(order_ids)
    days = timedelta(days=promises().return_days)
    busy = waiting_orders(wanted)
    sent: dict[UUID, datetime] = {}
    for parcel in shipments_of_orders(wanted):
        if parcel.kind != "replacement":
            sent[parcel.order_id] = parcel.shipped_at
    found: dict[UUID, datetime | None] = {}
    for order_id, view in orders_by_id(wanted).items():
        if view.lifecycle == "cancelled" or view.financial == "refunded":
            continue
        whole = view.fulfilment == "fulfilled" and order_id in sent and order_id not in busy
        found[order_id] = sent[order_id] + days if whole else None
    return found
