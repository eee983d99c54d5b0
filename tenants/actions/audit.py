"""The shop's own record of who changed what in its set-up; joins the change's transaction."""

from typing import Any

from core.kernel.db import session
from core.kernel.tenancy import current_actor
from tenants.models import AuditEntry


def note_change(action: str, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Keep one change; `before` and `after` are plain JSON without secrets."""
    actor = current_actor()
    session().add(
        AuditEntry(
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )
    )
