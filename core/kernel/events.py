"""Facts that left a command: recorded in its transaction, relayed to plugins after it committed."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import Index, UniqueConstraint

from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import CreatedAt, TenantTable, tenant_fk
from core.kernel.hot_statements import HotStatement, insert_into
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor

_types: dict[str, type["Event"]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Event:
    """Base of all events: frozen, ids and plain values only; `name` is "<room>.<noun>_<past>".

    `label` (a message id) says it to merchants, who may let a webhook tell their other tools of it.
    """

    name: ClassVar[str]
    label: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        if cls.name in _types:
            raise ValueError(f"two events are called {cls.name}")
        _types[cls.name] = cls

    @property
    def hook(self) -> str:
        """The hook that hears of it: "orders.order_paid" → "on_order_paid"."""
        return "on_" + self.name.split(".", 1)[1]

    def body(self) -> dict[str, Any]:
        """The event as JSON: ids as text, instants in ISO 8601."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}  # type: ignore[arg-type]


class EventRow(CreatedAt, TenantTable):
    """A recorded event."""

    __tablename__ = "kernel_event"
    __table_args__ = (Index(None, "shop_id", "created_at"),)

    name: Mapped[str]
    body: Mapped[dict[str, Any]]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]


class EventDone(CreatedAt, TenantTable):
    """Says that a plugin's handler has had its effect for an event; written in the handler's own transaction."""

    __tablename__ = "kernel_event_done"
    __table_args__ = (
        UniqueConstraint("shop_id", "event_id", "plugin"),
        tenant_fk("kernel_event", "event_id"),
    )

    event_id: Mapped[UUID]
    plugin: Mapped[str] = mapped_column()


def event_types() -> dict[str, type[Event]]:
    """All declared event types by name."""
    return dict(_types)


def record(event: Event) -> None:
    """Keep `event` and defer its relay, both in the current command's transaction."""
    record_all([event])


def record_all(events: Sequence[Event]) -> None:
    """Keep several events as `record` keeps one, with one statement."""
    actor = current_actor()
    said = {"actor_kind": actor.kind, "actor_id": actor.id, "created_at": now()}
    rows = [{"id": new_id(), "name": one.name, "body": one.body(), **said} for one in events]
    _new_event().run_all(rows)
    for row in rows:
        jobs.defer(jobs.job_types()["events.relay"], event_id=str(row["id"]))


@cache
def _new_event() -> HotStatement:
    return insert_into(EventRow)


def event_from_row(row: EventRow) -> Event:
    """The typed event that `row` holds."""
    event_type = _types[row.name]
    fields = {field.name: field.type for field in dataclasses.fields(event_type)}  # type: ignore[arg-type]
    return event_type(**{name: _typed(row.body.get(name), kind) for name, kind in fields.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(value: Any, kind: Any) -> Any:
    text = str(kind)
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(UUID(item) if "UUID" in text else item for item in value)
    if "UUID" in text:
        return UUID(value)
    return datetime.fromisoformat(value) if "datetime" in text else value
