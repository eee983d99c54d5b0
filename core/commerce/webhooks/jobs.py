"""The webhooks room's jobs; each may be run again at any time."""

from datetime import timedelta
from uuid import UUID

from core.commerce.webhooks import jobs_named
from core.commerce.webhooks.sending import due_again, forget_old, send_one
from core.kernel.clock import now
from core.kernel.i18n import N_
from core.kernel.jobs import job

# A job that has not run by then was lost.
LATE = timedelta(minutes=5)
# So long the list of deliveries reaches back.
KEPT = timedelta(days=30)
_BATCH = 200


@job(jobs_named.SEND, queue="messages", says=N_("calling a webhook"))
def send(delivery_id: str) -> None:
    """Send one delivery."""
    send_one(UUID(delivery_id))


def pick_up_lost() -> int:
    """Defer anew what lost its job. Returns how many."""
    return len(due_again(late=now() - LATE, limit=_BATCH))


def forget() -> int:
    """Delete what ended longer than KEPT ago. Returns how many."""
    return forget_old(before=now() - KEPT)
