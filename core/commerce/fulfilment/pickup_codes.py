"""Pick-up codes at the counter: which order a code means, and how often somebody may be wrong."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.fulfilment.errors import TooManyGuesses, UnknownPickupCode
from core.commerce.fulfilment.models import CodeGuess
from core.commerce.orders.models import Order
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope

MOST_WRONG, WINDOW_MINUTES = 10, 15
_LONGEST = 40


@command("orders.ship")
def check_pickup_code(*, code: str) -> UUID | None:
    """The order that a code means, in any spelling; None for no order, which is counted.

    After MOST_WRONG wrong ones within WINDOW_MINUTES the same person has to wait. Raises TooManyGuesses.
    """
    typed = "".join(sign for sign in code[:_LONGEST] if sign.isalnum()).lower()
    guesses = _guesses()
    if guesses.wrong >= MOST_WRONG:
        raise TooManyGuesses(minutes=WINDOW_MINUTES)
    found = session().scalars(select(Order.id).where(Order.pickup_code == typed)).first() if typed else None
    if found is None:
        guesses.wrong += 1
    return found


def order_of_pickup_code(code: str) -> UUID:
    """As `check_pickup_code`, but a wrong code is an error: UnknownPickupCode."""
    found = check_pickup_code(code=code)
    if found is None:
        raise UnknownPickupCode
    return found


def _guesses() -> CodeGuess:
    """This person's count, locked; it begins anew with each window."""
    who, moment = str(current_actor().id or current_actor().kind), now()
    fresh = {"shop_id": current_scope().shop_id, "id": new_id(), "who": who, "wrong": 0, "since": moment}
    session().execute(
        insert(CodeGuess).values(fresh).on_conflict_do_nothing(index_elements=["shop_id", "who"])
    )
    wanted = select(CodeGuess).where(CodeGuess.who == who).with_for_update()
    row = session().scalars(wanted.execution_options(populate_existing=True)).one()
    if row.since < moment - timedelta(minutes=WINDOW_MINUTES):
        row.wrong, row.since = 0, moment
    return row
