"""A case behind its locks, in the stated order: pools, the order, then the case (core/kernel/locks.py)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.aftersale import jobs_named
from core.commerce.aftersale.models import Case, CaseLine
from core.commerce.orders.actions import lock_orders
from core.commerce.orders.models import Order
from core.commerce.reservations.actions import lock_pools
from core.commerce.reservations.values import Holder
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.tenancy import current_scope

# A reminder comes so long before the deadline, or at half time if that is later.
REMINDED_BEFORE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Locked:
    """A case with its order and units, as they stand now and stay until the transaction ends."""

    case: Case
    order: Order
    lines: tuple[CaseLine, ...]

    @property
    def units(self) -> dict[str, int]:
        """Order line key → units."""
        return {line.key: line.quantity for line in self.lines}

    @property
    def count(self) -> int:
        """Units in all lines."""
        return sum(line.quantity for line in self.lines)


def locked_case(case_id: UUID) -> Locked:
    """Lock a case, after the pools and the order it is about. Raises NotFound."""
    order_id = session().scalars(select(Case.order_id).where(Case.id == case_id)).first()
    if order_id is None:
        raise NotFound
    lock_pools(holder=Holder("order", order_id))
    lock_pools(holder=Holder("case", case_id))
    [order] = lock_orders([order_id])
    statement = select(Case).where(Case.id == case_id).with_for_update(key_share=True)
    case = session().scalars(statement.execution_options(populate_existing=True)).one()
    lines = select(CaseLine).where(CaseLine.case_id == case_id).order_by(CaseLine.id)
    found = session().scalars(lines.execution_options(populate_existing=True)).all()
    return Locked(case, order, tuple(found))


def exchanged_of(order_id: UUID) -> int:
    """Units of an order that were exchanged."""
    statement = (
        select(func.coalesce(func.sum(CaseLine.quantity), 0))
        .join(Case, (Case.shop_id == CaseLine.shop_id) & (Case.id == CaseLine.case_id))
        .where(Case.shop_id == current_scope().shop_id, Case.order_id == order_id, Case.state == "replaced")
    )
    return int(session().scalars(statement).one())


def wait_until(case: Case, wait: timedelta | None, *, reminds: bool = False) -> None:
    """Let the state that a case is in end by itself after `wait` (None: never), with a job; the sweep stands behind it."""
    if wait is None:
        case.due_at = None
        return
    case.due_at = now() + wait
    jobs.defer(jobs_named.end_deadline(), at=case.due_at, case_id=str(case.id))
    if reminds:
        early = max(case.due_at - REMINDED_BEFORE, now() + wait / 2)
        jobs.defer(jobs_named.remind(), at=early, case_id=str(case.id), due=case.due_at.isoformat())
