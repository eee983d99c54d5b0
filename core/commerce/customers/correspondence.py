"""What a customer no longer wants to be told."""

from collections.abc import Iterable

from sqlalchemy import select

from core.commerce.messages.models import OptOut
from core.kernel.db import session


def opted_out(contacts: Iterable[str]) -> tuple[str, ...]:
    """The groups of topics that the owner of these contacts wants no more messages of."""
    known = [one for one in contacts if one]
    if not known:
        return ()
    statement = (
        select(OptOut.topic_group).where(OptOut.contact.in_(known)).distinct().order_by(OptOut.topic_group)
    )
    return tuple(session().scalars(statement))
