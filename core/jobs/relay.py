"""From an event in the database to each plugin's handler and each webhook: a job for each of them, with one effect."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.webhooks.actions import announce
from core.hooks.current import shop_hooks
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.events import EventDone, EventRow, event_from_row
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope


@jobs.job("events.relay", queue="events", says=N_("telling plugins what happened"))
def relay(event_id: str) -> None:
    """Make one delivery job per plugin of this shop that listens to the event."""
    relay_event(event_id=UUID(event_id))


@jobs.job("events.deliver", queue="events", says=N_("telling plugins what happened"))
def deliver(event_id: str, plugin: str) -> None:
    """Let one plugin handle one event, once."""
    deliver_event(event_id=UUID(event_id), plugin=plugin)


@command("system")
def relay_event(*, event_id: UUID) -> None:
    """Defer a delivery for each listening plugin, and for each of the shop's webhooks."""
    row = _event(event_id)
    if row is None:
        return
    announce(event_id=row.id, topic=row.name, at=row.created_at, data=row.body)
    for plugin, _ in shop_hooks().handlers(event_from_row(row).hook):
        jobs.defer(deliver, event_id=str(event_id), plugin=plugin)


@command("system")
def deliver_event(*, event_id: UUID, plugin: str) -> None:
    """Run the plugin's handler; the done-row commits with its effect, so a second delivery does nothing."""
    row = _event(event_id)
    if row is None:
        return
    event = event_from_row(row)
    handler = dict(shop_hooks().handlers(event.hook)).get(plugin)
    if handler is None or not _first_time(event_id, plugin):
        return
    handler(event=event)


def _event(event_id: UUID) -> EventRow | None:
    return session().scalars(select(EventRow).where(EventRow.id == event_id)).first()


def _first_time(event_id: UUID, plugin: str) -> bool:
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "event_id": event_id,
        "plugin": plugin,
        "created_at": now(),
    }
    done = insert(EventDone).values(values).on_conflict_do_nothing().returning(EventDone.id)
    return session().execute(done).first() is not None
