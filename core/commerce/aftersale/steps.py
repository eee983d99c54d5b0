"""Every step of a case lands on its own timeline and on that of its order, in one sentence both sides read."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update

from core.commerce.aftersale.events import CaseClosed
from core.commerce.aftersale.models import Case, CaseLine, CaseStep
from core.commerce.aftersale.states import CLOSED
from core.commerce.orders import actions as orders
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.events import record
from core.kernel.i18n import N_
from core.kernel.money import Money
from core.kernel.tenancy import current_actor, current_scope

# Kind → the words of its first step.
OPENED = {
    "cancel": N_("Asked to cancel the order: %(reason)s."),
    "refund": N_("Asked for a refund: %(reason)s."),
    "return": N_("Asked to return goods: %(reason)s."),
    "exchange": N_("Asked to exchange goods: %(reason)s."),
}


def add_step(
    case: Case, text: str, *, note: str = "", public: bool = True, on_order: bool = True, **params: Any
) -> None:
    """One step: `text` is a message id, `params` fill it, `note` is what somebody wrote besides."""
    actor = current_actor()
    session().add(
        CaseStep(
            case_id=case.id,
            at=now(),
            text=text,
            params={name: _plain(value) for name, value in params.items()},
            note=note,
            actor_kind=actor.kind,
            actor_name=actor.name,
            public=public,
        )
    )
    if on_order:
        said = {"message": text, "params": {name: _plain(value) for name, value in params.items()}}
        orders.note(
            order_id=case.order_id,
            kind="case",
            text=N_("After-sale %(number)s: %(said)s"),
            params={"number": case.number, "said": said},
            public=public,
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    return value.isoformat() if hasattr(value, "isoformat") else value


def reason_words(reason: Mapping[str, Any]) -> dict[str, Any]:
    """A reason as a parameter of a step: translated where it is ours."""
    return {"message": str(reason.get("label", "")), "params": {}}


def close_case(case: Case, state: str) -> None:
    """End a locked case: nobody waits for it, its units can be asked for again unless they were paid or exchanged."""
    assert state in CLOSED
    case.state, case.due_at, case.closed_at = state, None, now()
    free_units(case.id)
    session().flush()
    record(CaseClosed(case_id=case.id, order_id=case.order_id, kind=case.kind, state=state))


def free_units(case_id: UUID) -> None:
    """The lines of a case may be in another one."""
    statement = update(CaseLine).where(
        CaseLine.shop_id == current_scope().shop_id, CaseLine.case_id == case_id
    )
    session().execute(statement.values(live=False).execution_options(synchronize_session=False))
