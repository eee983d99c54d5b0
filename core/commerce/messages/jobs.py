"""The messages room's jobs; each may be run again at any time."""

from datetime import timedelta
from uuid import UUID

from core.commerce.messages import jobs_named
from core.commerce.messages.actions import write_messages
from core.commerce.messages.queries import unwritten_occasions
from core.commerce.messages.sending import due_again, send_one
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.i18n import N_
from core.kernel.jobs import job

# A job that has not run by then was lost.
LATE = timedelta(minutes=5)
_BATCH = 200


@job(jobs_named.WRITE, queue="events", says=N_("writing a message"))
def write(occasion_id: str) -> None:
    """Choose channels and words for one occasion."""
    write_messages(occasion_id=UUID(occasion_id))


@job(jobs_named.SEND, queue="messages", says=N_("sending a message"))
def send(message_id: str) -> None:
    """Hand one message to its provider."""
    send_one(UUID(message_id))


def pick_up_lost() -> int:
    """Do what lost its job: occasions without words, messages that nobody sends. Returns how many."""
    late = now() - LATE
    with reading():
        unwritten = unwritten_occasions(late=late, limit=_BATCH)
    for occasion_id in unwritten:
        write_messages(occasion_id=occasion_id)
    return len(unwritten) + len(due_again(late=late, limit=_BATCH))
