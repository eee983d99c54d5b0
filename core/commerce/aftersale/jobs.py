"""The after-sale room's jobs: each looks again under its locks and may be run at any time."""

from datetime import datetime
from uuid import UUID

from core.commerce.aftersale import deadlines, jobs_named
from core.kernel.i18n import N_
from core.kernel.jobs import job


@job(jobs_named.END_DEADLINE, queue="money", says=N_("deciding an after-sale case by the shop's rule"))
def end(case_id: str) -> None:
    """A case's deadline has passed."""
    deadlines.end_deadline(case_id=UUID(case_id))


@job(jobs_named.REMIND, queue="events", says=N_("reminding of an after-sale case"))
def remind(case_id: str, due: str) -> None:
    """A case's deadline is near."""
    deadlines.remind_of_deadline(case_id=UUID(case_id), due=datetime.fromisoformat(due))
