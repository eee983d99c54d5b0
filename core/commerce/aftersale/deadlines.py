"""Deadlines of cases: when one passes, what the shop's default says happens, exactly once, whoever comes first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from core.commerce.aftersale import telling
from core.commerce.aftersale.answers import accept_case, decline, take_in
from core.commerce.aftersale.errors import AmountRefused, ReplacementGone, SentMeanwhile
from core.commerce.aftersale.locking import Locked, locked_case, wait_until
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.queries import promises
from core.commerce.aftersale.steps import add_step, close_case
from core.commerce.pricing.errors import RefundRefused
from core.commerce.reservations.actions import release
from core.commerce.reservations.values import Holder
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import savepoint, session
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_

NOT_SAID_WHERE = N_(
    "The shop did not say where the goods go back to, so the time to send them has begun anew."
)
NOT_ANSWERED = N_("Nobody answered in time, so the shop's rule decides.")


@command("system")
def end_deadline(*, case_id: UUID) -> bool:
    """Do what the default says if the deadline of a case has passed; False when somebody was faster."""
    try:
        locked = locked_case(case_id)
    except NotFound:
        return False
    case = locked.case
    if case.due_at is None or case.due_at > now():
        return False
    if case.state == "open":
        _answer_by_default(locked)
    elif case.state == "accepted" and not (case.return_to or promises().return_to):
        # Nobody can be late with goods who was not told where to send them.
        add_step(case, NOT_SAID_WHERE)
        wait_until(case, timedelta(days=promises().send_days))
    elif case.state == "accepted":
        release(holder=Holder("case", case.id))
        add_step(case, N_("The goods did not come in time, so the case is closed."))
        close_case(case, "lapsed")
    else:
        # Nobody looked at the goods, so nobody can say that they may be sold again.
        add_step(case, N_("The goods count as received: nobody said otherwise in time."), on_order=False)
        take_in(locked, restock=False)
    return True


def _answer_by_default(locked: Locked) -> None:
    case = locked.case
    if promises().default_of(case.kind) == "decline":
        _decline(locked, "")
        return
    add_step(case, NOT_ANSWERED)
    refusal = _accepted(case.id)
    if isinstance(refusal, ReplacementGone):
        refusal = _accepted(case.id, as_return=True)
    if refusal is not None:
        _decline(locked_case(case.id), refusal.text)


def _accepted(case_id: UUID, *, as_return: bool = False) -> PinpuError | None:
    try:
        with savepoint():
            accept_case(case_id=case_id, as_return=as_return)
    except (ReplacementGone, SentMeanwhile, RefundRefused, AmountRefused) as error:
        return error
    return None


def _decline(locked: Locked, why: str) -> None:
    if not why:
        add_step(locked.case, NOT_ANSWERED)
    locked.case.answer, locked.case.answered_at = why, now()
    decline(locked)


@command("system")
def remind_of_deadline(*, case_id: UUID, due: datetime) -> bool:
    """Tell the merchant that a deadline is near, if the case still waits for it; returns whether it does."""
    case = session().scalars(select(Case).where(Case.id == case_id)).first()
    if case is None or case.due_at != due or case.due_at <= now() or case.state not in ("open", "sent"):
        return False
    telling.tell_case(telling.DEADLINE_NEAR, case, mark=due.isoformat())
    return True


def overdue_cases(*, limit: int) -> Sequence[UUID]:
    """Cases of the bound shop whose deadline has passed, the oldest first."""
    statement = select(Case.id).where(Case.due_at <= now()).order_by(Case.due_at)
    return session().scalars(statement.limit(limit)).all()
