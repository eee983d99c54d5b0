"""The messages room's jobs; each may be run again at any time."""

from uuid import UUID

from core.commerce.messages import jobs_named
from core.commerce.messages.actions import write_messages
from core.kernel.i18n import N_
from core.kernel.jobs import job


@job(jobs_named.WRITE, queue="events", says=N_("writing a message"))
def write(occasion_id: str) -> None:
    """Choose channels and words for one occasion."""
    write_messages(occasion_id=UUID(occasion_id))
